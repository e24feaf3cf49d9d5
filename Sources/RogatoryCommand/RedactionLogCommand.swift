import ArgumentParser
import DurableFiles
import Evidence
import Report
import RogatoryNode

struct RedactionLogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redaction-log",
    abstract: "List what is withheld in a bundle and why, as courts ask for it.",
    discussion: """
      Document, place, kind of information, reason, provision, people and time; never the content. \
      The bundle is verified first; the verdict stands on top, and the exit code is `verify`'s. \
      Needs no home. --pdf needs the program weasyprint (Debian package weasyprint).
      """)

  @Argument(help: "The bundle.") var bundle: String
  @Option(help: "Trust anchors: a PEM file, or a folder of <node id>.pem. Repeatable.")
  var trust: [String] = []
  @Option(help: "Write the log as one HTML file.") var html: String?
  @Option(help: "Write the log as PDF.") var pdf: String?
  @Option(help: "Write the log as CSV for a spreadsheet.") var csv: String?
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let anchors = try readTrust(trust, or: global)
    let input = try BundleInput(bundle)
    let progress = Progress("verifying", total: input.file.facts.size, global)
    let now = currentTime()
    let (verification, token) = verify(
      input.container, trust: anchors, now: now, progress: progress.advance)
    progress.finish()
    guard verification.seal != nil else {
      throw BundleInput.refusal(verification, path: bundle)
    }
    if anchors.certificates.isEmpty {
      printNote("rogatory: note: no trust anchors were given: name the sealer's with --trust FILE.")
    }
    let log = RedactionLog(
      verification, bundle: try token?.bundle ?? EvidenceBundle(input.container), path: bundle,
      at: now)
    try write(log)
    global.print(log.json, text: log.text)
    switch verification.verdict {
    case .verified, .verifiedRedacted: return
    case .notVerified: throw ExitCode(ExitStatus.notVerified.rawValue)
    case .cannotBeDecided: throw ExitCode(ExitStatus.cannotBeDecided.rawValue)
    }
  }

  private func write(_ log: RedactionLog) throws {
    let page = html != nil || pdf != nil ? log.html : ""
    if let html { try write(page, to: html) }
    if let csv { try write(log.csv, to: csv) }
    guard let pdf else { return }
    do {
      try writeOutput(to: pdf) { try renderPDF(page, into: $0, at: pdf) }
    } catch let error as PDFError {
      throw Failure(pdf: error, instead: "--html")
    }
  }

  private func write(_ text: String, to path: String) throws {
    try writeOutput(to: path) { descriptor in
      try Array(text.utf8).withUnsafeBytes { bytes in
        try DescriptorWriter(descriptor, path: path).write(bytes)
      }
    }
  }
}

extension Failure {
  /// Why there is no PDF.
  ///
  /// - Parameter other: what can be had without the renderer.
  init(pdf error: PDFError, instead other: String) {
    let hint = "\(other) holds the same as a page, which any browser prints as PDF"
    switch error {
    case .noRenderer:
      self.init(
        .failed, "there is no weasyprint on this machine, which makes the PDF",
        safe: "no PDF was written", hint: "install the Debian package weasyprint; \(hint)")
    case .tookTooLong:
      self.init(
        .failed, "weasyprint took too long over the PDF", safe: "no PDF was written", hint: hint)
    case .failed:
      self.init(.failed, "weasyprint made no PDF", safe: "no PDF was written", hint: hint)
    }
  }
}
