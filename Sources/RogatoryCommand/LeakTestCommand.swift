import ArgumentParser
import CanonicalJSON
import Evidence

struct LeakTest: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "leak-test",
    abstract: "Look in a redacted bundle for anything that it withholds.",
    discussion: """
      Both bundles are verified first. Exit 0: nothing that stops a release. 4: something withheld \
      still stands somewhere, or the bundles can't be compared. What was found is never printed, only \
      where it stands. Without --trust, the anchors of the home and its peers count.
      """)

  @Argument(help: "The redacted bundle.") var redacted: String
  @Option(help: "The bundle that it was made from, or a fuller copy.") var against: String
  @Option(help: "Trust anchors: a PEM file, or a folder of <node id>.pem. Repeatable.")
  var trust: [String] = []
  @Option(
    help: ArgumentHelp(
      "A place that was looked at and may stay, as the report names it. Repeatable.",
      valueName: "item@offset"))
  var allowLeak: [String] = []
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let anchors = try readTrust(trust, or: global)
    let less = try BundleInput(redacted)
    let more = try BundleInput(against)
    let redactedBundle = try less.verified(trust: anchors, global, label: "verifying")
    let fullBundle = try more.verified(trust: anchors, global, label: "verifying")
    let progress = Progress("searching", total: less.file.facts.size, global)
    let report: LeakReport
    do {
      report = try leakTest(
        redactedBundle.bundle, against: fullBundle.bundle, progress: progress.advance)
    } catch let error as LeakError {
      throw Failure(.refused, error.words(redacted, against), safe: "nothing was changed")
    }
    progress.finish()
    let told = LeakListing(report, allowed: Set(allowLeak))
    for label in told.unknownLabels {
      printNote("rogatory: note: --allow-leak \(label) names no place in this report.")
    }
    global.print(told.json, text: told.text)
    if let refusal = told.refusal { throw refusal }
  }
}

/// A leak report for people and programs, with what a person has allowed.
struct LeakListing {
  let report: LeakReport
  let allowed: Set<String>

  init(_ report: LeakReport, allowed: Set<String>) {
    self.report = report
    self.allowed = allowed
  }

  /// The hits that stop a release.
  var stopping: [LeakHit] { report.leaks.filter { !allowed.contains($0.label) } }

  /// Why nothing may be released, or nil where something may.
  var refusal: Failure? {
    let count = stopping.count + report.furtherHits
    guard count > 0 else { return nil }
    return Failure(
      .refused, "something that is withheld still stands in \(counted(count, "place"))",
      safe: "no value was printed",
      hint: "withhold those places too, or look at each and name it with --allow-leak")
  }

  /// What was allowed and doesn't exist: a misspelt one, or a place that moved.
  var unknownLabels: [String] { allowed.subtracting(report.leaks.map(\.label)).sorted() }

  var text: String {
    let stops = stopping
    var lines = [
      stops.isEmpty && report.furtherHits == 0 ? "No leak found." : "LEAKS: \(stops.count)",
      "Looked for \(counted(report.valueCount, "withheld value")) in "
        + "\(counted(report.byteCount, "disclosed byte")).",
    ]
    lines += stops.map { "  \(words($0))" }
    let accepted = report.leaks.filter { allowed.contains($0.label) }
    if !accepted.isEmpty { lines.append("Allowed: \(accepted.count)") }
    lines += accepted.map { "  \(words($0))" }
    if !report.warnings.isEmpty {
      lines.append("Warnings, short or partial values to look at: \(report.warnings.count)")
      lines += report.warnings.prefix(Self.shownWarnings).map { "  \(words($0))" }
      if report.warnings.count > Self.shownWarnings { lines.append("  … (see --json)") }
    }
    if report.furtherHits > 0 {
      lines.append("And \(counted(report.furtherHits, "further place")).")
    }
    if report.commonPhrases > 0 {
      lines.append(
        "Phrases of withheld items that stand in several others: \(report.commonPhrases)")
    }
    if report.unsearchableValues > 0 {
      lines.append(
        "Withheld values too short or too many to look for: \(report.unsearchableValues)")
    }
    if !report.gaps.isEmpty {
      lines.append("Not searchable: \(report.gaps.count + report.furtherGaps)")
      lines += report.gaps.prefix(Self.shownWarnings).map { gap in
        "  \(gap.path) at byte \(([gap.offset] + gap.inner).map(String.init).joined(separator: "+")): "
          + gap.reason.words
      }
      if report.gaps.count > Self.shownWarnings { lines.append("  … (see --json)") }
    }
    return lines.joined(separator: "\n")
  }

