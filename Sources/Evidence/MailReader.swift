/// Reads a mail's parts, line by line, in one pass.
struct MailReader {
  private let raw: [UInt8]
  /// Where the next line begins.
  private var place = 0
  /// The boundaries that are waited for, outermost first, with their two hyphens.
  private var boundaries: [[UInt8]] = []
  private var parts: [MailPart] = []
  private var depth = 0

  init(_ raw: [UInt8]) { self.raw = raw }

  mutating func read() throws(MailError) -> Mail {
    skipEnvelope()
    let header = try readHeader()
    guard !header.isEmpty else { throw .noHeader }
    try readContent(header, path: "")
    return Mail(headers: header, parts: parts)
  }

  /// The line that a mailbox file puts before each mail.
  private mutating func skipEnvelope() {
    if raw.starts(with: Array("From ".utf8)) { place = lineEnd(place) }
  }

  /// What a mail's header describes. A multipart's parts are numbered below the mail itself; anything
  /// else, also a multipart that has none, is part 1.
  private mutating func readContent(_ header: [MailField], path: String) throws(MailError) {
    let description = MailDescription(header, isInDigest: false)
    let (start, number) = (place, parts.count)
    if case .multipart(let boundary) = description.kind {
      try readMultipart(description, boundary, path: path)
      guard parts.count == number else { return }
      let body = start..<bodyEnd(from: start)
      parts.append(MailPart(raw, description, [], path: path + "1", body: body))
    } else {
      try readEntity(description, headers: [], path: path + "1")
    }
  }

  /// A header up to its empty line, or up to the first line that can't be part of one.
  private mutating func readHeader() throws(MailError) -> [MailField] {
    var fields: [MailField] = []
    let start = place
    while place < raw.count, boundaryHere() == nil {
      let end = lineEnd(place)
      if contentEnd(place..<end) == place {
        place = end
        break
      }
      guard let name = fieldName(place..<end) else {
        // A fold of nothing, at the beginning, belongs to the header; other text to the body.
        guard fields.isEmpty, isBlank(raw[place]) else { break }
        place = end
        continue
      }
      guard fields.count < Mail.maximumFieldCount else {
        throw .tooManyFields(limit: Mail.maximumFieldCount)
      }
      let value = readValue(from: name.valueStart, firstLineEnd: end)
      guard place - start <= Mail.maximumHeaderByteCount else {
        throw .headerTooLong(limit: Mail.maximumHeaderByteCount)
      }
      fields.append(MailField(raw, name: name.text, range: value))
    }
    return fields
  }

  /// The value with its folds, less the blanks before and the line end behind it.
  private mutating func readValue(from start: Int, firstLineEnd: Int) -> Range<Int> {
    var end = firstLineEnd
    while end < raw.count, isBlank(raw[end]), end - start <= Mail.maximumHeaderByteCount {
      end = lineEnd(end)
    }
    place = end
    var (low, high) = (start, end)
    while low < high, isBlank(raw[low]) { low += 1 }
    while high > low, isBlank(raw[high - 1]) || isLineEnd(raw[high - 1]) { high -= 1 }
    return low..<high
  }

  private func fieldName(_ line: Range<Int>) -> (text: String, valueStart: Int)? {
    var index = line.lowerBound
    while index < line.upperBound, (0x21...0x7E).contains(raw[index]), raw[index] != 0x3A {
      index += 1
    }
    let name = line.lowerBound..<index
    while index < line.upperBound, isBlank(raw[index]) { index += 1 }
    guard !name.isEmpty, index < line.upperBound, raw[index] == 0x3A else { return nil }
    return (String(decoding: raw[name], as: UTF8.self), index + 1)
  }

