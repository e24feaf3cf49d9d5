private import Redaction

/// Finds e-mail addresses from their `@`, outwards.
func findEmails(in bytes: UnsafeBufferPointer<UInt8>, _ report: (Range<Int>) -> Void) {
  var floor = 0
  var index = 0
  while index < bytes.count {
    let sign = atSignLength(bytes, at: index)
    guard sign > 0 else {
      index += 1
      continue
    }
    let start = startOfLocalPart(bytes, before: index, notBefore: floor)
    let end = endOfDomain(bytes, from: index + sign)
    if start < index, let end {
      report(start..<end)
      floor = end
      index = end
    } else {
      index += sign
    }
  }
}

/// The bytes of an `@` here: written as such, or as in a URL.
private func atSignLength(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
  if bytes[index] == UInt8(ascii: "@") { return 1 }
  let isEncoded =
    bytes[index] == UInt8(ascii: "%") && bytes.at(index + 1) == UInt8(ascii: "4")
    && bytes.at(index + 2) == UInt8(ascii: "0")
  return isEncoded ? 3 : 0
}

/// Where the local part before an `@` begins; the place of the `@` if there is none.
private func startOfLocalPart(
  _ bytes: UnsafeBufferPointer<UInt8>, before sign: Int, notBefore floor: Int
) -> Int {
  let limit = max(floor, sign - maximumLocalByteCount)
  var start = sign
  while start > limit {
    let byte = bytes[start - 1]
    if isLocalByte(byte) || byte == UInt8(ascii: ".") {
      start -= 1
    } else if byte >= 0x80, let length = wordScalarLength(bytes, endingAt: start, limit) {
      start -= length
    } else {
      break
    }
  }
  start = startOfReturnPath(bytes, before: start, notBefore: limit)
  while start < sign, bytes[start] == UInt8(ascii: ".") { start += 1 }
  return start
}

/// RFC 5321 atext without `/ = ? & ' { | }` and the backtick, which in logs, URLs and source text
/// stand before an address far more often than in one.
private func isLocalByte(_ byte: UInt8) -> Bool {
  switch byte {
  case 0x21, 0x23, 0x24, 0x25, 0x2A, 0x2B, 0x2D, 0x5E, 0x5F, 0x7E: true
  default: isAlphanumeric(byte)
  }
}

/// A bounce address carries another one before a `=`: `bounce+jan=example.org@list.example`.
private func startOfReturnPath(
  _ bytes: UnsafeBufferPointer<UInt8>, before start: Int, notBefore limit: Int
) -> Int {
  guard start > limit, bytes[start - 1] == UInt8(ascii: "=") else { return start }
  var outer = start
  var hasMark = false
  while outer > limit {
    let byte = bytes[outer - 1]
    guard isLocalByte(byte) || byte == 0x2E || byte == 0x3D else { break }
    hasMark = hasMark || byte == UInt8(ascii: "+")
    outer -= 1
  }
  let head = String(decoding: bytes[outer..<min(outer + 6, start)], as: UTF8.self).lowercased()
  let isBounce = ["srs0", "srs1", "prvs", "btv1", "bounce"].contains { head.hasPrefix($0) }
  return hasMark || isBounce ? outer : start
}

/// Where the domain behind an `@` ends; nil unless there are two labels, the last of letters.
private func endOfDomain(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
  let limit = min(bytes.count, start + maximumDomainByteCount)
  if bytes.at(start) == UInt8(ascii: "[") {
    guard let close = bytes[start..<limit].firstIndex(of: UInt8(ascii: "]")), close > start + 3
    else { return nil }
    return close + 1
  }
  var index = start
  var label = start
  var end: Int?
  while index < limit {
    let byte = bytes[index]
    if byte == UInt8(ascii: ".") {
      guard index > label else { break }
      index += 1
      label = index
      continue
    }
    if byte >= 0x80, let length = wordScalarLength(bytes, at: index, limit) {
      index += length
    } else if isAlphanumeric(byte) || (byte == UInt8(ascii: "-") && index > label) {
      index += 1
    } else {
      break
    }
    if label > start, index - label >= 2, !isDigit(bytes[label]) { end = index }
  }
  return end
}

/// The bytes of a letter, mark or number that begins here in UTF-8; nil for anything else.
private func wordScalarLength(
  _ bytes: UnsafeBufferPointer<UInt8>, at start: Int, _ limit: Int
) -> Int? {
  for length in 2...4 where start + length <= limit {
    let text = String(validating: bytes[start..<start + length], as: UTF8.self)
    if let scalar = text?.unicodeScalars.first { return scalarIsWord(scalar) ? length : nil }
  }
  return nil
}

/// The bytes of a letter, mark or number that ends here in UTF-8; nil for anything else.
private func wordScalarLength(
  _ bytes: UnsafeBufferPointer<UInt8>, endingAt end: Int, _ floor: Int
) -> Int? {
  for length in 2...4 where end - length >= floor && bytes[end - length] >= 0xC0 {
    let text = String(validating: bytes[end - length..<end], as: UTF8.self)
    return text?.unicodeScalars.first.map(scalarIsWord) == true ? length : nil
  }
  return nil
}

/// RFC 5321 section 4.5.3.1.1 allows 64; bounce addresses are longer, and more is searched than
/// may exist. It bounds the work for each `@`.
private let maximumLocalByteCount = 320
/// RFC 5321 section 4.5.3.1.2 allows 255, before letters of other scripts take more bytes.
private let maximumDomainByteCount = 512
