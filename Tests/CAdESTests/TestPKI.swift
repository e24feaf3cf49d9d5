import CAdES
import Foundation
import SeededNumbers

/// A development PKI at a fixed time: root, signer, time-stamp authority and revocation list.
struct TestPKI {
  /// 2026-11-20 12:00:00 UTC.
  static let now: Int64 = 1_795_176_000
  static let day: Int64 = 86400

  let root: SigningIdentity
  let signer: SigningIdentity
  let authority: SigningIdentity
  let list: RevocationList

  init(
    _ kind: SigningKey.Kind = .p256, root rootKind: SigningKey.Kind = .p256,
    validity: Validity? = nil
  ) throws {
    let rootKey = try SigningKey.generate(rootKind)
    root = SigningIdentity.selfIssued(
      rootKey,
      try Development.root(
        key: rootKey, name: Self.name("Test root"), validity: validity ?? Self.years(10)))
    let signerKey = try SigningKey.generate(kind)
    signer = try SigningIdentity(
      key: signerKey,
      certificate: Development.signing(
        for: signerKey, name: Self.name("pt-ipcu signing"), issuer: root,
        validity: validity ?? Self.years(2)))
    let authorityKey = try SigningKey.generate(kind)
    authority = try SigningIdentity(
      key: authorityKey,
      certificate: Development.timestamping(
        for: authorityKey, name: Self.name("Test TSA"), issuer: root,
        validity: validity ?? Self.years(5)))
    list = try Self.list(root)
  }

  var anchors: [Certificate] { [root.certificate] }

  /// A signature of level B-LT, unless told otherwise.
  func sign(
    _ content: [UInt8], commitment: Commitment = .proofOfOrigin, at time: Int64 = now,
    stampedAt stampTime: Int64? = nil, isStamped: Bool = true, lists: [RevocationList]? = nil
  ) throws -> [UInt8] {
    try CAdES.sign(
      content, with: signer, commitment: commitment, at: time,
      timestamp: isStamped ? { try stamp($0, at: stampTime ?? time) } : nil,
      evidence: ([root.certificate], lists ?? [list]))
  }

  func stamp(_ request: [UInt8], at time: Int64 = now) throws -> [UInt8] {
    try TimestampAuthority(identity: authority).respond(to: request, at: time)
  }

  func validate(
    _ p7s: [UInt8], _ content: [UInt8], at: Int64? = nil, now: Int64 = now + 60
  ) -> SignatureValidation {
    CAdES.validate(signature: p7s, content: content, anchors: anchors, at: at, now: now)
  }

  static func list(
    _ issuer: SigningIdentity, from: Int64 = now - day, to: Int64 = now + 7 * day,
    revoked: [Development.Revocation] = []
  ) throws -> RevocationList {
    try Development.revocationList(
      issuer: issuer, number: 1, thisUpdate: from, nextUpdate: to, revoked: revoked)
  }

  static func name(_ commonName: String) throws -> DistinguishedName {
    try DistinguishedName(
      commonName: commonName, organization: "Instituição de teste", country: "PT")
  }

  static func years(_ count: Int64) throws -> Validity {
    try Validity(notBefore: now - 30 * day, notAfter: now + count * 365 * day)
  }
}

extension SigningIdentity {
  /// The certificate was made for this key a line above.
  static func selfIssued(_ key: SigningKey, _ certificate: Certificate) -> SigningIdentity {
    do { return try SigningIdentity(key: key, certificate: certificate) } catch {
      preconditionFailure("the root's certificate has another key")
    }
  }
}

let manifest = Array("<ASiCManifest>what is signed</ASiCManifest>\n".utf8)

extension [UInt8] {
  /// One to three random changes: a flipped bit, a byte, a removed or doubled piece, a shorter end.
  func mutated(_ generator: inout SplitMix64) -> [UInt8] {
    var bytes = self
    for _ in 0...Int.random(in: 0...2, using: &generator) where !bytes.isEmpty {
      let index = Int.random(in: bytes.indices, using: &generator)
      let end = Swift.min(bytes.count, index + Int.random(in: 1...16, using: &generator))
      switch Int.random(in: 0...4, using: &generator) {
      case 0: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &generator)
      case 1: bytes[index] = .random(in: 0...255, using: &generator)
      case 2: bytes.removeSubrange(index..<end)
      case 3: bytes.insert(contentsOf: bytes[index..<end], at: index)
      default: bytes.removeLast(bytes.count - index)
      }
    }
    return bytes
  }
}