  /// Reads what a header has described, up to a boundary that is waited for.
  private mutating func readEntity(
    _ description: MailDescription, headers: [MailField], path: String
  ) throws(MailError) {
    let number = parts.count
    guard number < Mail.maximumPartCount else {
      throw .tooManyParts(limit: Mail.maximumPartCount)
    }
    let start = place
    switch description.kind {
    case .leaf:
      skipBody()
      parts.append(
        MailPart(raw, description, headers, path: path, body: start..<bodyEnd(from: start)))
    case .multipart(let boundary):
      parts.append(MailPart(container: description, headers, path: path, start: start))
      try readMultipart(description, boundary, path: path + ".")
      let body = start..<bodyEnd(from: start)
      parts[number] =
        parts.count > number + 1
        ? parts[number].ended(at: body.upperBound, messageHeaders: [])
        : MailPart(raw, description, headers, path: path, body: body)
    case .message:
      parts.append(MailPart(container: description, headers, path: path, start: start))
      let inner = try readMessage(path: path + ".")
      parts[number] = parts[number].ended(at: bodyEnd(from: start), messageHeaders: inner)
    }
  }

  /// A mail inside the mail; its header.
  private mutating func readMessage(path: String) throws(MailError) -> [MailField] {
    try enter()
    skipEnvelope()
    let header = try readHeader()
    try readContent(header, path: path)
    depth -= 1
    return header
  }

  private mutating func readMultipart(
    _ description: MailDescription, _ boundary: [UInt8], path: String
  ) throws(MailError) {
    try enter()
    boundaries.append([0x2D, 0x2D] + boundary)
    let own = boundaries.count - 1
    skipBody()
    var number = 1
    while let found = boundaryHere(), found.index == own {
      place = lineEnd(place)
      if found.isLast { break }
      let header = try readHeader()
      try readEntity(
        MailDescription(header, isInDigest: description.isDigest), headers: header,
        path: path + String(number))
      number += 1
    }
    boundaries.removeLast()
    // What follows the last part, for readers without MIME.
    skipBody()
    depth -= 1
  }

  private mutating func enter() throws(MailError) {
    depth += 1
    guard depth <= Mail.maximumDepth else { throw .tooDeep(limit: Mail.maximumDepth) }
  }

  /// Moves to the next line that is a boundary waited for, or to the end.
  private mutating func skipBody() {
    while place < raw.count, boundaryHere() == nil { place = lineEnd(place) }
  }

  /// The boundary that the next line is, innermost first: a part without end ends with what holds
  /// it.
  private func boundaryHere() -> (index: Int, isLast: Bool)? {
    guard place + 1 < raw.count, raw[place] == 0x2D, raw[place + 1] == 0x2D, !boundaries.isEmpty
    else { return nil }
    var end = contentEnd(place..<lineEnd(place))
    while end > place, isBlank(raw[end - 1]) { end -= 1 }
    let line = raw[place..<end]
    for index in boundaries.indices.reversed() where line.starts(with: boundaries[index]) {
      let rest = line.count - boundaries[index].count
      if rest == 0 { return (index, false) }
      if rest == 2, line.suffix(2).elementsEqual([0x2D, 0x2D]) { return (index, true) }
    }
    return nil
  }

  /// Where a body that was read up to here ends: its last line's end belongs to the boundary, where
  /// one follows.
  private func bodyEnd(from start: Int) -> Int {
    guard place < raw.count, place > start else { return max(start, place) }
    return place >= 2 && place - 2 >= start && raw[place - 2] == 0x0D ? place - 2 : place - 1
  }

  /// Behind the line feed of the line that begins here.
  private func lineEnd(_ start: Int) -> Int {
    var index = start
    while index < raw.count, raw[index] != 0x0A { index += 1 }
    return min(raw.count, index + 1)
  }

  /// A line without its line end.
  private func contentEnd(_ line: Range<Int>) -> Int {
    var end = line.upperBound
    if end > line.lowerBound, raw[end - 1] == 0x0A { end -= 1 }
    if end > line.lowerBound, end < line.upperBound, raw[end - 1] == 0x0D { end -= 1 }
    return end
  }
}

func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
