/// Decodes every row of base64 or base64url digits that may hold a value (RFC 4648), line breaks
/// within it too.
///
/// - Parameter phase: how many digits to pass over, so that a value is found at every alignment.
func decodeBase64(_ text: LeakText, phase: Int, into output: LeakDecoded) {
  let bytes = text.bytes
  let digits = base64Digits
  var place = 0
  var low = 0
  // A row of eight or more has a digit at each eighth place; nearly all of a binary file is passed
  // over by looking there.
  while place + shortestBase64 <= bytes.count {
    let probe = place + shortestBase64 - 1
    guard digits[Int(bytes[probe])] != notADigit else {
      place += shortestBase64
      continue
    }
    var begin = probe
    while begin > low, digits[Int(bytes[begin - 1])] != notADigit { begin -= 1 }
    var end = probe + 1
    while end < bytes.count, digits[Int(bytes[end])] != notADigit { end += 1 }
    if end - begin >= shortestBase64 {
      while let next = text.lineBreak(at: end) {
        end = next
        while end < bytes.count, digits[Int(bytes[end])] != notADigit { end += 1 }
      }
      appendBase64(text, begin..<end, phase: phase, to: output)
      output.endPiece(text.origin(end - 1))
    }
    (place, low) = (end, end)
  }
}

/// Decodes the digits in a range, and passes over everything else.
func appendBase64(_ text: LeakText, _ range: Range<Int>, phase: Int, to output: LeakDecoded) {
  let digits = base64Digits
  var skip = phase
  var value: UInt32 = 0
  var bits: UInt32 = 0
  var origin: Int32 = 0
  for index in range {
    let digit = digits[Int(text.bytes[index])]
    if digit == notADigit { continue }
    if skip > 0 {
      skip -= 1
      continue
    }
    // A byte stands where the first digit stands that has bits of it.
    if bits == 0 { origin = text.origin(index) }
    value = value << 6 | UInt32(digit)
    bits += 6
    guard bits >= 8 else { continue }
    bits -= 8
    output.append(UInt8(truncatingIfNeeded: value >> bits), origin)
    value &= 0xFF
    origin = text.origin(index)
  }
}

/// Decodes every row of hex digits that may hold a value: in one piece, or in pairs with separators
/// between them, such as `52 69`, `52:69`, `0x52, 0x69` and `\x52\x69`.
///
/// - Parameter phase: 1 decodes rows in one piece from their second digit on.
func decodeHex(_ text: LeakText, phase: Int, into output: LeakDecoded) {
  let bytes = text.bytes
  let digits = hexDigits
  var place = 0
  while place < bytes.count {
    guard digits[Int(bytes[place])] != notADigit else {
      place += 1
      continue
    }
    let mark = output.count
    var begin = place
    var end = text.endOfHex(from: begin)
    if phase == 1 {
      if end - begin >= shortestHex { appendHex(text, begin + 1..<end, to: output) }
    } else if isPair(text, begin..<end) || end - begin >= shortestHex {
      appendHex(text, begin..<end, to: output)
      while let next = text.afterHexSeparator(at: end) {
        let nextEnd = text.endOfHex(from: next)
        guard isPair(text, next..<nextEnd) else { break }
        (begin, end) = (next, nextEnd)
        appendHex(text, begin..<end, to: output)
      }
    }
    if output.count - mark < shortestHex / 2 - phase {
      output.truncate(to: mark)
    } else {
      output.endPiece(text.origin(end - 1))
    }
    place = max(place + 1, end)
  }
}

/// An even number of digits that no letters touch; an `x` before them introduces them.
private func isPair(_ text: LeakText, _ range: Range<Int>) -> Bool {
  guard range.count.isMultiple(of: 2), !isWordByte(text.byte(range.upperBound)) else {
    return text.byte(range.upperBound) == UInt8(ascii: "x") && range.count.isMultiple(of: 2)
  }
  guard let before = text.byte(range.lowerBound - 1) else { return true }
  return !isWordByte(before) || before | 0x20 == UInt8(ascii: "x")
}

private func appendHex(_ text: LeakText, _ range: Range<Int>, to output: LeakDecoded) {
  var index = range.lowerBound
  while index + 1 < range.upperBound {
    let byte = hexDigits[Int(text.bytes[index])] << 4 | hexDigits[Int(text.bytes[index + 1])]
    output.append(byte, text.origin(index))
    index += 2
  }
}

