import ASiC
public import ArgumentParser
import DurableFiles
import Evidence
import Glibc
import Redaction
public import Report
import RogatoryNode

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a bundle, or a folder of bundles: no account, no node, no network.",
    discussion: """
      Exit 0: VERIFIED, or VERIFIED, REDACTED. 2: NOT VERIFIED, proven bad. 3: CANNOT BE DECIDED. \
      1: the file can't be read. Without --trust, the anchors of the home and its peers count. \
      --report writes the report that a court reads, in the form that its name ends in: .html, .pdf \
      (needs the Debian package weasyprint), .json or .txt.
      """)

  @Argument(help: "The bundle, any ASiC container with CAdES signatures, or a folder of them.")
  var bundle: String
  @Option(help: "Trust anchors: a PEM file, or a folder of <node id>.pem. Repeatable.")
  var trust: [String] = []
  @Option(help: "The time of the question, RFC 3339 (default: the time each signature proves).")
  var at: String?
  @Option(help: "Write a report: F.html, F.pdf, F.json or F.txt. Repeatable.")
  var report: [String] = []
  @Option(help: "Whom the report is for: generic, eu, us-902 or uk.")
  var profile: ReportProfile = .generic
  @Option(help: "The report's language: en, fr or de.") var language: ReportLanguage = .english
  @Option(help: "The person who runs the check, as the report names them.") var examiner: String?
  @Option(
    help: "An entry's proof of `log prove`, with F.json beside it, for the report. Repeatable.")
  var logProof: [String] = []
  @Option(help: "The verifier key (vkey) of the log that a proof is from. Repeatable.")
  var logKey: [String] = []
  @Flag(help: "Sign each report with the home's key: F.html.p7s beside F.html.") var sign = false
  @OptionGroup var keys: BundleKeys
  @Flag(help: "Never use the network. It never does.") var offline = false
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if report.isEmpty, sign || examiner != nil || !logProof.isEmpty || !logKey.isEmpty {
      throw ValidationError("--sign, --examiner, --log-proof and --log-key are about a --report.")
    }
  }

  func run() throws {
    let reports = try ReportFiles(report, signing: sign)
    let given = try GivenTrust(trust, or: global)
    let time = try askedTime()
    if given.anchors.certificates.isEmpty {
      printNote("rogatory: note: no trust anchors were given: name the sealer's with --trust FILE.")
    }
    if (try? facts(ofFile: bundle, followingLinks: true))?.kind == .directory {
      guard report.isEmpty else {
        throw Failure(.usage, "a report is about one bundle, and \(bundle) is a folder")
      }
      guard keys.identity.isEmpty else {
        throw Failure(.usage, "-i is about one bundle, and \(bundle) is a folder")
      }
      let folder = try FolderVerification(of: bundle, trust: given.anchors, at: time)
      throw ExitCode(folder.run(json: global.json).rawValue)
    }
    let file = try FileReader(at: bundle, followingLinks: true)
    let now = currentTime()
    let (verification, container) = try judge(file, given.anchors, at: time, now: now)
    let told = VerificationReport(verification, path: bundle, anchors: given.sources)
    guard !reports.isEmpty else {
      global.print(told.json, text: told.text)
      try end(with: verification.verdict)
      return
    }
    var order = ReportOrder(time: now, software: softwareVersion)
    order.language = language
    order.profile = profile
    order.examiner = examiner
    order.askedTime = time
    order.program = programDigest()
    order.clock = clockState()
    order.anchors = given.sources
    order.logAnchors = try readLogAnchors(logProof, keys: logKey)
    let signatory = sign ? try global.openHome().signatory(at: now) : nil
    order.signer = signatory?.node
    let made = CourtReport(
      verification, of: try examine(file, container, path: bundle), order)
    let written = try reports.write(made, signedBy: signatory, at: now)
    var json = told.json
    json["reports"] = .value(.array(written.map(\.json)))
    global.print(
      json,
      text: told.text + "\n" + written.map(\.line).joined(separator: "\n"))
    try end(with: verification.verdict)
  }

  private func askedTime() throws -> Int64? {
    try at.map { text in
      guard let time = StatementTime(given: text) else {
        throw Failure(.usage, "--at takes a time like 2026-11-21T09:00:00Z")
      }
      return time.unixSeconds
    }
  }

  private func end(with verdict: Verdict) throws {
    let status = ExitStatus(verdict)
    if status != .done { throw ExitCode(status.rawValue) }
  }

  /// A file that can be read but isn't a container gets a verdict, not an error.
  private func judge(
    _ file: FileReader, _ anchors: TrustAnchors, at time: Int64?, now: Int64
  ) throws -> (Verification, ContainerReader?) {
    do {
      let container = try keys.container(in: file, path: bundle, tolerant: true)
      // What is remembered is that a file holds a good bundle, and an age file holds none.
      let home = keys.identity.isEmpty ? try? global.openHome() : nil
      let check = home == nil ? nil : FileCheck(reading: file.fileDescriptor)
      let progress = Progress("verifying", total: file.facts.size, global)
      defer { progress.finish() }
      releaseProgramPages(before: container.entries.count)
      let (verification, bundle) = verify(
        container, trust: anchors, at: time, now: now, progress: progress.advance)
      if bundle != nil, let check {
        home?.checkedFiles(software: softwareVersion)
          .remember(check, container: containerDigest(of: container))
      }
      return (verification, container)
    } catch ContainerError.readFailed(let errno) {
      throw FileError.failed(.read, path: bundle, errno: errno)
    } catch let error as ContainerError {
      return (verdict(onMalformed: error), nil)
    }
  }
}

extension ExitStatus {
  /// The exit code of a verdict.
  init(_ verdict: Verdict) {
    switch verdict {
    case .verified, .verifiedRedacted: self = .done
    case .notVerified: self = .notVerified
    case .cannotBeDecided: self = .cannotBeDecided
    }
  }
}

extension ReportProfile: ExpressibleByArgument {}
extension ReportLanguage: ExpressibleByArgument {}
