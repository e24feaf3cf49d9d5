// RFC 4648, section 4, with padding: digests in manifests.

/// Appends the Base64 text of `bytes`.
func appendBase64(_ bytes: [UInt8], to text: inout [UInt8]) {
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let count = min(3, bytes.count - start)
    var bits = UInt32(bytes[start]) << 16
    if count > 1 { bits |= UInt32(bytes[start + 1]) << 8 }
    if count > 2 { bits |= UInt32(bytes[start + 2]) }
    for position in 0..<4 {
      let digit = Int(bits >> UInt32(18 - 6 * position) & 63)
      text.append(position <= count ? alphabet[digit] : padding)
    }
  }
}

/// The bytes of Base64 text without anything else in it; nil unless it is what ``appendBase64(_:to:)`` gives.
func bytes(base64 text: some Collection<UInt8>) -> [UInt8]? {
  guard text.count % 4 == 0 else { return nil }
  var bytes: [UInt8] = []
  var bits: UInt32 = 0
  var count = 0
  for digit in text {
    guard digit != padding else { break }
    guard let value = value(of: digit) else { return nil }
    bits = bits << 6 | value
    count += 1
    if count % 4 == 0 {
      bytes += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
      bits = 0
    }
  }
  switch count % 4 {
  case 1: return nil
  case 2: bytes.append(UInt8(bits >> 4 & 255))
  case 3: bytes += [UInt8(bits >> 10 & 255), UInt8(bits >> 2 & 255)]
  default: break
  }
  // Bits that say nothing, and padding in the middle, would give one digest several texts.
  var again: [UInt8] = []
  appendBase64(bytes, to: &again)
  return again.elementsEqual(text) ? bytes : nil
}

private func value(of digit: UInt8) -> UInt32? {
  switch digit {
  case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
  case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a") + 26)
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0") + 52)
  case UInt8(ascii: "+"): 62
  case UInt8(ascii: "/"): 63
  default: nil
  }
}

private let alphabet = Array(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
private let padding = UInt8(ascii: "=")
