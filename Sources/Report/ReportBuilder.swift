import CAdES
import CanonicalJSON
import Evidence
import Redaction

/// Writes the points of a report. Each point is made in a file of its own or with its neighbours;
/// what the bundle doesn't hold is said in its point, never left out.
struct ReportBuilder: Sendable {
  let verification: Verification
  let file: ExaminedFile
  let order: ReportOrder
  let say: Phrases

  init(
    _ verification: Verification, _ file: ExaminedFile, _ order: ReportOrder, _ say: Phrases
  ) {
    self.verification = verification
    self.file = file
    self.order = order
    self.say = say
  }

  /// Points 1 to 18.
  var statements: [ReportPoint] {
    let points: [(Phrase, [ReportBlock])] = [
      (.point1, examination), (.point2, verdict), (.point3, identity), (.point4, items),
      (.point5, signers), (.point6, times), (.point7, custody), (.point8, acquisition),
      (.point9, redactions), (.point10, handling), (.point11, legalBasis), (.point12, logAnchor),
      (.point13, clocks), (.point14, signatureKind), (.point15, algorithms), (.point16, limits),
      (.point17, repetition), (.point18, drafts),
    ]
    return zip(1..., points).map { number, point in
      ReportPoint(number: number, title: say[point.0], blocks: point.1)
    }
  }

  /// The report as one object, with these points and without its digest.
  func json(_ points: [ReportPoint]) -> JSONStream {
    var object = JSONStream([
      "format": "rogatory-report/v1", "language": .string(order.language.rawValue),
      "profile": .string(order.profile.rawValue),
      "verdict": .string(verification.verdict.rawValue),
      "madeAt": .string(timeText(order.time)), "software": .string(order.software),
      "file": [
        "path": .string(file.path), "size": .integer(Int64(clamping: file.size)),
        "sha256": .string(file.sha256),
      ],
      "appendix": [
        "name": "check_bundle.py", "sha256": .string(ReportAppendix.checkBundleDigest),
        "text": .string(ReportAppendix.checkBundle),
      ],
    ])
    object["verification"] =
      VerificationReport(verification, path: file.path, anchors: order.anchors).json
    object["points"] = .array(points) { $0.json }
    if let examiner = order.examiner { object["examiner"] = .value(.string(examiner)) }
    return object
  }

  // MARK: What several points use

  /// A sentence as a paragraph.
  func paragraph(_ phrase: Phrase, _ values: String...) -> ReportBlock {
    .paragraph(.words(fill(phrase, values)))
  }

  func words(_ phrase: Phrase, _ values: String...) -> ReportText {
    .words(fill(phrase, values))
  }

  private func fill(_ phrase: Phrase, _ values: [String]) -> String {
    switch values.count {
    case 0: say[phrase]
    case 1: say(phrase, values[0])
    case 2: say(phrase, values[0], values[1])
    default: say(phrase, values[0], values[1], values[2])
    }
  }

  /// A time, or that there is none.
  func time(_ unixSeconds: Int64?) -> ReportText {
    unixSeconds.map { .time(timeText($0)) } ?? .words(say[.notTold])
  }

  /// Text that may be absent.
  func given(_ text: String?) -> ReportText {
    text.map { .given($0) } ?? .words(say[.notTold])
  }

  /// An item by its name, else by its number.
  func itemName(_ number: Int) -> ReportText {
    let items = verification.items
    guard items.indices.contains(number - 1), let name = items[number - 1].name else {
      return .words(say(.itemWithoutName, String(number)))
    }
    return .given(safePath(forName: name))
  }

  /// The numbers of the items by name, those without a name last.
  var sortedNumbers: [Int32] {
    let names = verification.items.map(\.name)
    return (0..<Int32(clamping: names.count)).sorted {
      let (one, other) = (names[Int($0)], names[Int($1)])
      return (one == nil ? 1 : 0, one ?? "", $0) < (other == nil ? 1 : 0, other ?? "", $1)
    }
    .map { $0 + 1 }
  }

  func roleWords(_ role: SignatureReport.Role) -> String {
    say.named("role.\(role.rawValue)") ?? role.rawValue
  }

  func resultWords(_ result: ValidationResult) -> String {
    say.named("result.\(result.indication)") ?? result.indication
  }
}
