import ArgumentParser
import CanonicalJSON
import DurableFiles
import Federation
import RogatoryNode

struct DirectoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "directory",
    abstract: "The federation's directory: which nodes there are, signed by m of n authorities.",
    subcommands: [
      DirectoryCreate.self, DirectorySign.self, Publish.self, Show.self, Diff.self,
      DirectoryAdopt.self, DirectoryFetch.self,
    ])

  struct Publish: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "publish",
      abstract: "Bring the members' signatures together, check everything, and write the file.",
      discussion: """
        Checked against the version before: --from, else the one in force here. Exit 4 where members \
        are missing. `serve` gives peers the version that is in force: adopt it.
        """)
    @Argument(help: "The signed copies that members sent back.") var files: [String]
    @Option(help: "The version before.") var from: String?
    @Option(name: .shortAndLong, help: "The file to write.", transform: outputPath) var output:
      String
    @OptionGroup var global: GlobalOptions

    func run() throws {
      var signed = try readDirectory(files[0])
      for file in files.dropFirst() { try signed.merge(readDirectory(file)) }
      let previous = try previousDirectory(of: signed.document, from, global)
      let verified = try signed.verified(after: previous, at: currentTime())
      try AtomicFile.write(signed.bytes, to: output, mode: 0o644, replacing: false)
      let document = signed.document
      global.print(
        document.summary.adding("file", .string(output)).adding(
          "signers", .array(verified.signers.map { .string($0.text) })),
        text: """
          Wrote \(output): \(document.line)
          Signed by \(verified.signers.map(\.text).joined(separator: ", ")); \
          \(document.threshold) of \(document.members.count) are needed
          Its eight words: \(document.words)
          """)
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show a directory: the file, or the one in force here.")
    @Argument(help: "The file; without, the directory in force.") var file: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
      if let file {
        let signed = try readDirectory(file)
        return tell(signed.document, signatures: signed.signatures.keys.map(\.text).sorted())
      }
      guard let adopted = try global.openHome().adoptedDirectory() else {
        throw NodeError.noDirectory
      }
      tell(adopted.document, adoption: adopted.adoption)
    }

    private func tell(
      _ document: DirectoryDocument, signatures: [String]? = nil, adoption: DirectoryAdoption? = nil
    ) {
      var json = document.summary
      json = json.adding("directory", document.json)
      json = json.adding(
        "nodes", .array(document.entries.map { .object($0.summary(at: currentTime())) }))
      if let signatures {
        json = json.adding("signatures", .array(signatures.map { .string($0) }))
      }
      if let adoption { json = json.adding("adoption", adoption.json) }
      var lines = [document.line, "Its eight words: \(document.words)"]
      if let signatures {
        lines.append(
          "Signatures, not checked here: "
            + (signatures.isEmpty ? "none" : signatures.joined(separator: ", ")))
      }
      if let adoption {
        lines.append(
          "In force: proposed by \(adoption.proposedBy), approved by \(adoption.approvedBy), "
            + adoption.approvedAt)
      }
      lines += document.telling(at: currentTime())
      global.print(json, text: lines.joined(separator: "\n"))
    }
  }

  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "diff",
      abstract: "Tell what one version changes of another; new keys with eight words to compare.",
      discussion: "With one file: what it changes of the directory in force here.")
    @Argument(help: "The older file, then the newer one.") var files: [String]
    @OptionGroup var global: GlobalOptions

    func validate() throws {
      guard (1...2).contains(files.count) else {
        throw ValidationError("One file, or the older and the newer one.")
      }
    }

    func run() throws {
      let new = try readDirectory(files[files.count - 1]).document
      let old =
        files.count == 2
        ? try readDirectory(files[0]).document : try global.openHome().adoptedDirectory()?.document
      let diff = DirectoryDiff(from: old, to: new)
      global.print(diff.json(from: old, to: new), text: diff.text(from: old, to: new))
    }
  }
}

/// A directory with or without signatures.
func readDirectory(_ path: String) throws -> SignedDirectory {
  try SignedDirectory(
    parsing: readSmallFile(path, limit: SignedDirectory.maximumBytes, followingLinks: true))
}

/// The version before a document: the named file, else the one in force; nil for a first version.
func previousDirectory(
  of document: DirectoryDocument, _ file: String?, _ global: GlobalOptions
) throws -> DirectoryDocument? {
  if let file { return try readDirectory(file).document }
  guard document.version > 1 else { return nil }
  let home = try global.openHome()
  // Whoever adopted a version already publishes it all the same.
  if let known = try home.signedDirectoryFile(document.version - 1)?.document { return known }
  guard let adopted = try home.adoptedDirectory()?.document else { throw NodeError.noDirectory }
  return adopted
}
