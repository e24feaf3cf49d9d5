/// The text of HTML or XML, as a person or a program finds it there.
///
/// First what the elements hold: inline elements join, every other parts by a line feed, blanks are
/// one space, soft hyphens and zero width spaces are gone, spaces that don't break are spaces. Then,
/// each on lines of its own, every attribute's value, and comments, declarations, scripts and style
/// sheets as they are written. So nothing is left out but names of elements and attributes.
///
/// - Parameter raw: the whole file, in UTF-8 or in the charset that it declares. Nothing is an
///   error: what no browser would take for markup is text.
/// - Returns: ranges in it are of `raw`.
package func markupText(_ raw: [UInt8]) -> DecodedText {
  let decoded = declaredCharset(raw).decode(raw)
  return markupText(utf8: decoded.bytes).composed(over: decoded)
}

/// The text of markup in UTF-8.
func markupText(utf8 bytes: [UInt8]) -> DecodedText {
  var reader = MarkupReader(bytes)
  return reader.read()
}

/// The charset of a file: a byte order mark's, UTF-8 where it is that, else the one it names.
func declaredCharset(_ raw: [UInt8]) -> Charset {
  let start = raw.prefix(4)
  if start.starts(with: [0xFE, 0xFF]) || start.starts(with: [0xFF, 0xFE]) {
    return .utf16(isBigEndian: nil)
  }
  if start.starts(with: [0x3C, 0x00]) { return .utf16(isBigEndian: false) }
  if start.starts(with: [0x00, 0x3C]) { return .utf16(isBigEndian: true) }
  if String(validating: raw, as: UTF8.self) != nil { return .utf8 }
  // HTML's own rule looks at 1,024 bytes.
  let head = String(decoding: raw.prefix(2 << 10), as: UTF8.self).lowercased()
  for key in ["charset=", "encoding="] {
    guard let place = head.utf8.firstRange(of: key.utf8) else { continue }
    let name = head.utf8[place.upperBound...].drop { $0 == 0x22 || $0 == 0x27 }.prefix {
      isAlphanumeric($0) || [0x2D, 0x5F, 0x2E, 0x3A].contains($0)
    }
    return Charset(name: String(decoding: name, as: UTF8.self))
  }
  return .latin1
}
