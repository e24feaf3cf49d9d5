internal import Redaction

/// What stands in the place of something withheld, beside the reason code.
///
/// It becomes a record's `shown` text, which the redactor vouches for. A form never shows the value
/// itself: where too little would stay hidden, it shows nothing.
public enum ShowForm: Sendable, Hashable {
  /// The last four letters and digits, at most a third of them: of account and card numbers.
  case lastFour
  /// The first letter, of at least three.
  case firstLetter
  /// The first letter of each word, at most a third of all letters.
  case initials
  /// The year of a date.
  case year
  /// What follows the `@` of an e-mail address.
  case domain
  /// Always this text.
  case text(String)
  /// A label such as `PERSON-3` that is the same for the same value.
  case pseudonym(prefix: String, PseudonymScope)
}

/// Where a label stays the same.
public enum PseudonymScope: Sendable, Hashable {
  /// In one redaction of one bundle.
  case bundle
  /// In all bundles of a case, as long as somebody keeps the case's ``Pseudonyms``.
  case wholeCase
}

/// A text to show, or what a label is to be found for.
enum ShownPart: Hashable {
  case text(String)
  case label(prefix: String, PseudonymScope, value: [UInt8])
}

extension ShowForm {
  /// The text for a value.
  ///
  /// - Parameters:
  ///   - value: what was found, or what a cell or field says.
  ///   - canonical: what it is compared by, if that is another text: the term that was found.
  ///   - detector: what found it.
  /// - Returns: nil where nothing can be shown.
  func part(of value: String, canonical: String? = nil, detector: Detector? = nil) -> ShownPart? {
    guard value.utf8.count <= Self.maximumValueByteCount else { return nil }
    switch self {
    case .text(let text): return .text(text)
    case .pseudonym(let prefix, let scope):
      let normal = normalizedValue(canonical ?? value)
      return normal.isEmpty ? nil : .label(prefix: prefix, scope, value: normal)
    case .lastFour:
      return detector?.hasNoNumber == true ? nil : lastFourText(value).map { .text($0) }
    case .firstLetter: return initialsText(value, limit: 1).map { .text($0) }
    case .initials: return initialsText(value, limit: .max).map { .text($0) }
    case .year: return yearText(value).map { .text($0) }
    case .domain: return domainText(value).map { .text($0) }
    }
  }

  /// Whether the text that stands there anyway has the value in it: then it must not be used.
  func tells(_ value: String) -> Bool {
    let fixed: String
    switch self {
    case .text(let text): fixed = text
    case .pseudonym(let prefix, _): fixed = prefix
    default: return false
    }
    let words = TermWords(value).words
    guard words.joined().count >= 3 else { return false }
    let shown = TermWords(fixed).words
    return shown.indices.contains { shown[$0...].starts(with: words) }
  }

  /// Longer values are texts, of which no form is made.
  private static let maximumValueByteCount = 64 << 10
}

extension Detector {
  /// Whether the end of what it finds says nothing by itself, or too much.
  fileprivate var hasNoNumber: Bool {
    switch self {
    case .email, .ipv4, .ipv6, .gps, .mac, .date, .dateOfBirth: true
    case .phone, .iban, .card, .imei: false
    }
  }
}

private func lastFourText(_ value: String) -> String? {
  let signs = value.filter { $0.isLetter || $0.isNumber }
  let last = signs.suffix(4)
  return signs.count >= 12 && last.contains(where: \.isNumber) ? String(last) : nil
}

private func initialsText(_ value: String, limit: Int) -> String? {
  let words = value.split { !$0.isLetter }
  let letters = words.reduce(0) { $0 + $1.count }
  let shown = words.prefix(limit)
  guard !shown.isEmpty, shown.count * 3 <= letters, !value.contains(where: \.isNumber) else {
    return nil
  }
  return shown.map { "\($0.prefix(1))." }.joined(separator: " ")
}

private func yearText(_ value: String) -> String? {
  let groups = value.split { !$0.isASCII || !$0.isNumber }
  var years = groups.filter { $0.count == 4 && isYear($0) }
  if groups.contains(where: { $0.count == 8 }), groups.count == 1 || value.contains("T") {
    years += groups.filter { $0.count == 8 }.map { $0.prefix(4) }.filter(isYear)
  }
  let others = value.filter { $0.isLetter || $0.isNumber }.count - 4
  return years.count == 1 && others >= 2 ? String(years[0]) : nil
}

private func isYear(_ digits: Substring) -> Bool { 1800...2199 ~= Int(digits) ?? 0 }

private func domainText(_ value: String) -> String? {
  let address = value.replacingPercentSign
  guard let sign = address.lastIndex(of: "@"), sign > address.startIndex else { return nil }
  let host = address[address.index(after: sign)...].prefix {
    $0.isLetter || $0.isNumber || $0 == "-" || $0 == "."
  }
  return host.contains(".") && host.first != "." ? String(host) : nil
}

extension String {
  /// With `@` for the `%40` of a URL.
  var replacingPercentSign: String {
    contains("%40")
      ? split(separator: "%40", omittingEmptySubsequences: false).joined(separator: "@") : self
  }
}

extension ShowForm {
  /// The form that a rule asks for; nil where it asks for none.
  init?(_ node: PolicyRuleNode, selector: Selector) throws(PolicyError) {
    guard let text = try node.text("show") else {
      for key in ["prefix", "scope"] where node.has(key) {
        throw .keyWithoutUse(key, rule: node.number)
      }
      return nil
    }
    switch text {
    case "last-4": self = .lastFour
    case "first-letter": self = .firstLetter
    case "initials": self = .initials
    case "year": self = .year
    case "domain": self = .domain
    case "pseudonym": self = try Self.pseudonym(node)
    default:
      // Without quotes it would be a form that we don't know.
      guard !node.isPlain("show"), isOneLine(text), text.utf8.count <= Self.maximumByteCount else {
        throw node.bad("show")
      }
      self = .text(text)
    }
    if case .pseudonym = self {
    } else {
      for key in ["prefix", "scope"] where node.has(key) {
        throw .keyWithoutUse(key, rule: node.number)
      }
    }
    if case .text = self { return }
    switch selector {
    case .lines, .bytes, .parts, .areas, .all: throw .keyWithoutUse("show", rule: node.number)
    default: break
    }
  }

  private static func pseudonym(_ node: PolicyRuleNode) throws(PolicyError) -> ShowForm {
    let prefix = try node.text("prefix") ?? "PERSON"
    guard Pseudonyms.isPrefix(prefix) else { throw node.bad("prefix") }
    switch try node.text("scope") {
    case "bundle", nil: return .pseudonym(prefix: prefix, .bundle)
    case "case": return .pseudonym(prefix: prefix, .wholeCase)
    default: throw node.bad("scope")
    }
  }

  /// A placeholder is read, not studied; and it stands in each cell.
  private static let maximumByteCount = 200
}
