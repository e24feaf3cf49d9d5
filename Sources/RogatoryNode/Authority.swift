public import CAdES
import DurableFiles
public import Evidence
import Foundation

/// The certification, time-stamping and revocation services of a development node, in its own home.
public struct DevelopmentAuthority: Sendable {
  let home: NodeHome

  /// The authority of a home, or ``NodeError/noAuthority`` where it has none.
  public init(_ home: NodeHome) throws {
    guard home.configuration.development else { throw NodeError.noAuthority }
    self.home = home
  }

  /// The root that issues the node's certificates and revocation lists.
  func root() throws -> SigningIdentity {
    let key = try home.signingKey("pki/ca.key")
    guard let root = try home.anchors().first(where: { $0.spki == key.spki }) else {
      throw NodeError.malformed("anchors.pem")
    }
    return try SigningIdentity(key: key, certificate: root)
  }

  /// The time-stamping authority.
  func timestamps() throws -> SigningIdentity {
    let key = try home.signingKey("pki/tsa.key")
    let present = try home.certificate("tsa.pem")
    // A renewal that was broken off leaves the new one beside it.
    let fits = present.spki == key.spki ? present : try home.certificate(Self.nextStamps)
    return try SigningIdentity(key: key, certificate: fits)
  }

  /// The current revocation list of each root, the issuing one's first; what is older than a day is issued
  /// anew.
  public func revocationLists(at now: Int64) throws -> [RevocationList] {
    let issuers = try listIssuers()
    if let lists = try? RevocationList.parsePEM(home.text("pki/crl.pem")),
      lists.map(\.issuer) == issuers.map(\.certificate.subject),
      lists.allSatisfy({ $0.thisUpdate <= now && $0.thisUpdate > now - Self.renewal })
    {
      return lists
    }
    return try issueLists(at: now, revoking: [])
  }

  /// What an OCSP responder would say of the node's certificates now: signed by the root itself.
  public func ocspResponse(at now: Int64) throws -> OCSPResponse {
    let root = try root()
    let subjects = try home.certificates().filter { $0.use != "anchor" }.map(\.certificate)
      .filter { $0.issuer == root.certificate.subject }
    return try Development.ocspResponse(
      about: subjects, of: root.certificate, by: root, thisUpdate: now,
      nextUpdate: now + Self.renewal, revoked: revocations(in: revokedText(), by: root.certificate))
  }

  /// Revokes a certificate from now on, and issues the lists, one of which says so.
  public func revoke(_ certificate: Certificate, at now: Int64) throws -> [RevocationList] {
    try issueLists(at: now, revoking: [certificate])
  }

  /// SHA-256 of the certificates that this authority revoked.
  func revokedCertificates() -> Set<[UInt8]> {
    let lines = ((try? home.text("pki/revoked.txt")) ?? "").split(separator: "\n")
    return Set(
      lines.compactMap { line in
        line.split(separator: " ").first.flatMap { Data(base64Encoded: String($0)) }
          .flatMap { try? Certificate(der: Array($0)).sha256 }
      })
  }

  private func issueLists(
    at now: Int64, revoking certificates: [Certificate]
  ) throws -> [RevocationList] {
    // Each line keeps the certificate itself, since its file may be replaced by a newer one.
    var lines = try revokedText()
    for certificate in certificates {
      lines += "\(Data(certificate.der).base64EncodedString()) \(now)\n"
    }
    let lists = try listIssuers().map { issuer in
      try Development.revocationList(
        issuer: issuer, number: UInt64(now), thisUpdate: now, nextUpdate: now + Self.lifetime,
        revoked: revocations(in: lines, by: issuer.certificate))
    }
    if !certificates.isEmpty {
      try AtomicFile.write(Array(lines.utf8), to: home.file("pki/revoked.txt"), replacing: true)
    }
    try AtomicFile.write(
      Array(lists.map(\.pem).joined().utf8), to: home.file("pki/crl.pem"), mode: 0o644,
      replacing: true)
    return lists
  }

