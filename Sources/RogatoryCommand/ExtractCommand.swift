import ASiC
import ArgumentParser
import CanonicalJSON
import DurableFiles
import Evidence
import Report
import RogatoryNode

struct Extract: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take the items out of a bundle, only after every check.",
    discussion: """
      With --despite-failure the items of a bundle that isn't verified are taken out as well, into a \
      folder below the one named, whose name says so; the exit code stays that of the verdict.
      """)

  @Argument(help: "The bundle.") var bundle: String
  @Option(name: .shortAndLong, help: "The folder to write, new or empty.") var output: String
  @Option(help: "Trust anchors: a PEM file, or a folder of <node id>.pem. Repeatable.")
  var trust: [String] = []
  @Option(help: "The officer who extracts.") var by: String?
  @Flag(help: "Extract although a check failed.") var despiteFailure = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    try checkOfficer()
    let anchors = try readTrust(trust, or: global)
    let input = try BundleInput(bundle)
    let progress = Progress("extracting", total: input.file.facts.size * 2, global)
    let (verification, token) = verify(
      input.container, trust: anchors, now: currentTime(), progress: progress.advance)
    if let token {
      let extraction = try extract(
        token.bundle, verification, to: output, progress: progress.advance)
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
      EvidenceBundle(input.container), verification, to: folder, progress: progress.advance)
    progress.finish()
    try AtomicFile.write(
      Array(warning(verification).utf8), to: output + "/READ-ME-FIRST.txt", mode: 0o644,
      replacing: true)
    tell(extraction, verification, folder: folder)
    throw ExitCode(BundleInput.refusal(verification, path: bundle).code.rawValue)
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
    let rows = extraction.rows.map { row -> JSON in
      .object(known: [
        "index": .integer(Int64(row.number)), "state": .string(row.state.rawValue),
        "path": row.path.map { .string($0) },
        "derivedFrom": companions.derivation(of: row.number).map {
          .integer(Int64($0.original))
        },
      ])
    }
    let written = extraction.rows.count { $0.path != nil }
    let made = extraction.rows.count {
      $0.path != nil && companions.derivation(of: $0.number) != nil
    }
    global.print(
      .object([
        "verdict": .string(verification.verdict.rawValue), "folder": .string(folder),
        "items": .array(rows),
      ]),
      text:
        "\(verification.verdict.words): \(written) of \(counted(extraction.rows.count, "item")) "
        + "written to \(folder)" + (made > 0 ? ", \(made) of them companions" : ""))
  }
}