/// Writes every row of eight digits and more without the separators that people put into phone,
/// account and card numbers.
func decodeDigits(_ text: LeakText, into output: LeakDecoded) {
  let bytes = text.bytes
  let separators = digitSeparators
  var place = 0
  while place < bytes.count {
    guard isDigit(bytes[place]) else {
      place += 1
      continue
    }
    let mark = output.count
    var last = place
    while place < bytes.count, place - last <= longestDigitSeparator {
      let byte = bytes[place]
      if isDigit(byte) {
        output.append(byte, text.origin(place))
        last = place
      } else if !separators[Int(byte)] {
        break
      }
      place += 1
    }
    if output.count - mark < shortestDigits {
      output.truncate(to: mark)
    } else {
      output.endPiece(text.origin(last))
    }
    place = max(place, last + 1)
  }
}

@inline(__always)
func isDigit(_ byte: UInt8?) -> Bool {
  guard let byte else { return false }
  return byte &- UInt8(ascii: "0") < 10
}

extension LeakText {
  /// Behind one line break at `index`, with what a mail reader or a program puts around it; nil
  /// where there is none, or where no base64 digit follows.
  fileprivate func lineBreak(at index: Int) -> Int? {
    var next = index
    if byte(next) == 0x0D { next += 1 }
    if byte(next) == 0x0A {
      next += 1
    } else {
      for letter in ["r", "n"] as [Unicode.Scalar] {
        guard byte(next) == UInt8(ascii: "\\"), byte(next + 1) == UInt8(ascii: letter) else {
          continue
        }
        next += 2
      }
      guard next > index else { return nil }
    }
    let limit = next + 8
    while next < limit, let byte = byte(next), [0x20, 0x09, 0x3E].contains(byte) { next += 1 }
    guard let byte = byte(next), base64Digits[Int(byte)] != notADigit else { return nil }
    return next
  }

  fileprivate func endOfHex(from index: Int) -> Int {
    var end = index
    while end < bytes.count, hexDigits[Int(bytes[end])] != notADigit { end += 1 }
    return end
  }

  /// Behind up to six separators at `index`; nil where no hex digit follows.
  fileprivate func afterHexSeparator(at index: Int) -> Int? {
    var next = index
    while next < index + 6, let byte = byte(next) {
      if byte == UInt8(ascii: "0"), let x = self.byte(next + 1), x | 0x20 == UInt8(ascii: "x") {
        next += 2
      } else if hexDigits[Int(byte)] != notADigit {
        return next > index ? next : nil
      } else if hexSeparators[Int(byte)] {
        next += 1
      } else {
        return nil
      }
    }
    return nil
  }
}

private let notADigit: UInt8 = 0xFF
private let base64Digits: [UInt8] = {
  var table = [UInt8](repeating: notADigit, count: 256)
  let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  for (value, digit) in digits.utf8.enumerated() { table[Int(digit)] = UInt8(value) }
  table[Int(UInt8(ascii: "-"))] = 62
  table[Int(UInt8(ascii: "_"))] = 63
  return table
}()

/// The value of a digit of base64 or base64url.
func base64Value(_ byte: UInt8) -> UInt8? {
  let value = base64Digits[Int(byte)]
  return value == notADigit ? nil : value
}

private let hexDigits: [UInt8] = (0..<256).map { hexNibble(UInt8($0)) ?? notADigit }
private let hexSeparators = byteTable(" :-,;\\xX%=&#|.\"'\t\r\n".utf8)
/// The last two are a no-break space in UTF-8.
private let digitSeparators = byteTable(Array(" -./()+\t".utf8) + [0xC2, 0xA0])

private func byteTable(_ bytes: some Sequence<UInt8>) -> [Bool] {
  var table = [Bool](repeating: false, count: 256)
  for byte in bytes { table[Int(byte)] = true }
  return table
}

/// Six bytes, the shortest value that is looked for everywhere, have eight digits of base64 and
/// twelve of hex.
private let shortestBase64 = 8
private let shortestHex = 12
private let shortestDigits = 8
private let longestDigitSeparator = 4
