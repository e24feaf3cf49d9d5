import CAdES
import Foundation
import Testing

/// Signatures that others made, with the verdicts of others.
@Suite(.enabled(if: Vectors.areThere, "ROGATORY_CONFORMANCE has no asic/ours"))
struct ForeignTests {
  /// The index says which of these DSS 5.12.1 found TOTAL_PASSED, and which lack revocation data.
  @Test(arguments: [
    ("good-B", ValidationResult.indeterminate(.tryLater), SignatureLevel.basic),
    ("good-T", .indeterminate(.tryLater), .timestamped),
    ("good-LT", .passed, .longTerm), ("good-LTA", .passed, .longTerm),
    ("r1-full-before-redaction", .passed, .longTerm),
    ("r2-redacted-by-node-b", .passed, .longTerm),
    ("bad-T-tampered-manifest", .failed(.hashFailure), .timestamped),
  ])
  func verdictsAgree(name: String, result: ValidationResult, level: SignatureLevel) throws {
    let directory = try Vectors.unpacked(name)
    let validation = validate(
      signature: try directory.bytes("META-INF/signature001.p7s"),
      content: try directory.bytes("META-INF/ASiCManifest001.xml"),
      anchors: try Vectors.anchors(), now: Vectors.now)
    #expect(validation.result == result)
    #expect(validation.level == level)
    if level != .basic { #expect(validation.provenBy?.contains("CN=Test TSA 1") == true) }
  }

  @Test func anArchiveTimestampIsJudged() throws {
    let directory = try Vectors.unpacked("good-LTA")
    let content = try directory.bytes("META-INF/ASiCArchiveManifest.xml")
    let list = try RevocationList.parsePEM(Vectors.text("pki/ca.crl"))
    let token = try directory.bytes("META-INF/timestamp001.tst")
    let validation = validate(
      timestamp: token, over: content, anchors: try Vectors.anchors(), crls: list,
      now: Vectors.now)
    #expect(validation.result == .passed)
    let other = validate(
      timestamp: token, over: content + [0], anchors: try Vectors.anchors(), crls: list,
      now: Vectors.now)
    #expect(other.result == .failed(.hashFailure))
  }

  @Test func withoutItsAnchorNothingIsDecided() throws {
    let directory = try Vectors.unpacked("good-LT")
    let validation = validate(
      signature: try directory.bytes("META-INF/signature001.p7s"),
      content: try directory.bytes("META-INF/ASiCManifest001.xml"), anchors: [], now: Vectors.now)
    #expect(validation.result == .indeterminate(.noCertificateChainFound))
  }
}

private enum Vectors {
  /// 2026-11-23, after these were made.
  static let now: Int64 = 1_795_392_000

  static let folder: URL = {
    let given = ProcessInfo.processInfo.environment["ROGATORY_CONFORMANCE"]
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let conformance =
      given.map { URL(filePath: $0) } ?? root.appending(path: "../shared/conformance")
    return conformance.appending(path: "asic/ours")
  }()

  static var areThere: Bool {
    let found = FileManager.default.fileExists(atPath: folder.path)
    if !found { print("skipped: no test vectors at \(folder.path)") }
    return found
  }

  static func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
  }

  static func anchors() throws -> [Certificate] {
    try Certificate.parsePEM(text("pki/ca.pem"))
  }

  static func unpacked(_ name: String) throws -> Directory {
    let directory = Directory()
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/unzip")
    process.arguments = [
      "-qq", "-o", folder.appending(path: name + ".asice").path, "-d", directory.url.path,
    ]
    try process.run()
    process.waitUntilExit()
    return directory
  }

  final class Directory {
    let url = FileManager.default.temporaryDirectory.appending(path: "cades-\(UUID().uuidString)")
    deinit { try? FileManager.default.removeItem(at: url) }
    func bytes(_ name: String) throws -> [UInt8] {
      Array(try Data(contentsOf: url.appending(path: name)))
    }
  }
}
