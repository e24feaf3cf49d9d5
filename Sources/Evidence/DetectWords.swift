/// A word as detectors compare it: small letters without accents.
struct FoldedWord {
  let letters: [UInt8]
  let range: Range<Int>
  let hasAccent: Bool

  func isOne(of words: Set<[UInt8]>) -> Bool { words.contains(letters) }
}

/// Words in a range of bytes, in UTF-8 or, where it isn't that, in Latin-1.
struct WordCursor {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var place: Int
  private let end: Int

  /// A cursor at the beginning of a range; what it cuts in two counts as a word of its own.
  init(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    self.bytes = bytes
    place = max(0, range.lowerBound)
    end = min(bytes.count, range.upperBound)
  }

  mutating func next() -> FoldedWord? {
    var letters: [UInt8] = []
    var start: Int?
    var hasAccent = false
    while place < end {
      let step = letter(at: place)
      if step.isLetter {
        if start == nil { start = place }
        hasAccent = hasAccent || step.isAccented
        letters += step.folded
      } else if let start {
        return FoldedWord(letters: letters, range: start..<place, hasAccent: hasAccent)
      }
      place = min(end, place + step.length)
    }
    return start.map { FoldedWord(letters: letters, range: $0..<end, hasAccent: hasAccent) }
  }

  private struct Step {
    var length = 1
    var isLetter = false
    var isAccented = false
    var folded: [UInt8] = []
  }

  private func letter(at index: Int) -> Step {
    let byte = bytes[index]
    if byte < 0x80 {
      return isLetter(byte) ? Step(isLetter: true, folded: [byte | 0x20]) : Step()
    }
    let length = byte < 0xC2 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : byte < 0xF5 ? 4 : 1
    // What the range's end cuts in two is no letter.
    if index + length > end { return Step(length: end - index) }
    let isWhole = (1..<max(2, length)).allSatisfy { bytes.at(index + $0) & 0xC0 == 0x80 }
    guard length > 1, isWhole else { return latin1Letter(byte, length: 1) }
    let second = bytes[index + 1]
    switch byte {
    case 0xC2: return Step(length: 2)
    case 0xC3: return latin1Letter(0xC0 | (second & 0x3F), length: 2)
    // Combining accents, U+0300 to U+036F.
    case 0xCC,
      0xCD where second < 0xB0:
      return Step(length: 2, isLetter: true, isAccented: true)
    // Cyrillic capitals, U+0410 to U+042F.
    case 0xD0 where (0x90...0x9F).contains(second):
      return Step(length: 2, isLetter: true, folded: [0xD0, second + 0x20])
    case 0xD0 where (0xA0...0xAF).contains(second):
      return Step(length: 2, isLetter: true, folded: [0xD1, second - 0x20])
    // Punctuation, U+2000 to U+2BFF and U+3000 to U+303F.
    case 0xE2 where second < 0xB0, 0xE3 where second == 0x80: return Step(length: 3)
    case 0xF0...: return Step(length: 4)
    default:
      return Step(length: length, isLetter: true, folded: Array(bytes[index..<index + length]))
    }
  }

  /// U+00C0 to U+00FF; what is no letter there folds to nothing.
  private func latin1Letter(_ byte: UInt8, length: Int) -> Step {
    guard byte >= 0xC0, byte != 0xD7, byte != 0xF7 else { return Step(length: length) }
    let folded = Self.latin1[Int(byte & 0x1F)]
    return Step(length: length, isLetter: true, isAccented: true, folded: [folded])
  }

  /// Capitals and small letters fold alike; `ÿ` and `ß` share a place.
  private static let latin1 = Array("aaaaaaaceeeeiiiidnooooo_ouuuuyts".utf8)
}

/// The bytes of a space here, of any width; 0 for anything else.
func spaceLength(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
  switch bytes.at(index) {
  case 0x20: 1
  case 0xC2 where bytes.at(index + 1) == 0xA0: 2
  // U+2007, U+2009, U+202F.
  case 0xE2 where bytes.at(index + 1) == 0x80 && [0x87, 0x89, 0xAF].contains(bytes.at(index + 2)):
    3
  default: 0
  }
}

/// The bytes of a hyphen, dash or minus here; 0 for anything else.
func hyphenLength(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
  switch bytes.at(index) {
  case 0x2D: 1
  // U+2010 to U+2015, U+2212.
  case 0xE2
  where bytes.at(index + 1) == 0x80 && (0x90...0x95).contains(bytes.at(index + 2))
    || bytes.at(index + 1) == 0x88 && bytes.at(index + 2) == 0x92:
    3
  default: 0
  }
}

/// The digits in a row from here on.
func digitCount(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
  var end = index
  while isDigit(bytes.at(end)) { end += 1 }
  return end - index
}

/// The number that a few digits write.
func number(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int {
  range.reduce(0) { $0 * 10 + Int(bytes[$1] - 0x30) }
}
