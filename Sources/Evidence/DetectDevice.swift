/// Finds MAC addresses: six or eight pairs of hexadecimal digits with one kind of separator, or
/// three groups of four with points (IEEE 802, EUI-48 and EUI-64).
func findMACs(in bytes: UnsafeBufferPointer<UInt8>, _ report: (Range<Int>) -> Void) {
  var index = 0
  while index < bytes.count {
    guard isHexDigit(bytes[index]) else {
      index += 1
      continue
    }
    let start = index
    while index < bytes.count, isAlphanumeric(bytes[index]) { index += 1 }
    let before = bytes.at(start - 1)
    let continues =
      isAlphanumeric(before)
      || [0x2D, 0x2E, 0x3A].contains(before) && isHexDigit(bytes.at(start - 2))
    guard !continues, let end = endOfMAC(bytes, from: start) else { continue }
    report(start..<end)
    index = end
  }
}

private func endOfMAC(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
  let separator = [bytes.at(start + 2), bytes.at(start + 4)].first {
    [0x2D, 0x2E, 0x3A].contains($0)
  }
  guard let separator else { return nil }
  let width = separator == UInt8(ascii: ".") ? 4 : 2
  var index = start
  var groups = 0
  while groups < 9 {
    guard (0..<width).allSatisfy({ isHexDigit(bytes.at(index + $0)) }),
      !isAlphanumeric(bytes.at(index + width))
    else { return nil }
    index += width
    groups += 1
    guard bytes.at(index) == separator, isAlphanumeric(bytes.at(index + 1)) else { break }
    index += 1
  }
  let isRight = width == 4 ? groups == 3 || groups == 4 : groups == 6 || groups == 8
  return isRight ? index : nil
}

/// Finds equipment identities of mobile phones: 15 digits that pass the Luhn check and begin with an
/// allocating body's number (3GPP TS 23.003, GSMA TS.06), in one piece or as `35-209900-176148-1`.
func findIMEIs(in bytes: UnsafeBufferPointer<UInt8>, _ report: (Range<Int>) -> Void) {
  var index = 0
  while index < bytes.count {
    guard isDigit(bytes[index]) else {
      index += 1
      continue
    }
    if !continuesNumber(bytes, at: index), let end = endOfIMEI(bytes, from: index) {
      report(index..<end)
      index = end
    } else {
      index += digitCount(bytes, at: index)
    }
  }
}

private func endOfIMEI(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
  let groups = DigitGroups(bytes, from: start, also: "/", maximum: 15)
  for (count, lengths) in [(1, [15]), (4, [2, 6, 6, 1]), (4, [6, 2, 6, 1]), (3, [8, 6, 1])] {
    guard groups.ranges.prefix(count).map(\.count) == lengths else { continue }
    let digits = groups.digits(bytes, count)
    let end = groups.ranges[count - 1].upperBound
    let body = Int(digits[0]) * 10 + Int(digits[1])
    if allocatingBodies.contains(body), passesLuhn(digits), !numberContinues(bytes, at: end) {
      return end
    }
  }
  return nil
}

private let allocatingBodies: Set<Int> = [
  0, 1, 10, 30, 33, 35, 44, 45, 49, 50, 51, 52, 53, 54, 86, 91, 97, 98, 99,
]
