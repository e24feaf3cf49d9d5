import Age
import Crypto
import Foundation
import Testing

/// C2SP/CCTV `age/testdata`: each file says in its own head what must come out.
@Suite struct ConformanceTests {
  @Test func everyFileEndsAsItSays() throws {
    let folder = conformanceFolder.appending(path: "age")
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      print("conformance/age: skipped, there is no folder \(folder.path)")
      return
    }
    var passed = 0
    var failures: [String] = []
    for name in names.sorted() {
      let vector = try Vector([UInt8](Data(contentsOf: folder.appending(path: name))))
      let result = try vector.result()
      if result == vector.expectation {
        passed += 1
      } else {
        failures.append("\(name): expected \(vector.expectation), got \(result)")
      }
    }
    print("conformance/age: \(passed) passed, \(failures.count) failed")
    #expect(failures == [])
    #expect(passed > 0)
  }
}

/// One file of the suite.
private struct Vector {
  var fields: [String: [String]] = [:]
  var file: [UInt8] = []

  init(_ bytes: [UInt8]) throws {
    let gap = try #require(bytes.firstRange(of: Array("\n\n".utf8)))
    for line in String(decoding: bytes[..<gap.lowerBound], as: UTF8.self).split(separator: "\n") {
      let colon = try #require(line.firstRange(of: ": "))
      fields[String(line[..<colon.lowerBound]), default: []].append(
        String(line[colon.upperBound...]))
    }
    let known = [
      "expect", "compressed", "payload", "identity", "passphrase", "armored", "file key", "comment",
    ]
    try #require(fields.keys.allSatisfy(known.contains))
    file = Array(bytes[gap.upperBound...])
    if fields["compressed"] != nil { file = try inflated(file) }
  }

  /// How it must end, and the hash of all that may be released.
  var expectation: String {
    let hash = fields["payload"]?.first ?? Self.hash([])
    return "\(fields["expect"]?.first ?? "") \(hash)"
  }

  func result() throws -> String {
    let decryption = try Decryption(
      of: file, identities: try (fields["identity"] ?? []).map { try Identity(parsing: $0) },
      passphrase: try fields["passphrase"]?.first.map { try Passphrase($0) },
      encoding: fields["armored"] != nil ? .armored : .automatic)
    let end =
      switch decryption.error {
      case nil: "success"
      case .headerFailure: "header failure"
      case .noMatch: "no match"
      case .macFailure: "HMAC failure"
      case .payloadFailure: "payload failure"
      case .armorFailure: "armor failure"
      case .some(let error): "\(error)"
      }
    return "\(end) \(Self.hash(decryption.released))"
  }

  private static func hash(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
      .joined()
  }
}

/// Inflates zlib data with the system's library, which the module itself has no use for.
private func inflated(_ bytes: [UInt8]) throws -> [UInt8] {
  typealias Uncompress =
    @convention(c) (
      UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt>?, UnsafePointer<UInt8>?, UInt
    ) -> Int32
  let library = try #require(dlopen("libz.so.1", RTLD_NOW), "needs libz.so.1")
  let symbol = try #require(dlsym(library, "uncompress"))
  let uncompress = unsafeBitCast(symbol, to: Uncompress.self)
  var output = [UInt8](repeating: 0, count: 32 << 20)
  var count = UInt(output.count)
  try #require(uncompress(&output, &count, bytes, UInt(bytes.count)) == 0)
  return Array(output[..<Int(count)])
}

/// Where vectors by others lie: `ROGATORY_CONFORMANCE`, or beside the package.
let conformanceFolder: URL = {
  if let path = ProcessInfo.processInfo.environment["ROGATORY_CONFORMANCE"] {
    return URL(filePath: path)
  }
  return URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../shared/conformance").standardizedFileURL
}()
