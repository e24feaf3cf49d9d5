import Foundation
import Merkle
import Redaction

/// Where vectors lie: the project's own always, those by others where they are installed.
enum Vectors {
  static let own = root.appending(path: "Tests/Vectors/redact")
  static let conformance: URL = {
    let folder =
      ProcessInfo.processInfo.environment["ROGATORY_CONFORMANCE"].map { URL(filePath: $0) }
      ?? root.deletingLastPathComponent().appending(path: "shared/conformance")
    return folder.appending(path: "redact")
  }()

  /// What a count is printed under.
  static func label(_ folder: URL) -> String {
    folder == own ? "vectors/redact" : "conformance/redact"
  }

  /// The package's root, from this file's place in it.
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Decodes each file of both folders that `isWanted`; prints what is skipped.
  static func all<Value: Decodable>(
    _ type: Value.Type, where isWanted: (String) -> Bool
  ) throws -> [(name: String, folder: URL, value: Value)] {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    var values: [(name: String, folder: URL, value: Value)] = []
    for folder in [own, conformance] {
      guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
        print("conformance/redact: skipped, there is no folder \(folder.path)")
        continue
      }
      for name in names.sorted() where name.hasSuffix(".json") && isWanted(name) {
        let data = try Data(contentsOf: folder.appending(path: name))
        values.append((name, folder, try decoder.decode(type, from: data)))
      }
    }
    return values
  }
}

/// A bundle and what the steps made of it, as `redact_ref.py vectors` writes it.
struct Story: Decodable {
  var trustedKeys: [String]
  var bundleSeed: Hex
  var itemSeeds: [Hex]
  var itemIds: [Hex]
  var items: [Item]
  var packages: [Package]

  struct Item: Decodable {
    var mode: Int
    var grid: UInt32
    var header: [Hex]
    var content: [Hex]
  }
}

/// Named forgeries of the last package of the file with the same name without `_must_reject`.
struct Forgeries: Decodable {
  var trustedKeys: [String]
  var cases: [Forgery]

  struct Forgery: Decodable {
    var name: String
    var check: String
    var replace: Replacement
  }

  struct Replacement: Decodable {
    var seal, terms: String?
    var records: [String]?
    var view: Hex?
    var leaves, files: [String: Hex]?
  }
}

/// What a bundle holds besides its container. Statements are signed notes.
struct Package: Decodable, Equatable {
  var seal, terms: String
  var records: [String]
  var view: Hex
  var leaves, files: [String: Hex]
  var viewId: String?

  func replacing(_ change: Forgeries.Replacement) -> Package {
    var copy = self
    copy.seal = change.seal ?? seal
    copy.terms = change.terms ?? terms
    copy.records = change.records ?? records
    copy.view = change.view ?? view
    copy.leaves = change.leaves ?? leaves
    copy.files = change.files ?? files
    return copy
  }
}

/// Bytes that a vector writes in hexadecimal.
struct Hex: Decodable, Equatable {
  var bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  init(from decoder: any Decoder) throws {
    let text = Array(try decoder.singleValueContainer().decode(String.self).utf8)
    bytes = try stride(from: 0, to: text.count, by: 2).map { index in
      guard let byte = UInt8(String(decoding: text[index..<index + 2], as: UTF8.self), radix: 16)
      else { throw CocoaError(.coderReadCorrupt) }
      return byte
    }
  }
}

/// A reader over bytes in memory that gives at most `most` at once.
func reader(_ bytes: [UInt8], most: Int = .max) -> ByteReader {
  var rest = bytes[...]
  return { buffer in
    let next = rest.prefix(min(most, buffer.count))
    buffer.copyBytes(from: next)
    rest = rest.dropFirst(next.count)
    return next.count
  }
}

/// Collects what is written.
final class Output {
  var bytes: [UInt8] = []
  var isUsed = false

  var writer: ByteWriter {
    { bytes in
      self.isUsed = true
      self.bytes += bytes
    }
  }
}
