import ASiC
import CAdES
import Evidence
import Foundation
import Redaction
import Testing

/// Bundles whose certificates, revocation data or time-stamps are wrong: one file each, named by what
/// is wrong; none may pass, and each has to say why in the words of EN 319 102-1.
///
/// With `ROGATORY_ATTACKS` they are written to that folder, like those of `AttackTests` and
/// `ArchiveTests`, for other validators to look at.
@Suite(.enabled(if: OpenSSLAuthority.isThere, "the openssl program is not installed"))
struct AttackPKITests {
  @Test func theBundleThatIsAttackedIsGood() throws {
    let good = try OpenSSLAuthority()
    let attack = PKIAttack("nothing is wrong", "") { _ in }
    let (result, _) = try attack.judged(good)
    #expect(result.verdict == .verified, "\(result.summary)")
    // A revocation after the time-stamp changes nothing.
    let later = PKIAttack(
      "revoked after the time-stamp", "",
      act: { pki in
        let gone = try Development.Revocation(
          certificate: pki.leaf, time: pki.now + 30, reason: .keyCompromise)
        return .init(lists: try pki.lists(issuerRevokes: [gone], from: 40))
      })
    let (kept, _) = try later.judged(good)
    #expect(kept.verdict == .verified, "\(kept.summary)")
  }

  @Test(arguments: PKIAttack.all)
  func theCertificatesAreAttacked(_ attack: PKIAttack) throws {
    let (result, bytes) = try attack.judged(OpenSSLAuthority(attack.variant))
    #expect(result.verdict == attack.verdict, "\(attack.name): \(result.summary)")
    #expect(result.mentions(attack.reason), "\(attack.name): \(result.summary)")
    try keepAttack(attack.name, bytes)
  }
}

/// Writes an attacked bundle to the folder that `ROGATORY_ATTACKS` names, under what is wrong with it.
func keepAttack(_ name: String, _ bytes: [UInt8]) throws {
  guard let folder = ProcessInfo.processInfo.environment["ROGATORY_ATTACKS"] else { return }
  let file = name.map { $0.isLetter || $0.isNumber ? String($0) : "-" }.joined() + ".asice"
  try Data(bytes).write(to: URL(filePath: folder).appending(path: file))
}

/// What is wrong with the certificates of one bundle, and the sub-indication that has to say so.
struct PKIAttack: Sendable, CustomTestStringConvertible {
  /// How the bundle is made, where it isn't as always.
  struct Making {
    var lists: [RevocationList]
    var ocsp: [OCSPResponse] = []
    var stampedAt: Int64 = 0
    /// Seconds from now at which the verifier's clock stands.
    var judgedAt: Int64 = 60
    var anchors: [Certificate]?
    /// Puts another signature into the place of the sealer's, over the same manifest.
    var signature: ((_ manifest: [UInt8]) throws -> [UInt8])?
  }

  let name: String
  let reason: String
  var verdict: Verdict
  var variant = OpenSSLAuthority.Variant()
  var act: @Sendable (OpenSSLAuthority) throws -> Making
  var testDescription: String { name }

  /// Everything is as always, but for what the certificates say.
  init(
    _ name: String, _ reason: String, _ verdict: Verdict = .cannotBeDecided,
    _ change: (inout OpenSSLAuthority.Variant) -> Void
  ) {
    self.init(name, reason, verdict, act: { .init(lists: try $0.lists()) }, change: change)
  }

  init(
    _ name: String, _ reason: String, _ verdict: Verdict = .cannotBeDecided,
    act: @escaping @Sendable (OpenSSLAuthority) throws -> Making,
    change: (inout OpenSSLAuthority.Variant) -> Void = { _ in }
  ) {
    (self.name, self.reason, self.verdict, self.act) = (name, reason, verdict, act)
    change(&variant)
  }

  func judged(_ pki: OpenSSLAuthority) throws -> (Verification, [UInt8]) {
    let making = try act(pki)
    let file = try UnnamedFile()
    let scratch = try UnnamedFile()
    let signatory = try pki.signatory(
      lists: making.lists, ocsp: making.ocsp, stampedAt: making.stampedAt)
    _ = try Evidence.seal(
      [SourceItem("note.txt", Array("A note.".utf8))],
      SealingOrder(acquisition: Acquisition(at: "2026-11-20T11:00:00Z")), by: signatory,
      into: file.descriptor, scratch: scratch.scratch, at: pki.now + making.stampedAt)
    var bytes = try file.bytes()
    if let signature = making.signature {
      var parts = try SampleParts(bytes)
      parts[Layout.signature(1)] = try signature(parts.bytes(Layout.manifest(1)))
      bytes = try parts.container()
    }
    let trust = TrustAnchors(making.anchors ?? [pki.root])
    return (judge(bytes, trust, now: pki.now + making.judgedAt).verification, bytes)
  }

