import ArgumentParser
import AuditLog
import CanonicalJSON
import DurableFiles
import Federation
import RogatoryNode

struct DirectorySign: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign", abstract: "Sign a directory as a member, by two officers.",
    discussion: """
      Look at `directory diff` and compare its eight words with the other members first. A member \
      signs one content of each version; --again is for one that was never published.
      """)
  @Argument(help: "The file; the signature goes into it.") var file: String
  @Option(help: "The version before, where it isn't in force here.") var from: String?
  @Option(help: "The officer who proposes.") var by: String?
  @Option(help: "The officer who approves.") var approvedBy: String?
  @Flag(help: "Sign although this node signed another content of this version.") var again = false
  @Option(name: .shortAndLong, help: "Write a signed copy instead.", transform: outputPath)
  var output: String?
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let home = try global.openHome()
    var signed = try readDirectory(file)
    let document = signed.document
    let previous = try previousDirectory(of: document, from, global)
    try previous.map { try document.check(after: $0) }
    guard document.member(home.id) != nil || previous?.member(home.id) != nil else {
      throw FederationError.notAMember(home.id.text)
    }
    try refuseAuditors([by, approvedBy], to: "directory-sign", of: home)
    let approval = try home.approval(by: by, approvedBy: approvedBy)
    guard try again || home.maySign(document) else {
      throw Failure(
        .refused, "this node signed another content of version \(document.version)",
        safe: "nothing was signed",
        hint: "where that one was never published, add --again; otherwise make the next version")
    }
    let now = currentTime()
    let signature = try home.signatory(at: now).sign(
      document.bytes, commitment: .proofOfApproval, at: now)
    // The log first: a signature that isn't in it must not leave the node.
    try await append(
      [
        LogDraft(
          .config,
          document.logFields.merging(["code": "directory-signed", "outcome": "signed"]) { $1 },
          personal: approval.people)
      ], to: home)
    try home.noteSigned(document)
    signed.add(signature, by: home.id)
    try AtomicFile.write(
      signed.bytes, to: output ?? file, mode: 0o644, replacing: output == nil)
    global.print(
      document.summary.adding("signer", .string(home.id.text)),
      text: "Signed \(document.line), as \(home.id)\nIts eight words: \(document.words)\n"
        + "Proposed by \(approval.proposer.id), approved by \(approval.approver.id)")
  }
}

extension DirectoryDocument {
  /// Which document an entry speaks of.
  var logFields: [String: JSON] {
    [
      "federation": .string(federation.text), "version": .integer(version),
      "digest": .string(digest.base64),
    ]
  }
}