  /// Nothing was revoked where there is no such file; one that can't be read must not count as that.
  private func revokedText() throws -> String {
    do {
      return try home.text("pki/revoked.txt")
    } catch let error as FileError where error.isNotFound {
      return ""
    }
  }

  /// What was revoked of the certificates of one root.
  private func revocations(
    in lines: String, by root: Certificate
  ) throws -> [Development.Revocation] {
    var revoked: [Development.Revocation] = []
    for line in lines.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 2, let time = Int64(words[1]), let der = Data(base64Encoded: words[0])
      else { throw NodeError.malformed("pki/revoked.txt") }
      let certificate = try Certificate(der: Array(der))
      guard certificate.issuer == root.subject else { continue }
      revoked.append(
        try Development.Revocation(certificate: certificate, time: time, reason: .keyCompromise))
    }
    return revoked
  }

  /// A list is renewed daily, and good for a month, so that a node that was off can still sign.
  private static let renewal: Int64 = 86_400
  private static let lifetime: Int64 = 30 * 86_400
}

extension NodeHome {
  /// Signs as this node: its key, its time-stamping authority, what is known of revocations.
  ///
  /// - Parameter mayWait: signs without time-stamp where the authority isn't reached.
  /// - Throws: ``NodeError/awaitingCertificates(_:)``, ``NodeError/certificateRevoked(_:)``,
  ///   ``NodeError/noTimestampAuthority``, or errors of files.
  public func signatory(at now: Int64, mayWait: Bool = false) throws -> Signatory {
    let chain = try chain(for: .signing)
    let identity = try SigningIdentity(
      key: signingKey("keys/signing.key"), certificate: chain[0],
      intermediates: Array(chain.dropFirst()))
    let authority = configuration.development ? try DevelopmentAuthority(self) : nil
    // A signature under a revoked certificate would be worthless: better none than that.
    guard authority?.revokedCertificates().contains(identity.certificate.sha256) != true else {
      throw NodeError.certificateRevoked("pki/signing.pem")
    }
    let stamps = try timestampAuthority()
    let sources = RevocationSources(home: self)
    let own = try authority?.revocationLists(at: now) ?? []
    var statuses: (@Sendable ([Signatory.Subject]) -> [OCSPResponse])?
    if configuration.ocsp != nil { statuses = { sources.statuses($0) } }
    return Signatory(
      node: id.text, identity: identity, timestamp: stamps.request, policy: stamps.policy,
      anchors: try anchors(), certificates: stamps.certificates,
      revocationLists: own + sources.lists(at: now),
      statuses: statuses,
      mayWait: mayWait)
  }

  /// Whom this node asks for time-stamps: the authority of its configuration, else its own.
  public func timestampAuthority() throws -> TimestampService {
    if let source = configuration.tsa {
      let client = AuthorityClient()
      return TimestampService(
        request: { try client.timestamp($0, at: source.url) }, policy: source.policy,
        certificates: try timestampAnchors(), anchors: try timestampAnchors())
    }
    guard configuration.development else { throw NodeError.noTimestampAuthority }
    let identity = try DevelopmentAuthority(self).timestamps()
    let own = try TimestampAuthority(identity: identity)
    return TimestampService(
      request: { try own.respond(to: $0, at: currentTime()) }, policy: nil,
      certificates: [identity.certificate], anchors: try anchors())
  }
}

/// Somebody who makes time-stamps.
public struct TimestampService: Sendable {
  /// An RFC 3161 request in, its response out.
  public let request: @Sendable ([UInt8]) throws -> [UInt8]
  /// The policy that is asked for; nil for any.
  public let policy: String?
  /// Certificates between the authority and its roots, where they are known.
  public let certificates: [Certificate]
  /// The roots that the authority's certificate chains to.
  public let anchors: [Certificate]

  /// A service, and what is believed of it.
  public init(
    request: @escaping @Sendable ([UInt8]) throws -> [UInt8], policy: String?,
    certificates: [Certificate], anchors: [Certificate]
  ) {
    self.request = request
    self.policy = policy
    self.certificates = certificates
    self.anchors = anchors
  }
}
