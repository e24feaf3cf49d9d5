/// Finds dates of day, month and year with four digits.
func findDates(in bytes: UnsafeBufferPointer<UInt8>, _ report: (Range<Int>) -> Void) {
  var scanner = DateScanner(bytes, isLax: false)
  while let date = scanner.next() { report(date) }
}

/// Walks over the dates of a text, from digit to digit.
struct DateScanner {
  private let bytes: UnsafeBufferPointer<UInt8>
  /// Whether years of two digits count, and dates without separators or with spaces: where
  /// something else says that a date is meant.
  private let isLax: Bool
  private var place = 0
  /// Where the last date ended.
  private var floor = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>, isLax: Bool) {
    self.bytes = bytes
    self.isLax = isLax
  }

  mutating func next() -> Range<Int>? {
    while place < bytes.count {
      guard isDigit(bytes[place]) else {
        place += 1
        continue
      }
      let start = place
      let length = digitCount(bytes, at: start)
      place += length
      if isInsideNumber(start) { continue }
      if let date = date(at: start, length) {
        place = date.upperBound
        floor = place
        return date
      }
    }
    return nil
  }

  private func isInsideNumber(_ start: Int) -> Bool {
    let before = bytes.at(start - 1)
    if isAlphanumeric(before) { return true }
    // A range of two dates has a slash between them, too.
    if start - 1 == floor, floor > 0 { return false }
    return [0x2E, 0x2F, 0x3A].contains(before) && isDigit(bytes.at(start - 2))
  }

  private func date(at start: Int, _ length: Int) -> Range<Int>? {
    switch length {
    case 4: yearFirst(start) ?? eastAsian(start)
    case 1, 2: dayFirst(start, length) ?? namedMonth(start, length) ?? monthBefore(start, length)
    case 6 where isLax, 8 where isLax: compact(start, length)
    default: nil
    }
  }

  /// `1951-03-17`, also with slashes or points.
  private func yearFirst(_ start: Int) -> Range<Int>? {
    let separator = bytes.at(start + 4)
    guard [0x2D, 0x2E, 0x2F].contains(separator), let month = shortNumber(start + 5),
      bytes.at(month.end) == separator, let day = shortNumber(month.end + 1),
      isDate(year: number(bytes, start..<start + 4), month: month.value, day: day.value),
      endsCleanly(day.end)
    else { return nil }
    return start..<day.end
  }

  /// `1951年3月17日`, and the same in Korean.
  private func eastAsian(_ start: Int) -> Range<Int>? {
    var index = start + 4
    var values = [number(bytes, start..<start + 4)]
    for signs in [["年", "년"], ["月", "월"], ["日", "일"]] {
      index += spaceLength(bytes, at: index)
      let here = signs.first { sign in
        sign.utf8.enumerated().allSatisfy { bytes.at(index + $0.offset) == $0.element }
      }
      guard let here else { return nil }
      index += here.utf8.count
      if values.count == 3 { break }
      let next = index + spaceLength(bytes, at: index)
      guard let value = shortNumber(next) else { return nil }
      values.append(value.value)
      index = value.end
    }
    return isDate(year: values[0], month: values[1], day: values[2]) ? start..<index : nil
  }

  /// `17.3.1951`, `3/17/1951`, `17 - 03 - 1951`, `17. 3. 1951`.
  private func dayFirst(_ start: Int, _ length: Int) -> Range<Int>? {
    guard let first = separator(start + length), let second = shortNumber(first.end),
      let next = separator(second.end), next.kind == first.kind, let year = year(next.end)
    else { return nil }
    let value = number(bytes, start..<start + length)
    guard
      isDate(year: year.value, month: second.value, day: value)
        || isDate(year: year.value, month: value, day: second.value)
    else { return nil }
    return start..<year.end
  }

  private func separator(_ start: Int) -> (kind: UInt8, end: Int)? {
    let space = spaceLength(bytes, at: start)
    let kind = bytes.at(start + space)
    if [0x2D, 0x2E, 0x2F].contains(kind) {
      let end = start + space + 1
      return (kind, end + spaceLength(bytes, at: end))
    }
    return isLax && space > 0 ? (0x20, start + space) : nil
  }

  /// `17 March 1951`, `17th of March, 1951`, `17. maaliskuuta 1951`, `17/Mar/1951`.
  private func namedMonth(_ start: Int, _ length: Int) -> Range<Int>? {
    var index = ordinalEnd(start + length)
    let spaced = gapEnd(index, maximum: maximumGap)
    // A letter behind an ordinal would be part of it.
    guard spaced > index || index == start + length, var word = wordHere(spaced) else { return nil }
    if word.isOne(of: MonthNames.links) {
      guard let next = wordHere(gapEnd(word.range.upperBound, maximum: maximumGap)) else {
        return nil
      }
      word = next
    }
    guard let month = MonthNames.month(word.letters) else { return nil }
    index = gapEnd(word.range.upperBound, maximum: maximumGap)
    if let link = wordHere(index), link.isOne(of: MonthNames.links) {
      index = gapEnd(link.range.upperBound, maximum: maximumGap)
    }
    guard let year = year(index),
      isDate(year: year.value, month: month, day: number(bytes, start..<start + length))
    else { return nil }
    return start..<year.end
  }

  /// `March 17, 1951`, `Mar 17th 1951`.
  private func monthBefore(_ start: Int, _ length: Int) -> Range<Int>? {
    guard isBehindWord(start) else { return nil }
    let windowStart = max(floor, start - maximumWordByteCount)
    var cursor = WordCursor(bytes, windowStart..<start)
    var last: FoldedWord?
    while let word = cursor.next() { last = word }
    guard let word = last, let month = MonthNames.month(word.letters),
      word.range.lowerBound > windowStart || windowStart == floor,
      !isAlphanumeric(bytes.at(word.range.lowerBound - 1)),
      word.range.upperBound < start,
      gapEnd(word.range.upperBound, maximum: maximumGap) == start
    else { return nil }
    let end = ordinalEnd(start + length)
    let next = gapEnd(end, maximum: maximumGap)
    guard next > end, let year = year(next),
      isDate(year: year.value, month: month, day: number(bytes, start..<start + length))
    else { return nil }
    return word.range.lowerBound..<year.end
  }

  /// `19510317`, `17031951`, `170351`, `510317`.
  private func compact(_ start: Int, _ length: Int) -> Range<Int>? {
    let end = start + length
    guard endsCleanly(end) else { return nil }
    let yearLength = length - 4
    let first = number(bytes, start..<start + yearLength)
    let last = number(bytes, end - yearLength..<end)
    func pair(_ place: Int) -> Int { number(bytes, place..<place + 2) }
    let middle = start + yearLength
    let isFound =
      isDate(year: fullYear(first, yearLength), month: pair(middle), day: pair(middle + 2))
      || isDate(year: fullYear(last, yearLength), month: pair(start + 2), day: pair(start))
    return isFound ? start..<end : nil
  }
}

