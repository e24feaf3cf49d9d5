internal import Foundation
internal import Redaction

/// Folds scalars so that texts compare without case, diacritics and Unicode normalization.
///
/// Vowel signs of Indic and other scripts stay: they aren't ornaments of a letter there.
struct ScalarFolding {
  private var known: [Unicode.Scalar: [UInt8]] = [:]

  /// Appends what a scalar is compared as, in UTF-8.
  mutating func append(_ scalar: Unicode.Scalar, to word: inout [UInt8]) {
    if scalar.isASCII {
      word.append(isLetter(UInt8(scalar.value)) ? UInt8(scalar.value) | 0x20 : UInt8(scalar.value))
      return
    }
    if let folded = known[scalar] {
      word += folded
    } else {
      let folded = Self.fold(scalar)
      known[scalar] = folded
      word += folded
    }
  }

  private static func fold(_ scalar: Unicode.Scalar) -> [UInt8] {
    var folded = String.UnicodeScalarView()
    for part in String(scalar).decomposedStringWithCompatibilityMapping.unicodeScalars
    where !isDiacritic(part) {
      for lower in part.properties.lowercaseMapping.unicodeScalars where !isDiacritic(lower) {
        if let spelling = spellings[lower] {
          folded.append(contentsOf: spelling.unicodeScalars)
        } else {
          folded.append(lower)
        }
      }
    }
    return Array(String(folded).utf8)
  }

  private static func isDiacritic(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0300...0x036F, 0x0483...0x0489, 0x0591...0x05C7, 0x0610...0x061A, 0x064B...0x065F,
      0x0670, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE20...0xFE2F:
      true
    default: false
    }
  }

  /// Letters that Unicode doesn't take apart, as those write them who don't have them.
  private static let spellings: [Unicode.Scalar: String] = [
    "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i",
    "ħ": "h", "ŧ": "t", "ŋ": "n", "ς": "σ",
  ]
}

/// Finds the words of a text, folded: runs of letters, marks and numbers.
///
/// A soft hyphen or another invisible format character inside a word isn't a part of it. In scripts
/// that write no space between words, each letter counts as one.
struct TermScanner {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0
  private var folding = ScalarFolding()
  /// The word that ``next()`` found.
  private(set) var word: [UInt8] = []

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The bytes of the next word; nil at the end.
  mutating func next() -> Range<Int>? {
    word.removeAll(keepingCapacity: true)
    var start: Int?
    var end = index
    while index < bytes.count {
      let byte = bytes[index]
      if byte < 0x80 {
        guard isAlphanumeric(byte) else {
          if let start { return start..<end }
          index += 1
          continue
        }
        if start == nil { start = index }
        word.append(isLetter(byte) ? byte | 0x20 : byte)
        index += 1
        end = index
        continue
      }
      let (scalar, length) = scalarOrLatin1(bytes, at: index)
      if scalarIsWord(scalar) {
        let isAlone = Self.isSpaceless(scalar)
        if isAlone, let start { return start..<end }
        if start == nil { start = index }
        folding.append(scalar, to: &word)
        index += length
        end = index
        if isAlone { return (start ?? index)..<end }
      } else if scalar.properties.generalCategory == .format {
        index += length
      } else if let start {
        return start..<end
      } else {
        index += length
      }
    }
    return start.map { $0..<end }
  }

  private static func isSpaceless(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x31F0...0x31FF,
      0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF:
      true
    default: false
    }
  }
}

/// What stands between two words, as far as it matters: white space, line breaks and the quotation
/// marks of a mail's answer at the beginning of a line don't.
struct WordGap: Hashable {
  private var signs: [Unicode.Scalar] = []

  /// Nil for a gap that is longer than anybody leaves inside a name.
  init?(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Range<Int>, isTable: Bool) {
    guard place.count <= Self.maximumByteCount else { return nil }
    var index = place.lowerBound
    var isLineStart = false
    while index < place.upperBound {
      let (scalar, length) = scalarOrLatin1(bytes, at: index)
      index += length
      if scalar == "\n" || scalar == "\r" { isLineStart = true }
      switch scalar {
      case ">" where isLineStart, "|" where isLineStart: continue
      case ",", ";", "\"":
        // First name and surname in two cells.
        if !isTable { signs.append(scalar) }
      case "\u{2018}", "\u{2019}", "\u{02BC}", "\u{00B4}", "`": signs.append("'")
      case "\u{2010}"..."\u{2015}", "\u{2212}": signs.append("-")
      default:
        if scalar.properties.isWhitespace || scalar.properties.generalCategory == .format {
          continue
        }
        signs.append(scalar)
      }
    }
  }

  /// Only white space, of which there may be none.
  static let space = WordGap([])
  /// Between a surname and a given name.
  static let comma = WordGap([","])

  private init(_ signs: [Unicode.Scalar]) { self.signs = signs }

  /// Whether a gap in a text may stand for this one of a term.
  func allows(_ other: WordGap, isTable: Bool) -> Bool {
    let own = isTable ? signs.filter { $0 != "," } : signs
    return own == other.signs
      || own.allSatisfy(Self.joins.contains)
        && other.signs.allSatisfy(Self.joins.contains)
  }

  /// Jean-Luc, Jean Luc; O'Neil, O Neil.
  private static let joins: Set<Unicode.Scalar> = ["-", "'"]
  private static let maximumByteCount = 64
}

/// The scalar at a place of UTF-8; a byte that isn't UTF-8 is Latin-1.
func scalarOrLatin1(
  _ bytes: UnsafeBufferPointer<UInt8>, at index: Int
) -> (Unicode.Scalar, byteCount: Int) {
  if case .scalar(let scalar, let count) = decodeScalar(UnsafeRawBufferPointer(bytes), at: index) {
    return (scalar, count)
  }
  return (Unicode.Scalar(bytes[index]), 1)
}
