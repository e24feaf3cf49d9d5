/// Decodes every row of base64 or base64url digits that may hold a value (RFC 4648), line breaks
/// within it too.
///
/// - Parameter outputs: four; the second begins at the second digit of each row, and so on.
func decodeBase64(_ text: LeakText, into outputs: [LeakDecoded]) {
  let digits = base64Digits
  forEachRow(of: text, length: shortestBase64, classes: digits) { row in
    var end = row.upperBound
    while let next = text.lineBreak(at: end) {
      end = next
      while end < text.bytes.count, digits[Int(text.bytes[end])] != notADigit { end += 1 }
    }
    for (index, output) in outputs.enumerated() {
      appendBase64(text, row.lowerBound + index..<end, to: output)
      output.endPiece(text.origin(end - 1))
    }
    return end
  }
}

/// Calls `body` with every row of at least `length` bytes that have a class; it returns where to go
/// on.
///
/// Such a row has a byte at each `length`th place, so most of a file is passed over by looking there.
private func forEachRow(
  of text: LeakText, length: Int, classes: [UInt8], _ body: (Range<Int>) -> Int
) {
  let bytes = text.bytes
  var place = 0
  while place + length <= bytes.count {
    let probe = place + length - 1
    guard classes[Int(bytes[probe])] != notADigit else {
      place += length
      continue
    }
    var begin = probe
    while begin > place, classes[Int(bytes[begin - 1])] != notADigit { begin -= 1 }
    var end = probe + 1
    while end < bytes.count, classes[Int(bytes[end])] != notADigit { end += 1 }
    place = end - begin >= length ? max(end, body(begin..<end)) : end
  }
}

/// Decodes the base64 digits in a range, and passes over everything else.
func appendBase64(_ text: LeakText, _ range: Range<Int>, to output: LeakDecoded) {
  let origins = text.origins
  guard !range.isEmpty else { return }
  base64Digits.withUnsafeBufferPointer { digits in
    output.append(upTo: range.count) { bytes, places in
      var count = 0
      var value: UInt32 = 0
      var bits: UInt32 = 0
      var origin: Int32 = 0
      for index in range {
        let digit = digits[Int(text.bytes[index])]
        if digit == notADigit { continue }
        let place = origins.map { $0[index] } ?? Int32(truncatingIfNeeded: index)
        // A byte stands where the first digit stands that has bits of it.
        if bits == 0 { origin = place }
        value = value &<< 6 | UInt32(digit)
        bits &+= 6
        guard bits >= 8 else { continue }
        bits &-= 8
        bytes[count] = UInt8(truncatingIfNeeded: value &>> bits)
        places[count] = origin
        count &+= 1
        origin = place
      }
      return count
    }
  }
}

/// Decodes every row of hex digits that may hold a value: in one piece, or in pairs with separators
/// between them, such as `52 69`, `52:69`, `0x52, 0x69` and `\x52\x69`.
///
/// - Parameter odd: takes rows in one piece from their second digit on.
func decodeHex(_ text: LeakText, into output: LeakDecoded, _ odd: LeakDecoded) {
  forEachRow(of: text, length: shortestHex, classes: hexClasses) { row in
    var place = row.lowerBound
    while place < row.upperBound {
      guard hexNibble(text.bytes[place]) != nil else {
        place += 1
        continue
      }
      place = max(place + 1, decodeHexChain(text, at: place, into: output, odd))
    }
    return row.upperBound
  }
}

/// Decodes the pairs from a digit on, and returns where they end.
private func decodeHexChain(
  _ text: LeakText, at place: Int, into output: LeakDecoded, _ odd: LeakDecoded
) -> Int {
  let mark = output.count
  var end = text.endOfHex(from: place)
  if end - place >= shortestHex {
    appendHex(text, place..<end, to: output)
    appendHex(text, place + 1..<end, to: odd)
    odd.endPiece(text.origin(end - 1))
  } else if end - place >= 2 {
    let isWhole = (end - place).isMultiple(of: 2) && !isLetterOrDigit(text.byte(place - 1))
    appendHex(text, (isWhole ? place : end - 2)..<end, to: output)
  }
  // What touches the first or last pair may be no digit of it; a row in one piece is none of them.
  while output.count > mark, let next = text.afterHexSeparator(at: end),
    case let nextEnd = text.endOfHex(from: next), nextEnd - next < shortestHex
  {
    let isWhole = (nextEnd - next).isMultiple(of: 2) && !isLetterOrDigit(text.byte(nextEnd))
    appendHex(text, next..<(isWhole ? nextEnd : min(nextEnd, next + 2)), to: output)
    end = nextEnd
    if !isWhole { break }
  }
  if output.count - mark < shortestHex / 2 {
    output.truncate(to: mark)
  } else {
    output.endPiece(text.origin(end - 1))
  }
  return end
}

/// An `x` introduces or separates hex digits, and is no letter of theirs.
private func isLetterOrDigit(_ byte: UInt8?) -> Bool {
  guard let byte, byte < 0x80, byte | 0x20 != UInt8(ascii: "x") else { return false }
  return isWordByte(byte)
}

private func appendHex(_ text: LeakText, _ range: Range<Int>, to output: LeakDecoded) {
  var index = range.lowerBound
  while index + 1 < range.upperBound {
    let (high, low) = (hexNibble(text.bytes[index]), hexNibble(text.bytes[index + 1]))
    output.append((high ?? 0) << 4 | (low ?? 0), text.origin(index))
    index += 2
  }
}

/// Writes every row of eight digits and more without the separators that people put into phone,
/// account and card numbers.
func decodeDigits(_ text: LeakText, into output: LeakDecoded) {
  let bytes = text.bytes
  forEachRow(of: text, length: shortestDigits, classes: digitClasses) { row in
    var place = row.lowerBound
    while place < row.upperBound {
      let mark = output.count
      var last = place
      while place < row.upperBound, place - last <= longestDigitSeparator {
        if isDigit(bytes[place]) {
          output.append(bytes[place], text.origin(place))
          last = place
        } else if output.count == mark {
          last = place
        }
        place += 1
      }
      if output.count - mark < shortestDigits {
        output.truncate(to: mark)
      } else {
        output.endPiece(text.origin(last))
      }
    }
    return row.upperBound
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
    while end < bytes.count, hexNibble(bytes[end]) != nil { end += 1 }
    return end
  }

  /// Behind up to six separators at `index`; nil where no hex digit follows.
  fileprivate func afterHexSeparator(at index: Int) -> Int? {
    var next = index
    while next < index + 6, let byte = byte(next) {
      if byte == UInt8(ascii: "0"), let x = self.byte(next + 1), x | 0x20 == UInt8(ascii: "x") {
        next += 2
      } else if hexNibble(byte) != nil {
        return next > index ? next : nil
      } else if isHexSeparator[Int(byte)] == 0 {
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

private let hexSeparators = " :-,;\\xX%=&#|.\"'\t\r\n"
private let hexClasses = classes("0123456789abcdefABCDEF" + hexSeparators)
private let isHexSeparator = classes(hexSeparators)
/// The last one is a no-break space.
private let digitClasses = classes("0123456789 -./()+\t\u{A0}")

private func classes(_ text: String) -> [UInt8] {
  var table = [UInt8](repeating: notADigit, count: 256)
  for byte in text.utf8 { table[Int(byte)] = 0 }
  return table
}

/// Six bytes, the shortest value that is looked for everywhere, have eight digits of base64 and
/// twelve of hex.
private let shortestBase64 = 8
private let shortestHex = 12
private let shortestDigits = 8
private let longestDigitSeparator = 4