  static let all = pathAttacks + useAttacks + revocationAttacks + timeAttacks

  private static let pathAttacks: [PKIAttack] = [
    PKIAttack(
      "wrong anchor", "NO_CERTIFICATE_CHAIN_FOUND",
      act: { .init(lists: try $0.lists(), anchors: [try OpenSSLAuthority().root]) }),
    PKIAttack("a name constraint on DNS names is broken", "CHAIN_CONSTRAINTS_FAILURE") {
      $0.issuer += "\nnameConstraints=critical,permitted;DNS:pt.example"
      $0.leaf += "\nsubjectAltName=DNS:ipcu.fi.example"
    },
    PKIAttack("a name constraint on directory names is broken", "CHAIN_CONSTRAINTS_FAILURE") {
      $0.issuer += "\nnameConstraints=critical,permitted;dirName:pt"
      $0.subject = "/C=FI/CN=pt-ipcu"
    },
    PKIAttack("a name constraint on mail addresses is broken", "CHAIN_CONSTRAINTS_FAILURE") {
      $0.issuer += "\nnameConstraints=critical,permitted;email:pt.example"
      $0.leaf += "\nsubjectAltName=email:ipcu@fi.example"
    },
    PKIAttack("a name constraint on addresses is broken", "CHAIN_CONSTRAINTS_FAILURE") {
      $0.issuer += "\nnameConstraints=critical,permitted;IP:10.0.0.0/255.0.0.0"
      $0.leaf += "\nsubjectAltName=IP:192.0.2.1"
    },
    PKIAttack("an excluded name is used", "CHAIN_CONSTRAINTS_FAILURE") {
      $0.issuer += "\nnameConstraints=critical,excluded;DNS:example"
      $0.leaf += "\nsubjectAltName=DNS:ipcu.example"
    },
    PKIAttack("the path is too long", "CHAIN_CONSTRAINTS_FAILURE") {
      $0.root = "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign"
    },
    PKIAttack("the issuer may not sign certificates", "CHAIN_CONSTRAINTS_FAILURE") {
      $0.issuer = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign"
    },
    PKIAttack("the issuer is no authority", "CHAIN_CONSTRAINTS_FAILURE") {
      $0.issuer = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature"
    },
    PKIAttack("an unknown critical extension", "CHAIN_CONSTRAINTS_FAILURE") {
      $0.leaf += "\n1.3.6.1.4.1.32473.9=critical,DER:0500"
    },
    PKIAttack("an unknown critical extension of the issuer", "CHAIN_CONSTRAINTS_FAILURE") {
      $0.issuer += "\n1.3.6.1.4.1.32473.9=critical,DER:0500"
    },
    PKIAttack("a policy is required and absent", "CHAIN_CONSTRAINTS_FAILURE") {
      $0.issuer += "\npolicyConstraints=critical,requireExplicitPolicy:0"
    },
    PKIAttack("the issuer has a weak key", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE") {
      $0.issuerKey = "rsa:1024"
    },
    PKIAttack("the issuer has a key that was never good", "CRYPTO_CONSTRAINTS_FAILURE") {
      $0.issuerKey = "rsa:768"
    },
    PKIAttack("the certificate is signed with SHA-1", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE") {
      $0.leafDigest = "sha1"
    },
  ]

  private static let useAttacks: [PKIAttack] = [
    PKIAttack("the certificate is for servers", "SIG_CONSTRAINTS_FAILURE") {
      $0.leaf += "\nextendedKeyUsage=serverAuth"
    },
    PKIAttack("the key is for encryption", "SIG_CONSTRAINTS_FAILURE") {
      $0.leaf = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,keyEncipherment"
    },
    PKIAttack("the certificate says no use", "SIG_CONSTRAINTS_FAILURE") {
      $0.leaf = "basicConstraints=critical,CA:FALSE"
    },
    PKIAttack("an authority signs", "SIG_CONSTRAINTS_FAILURE") {
      $0.leaf = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,nonRepudiation,keyCertSign"
    },
  ]

