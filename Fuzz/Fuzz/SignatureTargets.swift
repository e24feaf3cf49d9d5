import CAdES
import Federation
import Redaction

/// CMS, X.509 and RFC 3161 bytes. A trust anchor is part of the input, so that a crash repeats.
let signatureTargets = [
  Target("signature", longest: 8192, seeds: signatureSeeds) { bytes in
    var parts = Parts(bytes)
    let anchors = (try? Certificate(der: parts.next())).map { [$0] } ?? []
    let validation = validate(
      signature: parts.last, content: signedContent, anchors: anchors, now: Authority.now)
    if case .passed = validation.result {
      expect(!anchors.isEmpty && validation.signer != nil, "a signature passes without an anchor")
    }
  },
  Target("timestamp", longest: 8192, seeds: timestampSeeds) { bytes in
    var parts = Parts(bytes)
    let anchors = (try? Certificate(der: parts.next())).map { [$0] } ?? []
    let token = (try? parseTimestampResponse(parts.last)) ?? parts.last
    let validation = validate(
      timestamp: token, over: signedContent, anchors: anchors, now: Authority.now)
    if case .passed = validation.result {
      expect(!anchors.isEmpty && validation.time != nil, "a time-stamp passes without an anchor")
    }
  },
  Target("request", longest: 512, seeds: requestSeeds) { bytes in
    let response = try Authority.shared.timestamps.respond(to: bytes, at: Authority.now)
    _ = try parseTimestampResponse(response)
  },
  Target("certificate", longest: 4096, seeds: certificateSeeds) { bytes in
    if let certificate = try? Certificate(der: bytes) {
      expect(certificate.der == bytes, "a certificate has other bytes")
      expect(
        try Certificate.parsePEM(certificate.pem) == [certificate], "a certificate's PEM differs")
      _ = (certificate.dnsNames, certificate.commonName, certificate.organization)
      _ = (certificate.isAuthority, certificate.isSelfSigned, certificate.subject)
    }
    if let list = try? RevocationList(der: bytes) {
      expect(list.der == bytes, "a revocation list has other bytes")
      expect(try RevocationList.parsePEM(list.pem) == [list], "a revocation list's PEM differs")
      _ = list.number
    }
    guard let text = text(bytes) else { return }
    for certificate in (try? Certificate.parsePEM(text)) ?? [] {
      expect(try Certificate(der: certificate.der) == certificate, "PEM gives what DER refuses")
    }
    _ = try? RevocationList.parsePEM(text)
  },
  Target("ocsp", longest: 8192, seeds: ocspSeeds) { bytes in
    var parts = Parts(bytes)
    let issuer = try? Certificate(der: parts.next())
    let certificate = try? Certificate(der: parts.next())
    let response = try OCSPResponse(der: parts.last)
    expect(response.der == parts.last, "a response has other bytes")
    _ = (response.producedAt, response.thisUpdate)
    if let issuer, let certificate {
      _ = response.speaks(of: certificate, issuedBy: issuer, at: Authority.now)
    }
  },
  Target("card", longest: 8192, seeds: cardSeeds) { bytes in
    let card = try PeerCard(parsing: bytes)
    expect(try PeerCard(json: card.json) == card, "a card is another one when written")
    _ = card.fingerprint
    _ = card.words
  },
  Target("directory", longest: 16384, seeds: directorySeeds) { bytes in
    let directory = try SignedDirectory(parsing: bytes)
    expect(directory.bytes == bytes, "a directory has other bytes when written")
  },
]

private let signedContent = Array("what is signed\n".utf8)

/// A development PKI of this run; its keys are new each time.
private struct Authority {
  /// 2026-11-20 12:00:00 UTC.
  static let now: Int64 = 1_795_176_000
  static let shared = certain("no development PKI") { try Authority() }

  let root, signer: SigningIdentity
  let timestamps: TimestampAuthority
  let list: RevocationList
  let tls: Certificate

  private init() throws {
    let day: Int64 = 86400
    let validity = try Validity(notBefore: Self.now - day, notAfter: Self.now + 365 * day)
    func name(_ text: String) throws -> DistinguishedName {
      try DistinguishedName(commonName: text, organization: "Instituição", country: "PT")
    }
    let key = try SigningKey.generate(.p256)
    let root = try SigningIdentity(
      key: key,
      certificate: Development.root(key: key, name: name("root"), validity: validity))
    let signer = try SigningIdentity(
      key: key,
      certificate: Development.signing(
        for: key, name: name("signer"), issuer: root, validity: validity,
        crlURL: "http://crl.example/ca.crl"))
    let authority = try SigningIdentity(
      key: key,
      certificate: Development.timestamping(
        for: key, name: name("TSA"), issuer: root, validity: validity))
    tls = try Development.tls(
      for: key, name: name("tls"), dnsNames: ["a.example"], ipAddresses: ["127.0.0.1", "::1"],
      issuer: root, validity: validity)
    timestamps = try TimestampAuthority(identity: authority)
    let revoked = try Development.Revocation(
      certificate: tls, time: Self.now - 60, reason: .superseded)
    list = try Development.revocationList(
      issuer: root, number: 7, thisUpdate: Self.now - day, nextUpdate: Self.now + day,
      revoked: [revoked])
    (self.root, self.signer) = (root, signer)
  }

