/// Decodes the surroundings of every escape, as far as a value can reach that holds one.
///
/// What has no escape near was searched as it is. `decode` takes the escape at a place, appends what
/// it stands for and returns how many bytes it has, or 0 for none.
func decodeEscapes(
  _ text: LeakText, _ triggers: [Unicode.Scalar], into output: LeakDecoded,
  _ decode: (Int) -> Int
) {
  let bytes = triggers.map { UInt8(ascii: $0) }
  var next = bytes.map { text.firstIndex(of: $0, from: 0) ?? .max }
  var position = 0
  var isOpen = false
  while let place = next.min(), place != .max {
    defer {
      for (index, byte) in bytes.enumerated() where next[index] < max(position, place + 1) {
        next[index] = text.firstIndex(of: byte, from: max(position, place + 1)) ?? .max
      }
    }
    // Decoded once to see whether it is an escape, and again behind what stands before it.
    let mark = output.count
    let length = decode(place)
    output.truncate(to: mark)
    guard length > 0 else { continue }
    if isOpen, place - position > 2 * escapeReach {
      output.append(position..<position + escapeReach, of: text)
      output.endPiece(text.origin(position + escapeReach))
      output.append(place - escapeReach..<place, of: text)
    } else {
      let begin = isOpen ? position : max(position, place - escapeReach)
      output.append(begin..<place, of: text)
    }
    _ = decode(place)
    position = place + length
    isOpen = true
  }
  if isOpen {
    let end = min(text.bytes.count, position + escapeReach)
    output.append(position..<end, of: text)
    if end < text.bytes.count { output.endPiece(text.origin(end)) }
  }
}

/// The longest text that is looked for, so that a value with one escape in it is whole on both sides
/// of that. Longer patterns are of UTF-16, whose zero bytes would be escaped too.
private let escapeReach = 128

/// RFC 3986, and the plus sign of HTML forms.
func urlEscape(_ text: LeakText, _ place: Int, _ output: LeakDecoded) -> Int {
  if text.bytes[place] == UInt8(ascii: "+") {
    guard isBetweenWords(text, place) || isNearURLEscape(text, place) else { return 0 }
    output.append(0x20, text.origin(place))
    return 1
  }
  guard let byte = text.hexByte(at: place + 1) else { return 0 }
  output.append(byte, text.origin(place))
  return 3
}

/// Whether a plus sign joins two short words, each of letters or of digits alone, unlike the digit of
/// base64.
private func isBetweenWords(_ text: LeakText, _ place: Int) -> Bool {
  for step in [-1, 1] {
    guard let first = text.byte(place + step), first < 0x80, isWordByte(first) else { return false }
    var length = 1
    while let byte = text.byte(place + step * (length + 1)), byte < 0x80, isWordByte(byte) {
      length += 1
      guard isDigit(byte) == isDigit(first), length <= 20 else { return false }
    }
  }
  return true
}

private func isNearURLEscape(_ text: LeakText, _ place: Int) -> Bool {
  (max(0, place - 40)..<min(text.bytes.count, place + 40)).contains {
    text.bytes[$0] == UInt8(ascii: "%") && text.hexByte(at: $0 + 1) != nil
  }
}

/// RFC 2045, section 6.7, soft line breaks too.
func quotedPrintableEscape(_ text: LeakText, _ place: Int, _ output: LeakDecoded) -> Int {
  if let byte = text.hexByte(at: place + 1) {
    output.append(byte, text.origin(place))
    return 3
  }
  var end = place + 1
  while [0x20, 0x09].contains(text.byte(end)), end - place < 16 { end += 1 }
  if text.byte(end) == 0x0D { end += 1 }
  return text.byte(end) == 0x0A ? end + 1 - place : 0
}

/// RFC 8259, section 7; `\x41` of other languages too.
func jsonEscape(_ text: LeakText, _ place: Int, _ output: LeakDecoded) -> Int {
  let origin = text.origin(place)
  switch text.byte(place + 1).map({ Unicode.Scalar($0) }) {
  case "\"", "\\", "/", "'":
    output.append(text.bytes[place + 1], origin)
    return 2
  case "n", "r", "t", "b", "f":
    output.append(0x20, origin)
    return 2
  case "x":
    guard let byte = text.hexByte(at: place + 2) else { return 0 }
    output.append(byte, origin)
    return 4
  case "u":
    guard let unit = text.hexUnit(at: place + 2) else { return 0 }
    if let scalar = Unicode.Scalar(unit) {
      output.append(scalar, origin)
      return 6
    }
    guard UTF16.isLeadSurrogate(unit), text.byte(place + 6) == UInt8(ascii: "\\"),
      text.byte(place + 7) == UInt8(ascii: "u"), let trail = text.hexUnit(at: place + 8),
      UTF16.isTrailSurrogate(trail)
    else { return 0 }
    let value = 0x10000 + (UInt32(unit) - 0xD800) << 10 + UInt32(trail) - 0xDC00
    output.append(Unicode.Scalar(value) ?? "\u{FFFD}", origin)
    return 12
  default: return 0
  }
}

