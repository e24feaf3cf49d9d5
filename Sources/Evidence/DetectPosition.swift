/// Finds places on the Earth in text: pairs of decimal degrees, degrees with minutes, numbers named
/// latitude or longitude, `geo:` URIs, and NMEA 0183 sentences.
func findPositions(in bytes: UnsafeBufferPointer<UInt8>, _ report: (Range<Int>) -> Void) {
  var index = 0
  var floor = 0
  while index < bytes.count {
    let byte = bytes[index]
    var found: Range<Int>?
    if byte == UInt8(ascii: "$") {
      found = nmeaSentence(bytes, index)
    } else if byte | 0x20 == UInt8(ascii: "g") {
      found = geoURI(bytes, index)
    } else if isDigit(byte),
      !continuesNumber(bytes, at: index)
        || hemisphereStart(bytes, before: index, floor) == index - 1
    {
      found =
        degreesAndMinutes(bytes, index, floor) ?? decimalPair(bytes, index)
        ?? namedNumber(bytes, index)
    }
    if let found {
      report(found)
      (index, floor) = (found.upperBound, found.upperBound)
    } else {
      index += max(1, digitCount(bytes, at: index))
    }
  }
}

/// Whether values under this name of a column or key are a latitude or longitude.
package func isPositionName(_ name: String) -> Bool {
  let bytes = Array(name.utf8)
  return bytes.withUnsafeBufferPointer { bytes in
    var cursor = WordCursor(bytes, 0..<bytes.count)
    while let word = cursor.next() {
      if isPositionWord(word.letters) { return true }
    }
    return false
  }
}

