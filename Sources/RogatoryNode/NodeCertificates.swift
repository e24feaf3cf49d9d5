import CAdES

/// What one of a node's keys has a certificate for.
public enum CertifiedUse: String, CaseIterable, Sendable {
  /// Both sides of links to peers.
  case tls
  /// Evidence, statements and receipts.
  case signing
}

/// The certificates that a node gets, and its requests for them.
struct NodeCertificates {
  let node: String
  let authority: String
  let country: String
  /// The host that peers reach it at.
  let host: String

  /// A certificate of the development authority, which begins now.
  func issue(
    _ use: CertifiedUse, for key: SigningKey, by issuer: SigningIdentity, at now: Int64
  ) throws -> Certificate {
    switch use {
    case .signing:
      return try Development.signing(
        for: key, name: name(node), issuer: issuer, validity: validity(years: 3, at: now))
    case .tls:
      let names = hostNames
      return try Development.tls(
        for: key, name: name("\(node) peer link"), dnsNames: names.dns,
        ipAddresses: names.addresses, issuer: issuer, validity: validity(years: 2, at: now))
    }
  }

  /// A request for a real authority; its answer is put in its place by `pki install`.
  func request(_ use: CertifiedUse, for key: SigningKey) throws -> String {
    switch use {
    case .signing:
      return try Development.certificateRequest(key: key, name: name(node), use: .signing)
    case .tls:
      let names = hostNames
      return try Development.certificateRequest(
        key: key, name: name("\(node) peer link"),
        use: .tls(dnsNames: names.dns, ipAddresses: names.addresses))
    }
  }

  func name(_ commonName: String) throws -> DistinguishedName {
    try DistinguishedName(commonName: commonName, organization: authority, country: country)
  }

  /// An hour before now, so that a peer whose clock is a little behind accepts it at once.
  func validity(years: Int64, at now: Int64) throws -> Validity {
    try Validity(notBefore: now - 3600, notAfter: now + years * 365 * 86_400)
  }

  private var hostNames: (dns: [String], addresses: [String]) {
    let isAddress = host.contains(":") || host.allSatisfy { $0 == "." || $0.isNumber }
    return isAddress ? (["localhost"], [host == "0.0.0.0" ? "127.0.0.1" : host]) : ([host], [])
  }
}