extension DateScanner {
  /// One or two digits.
  private func shortNumber(_ start: Int) -> (value: Int, end: Int)? {
    let length = digitCount(bytes, at: start)
    guard length == 1 || length == 2 else { return nil }
    return (number(bytes, start..<start + length), start + length)
  }

  /// A year that nothing else follows.
  private func year(_ start: Int) -> (value: Int, end: Int)? {
    let length = digitCount(bytes, at: start)
    guard length == 4 || (isLax && length == 2), endsCleanly(start + length) else { return nil }
    return (fullYear(number(bytes, start..<start + length), length), start + length)
  }

  /// A year of two digits is any that fits: 2000 has every day.
  private func fullYear(_ value: Int, _ length: Int) -> Int { length == 2 ? 2000 : value }

  /// Whether no number or word goes on here. `T` may follow, and then a time.
  private func endsCleanly(_ end: Int) -> Bool {
    let next = bytes.at(end)
    if next == 0x2E { return !isDigit(bytes.at(end + 1)) }
    return !isAlphanumeric(next) || (next | 0x20 == 0x74 && isDigit(bytes.at(end + 1)))
  }

  private func ordinalEnd(_ start: Int) -> Int {
    // The signs º and ª, and the degree sign that is taken for them.
    if bytes.at(start) == 0xC2, [0xAA, 0xB0, 0xBA].contains(bytes.at(start + 1)) {
      return start + 2
    }
    if let word = wordHere(start), word.isOne(of: MonthNames.ordinals) {
      return word.range.upperBound
    }
    return start
  }

  /// Behind what may stand between the parts of a date.
  private func gapEnd(_ start: Int, maximum: Int) -> Int {
    var index = start
    for _ in 0..<maximum {
      let space = spaceLength(bytes, at: index)
      if space > 0 {
        index += space
      } else if [0x09, 0x0A, 0x0D, 0x27, 0x2C, 0x2D, 0x2E, 0x2F].contains(bytes.at(index)) {
        index += 1
      } else {
        break
      }
    }
    return index
  }

  /// The word that begins exactly here.
  private func wordHere(_ start: Int) -> FoldedWord? {
    guard isLetter(bytes.at(start)) || bytes.at(start) >= 0x80 else { return nil }
    var cursor = WordCursor(bytes, start..<start + maximumWordByteCount)
    guard let word = cursor.next(), word.range.lowerBound == start else { return nil }
    return word
  }

  /// Whether a letter stands before, behind a gap: most numbers stand alone, and this is quick.
  private func isBehindWord(_ start: Int) -> Bool {
    let ends = (1...(3 * maximumGap + 1)).lazy.map { bytes.at(start - $0) }
    guard let byte = ends.first(where: { isLetter($0) || $0 >= 0xC0 || isDigit($0) }) else {
      return false
    }
    return !isDigit(byte)
  }

  private func isDate(year: Int, month: Int, day: Int) -> Bool {
    let lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1800...2199).contains(year) && (1...12).contains(month) && day >= 1
      && day <= lengths[month - 1]
  }
}

/// A full stop, a line end of two bytes; a comma, a line end.
private let maximumGap = 3
/// Twice the longest month's name, for accents that are written apart.
private let maximumWordByteCount = 28
