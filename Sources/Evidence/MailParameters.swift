/// A value with parameters, as of Content-Type: RFC 2045 section 5.1, RFC 2231.
struct MailParameters {
  /// What stands before the first semicolon, in small letters.
  let value: String
  /// Parameters that were written in RFC 2231's encoding or in pieces, decoded.
  private(set) var extended: [DecodedText] = []
  private var texts: [String: DecodedText] = [:]

  /// - Parameter field: the value on one line.
  init(_ field: DecodedText) {
    let bytes = field.bytes
    let end = bytes.firstIndex(of: semicolon) ?? bytes.count
    value = String(decoding: Self.trimmed(bytes, 0..<end), as: UTF8.self).lowercased()
    var pieces: [String: [Piece]] = [:]
    var order: [String] = []
    var place = end
    while let (name, text) = Self.next(bytes, &place) {
      let parts = name.split(separator: "*", omittingEmptySubsequences: false)
      guard parts.count > 1 else {
        if texts[name] == nil { texts[name] = text.composed(over: field) }
        continue
      }
      let base = String(parts[0])
      if pieces[base] == nil { order.append(base) }
      pieces[base, default: []].append(
        Piece(number: Int(parts[1]) ?? 0, isEncoded: parts.last == "", text: text))
    }
    for name in order {
      let text = Self.joined(pieces[name] ?? []).composed(over: field)
      extended.append(text)
      texts[name] = text
    }
  }

  /// A parameter's bytes; nil where there is none of that name, which is in small letters.
  func bytes(_ name: String) -> [UInt8]? { texts[name]?.bytes }

  /// A parameter as a name for people: encoded words, which don't belong there, decoded too.
  func name(_ name: String) -> String? {
    texts[name].map { String(decoding: decodingWords($0).bytes, as: UTF8.self) }
  }

  private struct Piece {
    let number: Int
    let isEncoded: Bool
    let text: DecodedText
  }

  /// The next parameter; its text's places are those of the field.
  private static func next(_ bytes: [UInt8], _ place: inout Int) -> (String, DecodedText)? {
    while place < bytes.count {
      while place < bytes.count, bytes[place] == semicolon || isBlank(bytes[place]) { place += 1 }
      let start = place
      while place < bytes.count, bytes[place] != 0x3D, bytes[place] != semicolon { place += 1 }
      guard place < bytes.count, bytes[place] == 0x3D else { continue }
      let name = String(decoding: trimmed(bytes, start..<place), as: UTF8.self).lowercased()
      place += 1
      while place < bytes.count, isBlank(bytes[place]) { place += 1 }
      if place < bytes.count, bytes[place] == UInt8(ascii: "\"") {
        return (name, quoted(bytes, &place))
      }
      let value = place
      while place < bytes.count, bytes[place] != semicolon { place += 1 }
      var text = DecodedText()
      let token = withoutComment(trimmed(bytes, value..<place))
      text.append(contentsOf: token, from: token.startIndex)
      return (name, text)
    }
    return nil
  }

  private static func quoted(_ bytes: [UInt8], _ place: inout Int) -> DecodedText {
    var text = DecodedText()
    place += 1
    while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
      if bytes[place] == UInt8(ascii: "\\"), place + 1 < bytes.count { place += 1 }
      text.append(contentsOf: bytes[place..<place + 1], from: place)
      place += 1
    }
    while place < bytes.count, bytes[place] != semicolon { place += 1 }
    return text
  }

  /// The pieces in their order, percent-decoded, in the charset that the first one names.
  private static func joined(_ pieces: [Piece]) -> DecodedText {
    var text = DecodedText()
    var charset = "utf-8"
    let sorted = pieces.sorted { $0.number < $1.number }
    for (index, piece) in sorted.enumerated() {
      guard piece.isEncoded else {
        text.append(piece.text)
        continue
      }
      let bytes = piece.text.bytes
      var start = 0
      if index == 0 {
        let quotes = bytes.indices.filter { bytes[$0] == UInt8(ascii: "'") }.prefix(2)
        if quotes.count == 2, let first = quotes.first, let last = quotes.last {
          charset = String(decoding: bytes[..<first], as: UTF8.self)
          start = last + 1
        }
      }
      text.append(decodingPercents(bytes, from: start).composed(over: piece.text))
    }
    return Charset(name: charset).decode(text.bytes).composed(over: text)
  }

  private static func decodingPercents(_ bytes: [UInt8], from start: Int) -> DecodedText {
    var text = DecodedText()
    var index = start
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let byte = hexByte(bytes[index + 1], bytes[index + 2])
      {
        text.append(CollectionOfOne(byte), standingFor: index..<index + 3)
        index += 3
      } else {
        text.append(contentsOf: bytes[index..<index + 1], from: index)
        index += 1
      }
    }
    return text
  }

  private static func trimmed(_ bytes: [UInt8], _ range: Range<Int>) -> ArraySlice<UInt8> {
    var slice = bytes[range]
    while let first = slice.first, isBlank(first) { slice = slice.dropFirst() }
    while let last = slice.last, isBlank(last) { slice = slice.dropLast() }
    return slice
  }

  /// A token without the comment that may follow it: `us-ascii (Plain text)`.
  private static func withoutComment(_ token: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    for index in token.indices.dropFirst()
    where token[index] == UInt8(ascii: "(") && isBlank(token[index - 1]) {
      return token[..<(index - 1)]
    }
    return token
  }
}

private let semicolon = UInt8(ascii: ";")
