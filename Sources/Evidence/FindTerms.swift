/// A term as words and what stands between them.
struct TermWords {
  private(set) var words: [[UInt8]] = []
  private(set) var gaps: [WordGap] = []

  init(_ text: String) {
    let bytes = Array(text.utf8)
    bytes.withUnsafeBufferPointer { bytes in
      var scanner = TermScanner(bytes)
      var end = 0
      while let place = scanner.next() {
        if !words.isEmpty {
          gaps.append(WordGap(bytes, end..<place.lowerBound, isTable: false) ?? .space)
        }
        words.append(scanner.word)
        end = place.upperBound
      }
    }
  }

  private init(words: [[UInt8]], gaps: [WordGap]) {
    self.words = words
    self.gaps = gaps
  }

  /// The term and its other form: `Surname, Given` for `Given Surname`, and the reverse. Where there
  /// are more words, the surname may begin at each of them.
  var forms: [TermWords] {
    var forms = [self]
    guard 2...Self.mostNames ~= words.count else { return forms }
    for index in 1..<words.count {
      let gap = gaps[index - 1]
      guard gap == .space || gap == .comma else { continue }
      let between = gap == .space ? WordGap.comma : .space
      if between == .space || !gaps.contains(.comma) {
        forms.append(
          TermWords(
            words: Array(words[index...] + words[..<index]),
            gaps: Array(gaps[index...] + [between] + gaps[..<(index - 1)])))
      }
    }
    return forms
  }

  /// More names than these a person doesn't have, and a sentence isn't turned around.
  private static let mostNames = 6
}

/// Finds terms as whole words, whatever their case, diacritics and normalization, and whatever
/// white space parts them.
struct TermFinder {
  private struct Form {
    let words: TermWords
    let term: Int
  }

  private let forms: [Form]
  private let formsByFirst: [[UInt8]: [Int]]

  init(_ terms: [String]) {
    var forms: [Form] = []
    var byFirst: [[UInt8]: [Int]] = [:]
    for (index, term) in terms.enumerated() {
      for form in TermWords(term).forms {
        guard let first = form.words.first else { continue }
        byFirst[first, default: []].append(forms.count)
        forms.append(Form(words: form, term: index))
      }
    }
    self.forms = forms
    formsByFirst = byFirst
  }

  /// The places found, ascending and apart, and which term each is; the longest at each word.
  func matches(in bytes: [UInt8], isTable: Bool) -> [(place: Range<Int>, term: Int)] {
    var found: [(Range<Int>, Int)] = []
    bytes.withUnsafeBufferPointer { bytes in
      var scanner = TermScanner(bytes)
      while let first = scanner.next() {
        guard let candidates = formsByFirst[scanner.word] else { continue }
        var best: (scanner: TermScanner, end: Int, term: Int)?
        for candidate in candidates {
          var ahead = scanner
          let form = forms[candidate]
          if let end = Self.end(of: form.words, from: first, bytes, &ahead, isTable),
            end > best?.end ?? 0
          {
            best = (ahead, end, form.term)
          }
        }
        if let best {
          found.append((first.lowerBound..<best.end, best.term))
          scanner = best.scanner
        }
      }
    }
    return found
  }

  /// Where a term ends whose first word stands at a place; nil where others follow it.
  private static func end(
    of term: TermWords, from first: Range<Int>, _ bytes: UnsafeBufferPointer<UInt8>,
    _ scanner: inout TermScanner, _ isTable: Bool
  ) -> Int? {
    var end = first.upperBound
    for (gap, word) in zip(term.gaps, term.words.dropFirst()) {
      guard let next = scanner.next(), scanner.word == word,
        let between = WordGap(bytes, end..<next.lowerBound, isTable: isTable),
        gap.allows(between, isTable: isTable)
      else { return nil }
      end = next.upperBound
    }
    return end
  }
}
