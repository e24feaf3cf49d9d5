extension MailField {
  /// A field whose raw value is known.
  init(_ raw: [UInt8], name: String, range: Range<Int>) {
    let value = unfolding(raw, range)
    var text = decodingWords(value)
    if name.lowercased().hasPrefix("content-") {
      for parameter in MailParameters(value).extended {
        text.append(inserted: CollectionOfOne(0x0A))
        text.append(parameter)
      }
    }
    self.init(name: name, range: range, text: text, unfolded: value)
  }
}

/// A value on one line: without its line ends, RFC 5322 section 2.2.3.
func unfolding(_ raw: [UInt8], _ range: Range<Int>) -> DecodedText {
  var text = DecodedText()
  var start = range.lowerBound
  while start < range.upperBound {
    let end = raw[start..<range.upperBound].firstIndex(of: 0x0A) ?? range.upperBound
    let hasReturn = end < range.upperBound && end > start && raw[end - 1] == 0x0D
    text.append(contentsOf: raw[start..<(hasReturn ? end - 1 : end)], from: start)
    start = end + 1
  }
  return text
}

/// A header value with its encoded words decoded, RFC 2047: those that only blanks part are one
/// text, also where a character was broken over two of them.
///
/// A word in the Q encoding is mapped character by character, one in B as a whole.
func decodingWords(_ value: DecodedText) -> DecodedText {
  let bytes = value.bytes
  var text = DecodedText()
  var words: (charset: String, text: DecodedText)?
  func endWords() {
    guard let ended = words else { return }
    let decoded = Charset(name: ended.charset).decode(ended.text.bytes)
    text.append(decoded.composed(over: ended.text).composed(over: value))
    words = nil
  }
  func addPlain(_ range: Range<Int>) {
    let plain = value.part(range)
    text.append(Charset.utf8.decode(plain.bytes).composed(over: plain))
  }
  var scanner = WordScanner(bytes)
  var done = 0
  while let word = scanner.next() {
    let between = done..<word.range.lowerBound
    if words == nil || !bytes[between].allSatisfy(isBlank) {
      endWords()
      addPlain(between)
    }
    if let open = words, open.charset != word.charset { endWords() }
    var open = words ?? (word.charset, DecodedText())
    word.decode(bytes, into: &open.text)
    words = open
    done = word.range.upperBound
  }
  endWords()
  addPlain(done..<bytes.count)
  return text
}

/// `=?charset?B or Q?text?=`.
private struct EncodedWord {
  let range: Range<Int>
  let charset: String
  let isBase64: Bool
  let content: Range<Int>

  /// Adds what it says, before its charset; places are those of the value.
  func decode(_ bytes: [UInt8], into text: inout DecodedText) {
    if isBase64 {
      text.append(decodingBase64(bytes, content).bytes, standingFor: content)
      return
    }
    var index = content.lowerBound
    while index < content.upperBound {
      if bytes[index] == 0x3D, index + 2 < content.upperBound,
        let byte = hexByte(bytes[index + 1], bytes[index + 2])
      {
        text.append(CollectionOfOne(byte), standingFor: index..<index + 3)
        index += 3
      } else {
        let byte = bytes[index] == UInt8(ascii: "_") ? 0x20 : bytes[index]
        text.append(CollectionOfOne(byte), standingFor: index..<index + 1)
        index += 1
      }
    }
  }
}

/// Finds encoded words. Blanks inside them, which the standard forbids, are common.
private struct WordScanner {
  private let bytes: [UInt8]
  private var place = 0
  /// The next `?=` that was looked for, so that many beginnings without end stay cheap.
  private var knownEnd = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> EncodedWord? {
    while place + 1 < bytes.count {
      defer { place += 1 }
      if bytes[place] == 0x3D, bytes[place + 1] == 0x3F, let word = word(at: place) {
        // One less, for the step that every round makes.
        place = word.range.upperBound - 1
        return word
      }
    }
    return nil
  }

  private mutating func word(at start: Int) -> EncodedWord? {
    let limit = min(bytes.count, start + 2 + maximumCharsetNameByteCount)
    var index = start + 2
    while index < limit, bytes[index] > 0x20, bytes[index] < 0x7F, bytes[index] != 0x3F {
      index += 1
    }
    guard index > start + 2, index + 2 < bytes.count, bytes[index] == 0x3F,
      bytes[index + 2] == 0x3F
    else { return nil }
    let kind = bytes[index + 1] | 0x20
    guard kind == UInt8(ascii: "b") || kind == UInt8(ascii: "q"), let end = wordEnd(index + 3)
    else { return nil }
    // RFC 2231 section 5 adds a language: charset*language.
    let charset = bytes[(start + 2)..<index].prefix { $0 != UInt8(ascii: "*") }
    return EncodedWord(
      range: start..<end + 2, charset: String(decoding: charset, as: UTF8.self).lowercased(),
      isBase64: kind == UInt8(ascii: "b"), content: index + 3..<end)
  }

  private mutating func wordEnd(_ start: Int) -> Int? {
    knownEnd = max(knownEnd, start)
    while knownEnd + 1 < bytes.count {
      if bytes[knownEnd] == 0x3F, bytes[knownEnd + 1] == 0x3D { return knownEnd }
      knownEnd += 1
    }
    return nil
  }
}

/// The byte that two hexadecimal digits write.
func hexByte(_ high: UInt8, _ low: UInt8) -> UInt8? {
  guard let high = hexValue(high), let low = hexValue(low) else { return nil }
  return high << 4 | low
}

private func hexValue(_ byte: UInt8) -> UInt8? {
  if isDigit(byte) { return byte - 0x30 }
  return isHexDigit(byte) ? (byte | 0x20) - 0x61 + 10 : nil
}

/// The longest name of a charset with a language; IANA's longest has 45.
private let maximumCharsetNameByteCount = 96
