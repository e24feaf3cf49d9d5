import ArgumentParser
import CanonicalJSON
import DurableFiles
import Evidence
import Foundation
import Glibc
import RogatoryNode

struct Demo: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Three nodes, one fictional case: from files to receipts and reconciled logs.",
    discussion: """
      Starts nodes for Portugal, Finland and Singapore on loopback, as processes of their own, and \
      runs the same commands that a person would type. With --keep the homes stay in DIR/pt, DIR/fi \
      and DIR/sg, and the bundles in DIR/bundles.
      """)
  @Option(help: "A new or empty folder in which everything stays.") var keep: String?
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let folder = try keep ?? temporaryFolder()
    try ensureDirectory(folder)
    guard try isEmpty(folder) else { throw NodeError.outputNotEmpty(folder) }
    var story = try DemoStory(folder: absolute(folder), quiet: global.json)
    defer { story.stopNodes() }
    let proven = try story.tell()
    if global.json {
      printLine(proven.prettyText)
    } else if let keep {
      printLine(story.commandsToLookFurther(keep))
    } else {
      printLine("\nTo look further yourself: rogatory demo --keep DIR")
    }
    if keep == nil { removeTree(folder) }
  }

  private func temporaryFolder() throws -> String {
    let parent = FileManager.default.temporaryDirectory.path
    return try createTemporaryDirectory(in: parent, prefix: "rogatory-demo-")
  }

  private func absolute(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private func isEmpty(_ path: String) throws -> Bool {
    try NodeHome.names(in: path).isEmpty
  }
}
