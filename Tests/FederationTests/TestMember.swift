import CAdES
import CanonicalJSON
import Federation
import Redaction

/// An authority with a signing key, a time-stamp authority and a revocation list of its own.
struct TestMember: Sendable {
  let id: NodeID
  let anchor: Certificate
  private let identity: SigningIdentity
  private let stamper: TimestampAuthority
  private let evidence: (certificates: [Certificate], crls: [RevocationList])

  /// 2026-11-21T12:00:00Z.
  static let now: Int64 = 1_795_262_400
  static let start = time(now)

  static func time(_ seconds: Int64) -> StatementTime {
    StatementTime(unixSeconds: seconds) ?? start
  }

  init(_ name: String) throws {
    id = try NodeID(name)
    let now = Self.now
    let validity = try Validity(notBefore: now - 3600, notAfter: now + 10 * 365 * 86_400)
    let names = try ["root", "signing", "time"].map {
      try DistinguishedName(commonName: "\(name) \($0)", organization: name, country: "PT")
    }
    let keys = try (0..<3).map { _ in try SigningKey.generate(.p256) }
    anchor = try Development.root(key: keys[0], name: names[0], validity: validity)
    let issuer = try SigningIdentity(key: keys[0], certificate: anchor)
    identity = try SigningIdentity(
      key: keys[1],
      certificate: Development.signing(
        for: keys[1], name: names[1], issuer: issuer, validity: validity))
    let clock = try Development.timestamping(
      for: keys[2], name: names[2], issuer: issuer, validity: validity)
    stamper = try TimestampAuthority(
      identity: SigningIdentity(key: keys[2], certificate: clock))
    evidence = (
      [clock],
      [
        try Development.revocationList(
          issuer: issuer, number: 1, thisUpdate: now - 60, nextUpdate: now + 86_400)
      ]
    )
  }

  /// A card whose TLS keys are told by single bytes.
  func card(key: UInt8 = 1, next: [UInt8] = []) -> PeerCard {
    var tlsKey = anchor.spkiSHA256
    tlsKey[0] = key
    return PeerCard(
      node: id, country: "PT", authority: "Unit \(id)", url: "https://\(id).example:8443",
      tlsAnchors: [anchor], tlsKey: tlsKey,
      nextTLSKeys: next.map { byte in
        var key = anchor.spkiSHA256
        key[0] = byte
        return key
      }, signingAnchors: [anchor], recipients: ["age1\(id)"],
      logKey: "\(id).rogatory.example/log+00000000+AA==",
      cosignerKey: "\(id).rogatory.example/witness+00000000+AA==")
  }

  func entry(_ card: PeerCard? = nil, withdrawal: Withdrawal? = nil) -> DirectoryEntry {
    DirectoryEntry(
      card: card ?? self.card(), units: [.init(name: "IP", roles: ["investigator"])],
      instruments: ["EIO"], languages: ["pt", "en"], region: "PT", validFrom: Self.start,
      validUntil: Self.time(Self.now + 300 * 86_400), withdrawal: withdrawal)
  }

  var member: DirectoryMember { DirectoryMember(card()) }

  func sign(_ bytes: [UInt8], as commitment: Commitment = .proofOfApproval) throws -> [UInt8] {
    try CAdES.sign(
      bytes, with: identity, commitment: commitment, at: Self.now,
      timestamp: { try stamper.respond(to: $0, at: Self.now) }, evidence: evidence)
  }

  func sign(_ directory: inout SignedDirectory) throws {
    directory.add(try sign(directory.document.bytes), by: id)
  }
}

/// A federation of three authorities, two of which have to sign.
struct TestFederation {
  let members: [TestMember]

  init() throws { members = try ["es-fiscalia", "fi-nbi", "pt-ipcu"].map { try TestMember($0) } }

  /// The first version, or the next one after another, with what differs.
  func document(
    after previous: DirectoryDocument? = nil, members: [DirectoryMember]? = nil,
    entries: [DirectoryEntry]? = nil, threshold: Int = 2, issued: Int64 = TestMember.now,
    validUntil: Int64 = TestMember.now + 365 * 86_400
  ) throws -> DirectoryDocument {
    try DirectoryDocument(
      federation: NodeID("eu-ip"), version: (previous?.version ?? 0) + 1,
      previous: previous?.digest, issued: TestMember.time(issued),
      validUntil: TestMember.time(validUntil), threshold: threshold,
      members: members ?? self.members.map(\.member),
      entries: entries ?? self.members.map { $0.entry() })
  }

  func signed(_ document: DirectoryDocument, by signers: [TestMember]) throws -> SignedDirectory {
    var directory = SignedDirectory(document)
    for signer in signers { try signer.sign(&directory) }
    return directory
  }
}