  private func words(_ hit: LeakHit) -> String {
    let name = hit.name.map { " (\(safePath(forName: $0)))" } ?? ""
    return "\(hit.label)\(name): \(hit.encoding), of \(hit.source.words)"
  }

  var json: JSON {
    .object([
      "result": .string(refusal == nil ? "clean" : "leaks"),
      "values": .integer(Int64(report.valueCount)),
      "bytes": .integer(Int64(clamping: report.byteCount)),
      "leaks": .integer(Int64(stopping.count)),
      "warnings": .integer(Int64(report.warnings.count)),
      "hits": .array(report.hits.map { $0.json(isAllowed: allowed.contains($0.label)) }),
      "furtherHits": .integer(Int64(report.furtherHits)),
      "commonPhrases": .integer(Int64(report.commonPhrases)),
      "unsearchableValues": .integer(Int64(report.unsearchableValues)),
      "notSearchable": .array(report.gaps.map(\.json)),
      "furtherNotSearchable": .integer(Int64(report.furtherGaps)),
    ])
  }

  /// A terminal's worth; everything is in the JSON.
  private static let shownWarnings = 50
}

extension LeakError {
  func words(_ redacted: String, _ full: String) -> String {
    switch self {
    case .otherSeal: "\(redacted) and \(full) aren't copies of one sealed bundle"
    case .disclosesMore(let item):
      "\(redacted) discloses more of item \(item) than \(full), so it can't be tested against it"
    }
  }
}

extension LeakSource {
  /// Where the value was withheld, in words.
  var words: String {
    let place =
      switch part {
      case .content(let leaves): "leaves \(leaves.lowerBound)-\(leaves.upperBound)"
      case .header(let key): "header \(key)"
      case .digest(let name): name
      }
    return "item \(item), \(place), \(code), rule \(rule)"
  }

  fileprivate var json: JSON {
    var pairs: [String: JSON] = [
      "item": .integer(Int64(item)), "code": .string(code),
      "rule": .integer(Int64(clamping: rule)),
    ]
    switch part {
    case .content(let leaves):
      pairs["part"] = "content"
      pairs["from"] = .integer(Int64(clamping: leaves.lowerBound))
      pairs["to"] = .integer(Int64(clamping: leaves.upperBound))
    case .header(let key):
      pairs["part"] = "header"
      pairs["key"] = .string(key)
    case .digest(let name):
      pairs["part"] = "digest"
      pairs["algorithm"] = .string(name)
    }
    return .object(pairs)
  }
}

extension LeakHit {
  func json(isAllowed: Bool) -> JSON {
    .object(known: [
      "item": item.map { .integer(Int64($0)) }, "name": name.map { .string(safePath(forName: $0)) },
      "file": .string(path), "offset": .integer(Int64(clamping: offset)),
      "inner": inner.isEmpty ? nil : .array(inner.map { .integer(Int64(clamping: $0)) }),
      "encoding": .string(encoding), "label": .string(label), "warning": .bool(isWarning),
      "allowed": .bool(isAllowed), "of": source.json,
    ])
  }
}

extension LeakGap {
  fileprivate var json: JSON {
    .object(known: [
      "file": .string(path), "offset": .integer(Int64(clamping: offset)),
      "inner": inner.isEmpty ? nil : .array(inner.map { .integer(Int64(clamping: $0)) }),
      "reason": .string(reason.words),
    ])
  }
}

extension LeakGap.Reason {
  var words: String {
    switch self {
    case .encrypted: "encrypted"
    case .unknownFormat(let name): "a format that isn't unpacked here (\(name))"
    case .damaged: "packed bytes that can't be unpacked"
    case .tooLarge: "unpacks to more than the limit"
    case .tooDeep: "packed more often than the limit"
    }
  }
}
