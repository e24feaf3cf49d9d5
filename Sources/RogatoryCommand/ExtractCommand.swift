import ASiC
import ArgumentParser
import CanonicalJSON
import DurableFiles
import Evidence
import Report
import RogatoryNode

struct Extract: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Take the items out of a bundle, only after every check.",
    discussion: """
      With --despite-failure the items of a bundle that isn't verified are taken out as well, into a \
      folder below the one named, whose name says so; the exit code stays that of the verdict.
      """)

  @Argument(help: "The bundle.") var bundle: String
  @Option(name: .shortAndLong, help: "The folder to write, new or empty.", transform: outputPath)
  var output: String
  @Option(help: "Trust anchors: a PEM file, or a folder of <node id>.pem. Repeatable.")
  var trust: [String] = []
  @Option(help: "The officer who extracts.") var by: String?
  @Option(help: "An item to take out, by its name in the bundle (default: all). Repeatable.")
  var item: [String] = []
  @OptionGroup var keys: BundleKeys
  @Flag(help: "Extract although a check failed.") var despiteFailure = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    try checkOfficer()
    let anchors = try readTrust(trust, or: global)
    let input = try BundleInput(bundle, keys: keys)
    let progress = Progress("extracting", total: input.file.facts.size * 2, global)
    releaseProgramPages(before: input.container.entries.count)
    let (verification, token) = verify(
      input.container, trust: anchors, now: currentTime(), progress: progress.advance)
    if let token {
      let extraction = try extract(
        token.bundle, verification, only: wanted(verification), to: output,
        progress: progress.advance)
      progress.finish()
      tell(extraction, verification, folder: output)
      return
    }
    guard despiteFailure else {
      var failure = BundleInput.refusal(verification, path: bundle)
      failure.hint = "--despite-failure extracts all the same, into a folder that says so"
      throw failure
    }
    let folder = output + "/NOT-VERIFIED"
    let extraction = try extract(
      EvidenceBundle(input.container), verification, only: wanted(verification), to: folder,
      progress: progress.advance)
    progress.finish()
    try AtomicFile.write(
      Array(warning(verification).utf8), to: output + "/READ-ME-FIRST.txt", mode: 0o644,
      replacing: true)
    tell(extraction, verification, folder: folder)
    throw ExitCode(BundleInput.refusal(verification, path: bundle).code.rawValue)
  }

  /// The numbers of the items that are named; nil where none is, so all are taken out.
  private func wanted(_ verification: Verification) throws -> Set<Int>? {
    guard !item.isEmpty else { return nil }
    return try Set(
      item.map { name in
        // By bytes: names that differ in normalisation only are two items.
        guard
          let found = verification.items.first(where: {
            $0.name.map { Array($0.utf8) == Array(name.utf8) } ?? false
          })
        else {
          throw Failure(
            .failed, "no item that is disclosed here has the name \(name)",
            safe: "nothing was written", hint: "`rogatory inspect \(bundle)` lists them")
        }
        return found.number
      })
  }

  /// Auditors extract nothing; and what came in is taken out of the inbox by somebody with a name.
  private func checkOfficer() throws {
    if let by {
      let home = try global.openHome()
      try refuseAuditors([by], to: "extract", of: home)
      _ = try home.officers().handlingOfficer(by)
    } else if let home = try? global.openHome(), !home.configuration.development,
      home.holdsInInbox(bundle)
    {
      throw Failure(
        .refused, "say with --by who takes evidence out of the inbox", safe: "nothing was written")
    }
  }

  private func warning(_ verification: Verification) -> String {
    """
    These files were taken out of a bundle that is \(verification.verdict.words).
    Don't use them as evidence. What failed or is open:

    \(VerificationReport.problems(of: verification).map { "- " + $0 }.joined(separator: "\n"))

    """
  }

  private func tell(_ extraction: Extraction, _ verification: Verification, folder: String) {
    let companions = CompanionIndex(verification.items)
    let rows = extraction.rows
    var json = JSONStream([
      "verdict": .string(verification.verdict.rawValue), "folder": .string(folder),
    ])
    json["items"] = .array(rows) { row in
      .value(
        .object(known: [
          "index": .integer(Int64(row.number)), "state": .string(row.state.rawValue),
          "path": row.path.map { .string($0) },
          "derivedFrom": companions.derivation(of: row.number).map {
            .integer(Int64($0.original))
          },
        ]))
    }
    let made =
      companions.isEmpty
      ? 0 : rows.count { $0.path != nil && companions.derivation(of: $0.number) != nil }
    global.print(
      json,
      text:
        "\(verification.verdict.words): \(rows.writtenCount) of \(counted(rows.count, "item")) "
        + "written to \(folder)" + (made > 0 ? ", \(made) of them companions" : ""))
  }
}
