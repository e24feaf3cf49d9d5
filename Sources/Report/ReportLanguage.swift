/// A language that a report can be written in. Each has one table of its own; to add one, add a case
/// and a table, and `ReportLanguageTests` says which keys are missing.
public enum ReportLanguage: String, CaseIterable, Sendable {
  case english = "en"
  case french = "fr"
  case german = "de"

  /// Lines of `key = sentence`; `%1` to `%9` stand for what a report fills in.
  package var table: String {
    switch self {
    case .english: englishPhrases
    case .french: frenchPhrases
    case .german: germanPhrases
    }
  }

  /// The sentences of ``table`` by key.
  package var phrases: [String: String] { Self.tables[self] ?? [:] }

  private static let tables: [ReportLanguage: [String: String]] = Dictionary(
    uniqueKeysWithValues: allCases.map { ($0, parse($0.table)) })

  private static func parse(_ table: String) -> [String: String] {
    var phrases: [String: String] = [:]
    for line in table.split(separator: "\n") {
      guard let (key, sentence) = line.splitOnce(at: " = ") else { continue }
      phrases[String(key)] = String(sentence)
    }
    return phrases
  }
}

/// The sentences of a report in its language.
struct Phrases: Sendable {
  let language: ReportLanguage

  /// The sentence without places to fill in.
  subscript(_ phrase: Phrase) -> String { named(phrase.rawValue) ?? phrase.rawValue }

  /// The sentence with its places filled in, `%1` by the first value and so on.
  func callAsFunction(_ phrase: Phrase, _ values: String...) -> String {
    var text = ""
    var rest = self[phrase][...]
    // In one pass, so that a `%2` in a value isn't a place.
    while let sign = rest.firstIndex(of: "%") {
      text += rest[..<sign]
      rest = rest[rest.index(after: sign)...]
      guard let digit = rest.first?.wholeNumberValue, values.indices.contains(digit - 1) else {
        text += "%"
        continue
      }
      text += values[digit - 1]
      rest = rest.dropFirst()
    }
    return text + rest
  }

  /// The sentence of a family whose keys come from elsewhere, such as `check.seal.root`; nil where
  /// the table has none.
  func named(_ key: String) -> String? {
    language.phrases[key] ?? ReportLanguage.english.phrases[key]
  }

  /// What kind of information a reason code stands for.
  func reason(_ code: String) -> String { named("code.\(code)") ?? self[.codeUnknown] }
}

extension Substring {
  fileprivate func splitOnce(at separator: String) -> (Substring, Substring)? {
    guard let range = firstRange(of: separator) else { return nil }
    return (self[..<range.lowerBound], self[range.upperBound...])
  }
}