  private static let revocationAttacks: [PKIAttack] = [
    PKIAttack("no revocation data", "TRY_LATER", act: { _ in .init(lists: []) }),
    PKIAttack(
      "the list is stale", "TRY_LATER",
      act: { .init(lists: try $0.lists(from: -9 * 86_400, to: -2 * 86_400)) }),
    PKIAttack(
      "the list of the issuer is missing", "TRY_LATER",
      act: { .init(lists: Array(try $0.lists().prefix(1))) }),
    PKIAttack(
      "revoked before the time-stamp", "REVOKED", .notVerified,
      act: { pki in
        let gone = try Development.Revocation(
          certificate: pki.leaf, time: pki.now - 30, reason: .superseded)
        return .init(lists: try pki.lists(issuerRevokes: [gone]))
      }),
    PKIAttack(
      "the issuer was revoked", "REVOKED_CA_NO_POE",
      act: { pki in
        let gone = try Development.Revocation(
          certificate: pki.issuer, time: pki.now - 30, reason: .superseded)
        return .init(lists: try pki.lists(rootRevokes: [gone]))
      }),
    PKIAttack(
      "the authority's key was lost", "REVOKED_NO_POE",
      act: { pki in
        let gone = try Development.Revocation(
          certificate: pki.authority.certificate, time: pki.now + 30, reason: .keyCompromise)
        return .init(lists: try pki.lists(rootRevokes: [gone], from: 40))
      }),
    // A stranger's data is also data that nothing needs, which no bundle may have.
    PKIAttack(
      "OCSP by a stranger", "TRY_LATER", .notVerified,
      act: { pki in
        try .init(
          lists: Array(pki.lists().prefix(1)),
          ocsp: [pki.ocsp(by: OpenSSLAuthority().rootIdentity)])
      }),
    PKIAttack(
      "OCSP by the certificate itself", "TRY_LATER", .notVerified,
      act: { pki in
        let own = try SigningIdentity(key: pki.key, certificate: pki.leaf)
        return try .init(lists: Array(pki.lists().prefix(1)), ocsp: [pki.ocsp(by: own)])
      }),
    PKIAttack(
      "OCSP stale", "TRY_LATER",
      act: { pki in
        try .init(
          lists: Array(pki.lists().prefix(1)),
          ocsp: [pki.ocsp(from: -9 * 86_400, to: -2 * 86_400)])
      }),
    PKIAttack(
      "OCSP says revoked, the list is older", "REVOKED", .notVerified,
      act: { pki in
        let gone = try Development.Revocation(
          certificate: pki.leaf, time: pki.now - 30, reason: .keyCompromise)
        return try .init(lists: pki.lists(), ocsp: [pki.ocsp(revoked: [gone])])
      }),
  ]

  private static let timeAttacks: [PKIAttack] = [
    PKIAttack(
      "the certificate had ended", "OUT_OF_BOUNDS_NO_POE",
      act: { .init(lists: try $0.lists()) },
      change: { $0.leafPeriod = -9 * 86_400 ... -86_400 }),
    PKIAttack("the certificate had not begun", "NOT_YET_VALID", .notVerified) {
      $0.leafPeriod = 86_400...9 * 86_400
    },
    PKIAttack(
      "the clock stands before notBefore", "OUT_OF_BOUNDS_NO_POE",
      act: { .init(lists: try $0.lists(from: -30 * 86_400), judgedAt: -20 * 86_400) }),
    PKIAttack(
      "expired authority without archive", "OUT_OF_BOUNDS_NO_POE",
      act: { .init(lists: try $0.lists(), judgedAt: 801 * 86_400) }),
    PKIAttack(
      "the time-stamp's certificate has no purpose", "SIG_CONSTRAINTS_FAILURE",
      act: { try $0.stamped("basicConstraints=critical,CA:FALSE\nkeyUsage=digitalSignature") }),
    PKIAttack(
      "the time-stamp's certificate is for mail as well", "SIG_CONSTRAINTS_FAILURE",
      act: { try $0.stamped("extendedKeyUsage=critical,timeStamping,emailProtection") }),
    PKIAttack(
      "the time-stamp's purpose isn't critical", "SIG_CONSTRAINTS_FAILURE",
      act: { try $0.stamped("extendedKeyUsage=timeStamping") }),
    PKIAttack(
      "the time-stamp is over another signature", "HASH_FAILURE", .notVerified,
      act: { pki in
        .init(lists: try pki.lists()) { manifest in
          let service = try TimestampAuthority(identity: pki.authority)
          let token = try requestTimestamp(over: manifest) {
            try service.respond(to: $0, at: pki.now)
          }
          return try pki.signature(over: manifest, stampedWith: token)
        }
      }),
  ]
}

