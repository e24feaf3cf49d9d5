import Foundation
import Testing

/// The acceptance tests: each file of Scripts/ is a script (see Script.swift) that runs the built
/// program as a user would.
@Suite struct CommandLineTests {
  @Test(arguments: try ScriptFolder.scripts())
  func everyScriptHolds(_ name: String) throws {
    let program = ScriptFolder.program
    guard FileManager.default.isExecutableFile(atPath: program.path) else {
      Issue.record(
        """
        There is no program at \(program.path).
        Build it with `swift build -c release`, or name another with ROGATORY_PROGRAM.
        """)
      return
    }
    let script = try ScriptFolder.script(name)
    let outcome = try ScriptRunner(program: program, root: ScriptFolder.root).run(script)
    if case .skipped(let reason) = outcome {
      print("Script \(name) was skipped: \(reason)")
    }
  }

  /// Also where no program is built: a script with a mistake in it never gets as far as to run.
  @Test(arguments: try ScriptFolder.scripts())
  func everyScriptIsUnderstood(_ name: String) throws {
    _ = try ScriptFolder.script(name)
  }
}

/// Where scripts and program are.
enum ScriptFolder {
  /// The package's root, found from this file, since a bundle's place differs between systems.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static let program =
    ProcessInfo.processInfo.environment["ROGATORY_PROGRAM"].map { URL(filePath: $0) }
    ?? root.appending(path: ".build/release/rogatory")

  private static let folder = root.appending(path: "Tests/CommandLineTests/Scripts")

  static func scripts() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".txt") }.sorted()
  }

  static func script(_ name: String) throws -> Script {
    let data = try Data(contentsOf: folder.appending(path: name))
    return try Script(name: name, text: String(decoding: data, as: UTF8.self))
  }
}
