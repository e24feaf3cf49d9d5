import Foundation
import Redaction

/// Tests/Reference/redact_ref.py, asked once for many bundles.
enum SecondOpinion {
  /// A bundle and its steps, without anything that the product made of it.
  struct Question: Encodable {
    var seed: String
    var items: [Item]
    var steps: [[CutTuple]]

    struct Item: Encodable {
      var name, media, data: String
      var grid, header: UInt32?
      var from: String?
    }
  }

  /// `[item, part, a, b, code, shown]`
  struct CutTuple: Encodable {
    var cut: Cut

    func encode(to encoder: any Encoder) throws {
      var list = encoder.unkeyedContainer()
      try list.encode(cut.item)
      switch cut.part {
      case .all:
        try list.encode("all")
        try list.encode(0)
        try list.encode(0)
      case .header(let range), .content(let range):
        if case .header = cut.part { try list.encode("header") } else { try list.encode("content") }
        try list.encode(range.lowerBound)
        try list.encode(range.upperBound)
      }
      try list.encode(cut.code)
      try list.encode(cut.shown)
    }
  }

  /// What the second implementation makes of it.
  struct Answer: Decodable {
    var ids: [Hex]
    var root: Hex
    var views: [Hex]
    var leaves, files: [String: Hex]
  }

  /// One process for all questions; nil where there is no Python.
  static func ask(_ questions: [Question]) throws -> [Answer]? {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "second-opinion-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (input, output) = (folder.appending(path: "in"), folder.appending(path: "out"))
    let encoder = JSONEncoder()
    var lines = Data()
    for question in questions { lines += try encoder.encode(question) + Data("\n".utf8) }
    try lines.write(to: input)
    try Data().write(to: output)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    let python = ProcessInfo.processInfo.environment["ROGATORY_PYTHON"] ?? "python3"
    process.arguments = [python, "-B", script.path, "answer"]
    process.standardInput = try FileHandle(forReadingFrom: input)
    process.standardOutput = try FileHandle(forWritingTo: output)
    try process.run()
    process.waitUntilExit()
    // 127: env found no such program.
    if process.terminationStatus == 127 { return nil }
    let decoder = JSONDecoder()
    return try Data(contentsOf: output).split(separator: UInt8(ascii: "\n")).map {
      try decoder.decode(Answer.self, from: $0)
    }
  }

  private static let script = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Reference/redact_ref.py")
}
