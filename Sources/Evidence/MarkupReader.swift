/// Reads markup as browsers do (HTML, section 13.2.5): every byte once, nothing is an error.
struct MarkupReader {
  private let bytes: [UInt8]
  private let isXML: Bool
  private var place = 0
  private var text = MarkupTextWriter()
  /// What isn't part of the running text.
  private var asides = MarkupTextWriter()

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    isXML = bytes.drop { isMarkupBlank($0) }.starts(with: Array("<?xml".utf8))
  }

  mutating func read() -> DecodedText {
    while place < bytes.count {
      let start = place
      while place < bytes.count, bytes[place] != UInt8(ascii: "<") { place += 1 }
      text.addRunning(bytes, start..<place)
      if place < bytes.count { readMarkup() }
    }
    text.breakLine()
    text.append(asides)
    return text.text
  }

  private func at(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

  private mutating func readMarkup() {
    let next = at(place + 1)
    if next == UInt8(ascii: "!") {
      if begins("<!--") {
        readAside(from: place + 4, end: find("-->", from: place + 2), length: 3)
      } else if begins("<![CDATA[") {
        let end = find("]]>", from: place + 9)
        text.addLiteral(bytes, place + 9..<end)
        place = min(bytes.count, end + 3)
      } else {
        readAside(from: place + 2, end: find(">", from: place + 2), length: 1)
      }
    } else if next == UInt8(ascii: "?") {
      readAside(from: place + 2, end: find(">", from: place + 2), length: 1)
    } else if next == UInt8(ascii: "/"), isLetter(at(place + 2)) || at(place + 2) >= 0x80 {
      place += 2
      endElement(readTag())
    } else if next == UInt8(ascii: "/") {
      readAside(from: place + 2, end: find(">", from: place + 2), length: 1)
    } else if isLetter(next) || next >= 0x80 || (isXML && next == UInt8(ascii: "_")) {
      place += 1
      startElement(readTag())
    } else {
      text.addRunning(bytes, place..<place + 1)
      place += 1
    }
  }

  private mutating func readAside(from start: Int, end: Int, length: Int) {
    if start < end { asides.addLine(bytes, start..<end) }
    place = min(bytes.count, end + length)
  }

  /// Reads a tag up to its end: the element's name in small letters, without its prefix, and whether
  /// it ends with a slash.
  private mutating func readTag() -> (name: [UInt8], isClosed: Bool) {
    let start = place
    while place < bytes.count, !isMarkupBlank(bytes[place]), bytes[place] != UInt8(ascii: "/"),
      bytes[place] != UInt8(ascii: ">")
    { place += 1 }
    let name = bytes[start..<min(place, start + maximumElementNameByteCount)].map {
      isLetter($0) ? $0 | 0x20 : $0
    }
    var isClosed = false
    while place < bytes.count {
      let byte = bytes[place]
      if byte == UInt8(ascii: ">") {
        place += 1
        break
      }
      isClosed = byte == UInt8(ascii: "/")
      if isClosed || isMarkupBlank(byte) { place += 1 } else { readAttribute() }
    }
    return (Array(name.split(separator: UInt8(ascii: ":")).last ?? []), isClosed)
  }

  private mutating func readAttribute() {
    // A `=` that begins a name is part of it.
    place += 1
    while place < bytes.count, !isMarkupBlank(bytes[place]), bytes[place] != UInt8(ascii: "/"),
      bytes[place] != UInt8(ascii: ">"), bytes[place] != UInt8(ascii: "=")
    { place += 1 }
    skipBlanks()
    guard at(place) == UInt8(ascii: "="), place < bytes.count else { return }
    place += 1
    skipBlanks()
    let quote = at(place)
    if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
      let start = place + 1
      place = bytes[start...].firstIndex(of: quote) ?? bytes.count
      asides.addAttribute(bytes, start..<place)
      place = min(bytes.count, place + 1)
    } else {
      let start = place
      while place < bytes.count, !isMarkupBlank(bytes[place]), bytes[place] != UInt8(ascii: ">") {
        place += 1
      }
      asides.addAttribute(bytes, start..<place)
    }
  }

  private mutating func startElement(_ tag: (name: [UInt8], isClosed: Bool)) {
    if !inlineElements.contains(tag.name) { text.breakLine() }
    if isXML && tag.isClosed { return }
    if tag.name == Array("pre".utf8) { text.isVerbatim = true }
    // XML has no elements whose content isn't markup, but XHTML is read as HTML in mails.
    if rawElements.contains(tag.name) {
      let end = findEnd(of: tag.name)
      if place < end { asides.addLine(bytes, place..<end) }
      place = end
    } else if !isXML, tag.name == Array("title".utf8) || tag.name == Array("textarea".utf8) {
      let end = findEnd(of: tag.name)
      text.addRunning(bytes, place..<end)
      place = end
    }
  }

  private mutating func endElement(_ tag: (name: [UInt8], isClosed: Bool)) {
    if !inlineElements.contains(tag.name) { text.breakLine() }
    if tag.name == Array("pre".utf8) { text.isVerbatim = false }
  }

  /// Where the end tag of an element that holds no markup begins; the end of all if it has none.
  private func findEnd(of name: [UInt8]) -> Int {
    var index = place
    while let found = bytes[index...].firstIndex(of: UInt8(ascii: "<")) {
      let after = found + 2 + name.count
      if at(found + 1) == UInt8(ascii: "/"), after <= bytes.count,
        bytes[(found + 2)..<after].elementsEqual(name, by: { ($0 | 0x20) == $1 }),
        !isAlphanumeric(at(after))
      {
        return found
      }
      index = found + 1
    }
    return bytes.count
  }

  private mutating func skipBlanks() {
    while place < bytes.count, isMarkupBlank(bytes[place]) { place += 1 }
  }

  private func begins(_ word: StaticString) -> Bool {
    word.withUTF8Buffer { bytes[place...].starts(with: $0) }
  }

  /// Where a word stands next; the end of all where it doesn't. What is searched is passed then.
  private func find(_ word: StaticString, from start: Int) -> Int {
    word.withUTF8Buffer { word in
      var index = min(start, bytes.count)
      while let found = bytes[index...].firstIndex(of: word[0]) {
        if bytes[found...].starts(with: word) { return found }
        index = found + 1
      }
      return bytes.count
    }
  }
}

func isMarkupBlank(_ byte: UInt8) -> Bool {
  byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 || byte == 0x0C
}

/// The elements that stand in a line of text, HTML's phrasing content without what shows as a box.
private let inlineElements: Set<[UInt8]> = Set(
  [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "ins", "kbd", "mark", "nobr", "q", "rb", "rp", "rt", "ruby", "s", "samp", "small",
    "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
  ].map { Array($0.utf8) })

/// The elements whose content is no markup.
private let rawElements: Set<[UInt8]> = Set(
  ["script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext"].map { Array($0.utf8) })

/// Longer than any element's name that means something to us.
private let maximumElementNameByteCount = 64
