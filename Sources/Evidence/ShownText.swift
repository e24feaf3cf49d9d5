/// Finds the labels of values while a bundle is searched.
struct PseudonymLabels {
  /// It never leaves memory, so that its key needn't be secret.
  private var bundle = Pseudonyms(key: Array(repeating: 0, count: Pseudonyms.keyByteCount))
  /// The labels of the bundle's case, where somebody keeps them.
  private(set) var wholeCase: Pseudonyms?

  init(wholeCase: Pseudonyms?) { self.wholeCase = wholeCase }

  mutating func text(of part: ShownPart, rule: Int) throws(FindError) -> String {
    switch part {
    case .text(let text): return text
    case .label(let prefix, .bundle, let value): return bundle.label(of: value, prefix: prefix)
    case .label(let prefix, .wholeCase, let value):
      guard let label = wholeCase?.label(of: value, prefix: prefix) else {
        throw .noCasePseudonyms(rule: rule)
      }
      return label
    }
  }
}

extension Claim {
  /// The text to show in a record; nil for none.
  func shown(code: String, _ labels: inout PseudonymLabels) throws(FindError) -> String? {
    var texts: [String] = []
    for part in parts {
      let text = try labels.text(of: part, rule: rule)
      if !texts.contains(text) { texts.append(text) }
    }
    let text = texts.joined(separator: ", ")
    if isEncoded { return alignedText(text, code: code) }
    return texts.isEmpty ? nil : text
  }
}

/// A text with which a placeholder's letters and digits are a multiple of four.
///
/// A decoder of base64 that skips other characters then still reads what follows. A text with a
/// character that it doesn't skip is left out.
func alignedText(_ text: String, code: String) -> String {
  let isHarmless = !text.utf8.contains { [0x2B, 0x2F, 0x3D].contains($0) }
  let text = isHarmless ? text : ""
  let count = "REDACTED\(code)\(text)".utf8.count(where: isAlphanumeric)
  if !text.isEmpty, count % 4 == 0 { return text }
  // Four, five, six and seven letters.
  let words = ["part", "lines", "base64", "encoded"]
  let word = words[(4 - count % 4) % 4]
  return text.isEmpty ? word : "\(text), \(word)"
}
