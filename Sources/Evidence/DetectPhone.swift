/// Finds telephone numbers: international ones, national ones in the forms that countries print, and
/// whatever a word such as `tel` announces.
func findPhones(in bytes: UnsafeBufferPointer<UInt8>, _ report: (Range<Int>) -> Void) {
  var index = 0
  while index < bytes.count {
    let byte = bytes[index]
    guard
      isDigit(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "(")
        || byte == UInt8(ascii: "%")
    else {
      index += 1
      continue
    }
    let end =
      endOfInternational(bytes, from: index) ?? endOfLabelled(bytes, from: index)
      ?? endOfNational(bytes, from: index)
    if let end {
      report(index..<end)
      index = end
    } else {
      index += max(1, digitCount(bytes, at: index))
    }
  }
}

/// `+` or `00`, then 8 to 15 digits (ITU-T E.164) with separators.
private func endOfInternational(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
  let prefix = internationalPrefixLength(bytes, at: start)
  guard prefix > 0 else { return nil }
  var first = start + prefix
  if bytes.at(first) == UInt8(ascii: "(") { first += 1 }
  guard isDigit(bytes.at(first)), bytes.at(first) != 0x30 else { return nil }
  let groups = DigitGroups(bytes, from: first, also: "./()", maximum: 15)
  return end(bytes, groups, digits: 8...15)
}

private func internationalPrefixLength(
  _ bytes: UnsafeBufferPointer<UInt8>, at index: Int
) -> Int {
  let before = bytes.at(index - 1)
  if isAlphanumeric(before) { return 0 }
  if bytes[index] == UInt8(ascii: "+") { return 1 }
  // As in a URL.
  if bytes[index] == UInt8(ascii: "%"), bytes.at(index + 1) == 0x32,
    bytes.at(index + 2) | 0x20 == 0x62
  {
    return 3
  }
  // Zeros behind a point, colon or hyphen are those of a fraction, a time or a date.
  if [0x2D, 0x2E, 0x3A].contains(before), isDigit(bytes.at(index - 2)) { return 0 }
  return bytes[index] == 0x30 && bytes.at(index + 1) == 0x30 ? 2 : 0
}

/// The end of the most groups that have an allowed number of digits.
private func end(
  _ bytes: UnsafeBufferPointer<UInt8>, _ groups: DigitGroups, digits: ClosedRange<Int>
) -> Int? {
  for count in stride(from: groups.ranges.count, through: 1, by: -1) {
    let end = groups.ranges[count - 1].upperBound
    if digits.contains(groups.count(count)), !isAlphanumeric(bytes.at(end)) { return end }
  }
  return nil
}

/// Six digits and more behind a word that announces them: `Tel. 5550123`, `"phone": "912345678"`.
private func endOfLabelled(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
  let digit = bytes[start] == UInt8(ascii: "(") ? start + 1 : start
  guard isDigit(bytes.at(digit)), !isDigit(bytes.at(start - 1)), isBehindLabel(bytes, start) else {
    return nil
  }
  return end(bytes, DigitGroups(bytes, from: digit, also: "./()", maximum: 15), digits: 6...15)
}

private func isBehindLabel(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Bool {
  var end = start
  while end > 0, start - end < maximumLabelGap, labelGap.contains(bytes[end - 1]) { end -= 1 }
  // Most numbers have no letter before them.
  guard end > 0, isLetter(bytes[end - 1]) || bytes[end - 1] >= 0x80 else { return false }
  let windowStart = max(0, end - maximumLabelByteCount)
  var cursor = WordCursor(bytes, windowStart..<end)
  var (last, before): (FoldedWord?, FoldedWord?)
  while let word = cursor.next() {
    // Cut in two by the window.
    let isWhole = word.range.lowerBound > windowStart || windowStart == 0
    if isWhole { (before, last) = (last, word) }
  }
  guard let last, last.range.upperBound == end else { return false }
  if last.isOne(of: phoneWords) { return true }
  guard last.isOne(of: numberWords), let before else { return false }
  return before.isOne(of: phoneWords)
    && last.range.lowerBound - before.range.upperBound <= maximumLabelGap
}

private let labelGap = Set(" \t.:=\"'#(-\\>".utf8)
/// `": "` and an escape.
private let maximumLabelGap = 6
/// The longest word, and `number` behind it.
private let maximumLabelByteCount = 40

private func words(_ text: String) -> Set<[UInt8]> {
  Set(text.split(separator: " ").map { Array($0.utf8) })
}

private let phoneWords = words(
  """
  phone telephone tel mobile mob cell cellphone fax whatsapp gsm msisdn telefone telemovel celular \
  movel telefono movil puh puhelin puhelinnumero matkapuhelin telefon telefonnummer handy mobil \
  rufnummer portable telefonica тел телефон 电话 手机
  """)
private let numberWords = words("no nr num number numero numeros nummer n")