extension PKIAttack.Making {
  init(lists: [RevocationList], signature: @escaping ([UInt8]) throws -> [UInt8]) {
    self.init(lists: lists)
    self.signature = signature
  }
}

extension OpenSSLAuthority {
  fileprivate func ocsp(
    by responder: SigningIdentity? = nil, from: Int64 = -60, to: Int64 = 86_400,
    revoked: [Development.Revocation] = []
  ) throws -> OCSPResponse {
    guard let own = responder ?? issuerIdentity else { throw SampleParts.Missing(what: "issuer") }
    return try Development.ocspResponse(
      about: [leaf], of: issuer, by: own, thisUpdate: now + from, nextUpdate: now + to,
      revoked: revoked)
  }

  /// A bundle whose seal is stamped by a certificate with these extensions.
  fileprivate func stamped(_ extensions: String) throws -> PKIAttack.Making {
    let lists = try lists()
    return PKIAttack.Making(lists: lists) { manifest in
      let plain = try self.signature(over: manifest)
      let token = try self.forgedToken(over: signatureValue(of: plain), extensions: extensions)
      return appending(timestamp: token, to: plain)
    }
  }

  fileprivate func signature(over manifest: [UInt8]) throws -> [UInt8] {
    try sign(
      manifest, with: SigningIdentity(key: key, certificate: leaf, intermediates: [issuer]),
      commitment: .proofOfOrigin, at: now, evidence: ([], lists()))
  }

  fileprivate func signature(
    over manifest: [UInt8], stampedWith token: [UInt8]
  ) throws -> [UInt8] {
    appending(timestamp: token, to: try signature(over: manifest))
  }
}

/// The octets of the last OCTET STRING of a signature without unsigned attributes: its value.
private func signatureValue(of p7s: [UInt8]) -> [UInt8] {
  var element = p7s
  for _ in 0..<5 { element = children(of: element).last ?? [] }
  return content(of: element)
}

/// The signature with a signature-time-stamp attribute behind the value, as nobody honest writes it.
private func appending(timestamp token: [UInt8], to p7s: [UInt8]) -> [UInt8] {
  let type: [UInt8] = [
    0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0e,
  ]
  let attribute = encoded(0x30, type + encoded(0x31, token))
  return appended(encoded(0xa1, attribute), to: p7s, depth: 4)
}

private func appended(_ extra: [UInt8], to element: [UInt8], depth: Int) -> [UInt8] {
  guard depth > 0 else { return encoded(element[0], content(of: element) + extra) }
  var parts = children(of: element)
  let last = parts.removeLast()
  return encoded(
    element[0], Array(parts.joined()) + appended(extra, to: last, depth: depth - 1))
}

private func encoded(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
  let count = content.count
  let length: [UInt8] =
    count < 0x80
    ? [UInt8(count)]
    : count < 0x100
      ? [0x81, UInt8(count)]
      : [0x82, UInt8(count >> 8), UInt8(count & 0xff)]
  return [tag] + length + content
}

private func headerCount(_ element: ArraySlice<UInt8>) -> (header: Int, length: Int) {
  let first = Int(element[element.startIndex + 1])
  guard first >= 0x80 else { return (2, first) }
  let octets = element.dropFirst(2).prefix(first & 0x7f)
  return (2 + octets.count, octets.reduce(0) { $0 << 8 | Int($1) })
}

private func content(of element: [UInt8]) -> [UInt8] {
  Array(element.dropFirst(headerCount(element[...]).header))
}

private func children(of element: [UInt8]) -> [[UInt8]] {
  var rest = content(of: element)[...]
  var parts: [[UInt8]] = []
  while !rest.isEmpty {
    let (header, length) = headerCount(rest)
    parts.append(Array(rest.prefix(header + length)))
    rest = rest.dropFirst(header + length)
  }
  return parts
}
