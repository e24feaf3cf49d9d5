/// Where a national telephone number from here ends: a form that some country prints, with
/// separators.
func endOfNational(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
  guard let number = NationalNumber(bytes, from: start) else { return nil }
  for count in stride(from: number.groups.count, through: 2, by: -1) {
    if let end = number.end(bytes, count) { return end }
  }
  return nil
}

/// Groups of digits with one separator between two of them, the first perhaps in parentheses.
private struct NationalNumber {
  struct Group {
    let range: Range<Int>
    let first: UInt8
    /// What stands before it: `-`, `.`, `/`, `)`, or a space.
    let separator: UInt8

    var count: Int { range.count }
  }

  private(set) var groups: [Group] = []
  private let start: Int

  init?(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) {
    self.start = start
    let isOpen = bytes[start] == UInt8(ascii: "(")
    guard isOpen || isDigit(bytes[start]), !Self.continues(bytes, start) else { return nil }
    var index = isOpen ? start + 1 : start
    var separator: UInt8 = 0
    while groups.count < maximumGroupCount {
      let count = digitCount(bytes, at: index)
      guard (1...maximumGroupDigitCount).contains(count) else { break }
      groups.append(
        Group(range: index..<index + count, first: bytes[index] - 0x30, separator: separator))
      index += count
      if isOpen, groups.count == 1 {
        guard bytes.at(index) == UInt8(ascii: ")") else { return nil }
        index += 1
        index += Self.separator(bytes, at: index)?.length ?? 0
        separator = UInt8(ascii: ")")
      } else if let next = Self.separator(bytes, at: index) {
        index += next.length
        separator = next.kind
      } else {
        break
      }
    }
  }

