/// Digits in groups, as people write long numbers.
struct DigitGroups {
  /// Where each group stands; the separators are between them.
  private(set) var ranges: [Range<Int>] = []

  /// The groups from a digit on, with short separators of spaces, hyphens and what else is named.
  ///
  /// - Parameter maximum: no more than so many digits, and one more group.
  init(
    _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, also separators: StaticString = "",
    maximum: Int
  ) {
    var index = start
    var count = 0
    while count <= maximum {
      let length = digitCount(bytes, at: index)
      guard length > 0 else { break }
      ranges.append(index..<index + length)
      count += length
      index += length
      for _ in 0..<maximumGap {
        let space = spaceLength(bytes, at: index) + hyphenLength(bytes, at: index)
        let isOther = separators.withUTF8Buffer { $0.contains(bytes.at(index)) }
        index += space > 0 ? space : isOther ? 1 : 0
      }
    }
  }

  /// The digits of the first groups.
  func digits(_ bytes: UnsafeBufferPointer<UInt8>, _ groupCount: Int) -> [UInt8] {
    ranges.prefix(groupCount).flatMap { bytes[$0].map { $0 - 0x30 } }
  }

  /// How many digits the first groups have.
  func count(_ groupCount: Int) -> Int { ranges.prefix(groupCount).reduce(0) { $0 + $1.count } }
}

/// The most separators between two digits: `) ` in `+351 (21) 555 01`, and one more.
private let maximumGap = 3

/// Whether the last digit is the check digit of the others, ISO/IEC 7812-1 annex B.
func passesLuhn(_ digits: [UInt8]) -> Bool {
  let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
    let doubled = Int(digit.element) * (digit.offset % 2 + 1)
    return sum + doubled / 10 + doubled % 10
  }
  return sum % 10 == 0
}

/// Whether a number here is a part of a longer word, or the fraction of another number.
func continuesNumber(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
  isAlphanumeric(bytes.at(start - 1))
    || bytes.at(start - 1) == UInt8(ascii: ".") && isDigit(bytes.at(start - 2))
}

/// Whether a number that ends here goes on as a word or with a fraction.
func numberContinues(_ bytes: UnsafeBufferPointer<UInt8>, at end: Int) -> Bool {
  isAlphanumeric(bytes.at(end))
    || bytes.at(end) == UInt8(ascii: ".") && isDigit(bytes.at(end + 1))
}
