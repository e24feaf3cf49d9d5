import ASiC
import ArgumentParser
import AuditLog
import CAdES
import CanonicalJSON
import DurableFiles
import Evidence
import Redaction
import Report
import RogatoryNode

struct Extend: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extend",
    abstract: "Raise a bundle's signatures: to B-LT, or with an archive time-stamp to B-LTA.",
    discussion: """
      B-LT gives signatures what they lack: a time-stamp, certificates, revocation data. LTA adds an \
      archive time-stamp over everything that lasts, so that it can be verified after the \
      certificates of today have ended; do it again before the new one ends. The carrier seal is \
      made anew by this node. Exit 5: an authority isn't reached now, and nothing was written.
      """)

  enum Level: String, ExpressibleByArgument, CaseIterable {
    case longTerm = "B-LT"
    case archive = "LTA"

    init?(argument: String) {
      switch argument.uppercased() {
      case "B-LT", "LT": self = .longTerm
      case "B-LTA", "LTA": self = .archive
      default: return nil
      }
    }
  }

  @Argument(help: "The bundle.") var bundle: String?
  @Option(help: "B-LT or LTA.") var to = Level.longTerm
  @Option(name: .shortAndLong, help: "The bundle to write.", transform: outputPath) var output:
    String?
  @Flag(help: "Complete every bundle that waits for an authority, in its own place.")
  var waiting = false
  @Option(help: "Trust anchors: a PEM file, or a folder of <node id>.pem. Repeatable.")
  var trust: [String] = []
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard waiting == (bundle == nil), waiting == (output == nil), !waiting || to == .longTerm
    else {
      throw ValidationError("Name a bundle and --output, or --waiting alone.")
    }
  }

  func run() async throws {
    let home = try global.openHome()
    guard let bundle, let output else { return try completeWaiting(home) }
    if (try? facts(ofFile: output)) != nil { throw FileError.alreadyExists(path: output) }
    let anchors = try readTrust(trust, or: global)
    switch to {
    case .longTerm: try complete(bundle, output, home, anchors)
    case .archive: try archive(bundle, output, home, anchors)
    }
  }

  private func complete(
    _ bundle: String, _ output: String, _ home: NodeHome, _ anchors: TrustAnchors
  ) throws {
    let done = try home.complete(
      bundleAt: bundle, writing: output, replacing: false, trust: anchors, at: currentTime())
    try home.logCompletion(done, software: softwareVersion)
    tell(done.verification, output, raised: done.raised)
  }

  private func archive(
    _ path: String, _ output: String, _ home: NodeHome, _ anchors: TrustAnchors
  ) throws {
    let input = try BundleInput(path)
    let verified = try input.verified(trust: anchors, global, label: "verifying")
    let now = currentTime()
    let signatory = try home.signatory(at: now)
    let scratch = try makeScratch(beside: output)
    let log = try home.openLog(software: softwareVersion)
    var result: Verification?
    let count = try writeOutput(to: output) { descriptor in
      try Evidence.archive(
        verified, by: signatory, into: descriptor, at: now, scratch: scratch)
    } checking: { descriptor, _ in
      let (verification, token) = verify(
        try ContainerReader(fileDescriptor: descriptor), trust: anchors, now: currentTime())
      guard token != nil else { throw BundleInput.refusal(verification, path: output) }
      result = verification
    } before: { count in
      _ = try log.append(
        LogDraft(
          .seal,
          [
            "bundle": .string(verified.bundle.seal.bundleID), "outcome": "archived",
            "code": .string("B-LTA"), "count": .integer(Int64(count)),
          ]))
    }
    try log.close()
    try input.file.checkUnchanged()
    if let result { tell(result, output, raised: count) }
  }

  private func completeWaiting(_ home: NodeHome) throws {
    let outcomes = try home.completeWaiting(software: softwareVersion, at: currentTime())
    let rows = outcomes.map { outcome in
      JSON.object(known: [
        "bundle": .string(outcome.entry.bundleID), "file": .string(outcome.entry.path),
        "result": outcome.failure == nil ? "completed" : "waiting",
        "detail": outcome.failure.map { .string(Failure($0)?.what ?? "\($0)") },
      ])
    }
    let lines = outcomes.map { outcome in
      outcome.failure == nil
        ? "\(outcome.entry.path) is complete"
        : "\(outcome.entry.path) still waits: "
          + (outcome.failure.flatMap { Failure($0)?.what } ?? "an error")
    }
    global.print(
      .object(["bundles": .array(rows)]),
      text: lines.isEmpty ? "Nothing waits" : lines.joined(separator: "\n"))
    if outcomes.contains(where: { $0.failure != nil }) {
      throw Failure(
        .temporary, "not every bundle that waits could be completed",
        safe: "those stay as they are, sealed and whole", hint: "try again later")
    }
  }

  private func tell(_ verification: Verification, _ output: String, raised: Int) {
    let levels = verification.signatures.map { report in
      JSON.object([
        "file": .string(report.file), "role": .string(report.role.rawValue),
        "level": .string(report.validation.level.rawValue),
      ])
    }
    let lowest = verification.signatures.map(\.validation.level).min()
    global.print(
      .object(known: [
        "file": .string(output), "bundle": verification.seal.map { .string($0.bundleID) },
        "verdict": .string(verification.verdict.rawValue), "signatures": .array(levels),
        "archives": .integer(Int64(verification.signatures.count { $0.role == .archive })),
        "raised": to == .longTerm ? .integer(Int64(raised)) : nil,
      ]),
      text: to == .longTerm
        ? "Wrote \(output): \(counted(raised, "signature")) raised, all at \(lowest?.rawValue ?? "?") or above"
        : "Wrote \(output): archive time-stamp \(raised) is over everything that lasts")
  }
}
