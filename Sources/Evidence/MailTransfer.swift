/// The bytes of a quoted-printable body, RFC 2045 section 6.7: soft line breaks joined, each escape
/// from its three characters. A `=` that begins neither stands for itself.
func decodingQuotedPrintable(_ raw: [UInt8], _ range: Range<Int>) -> DecodedText {
  var text = DecodedText()
  text.reserve(range.count)
  var index = range.lowerBound
  while index < range.upperBound {
    let start = index
    while index < range.upperBound, raw[index] != 0x3D { index += 1 }
    text.append(contentsOf: raw[start..<index], from: start)
    guard index < range.upperBound else { break }
    if index + 2 < range.upperBound, let byte = hexByte(raw[index + 1], raw[index + 2]) {
      text.append(CollectionOfOne(byte), standingFor: index..<index + 3)
      index += 3
    } else if let end = softBreakEnd(raw, index..<range.upperBound) {
      index = end
    } else {
      text.append(contentsOf: raw[index..<index + 1], from: index)
      index += 1
    }
  }
  return text
}

/// Where the soft line break that begins here ends: `=`, blanks that a relay may have added, and a
/// line end, or the end of the body.
private func softBreakEnd(_ raw: [UInt8], _ range: Range<Int>) -> Int? {
  var index = range.lowerBound + 1
  let limit = min(range.upperBound, index + maximumBlankCount)
  while index < limit, isBlank(raw[index]) || raw[index] == 0x0D { index += 1 }
  if index == range.upperBound { return index }
  return raw[index] == 0x0A ? index + 1 : nil
}

/// The bytes of a base64 body, RFC 2045 section 6.8: each three from their group of four characters,
/// with whatever stands among those. Other characters are skipped; after padding it goes on.
func decodingBase64(_ raw: [UInt8], _ range: Range<Int>) -> DecodedText {
  var text = DecodedText()
  text.reserve(range.count / 4 * 3)
  var value: UInt32 = 0
  var count = 0
  var start = range.lowerBound
  var last = start
  func bytes(_ count: Int) -> [UInt8] {
    let all = [UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
    return Array(all.prefix(count))
  }
  for index in range {
    if let digit = base64Value(raw[index]) {
      if count == 0 { start = index }
      value = value << 6 | digit
      last = index
      count += 1
      if count == 4 {
        text.append(bytes(3), standingFor: start..<index + 1)
        (value, count) = (0, 0)
      }
    } else if raw[index] == UInt8(ascii: "="), count > 0 {
      if count > 1 {
        value <<= 6 * UInt32(4 - count)
        text.append(bytes(count - 1), standingFor: start..<index + 1)
      }
      (value, count) = (0, 0)
    }
  }
  if count > 1 {
    value <<= 6 * UInt32(4 - count)
    text.append(bytes(count - 1), standingFor: start..<last + 1)
  }
  return text
}

/// The lines of a base64 body, without their line ends, as many in a row as end between two groups.
func base64Rows(_ raw: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
  var rows: [Range<Int>] = []
  var start: Int?
  var end = range.lowerBound
  var count = 0
  for index in range {
    if raw[index] == 0x0A {
      if count % 4 == 0, let begun = start {
        rows.append(begun..<end)
        start = nil
      }
    } else if raw[index] != 0x0D {
      if start == nil { start = index }
      end = index + 1
      if base64Value(raw[index]) != nil {
        count += 1
      } else if raw[index] == UInt8(ascii: "=") {
        // Padding ends a group, however many characters it has.
        count = 0
      }
    }
  }
  if let start { rows.append(start..<end) }
  return rows
}

private func base64Value(_ byte: UInt8) -> UInt32? {
  switch byte {
  case 0x41...0x5A: UInt32(byte - 0x41)
  case 0x61...0x7A: UInt32(byte - 0x61 + 26)
  case 0x30...0x39: UInt32(byte - 0x30 + 52)
  case UInt8(ascii: "+"): 62
  case UInt8(ascii: "/"): 63
  default: nil
  }
}

/// More blanks than a relay adds to a line; it bounds the work for each `=`.
private let maximumBlankCount = 1_000