/// Character references of HTML: numbers, and the names of Latin-1.
func htmlEscape(_ text: LeakText, _ place: Int, _ output: LeakDecoded) -> Int {
  var end = place + 1
  while let byte = text.byte(end), byte != UInt8(ascii: ";") {
    guard byte == UInt8(ascii: "#") || isWordByte(byte), byte < 0x80, end - place < 12 else {
      return 0
    }
    end += 1
  }
  guard text.byte(end) != nil else { return 0 }
  let name = String(decoding: text.bytes[place + 1..<end], as: UTF8.self)
  guard let scalar = htmlScalar(name) else { return 0 }
  output.append(scalar, text.origin(place))
  return end + 1 - place
}

private func htmlScalar(_ name: String) -> Unicode.Scalar? {
  if name.hasPrefix("#x") || name.hasPrefix("#X") {
    return UInt32(name.dropFirst(2), radix: 16).flatMap { Unicode.Scalar($0) }
  }
  if name.hasPrefix("#") { return UInt32(name.dropFirst()).flatMap { Unicode.Scalar($0) } }
  switch name {
  case "amp": return "&"
  case "lt": return "<"
  case "gt": return ">"
  case "quot": return "\""
  case "apos": return "'"
  default:
    return latin1Names.firstIndex(of: name[...]).flatMap { Unicode.Scalar(UInt32(0xA0 + $0)) }
  }
}

/// The names of U+00A0 to U+00FF (HTML 4.01, section 24.2.1), in order.
private let latin1Names = """
  nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 \
  sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc \
  Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve \
  Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute \
  acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde \
  ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml
  """.split(separator: " ")

/// RFC 2047: encoded words, those that follow each other joined.
func decodeMimeWords(_ text: LeakText, into output: LeakDecoded) {
  var place = 0
  var lastEnd = -1
  while let mark = text.firstIndex(of: UInt8(ascii: "?"), from: place) {
    place = mark + 1
    guard let kind = text.byte(mark + 1), text.byte(mark + 2) == UInt8(ascii: "?"),
      [0x42, 0x62, 0x51, 0x71].contains(kind),
      let end = text.firstIndex(of: UInt8(ascii: "?"), from: mark + 3),
      text.byte(end + 1) == UInt8(ascii: "="), end - mark < 1000
    else { continue }
    // Between two words stand white space, `=?` and a character set.
    if lastEnd >= 0, mark - lastEnd > 64 { output.endPiece(text.origin(lastEnd)) }
    if kind | 0x20 == UInt8(ascii: "b") {
      appendBase64(text, mark + 3..<end, to: output)
    } else {
      appendQ(text, mark + 3..<end, to: output)
    }
    lastEnd = end + 2
    place = lastEnd
  }
  if lastEnd >= 0 { output.endPiece(text.origin(min(lastEnd, text.bytes.count - 1))) }
}

private func appendQ(_ text: LeakText, _ range: Range<Int>, to output: LeakDecoded) {
  var index = range.lowerBound
  while index < range.upperBound {
    let byte = text.bytes[index]
    if byte == UInt8(ascii: "="), let value = text.hexByte(at: index + 1) {
      output.append(value, text.origin(index))
      index += 3
    } else {
      output.append(byte == UInt8(ascii: "_") ? 0x20 : byte, text.origin(index))
      index += 1
    }
  }
}

/// Whether a byte belongs to a word: a letter or digit, or a part of one in UTF-8.
@inline(__always)
func isWordByte(_ byte: UInt8?) -> Bool {
  guard let byte else { return false }
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "a")...UInt8(ascii: "z"), 0x80...0xFF:
    return true
  default: return false
  }
}

/// The value of a hex digit.
func hexNibble(_ byte: UInt8?) -> UInt8? {
  guard let byte else { return nil }
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): return byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): return byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): return byte - UInt8(ascii: "A") + 10
  default: return nil
  }
}

extension LeakText {
  /// The byte at a place that may be none.
  @inline(__always)
  func byte(_ index: Int) -> UInt8? { bytes.indices.contains(index) ? bytes[index] : nil }

  fileprivate func hexByte(at index: Int) -> UInt8? {
    guard let high = hexNibble(byte(index)), let low = hexNibble(byte(index + 1)) else {
      return nil
    }
    return high << 4 | low
  }

  fileprivate func hexUnit(at index: Int) -> UInt16? {
    guard let high = hexByte(at: index), let low = hexByte(at: index + 2) else { return nil }
    return UInt16(high) << 8 | UInt16(low)
  }
}
