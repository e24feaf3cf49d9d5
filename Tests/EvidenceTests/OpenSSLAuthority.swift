import CAdES
import Evidence
import Foundation

/// Certificates that only somebody else's program makes: `openssl`, in a folder of its own, now.
final class OpenSSLAuthority {
  static let isThere = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

  /// What differs from a plain root, an issuer below it and a signing certificate below that.
  struct Variant: Sendable {
    var root = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign"
    var issuer = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign"
    var leaf = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,nonRepudiation"
    var subject = "/C=PT/CN=pt-ipcu"
    var issuerKey = "ec -pkeyopt ec_paramgen_curve:P-256"
    var leafDigest = "sha256"
    /// Seconds from now in which the leaf begins and ends, where it isn't a year from now.
    var leafPeriod: ClosedRange<Int64>?
  }

  /// When all certificates were made.
  let now: Int64
  let root, issuer, leaf: Certificate
  let key: SigningKey
  private let directory: URL
  private let issuerKey: SigningKey?
  private let rootKey: SigningKey
  let authority: SigningIdentity

  init(_ variant: Variant = Variant()) throws {
    directory = FileManager.default.temporaryDirectory
      .appending(path: "authority-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    key = try SigningKey.generate(.p256)
    rootKey = try SigningKey.generate(.p256)
    // Everything that stores properties must be there before methods can be called.
    let tools = Tools(directory: directory)
    try tools.write("leaf.key", key.pem)
    try tools.write("root.key", rootKey.pem)
    let ids = "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid"
    try tools.write(
      "c.conf",
      """
      [req]
      distinguished_name=dn
      [dn]
      [pt]
      C=PT
      [root]
      \(variant.root)
      subjectKeyIdentifier=hash
      [issuer]
      \(variant.issuer)
      \(ids)
      [leaf]
      \(variant.leaf)
      \(ids)

      """)
    try tools.run(
      "req -x509 -new -key root.key -out root.pem -subj /CN=root -days 3650 -config c.conf"
        + " -extensions root")
    try tools.run(
      "req -new -newkey \(variant.issuerKey) -nodes -keyout issuer.key -out issuer.csr"
        + " -subj /CN=issuer -config c.conf")
    try tools.run(
      "x509 -req -in issuer.csr -CA root.pem -CAkey root.key -CAcreateserial -out issuer.pem"
        + " -days 900 -extfile c.conf -extensions issuer")
    try tools.run(
      "req -new -key leaf.key -out leaf.csr -subj \(variant.subject) -config c.conf")
    try tools.run(
      "x509 -req -in leaf.csr -CA issuer.pem -CAkey issuer.key -CAcreateserial -out leaf.pem"
        + " -days 365 -\(variant.leafDigest) -extfile c.conf -extensions leaf")
    root = try tools.certificate("root.pem")
    issuer = try tools.certificate("issuer.pem")
    issuerKey = try? SigningKey(pem: tools.text("issuer.key"))
    now = Int64(Date().timeIntervalSince1970)
    if let period = variant.leafPeriod, let issuerKey {
      leaf = try Development.signing(
        for: key, name: DistinguishedName(commonName: "pt-ipcu"),
        issuer: SigningIdentity(key: issuerKey, certificate: issuer),
        validity: Validity(notBefore: now + period.lowerBound, notAfter: now + period.upperBound))
    } else {
      leaf = try tools.certificate("leaf.pem")
    }
    let stampKey = try SigningKey.generate(.p256)
    authority = try SigningIdentity(
      key: stampKey,
      certificate: Development.timestamping(
        for: stampKey, name: DistinguishedName(commonName: "time"),
        issuer: SigningIdentity(key: rootKey, certificate: root),
        validity: Validity(notBefore: now - 400 * 86_400, notAfter: now + 800 * 86_400)))
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  var rootIdentity: SigningIdentity {
    get throws { try SigningIdentity(key: rootKey, certificate: root) }
  }

  /// Nil where the issuer's key is none that we sign with.
  var issuerIdentity: SigningIdentity? {
    issuerKey.flatMap { try? SigningIdentity(key: $0, certificate: issuer) }
  }

  /// Current lists of root and issuer.
  func lists(
    rootRevokes: [Development.Revocation] = [], issuerRevokes: [Development.Revocation] = [],
    from: Int64 = -60, to: Int64 = 86_400
  ) throws -> [RevocationList] {
    func list(
      _ identity: SigningIdentity, _ revoked: [Development.Revocation]
    ) throws -> RevocationList {
      try Development.revocationList(
        issuer: identity, number: 1, thisUpdate: now + from, nextUpdate: now + to,
        revoked: revoked)
    }
    let below = try issuerIdentity.map { [try list($0, issuerRevokes)] } ?? []
    return [try list(rootIdentity, rootRevokes)] + below
  }

  /// Signs under the leaf, with time-stamps of `stampedAt` seconds from now.
  func signatory(
    lists: [RevocationList], ocsp: [OCSPResponse] = [], stampedAt: Int64 = 0
  ) throws -> Signatory {
    let service = try TimestampAuthority(identity: authority)
    let time = now + stampedAt
    return Signatory(
      node: "pt-ipcu",
      identity: try SigningIdentity(key: key, certificate: leaf, intermediates: [issuer]),
      timestamp: { try service.respond(to: $0, at: time) }, anchors: [root],
      certificates: [issuer, authority.certificate], revocationLists: lists,
      statuses: { _ in ocsp })
  }

  /// A time-stamp token with the statement of a good one, signed with a certificate that `openssl`
  /// gave these extensions.
  func forgedToken(over content: [UInt8], extensions: String) throws -> [UInt8] {
    let tools = Tools(directory: directory)
    let service = try TimestampAuthority(identity: authority)
    let token = try requestTimestamp(over: content) { try service.respond(to: $0, at: now) }
    try Data(token).write(to: directory.appending(path: "token"))
    try tools.write("tsa.conf", "[req]\ndistinguished_name=dn\n[dn]\n[tsa]\n\(extensions)\n")
    try tools.run("cms -verify -noverify -inform DER -in token -out statement")
    try tools.run(
      "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tsa.key -out tsa.csr"
        + " -subj /CN=time -config tsa.conf")
    try tools.run(
      "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -out tsa.pem -days 300"
        + " -extfile tsa.conf -extensions tsa")
    try tools.run(
      "cms -sign -binary -nodetach -cades -md sha256 -econtent_type 1.2.840.113549.1.9.16.1.4"
        + " -signer tsa.pem -inkey tsa.key -in statement -outform DER -out forged")
    return [UInt8](try Data(contentsOf: directory.appending(path: "forged")))
  }

  /// The program, in one folder.
  private struct Tools {
    let directory: URL
    struct Failed: Error { let what: String }

    func write(_ name: String, _ text: String) throws {
      try Data(text.utf8).write(to: directory.appending(path: name))
    }

    func text(_ name: String) throws -> String {
      try String(contentsOf: directory.appending(path: name), encoding: .utf8)
    }

    func certificate(_ name: String) throws -> Certificate {
      guard let first = try Certificate.parsePEM(text(name)).first else {
        throw Failed(what: name)
      }
      return first
    }

    func run(_ command: String) throws {
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/openssl")
      process.arguments = command.split(separator: " ").map(String.init)
      process.currentDirectoryURL = directory
      let output = directory.appending(path: "output")
      _ = FileManager.default.createFile(atPath: output.path, contents: nil)
      let handle = try FileHandle(forWritingTo: output)
      process.standardOutput = handle
      process.standardError = handle
      try process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        throw Failed(what: command + "\n" + ((try? text("output")) ?? ""))
      }
    }
  }
}
