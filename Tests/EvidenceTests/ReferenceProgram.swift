import Foundation

/// A second implementation in Python, in Tests/.
enum ReferenceProgram {
  /// The lines that a script prints; nil, with a word why, where it can't be run.
  static func lines(
    _ script: String, _ arguments: [String], input: [String] = []
  ) throws -> [String]? {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
    let scratch = FileManager.default.temporaryDirectory.appending(
      path: "reference-\(UUID().uuidString)")
    try Data(input.joined(separator: "\n").utf8).write(to: scratch)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", folder.appending(path: script).path] + arguments
    // From a file, so that neither side waits for the other.
    process.standardInput = try FileHandle(forReadingFrom: scratch)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      // 127 is `env`'s word for a program that isn't there.
      guard process.terminationStatus == 127 else {
        throw Failure(status: process.terminationStatus)
      }
      print("Skipped: python3 isn't installed, so \(script) isn't compared with")
      return nil
    }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  struct Failure: Error {
    let status: Int32
  }
}
