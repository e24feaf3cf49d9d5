private import Foundation

/// Finds IPv4 addresses: four decimal numbers up to 255, also with leading zeros.
func findIPv4(in bytes: UnsafeBufferPointer<UInt8>, _ report: (Range<Int>) -> Void) {
  var index = 0
  while index < bytes.count {
    guard isDigit(bytes[index]) else {
      index += 1
      continue
    }
    let start = index
    if !isInsideWord(bytes, start), let end = endOfIPv4(bytes, from: start) {
      report(start..<end)
      index = end
    } else {
      while index < bytes.count, isDigit(bytes[index]) { index += 1 }
    }
  }
}

/// Whether what begins here continues a word or a longer dotted number.
private func isInsideWord(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Bool {
  isAlphanumeric(bytes.at(start - 1))
    || bytes.at(start - 1) == UInt8(ascii: ".") && isDigit(bytes.at(start - 2))
}

private func endOfIPv4(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
  var index = start
  for octet in 0..<4 {
    if octet > 0 {
      guard bytes.at(index) == UInt8(ascii: ".") else { return nil }
      index += 1
    }
    var value = 0
    var digits = 0
    while digits < 4, isDigit(bytes.at(index)) {
      value = value * 10 + Int(bytes[index] - 0x30)
      digits += 1
      index += 1
    }
    guard (1...3).contains(digits), value <= 255 else { return nil }
  }
  let continues =
    isAlphanumeric(bytes.at(index))
    || bytes.at(index) == UInt8(ascii: ".") && isDigit(bytes.at(index + 1))
  return continues ? nil : index
}

/// Finds IPv6 addresses, each in a run of hexadecimal digits, colons and dots.
func findIPv6(in bytes: UnsafeBufferPointer<UInt8>, _ report: (Range<Int>) -> Void) {
  var index = 0
  while index < bytes.count {
    guard bytes[index] == UInt8(ascii: ":") || isHexDigit(bytes[index]) else {
      index += 1
      continue
    }
    let start = index
    var colons = 0
    while index < bytes.count, isAddressByte(bytes[index]) {
      if bytes[index] == UInt8(ascii: ":") { colons += 1 }
      index += 1
    }
    if colons >= 2, let found = addressInRun(bytes, start..<index) { report(found) }
  }
}

private func isAddressByte(_ byte: UInt8) -> Bool {
  isHexDigit(byte) || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
}

/// The address that a run holds, less the punctuation of the text around it: a label's colon before
/// it, a colon or full stop behind it.
private func addressInRun(
  _ bytes: UnsafeBufferPointer<UInt8>, _ run: Range<Int>
) -> Range<Int>? {
  var end = run.upperBound
  // A letter behind the run belongs to its last word, which is no group then.
  if isAlphanumeric(bytes.at(end)) { return nil }
  let continuesWord = isAlphanumeric(bytes.at(run.lowerBound - 1))
  for _ in 0..<4 where end > run.lowerBound {
    for start in [run.lowerBound, run.lowerBound + 1] {
      let isFree = start == run.lowerBound ? !continuesWord : bytes[run.lowerBound] == 0x3A
      if isFree, start < end, isIPv6(bytes[start..<end]) { return start..<end }
    }
    guard bytes[end - 1] == UInt8(ascii: ":") || bytes[end - 1] == UInt8(ascii: ".") else { break }
    end -= 1
  }
  return nil
}

/// By the system's own parser; `::` alone is nobody's address.
private func isIPv6(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
  guard text.count <= 45, text.contains(where: isHexDigit) else { return false }
  var address = in6_addr()
  return inet_pton(AF_INET6, String(decoding: text, as: UTF8.self), &address) == 1
}