/// `60.1699, 24.9384`, in this order or the other: four decimals and more, which is some ten metres.
private func decimalPair(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Range<Int>? {
  guard let first = DecimalNumber(bytes, start), first.decimalCount >= minimumDecimalCount else {
    return nil
  }
  var index = hemisphereEnd(bytes, degreeEnd(bytes, first.end) ?? first.end)
  let gapStart = index
  var hasOther = false
  while index - gapStart < maximumPairGap, pairGap.contains(bytes.at(index)) {
    hasOther = hasOther || bytes.at(index) != 0x2C
    index += 1
  }
  if bytes.at(index) == UInt8(ascii: "%"), bytes.at(index + 1) == 0x32,
    bytes.at(index + 2) | 0x20 == 0x63
  {
    index += 3
  }
  // With a comma as the decimal sign, one alone parts nothing.
  guard index > gapStart, !first.hasComma || hasOther,
    let second = DecimalNumber(bytes, index + signLength(bytes, at: index)),
    second.hasComma == first.hasComma, second.decimalCount >= minimumDecimalCount,
    max(first.value, second.value) <= 180, min(first.value, second.value) <= 90
  else { return nil }
  let end = hemisphereEnd(bytes, degreeEnd(bytes, second.end) ?? second.end)
  return start - signLength(bytes, before: start)..<end
}

/// `60°10'11.8"N`, `N 60° 10.2′`, `60 deg 10' 11"`, `60.1699° N`: a degree sign, and then minutes with
/// seconds or a point of the compass, or two decimals with one.
private func degreesAndMinutes(
  _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ floor: Int
) -> Range<Int>? {
  let length = digitCount(bytes, at: start)
  guard length <= 3, number(bytes, start..<start + length) <= 180 else { return nil }
  let decimal = DecimalNumber(bytes, start)
  guard let degree = degreeEnd(bytes, decimal?.end ?? start + length) else { return nil }
  let leading = hemisphereStart(bytes, before: start, floor)
  let low = leading ?? start - signLength(bytes, before: start)
  if let decimal {
    let end = hemisphereEnd(bytes, degree)
    return decimal.decimalCount >= 2 && (end > degree || leading != nil) ? low..<end : nil
  }
  guard let minutes = angle(bytes, skippingSpace(bytes, degree), minuteSigns) else { return nil }
  let seconds = angle(bytes, skippingSpace(bytes, minutes), secondSigns)
  let last = seconds ?? minutes
  let end = hemisphereEnd(bytes, last)
  return seconds != nil || end > last || leading != nil ? low..<end : nil
}

/// `"lat": 60.17`: any decimal number behind a name for it.
private func namedNumber(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Range<Int>? {
  guard let decimal = DecimalNumber(bytes, start), decimal.value <= 180 else { return nil }
  let low = start - signLength(bytes, before: start)
  var end = low
  while end > 0, low - end < maximumNameGap, nameGap.contains(bytes[end - 1]) { end -= 1 }
  guard end > 0, isLetter(bytes[end - 1]) || bytes[end - 1] >= 0x80 else { return nil }
  let windowStart = max(0, end - maximumNameByteCount)
  var cursor = WordCursor(bytes, windowStart..<end)
  var last: FoldedWord?
  while let word = cursor.next() { last = word }
  guard let last, last.range.upperBound == end, isPositionWord(last.letters) else { return nil }
  return low..<decimal.end
}

private func isPositionWord(_ word: [UInt8]) -> Bool {
  positionWords.contains(word)
    || positionEndings.contains {
      word.count >= $0.count && word.suffix($0.count).elementsEqual($0)
    }
}

/// `geo:60.1699,24.9384` of RFC 5870, without its parameters.
private func geoURI(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Range<Int>? {
  guard bytes.at(start + 1) | 0x20 == UInt8(ascii: "e"),
    bytes.at(start + 2) | 0x20 == UInt8(ascii: "o"),
    bytes.at(start + 3) == UInt8(ascii: ":"), !isAlphanumeric(bytes.at(start - 1))
  else { return nil }
  var end = start + 4
  for part in 0..<3 {
    // The third number, an altitude, may be missing.
    if part > 0, bytes.at(end) != UInt8(ascii: ",") { return part == 2 ? start..<end : nil }
    let low = end + (part > 0 ? 1 : 0)
    let first = low + (bytes.at(low) == UInt8(ascii: "-") ? 1 : 0)
    let whole = digitCount(bytes, at: first)
    guard whole > 0 else { return part == 2 ? start..<end : nil }
    let decimals = bytes.at(first + whole) == 0x2E ? digitCount(bytes, at: first + whole + 1) : 0
    end = first + whole + (decimals > 0 ? decimals + 1 : 0)
  }
  return start..<end
}

/// `$GPGGA,…*47` and the other sentences that carry a position, up to their line's end.
private func nmeaSentence(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Range<Int>? {
  guard bytes.at(start + 1) == UInt8(ascii: "G") || bytes.at(start + 1) == UInt8(ascii: "B"),
    isLetter(bytes.at(start + 2)), bytes.at(start + 6) == UInt8(ascii: ",")
  else { return nil }
  let kind = (3...5).map { bytes.at(start + $0) }
  guard ["GGA", "RMC", "GLL", "GNS"].contains(where: { kind.elementsEqual($0.utf8) }) else {
    return nil
  }
  var end = start
  while end < bytes.count, end - start < maximumSentenceByteCount, bytes[end] >= 0x20,
    bytes[end] < 0x7F
  {
    end += 1
  }
  return start..<end
}

private let minimumDecimalCount = 4
private let pairGap = Set(" ,;/|\t".utf8)
/// ` ; ` and one more.
private let maximumPairGap = 4
private let nameGap = Set(" \t:=\"'>[(\\".utf8)
/// `\": \"`, and one more.
private let maximumNameGap = 6
/// Longer than any name that begins with what we look for at its end.
private let maximumNameByteCount = 40
/// NMEA 0183 allows 82; some receivers write more decimals.
private let maximumSentenceByteCount = 128

private let positionWords = Set(
  ["lat", "lon", "lng", "long", "leveysaste", "pituusaste", "breitengrad", "langengrad"].map {
    Array($0.utf8)
  })
/// Also `gpslatitude`, `latitudine`.
private let positionEndings = [
  "latitude", "longitude", "latitud", "longitud", "latitudine", "longitudine",
].map { Array($0.utf8) }
private let minuteSigns = ["'", "′", "’", "min"].map { Array($0.utf8) }
private let secondSigns = ["\"", "\\\"", "″", "”", "''", "’’", "sec"].map { Array($0.utf8) }

/// Minutes or seconds with their sign; where they end.
private func angle(
  _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ signs: [[UInt8]]
) -> Int? {
  let length = digitCount(bytes, at: start)
  guard (1...2).contains(length), number(bytes, start..<start + length) < 60 else { return nil }
  let end = skippingSpace(bytes, DecimalNumber(bytes, start)?.end ?? start + length)
  for sign in signs where sign.indices.allSatisfy({ bytes.at(end + $0) == sign[$0] }) {
    return end + sign.count
  }
  return nil
}

private func skippingSpace(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int {
  index + spaceLength(bytes, at: index)
}

/// Where a degree sign here ends: `°`, `º`, either in Latin-1, or `deg`, perhaps behind a space.
private func degreeEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
  let index = skippingSpace(bytes, start)
  let sign = bytes.at(index) == 0xC2 ? index + 1 : index
  if bytes.at(sign) == 0xB0 || bytes.at(sign) == 0xBA { return sign + 1 }
  let isWord = Array("deg".utf8).enumerated().allSatisfy {
    bytes.at(index + $0.offset) == $0.element
  }
  return isWord && !isLetter(bytes.at(index + 3)) ? index + 3 : nil
}

/// Behind a point of the compass here, perhaps behind a space; the place itself where there is none.
private func hemisphereEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
  let index = skippingSpace(bytes, start)
  return isHemisphere(bytes.at(index)) && !isAlphanumeric(bytes.at(index + 1)) ? index + 1 : start
}

private func hemisphereStart(
  _ bytes: UnsafeBufferPointer<UInt8>, before start: Int, _ floor: Int
) -> Int? {
  let index = bytes.at(start - 1) == 0x20 ? start - 2 : start - 1
  return index >= floor && isHemisphere(bytes.at(index)) && !isAlphanumeric(bytes.at(index - 1))
    ? index : nil
}

/// North, south, east, west; O is west or east in half of Europe.
private func isHemisphere(_ byte: UInt8) -> Bool {
  [0x4E, 0x53, 0x45, 0x57, 0x4F].contains(byte)
}

private func signLength(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
  bytes.at(index) == UInt8(ascii: "+") ? 1 : hyphenLength(bytes, at: index)
}

private func signLength(_ bytes: UnsafeBufferPointer<UInt8>, before index: Int) -> Int {
  if bytes.at(index - 1) == UInt8(ascii: "+") || bytes.at(index - 1) == 0x2D { return 1 }
  return index >= 3 && hyphenLength(bytes, at: index - 3) == 3 ? 3 : 0
}

/// Up to three digits, a point or comma, and decimals.
private struct DecimalNumber {
  let value: Double
  let decimalCount: Int
  let hasComma: Bool
  let end: Int

  init?(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) {
    let length = digitCount(bytes, at: start)
    let mark = bytes.at(start + length)
    guard (1...3).contains(length), mark == 0x2E || mark == 0x2C else { return nil }
    decimalCount = digitCount(bytes, at: start + length + 1)
    end = start + length + 1 + decimalCount
    hasComma = mark == 0x2C
    guard decimalCount > 0 else { return nil }
    let whole = number(bytes, start..<start + length)
    let hasFraction = bytes[(start + length + 1)..<end].contains { $0 != 0x30 }
    // Only compared with whole limits.
    value = Double(whole) + (hasFraction ? 0.5 : 0)
  }
}