  func sign(isStamped: Bool, isLong: Bool) throws -> [UInt8] {
    try CAdES.sign(
      signedContent, with: signer, commitment: .proofOfOrigin, at: Self.now,
      timestamp: isStamped ? { try timestamps.respond(to: $0, at: Self.now) } : nil,
      evidence: isLong ? ([root.certificate], [list]) : ([], []))
  }

  /// The requests that are made for signatures.
  func requests() throws -> [[UInt8]] {
    var requests: [[UInt8]] = []
    _ = try requestTimestamp(over: signedContent) { request in
      requests.append(request)
      return try timestamps.respond(to: request, at: Self.now)
    }
    return requests
  }
}

private func signatureSeeds() throws -> [[UInt8]] {
  let authority = Authority.shared
  return try [(false, false), (true, false), (true, true)].map { isStamped, isLong in
    Parts.joined(
      authority.root.certificate.der,
      last: try authority.sign(isStamped: isStamped, isLong: isLong))
  }
}

private func timestampSeeds() throws -> [[UInt8]] {
  let authority = Authority.shared
  return try authority.requests().flatMap { request in
    let response = try authority.timestamps.respond(to: request, at: Authority.now)
    let root = authority.root.certificate.der
    return [
      Parts.joined(root, last: response),
      Parts.joined(root, last: try parseTimestampResponse(response)),
    ]
  }
}

private func requestSeeds() throws -> [[UInt8]] { try Authority.shared.requests() }

private func certificateSeeds() throws -> [[UInt8]] {
  let authority = Authority.shared
  let certificates = [authority.root.certificate, authority.signer.certificate, authority.tls]
  return certificates.flatMap { [$0.der, Array($0.pem.utf8)] }
    + [authority.list.der, Array(authority.list.pem.utf8)] + Vectors.files("asic/ours/pki")
}

private func ocspSeeds() throws -> [[UInt8]] {
  let authority = Authority.shared
  let root = authority.root.certificate
  let revoked = try Development.Revocation(
    certificate: authority.tls, time: Authority.now - 60, reason: .superseded)
  return try [[], [revoked]].map { revoked in
    let response = try Development.ocspResponse(
      about: [authority.tls, authority.signer.certificate], of: root, by: authority.root,
      thisUpdate: Authority.now - 60, nextUpdate: Authority.now + 86400, revoked: revoked)
    return Parts.joined(root.der, authority.tls.der, last: response.der)
  }
}

private func cardSeeds() throws -> [[UInt8]] {
  let card = try seedCard()
  return [card.json.canonicalBytes, Array(card.json.prettyText.utf8)]
}

private func directorySeeds() throws -> [[UInt8]] {
  guard let time = StatementTime("2026-11-20T12:00:00Z") else { return [] }
  let card = try seedCard()
  var directory = try SignedDirectory(
    DirectoryDocument(
      federation: NodeID("eu-ip"), version: 1, previous: nil, issued: time, validUntil: time,
      threshold: 1, members: [DirectoryMember(card)],
      entries: [
        DirectoryEntry(
          card: card, units: [.init(name: "IP", roles: ["analyst"])], instruments: ["EIO"],
          validFrom: time, validUntil: time, withdrawal: Withdrawal(at: time, reason: .left))
      ]))
  let unsigned = directory.bytes
  directory.add(signedContent, by: card.node)
  return [unsigned, directory.bytes]
}

private func seedCard() throws -> PeerCard {
  let authority = Authority.shared
  return PeerCard(
    node: try NodeID("pt-ipcu"), country: "PT", authority: "Instituição",
    url: "https://pt.example:8443", tlsAnchors: [authority.root.certificate],
    tlsKey: [UInt8](repeating: 1, count: 32), nextTLSKeys: [[UInt8](repeating: 2, count: 32)],
    signingAnchors: [authority.root.certificate], recipients: ["age1x"],
    logKey: "pt-ipcu.rogatory.example/log+00000000+AA==",
    cosignerKey: "pt-ipcu.rogatory.example/witness+00000000+AA==")
}
