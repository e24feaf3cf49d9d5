import Foundation

/// Files that others made, and our own vectors: where they are missing, seeds are fewer.
enum Vectors {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static var conformance: URL {
    if let path = ProcessInfo.processInfo.environment["ROGATORY_CONFORMANCE"] {
      return URL(fileURLWithPath: path)
    }
    return root.deletingLastPathComponent().appendingPathComponent("shared/conformance")
  }

  /// The files of a folder of other people's vectors, up to 64 KiB each.
  static func files(_ folder: String) -> [[UInt8]] {
    let url = conformance.appendingPathComponent(folder)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    return names.sorted().compactMap { name in
      guard let data = try? Data(contentsOf: url.appendingPathComponent(name)),
        data.count <= 1 << 16
      else { return nil }
      return [UInt8](data)
    }
  }

  /// The text in `.build-fuzz/identity`, which `make` makes where there is none.
  static func ownIdentity(_ make: () -> String) throws -> String {
    let url = root.appendingPathComponent(".build-fuzz/identity")
    // Of two programs that begin at once, one writes, and both read what it wrote.
    try? Data(make().utf8).write(to: url, options: .withoutOverwriting)
    return String(decoding: try Data(contentsOf: url), as: UTF8.self)
  }

  /// A bundle of the redaction vectors: one step of one, or one that is rejected.
  struct Package {
    let seal: String
    let terms: String
    let records: [String]
    let view: [UInt8]
    let leaves: [String: [UInt8]]
    let files: [String: [UInt8]]

    fileprivate init(_ json: [String: Any]) {
      seal = statement(json["seal"] as? String ?? "")
      terms = json["terms"] as? String ?? ""
      records = (json["records"] as? [String] ?? []).map(statement)
      view = bytes(json["view"] as? String)
      leaves = (json["leaves"] as? [String: String] ?? [:]).mapValues { bytes($0) }
      files = (json["files"] as? [String: String] ?? [:]).mapValues { bytes($0) }
    }
  }

  static let packages: [Package] = {
    let own = root.appendingPathComponent("Tests/Vectors/redact")
    let others = conformance.appendingPathComponent("redact")
    return [own, others].flatMap { folder -> [Package] in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      return names.sorted().flatMap { name -> [Package] in
        guard let data = try? Data(contentsOf: folder.appendingPathComponent(name)),
          let json = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any]
        else { return [] }
        return (json["packages"] as? [[String: Any]] ?? []).map(Package.init)
      }
    }
  }()

  /// The text of a note, without its signatures.
  private static func statement(_ note: String) -> String {
    guard let end = note.range(of: "\n\n") else { return note }
    return note[..<end.lowerBound] + "\n"
  }

  private static func bytes(_ hexadecimal: String?) -> [UInt8] {
    let digits = Array((hexadecimal ?? "").utf8)
    return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(digits[$0..<$0 + 2].text, radix: 16)
    }
  }
}

extension ArraySlice<UInt8> {
  var text: String { String(decoding: self, as: UTF8.self) }
}
