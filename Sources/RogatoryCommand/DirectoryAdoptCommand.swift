import ArgumentParser
import AuditLog
import CanonicalJSON
import DurableFiles
import Federation
import RogatoryNode

struct DirectoryAdopt: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adopt", abstract: "Put a directory in force in this node, by two officers.",
    discussion: """
      It has to be signed by the threshold of its own members, and of the members of the version in \
      force. The first directory of a node is compared by its eight words with somebody who has it. \
      A version never goes back. Exit 6: two contents of one version; the evidence is kept.
      """)
  @Argument(help: "The published file.") var file: String
  @Option(help: "The officer who proposes.") var by: String?
  @Option(help: "The officer who approves.") var approvedBy: String?
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let home = try global.openHome()
    let signed = try readDirectory(file)
    let verified: VerifiedDirectory
    do {
      verified = try home.verifyDirectory(signed, at: currentTime())
    } catch FederationError.directoryFork(let version) {
      try await keepEvidence(signed, home)
      throw FederationError.directoryFork(version: version)
    }
    try refuseAuditors([by, approvedBy], to: "directory-adopt", of: home)
    let approval = try home.approval(by: by, approvedBy: approvedBy)
    let old = try home.adoptedDirectory()?.document
    let document = signed.document
    let diff = DirectoryDiff(from: old, to: document)
    try await append(drafts(document, diff, approval, own: home.id), to: home)
    try home.adopt(verified, approval: approval, at: currentTimeText())
    global.print(
      diff.json(from: old, to: document).adding(
        "signers", .array(verified.signers.map { .string($0.text) })),
      text: """
        \(diff.text(from: old, to: document))
        In force now: version \(document.version) of \(document.federation), signed by \
        \(verified.signers.map(\.text).joined(separator: ", "))
        Its eight words: \(document.words)
        Proposed by \(approval.proposer.id), approved by \(approval.approver.id)
        """)
  }

  /// One entry for the directory, and one for each peer that it changes.
  private func drafts(
    _ document: DirectoryDocument, _ diff: DirectoryDiff, _ approval: Approval, own: NodeID
  ) -> [LogDraft] {
    let whole = LogDraft(
      .config,
      document.logFields.merging(["code": "directory-adopted", "outcome": "done"]) { $1 },
      personal: approval.people)
    let version: [String: JSON] = ["directory": .integer(document.version)]
    return [whole]
      + diff.nodes.filter { $0.entry.card.node != own }.map { node in
        var more = version
        if !node.change.fields.isEmpty {
          more["fields"] = .array(node.change.fields.map { .string($0) })
        }
        return peerChangeDraft(node.entry.card, node.change.word, approval, more: more)
      }
  }

  private func keepEvidence(_ signed: SignedDirectory, _ home: NodeHome) async throws {
    let name = try home.keepFork(signed)
    try await append(
      [
        LogDraft(
          .fork,
          signed.document.logFields.merging(["code": "DIRECTORY", "evidence": .string(name)]) { $1 }
        )
      ], to: home)
    global.print(
      signed.document.summary.adding("evidence", .string(home.file(name))),
      text: "The evidence is kept in \(home.file(name))")
  }
}

struct DirectoryFetch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Get a version of the directory from a peer; adopt it afterwards.",
    discussion: "The version after the one in force here, or the peer's newest where there is none."
  )
  @Option(help: "The peer's id.") var from: String
  @Option(name: .shortAndLong, help: "The file to write.", transform: outputPath) var output: String
  @Option(help: "Another version.") var version: Int64?
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let home = try global.openHome()
    let next = try version ?? home.adoptedDirectory().map { $0.adoption.version + 1 }
    try await withExchange(global) { exchange in
      let signed = try await exchange.fetchDirectory(from: from, version: next)
      try AtomicFile.write(signed.bytes, to: output, mode: 0o644, replacing: false)
      global.print(
        signed.document.summary.adding("file", .string(output)),
        text:
          "Wrote \(output): \(signed.document.line)\nIts eight words: \(signed.document.words)\n"
          + "Nothing of it is checked yet: `rogatory directory diff`, then `directory adopt`")
    }
  }
}
