import ASiC
import CanonicalJSON
import Evidence
import Report

/// What the leak test of a redaction came to, for the log and for the person.
enum LeakOutcome {
  /// It was not made, since the person said so.
  case skipped
  /// Nothing that was withheld is left, but for what was accepted.
  case passed(accepted: Int, warnings: Int, gaps: Int)

  var json: JSON {
    switch self {
    case .skipped: .object(["result": "skipped"])
    case .passed(let accepted, let warnings, let gaps):
      .object([
        "result": "passed", "accepted": .integer(Int64(accepted)),
        "warnings": .integer(Int64(warnings)), "notSearchable": .integer(Int64(gaps)),
      ])
    }
  }

  var words: String {
    switch self {
    case .skipped: "not made, as you asked; the log says so"
    case .passed(0, 0, 0): "nothing that was withheld stands elsewhere in the bundle"
    case .passed(let accepted, let warnings, let gaps):
      "passed, with \(counted(accepted, "place")) accepted, \(counted(warnings, "warning")) and "
        + "\(counted(gaps, "place")) that can't be searched"
    }
  }
}

extension Redact {
  /// Searches the finished file, which has no name yet, for what was withheld.
  ///
  /// - Throws: a ``Failure`` where something is left. Each hit is told by item and offset, never by the
  ///   value.
  func testForLeaks(
    in descriptor: Int32, of size: UInt64, against verified: VerifiedBundle
  ) throws -> LeakOutcome {
    if skipLeakTest {
      printNote("rogatory: note: the leak test was not made.")
      return .skipped
    }
    let progress = Progress("searching for leaks", total: size, global)
    let redacted = try EvidenceBundle(ContainerReader(fileDescriptor: descriptor))
    let report = try leakTest(redacted, against: verified.bundle, progress: progress.advance)
    progress.finish()
    let allowed = Set(allowLeak)
    for label in allowed.subtracting(report.leaks.map(\.label)).sorted() {
      printNote("rogatory: note: --allow-leak \(printable(label)) names no place in this report.")
    }
    show(places(report.warnings), as: "warning: look at")
    for gap in report.gaps.prefix(Self.shownHits) {
      printNote("rogatory: note: \(gap.path) can't be searched at byte \(gap.offset).")
    }
    let stopping = places(report.leaks.filter { !allowed.contains($0.label) })
    let count = stopping.count + report.furtherHits
    guard count == 0 else {
      show(stopping, as: "leak")
      let one = stopping.first.map(\.label) ?? "ITEM@OFFSET"
      throw Failure(
        .refused,
        "something that would be withheld still stands in \(counted(count, "other place"))",
        safe: "nothing was written, and no value was printed",
        hint: "add a rule for those places; or look at each and name it, as in --allow-leak \(one)")
    }
    return .passed(
      accepted: places(report.leaks).count, warnings: places(report.warnings).count,
      gaps: report.gaps.count + report.furtherGaps)
  }

  /// One hit for each place: two values that end alike are found at one.
  private func places(_ hits: [LeakHit]) -> [LeakHit] {
    var seen: Set<String> = []
    return hits.filter { seen.insert($0.label).inserted }
  }

  private func show(_ hits: [LeakHit], as kind: String) {
    for hit in hits.prefix(Self.shownHits) {
      let name = hit.name.map { " (\(safePath(forName: $0)))" } ?? ""
      printNote(
        "rogatory: \(kind): \(hit.label)\(name): \(hit.encoding), cut in \(hit.source.words).")
    }
    if hits.count > Self.shownHits {
      printNote("rogatory: \(kind): and \(counted(hits.count - Self.shownHits, "place")) more.")
    }
  }

  /// A terminal's worth; `rogatory leak-test` tells all.
  private static let shownHits = 50
}