  /// A number, or something with a sign of its own, goes on here.
  private static func continues(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Bool {
    let before = bytes.at(start - 1)
    if isAlphanumeric(before) || [0x23, 0x24, 0x2B, 0x5F].contains(before) { return true }
    return [0x2D, 0x2E, 0x2F, 0x3A].contains(before) && isDigit(bytes.at(start - 2))
  }

  /// A hyphen, point or slash with perhaps a space on each side, or a space alone.
  private static func separator(
    _ bytes: UnsafeBufferPointer<UInt8>, at index: Int
  ) -> (kind: UInt8, length: Int)? {
    let space = spaceLength(bytes, at: index)
    let sign = index + space
    let hyphen = hyphenLength(bytes, at: sign)
    let isSign = bytes.at(sign) == UInt8(ascii: ".") || bytes.at(sign) == UInt8(ascii: "/")
    if hyphen == 0, !isSign { return space > 0 ? (0x20, space) : nil }
    let length = space + max(1, hyphen)
    return (hyphen > 0 ? 0x2D : bytes[sign], length + spaceLength(bytes, at: index + length))
  }

  /// Where the first groups end, if they are a telephone number.
  func end(_ bytes: UnsafeBufferPointer<UInt8>, _ count: Int) -> Int? {
    let groups = groups.prefix(count)
    guard let end = groups.last?.range.upperBound, !goesOn(bytes, end) else { return nil }
    return isTrunk(groups) || isAmerican(groups) || isOther(groups)
      || (isThreeTimesThree(groups) && !isAmount(bytes, end)) ? end : nil
  }

  private func goesOn(_ bytes: UnsafeBufferPointer<UInt8>, _ end: Int) -> Bool {
    let next = bytes.at(end)
    if isAlphanumeric(next) || next == UInt8(ascii: "%") || next == UInt8(ascii: "_") {
      return true
    }
    return [0x2D, 0x2E, 0x2F, 0x3A].contains(next) && isDigit(bytes.at(end + 1))
  }

  /// A trunk prefix 0 and nine to eleven digits, or eight as in `09 123 456` and `(030) 12345`.
  private func isTrunk(_ groups: ArraySlice<Group>) -> Bool {
    let lengths = groups.map(\.count)
    guard groups[0].first == 0, (2...5).contains(lengths[0]),
      lengths.dropFirst().allSatisfy({ (2...8).contains($0) }), !isDate(groups)
    else { return false }
    let total = lengths.reduce(0, +)
    if lengths == [2, 3, 3] || (groups[1].separator == UInt8(ascii: ")") && total == 8) {
      return true
    }
    // 05.12345678 is a fraction.
    if groups.count == 2, groups[1].separator == UInt8(ascii: ".") { return false }
    return (9...11).contains(total) && groups.count <= 5
  }

  /// `01.02.2026` and `01/02/2026`, whatever follows.
  private func isDate(_ groups: ArraySlice<Group>) -> Bool {
    groups.count >= 3 && groups[1].count == 2 && groups[2].count == 4
      && groups[1].separator == groups[2].separator && groups[1].separator != 0x20
  }

  /// `212-555-0100`, `1-800-555-0100`, `(212) 555-0100`; Russian, Brazilian and any other number
  /// whose area stands in parentheses.
  private func isAmerican(_ groups: ArraySlice<Group>) -> Bool {
    let lengths = groups.map(\.count)
    let separators = groups.dropFirst().map(\.separator)
    let first = groups[0].first
    if lengths == [3, 3, 4] { return first >= 2 && !separators.contains(UInt8(ascii: "/")) }
    if lengths == [1, 3, 3, 4] { return first == 1 }
    if lengths == [1, 3, 3, 2, 2] { return first == 7 || first == 8 }
    if lengths == [2, 5, 4] || lengths == [2, 4, 4] {
      return first >= 1 && separators[0] != UInt8(ascii: ".") && separators[1] == UInt8(ascii: "-")
    }
    return separators[0] == UInt8(ascii: ")") && (2...5).contains(lengths[0])
      && lengths.dropFirst().allSatisfy { $0 >= 2 } && groups.count <= 4
      && (9...11).contains(lengths.reduce(0, +))
  }

  /// Numbers without a trunk prefix: Spain, Portugal, Italy, China, India.
  private func isOther(_ groups: ArraySlice<Group>) -> Bool {
    let lengths = groups.map(\.count)
    let first = groups[0].first
    let hasSpaces = groups.dropFirst().allSatisfy { $0.separator == 0x20 }
    let hasHyphens = groups.dropFirst().allSatisfy { $0.separator == 0x2D }
    switch lengths {
    case [2, 3, 2, 2]: return hasSpaces && (first == 8 || first == 9)
    case [3, 2, 2, 2]: return hasSpaces && first >= 6
    case [2, 3, 4]: return hasSpaces && (first == 2 || first == 9)
    case [3, 7]: return (hasSpaces || hasHyphens) && first == 3
    case [3, 4, 4]: return (hasSpaces || hasHyphens) && first == 1
    case [5, 5]: return (hasSpaces || hasHyphens) && first >= 6
    default: return false
    }
  }

  /// `912 345 678`: Portugal, Spain, Poland, Czechia; or an amount.
  private func isThreeTimesThree(_ groups: ArraySlice<Group>) -> Bool {
    let separator = groups[1].separator
    return groups.map(\.count) == [3, 3, 3] && groups[0].first >= 2
      && groups[2].separator == separator && (separator == 0x20 || separator == 0x2D)
  }

  /// Whether a fraction stands behind, or a currency or a unit before or behind.
  private func isAmount(_ bytes: UnsafeBufferPointer<UInt8>, _ end: Int) -> Bool {
    if bytes.at(end) == 0x2C, (1...2).contains(digitCount(bytes, at: end + 1)) { return true }
    var before = start
    if bytes.at(before - 1) == 0x20 { before -= 1 }
    if currencies.contains(where: { sign in
      sign.indices.allSatisfy { bytes.at(before - sign.count + $0) == sign[$0] }
    }) {
      return true
    }
    let after = end + (bytes.at(end) == 0x20 ? 1 : 0)
    return (currencies + units).contains { sign in
      sign.indices.allSatisfy { bytes.at(after + $0) == sign[$0] }
        && !(isLetter(sign[0]) && isAlphanumeric(bytes.at(after + sign.count)))
    }
  }
}

private let currencies = ["€", "$", "£", "EUR", "USD", "GBP", "CHF", "BRL"].map { Array($0.utf8) }
private let units = ["%", "bytes", "B", "kB", "MB", "GB", "kg", "km", "pcs"].map { Array($0.utf8) }

/// The most groups that a number is written in, and one, to see that it ends.
private let maximumGroupCount = 6
/// More digits than any group has.
private let maximumGroupDigitCount = 12
