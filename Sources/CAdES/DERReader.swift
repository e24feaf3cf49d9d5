/// The bytes aren't DER, or not the element that belongs here, as seen at `offset`.
struct DERError: Error, Hashable {
  var offset: Int
}

/// One element: its tag, what it holds, and all its bytes.
///
/// The slices keep the indices of the array they come from, which are the offsets in errors.
struct DERElement: Hashable {
  var tag: UInt8
  var content: ArraySlice<UInt8>
  var whole: ArraySlice<UInt8>

  var reader: DERReader { DERReader(content) }
  var failure: DERError { DERError(offset: whole.startIndex) }

  /// The elements of a SEQUENCE OF or SET OF, at most `limit`.
  func elements(limit: Int) throws(DERError) -> [DERElement] {
    var reader = self.reader
    var elements: [DERElement] = []
    while !reader.isAtEnd {
      guard elements.count < limit else { throw failure }
      elements.append(try reader.next())
    }
    return elements
  }
}

/// Reads elements one after the other, with definite and minimal lengths only.
struct DERReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }
  init(_ bytes: [UInt8]) { rest = bytes[...] }

  var isAtEnd: Bool { rest.isEmpty }
  var offset: Int { rest.startIndex }

  mutating func next() throws(DERError) -> DERElement {
    let header = try DERHeader(rest)
    guard header.isMinimal, let length = header.length, length <= rest.count - header.byteCount
    else { throw DERError(offset: rest.startIndex) }
    let whole = rest.prefix(header.byteCount + length)
    rest = rest.dropFirst(whole.count)
    return DERElement(tag: header.tag, content: whole.dropFirst(header.byteCount), whole: whole)
  }

  mutating func next(_ tag: UInt8) throws(DERError) -> DERElement {
    guard rest.first == tag else { throw DERError(offset: rest.startIndex) }
    return try next()
  }

  mutating func optional(_ tag: UInt8) throws(DERError) -> DERElement? {
    rest.first == tag ? try next() : nil
  }

  mutating func sequence() throws(DERError) -> DERReader { try next(Tag.sequence).reader }

  mutating func identifier() throws(DERError) -> ObjectIdentifier {
    let element = try next(Tag.objectIdentifier)
    guard !element.content.isEmpty else { throw element.failure }
    return ObjectIdentifier(bytes: Array(element.content))
  }

  /// A small non-negative integer, as versions and counts are.
  mutating func smallInteger() throws(DERError) -> Int {
    let element = try next(Tag.integer)
    guard let value = element.smallInteger else { throw element.failure }
    return value
  }

  func end() throws(DERError) {
    guard rest.isEmpty else { throw DERError(offset: rest.startIndex) }
  }

  /// The only element of `bytes`.
  static func single(_ bytes: [UInt8], _ tag: UInt8) throws(DERError) -> DERElement {
    var reader = DERReader(bytes)
    let element = try reader.next(tag)
    try reader.end()
    return element
  }
}

extension DERElement {
  var smallInteger: Int? {
    guard let first = content.first, first < 0x80, content.count <= 7 else { return nil }
    return content.reduce(0) { $0 << 8 | Int($1) }
  }

  var boolean: Bool? { content.count == 1 ? content.first != 0 : nil }

  /// The octets of a BIT STRING that fills whole octets.
  var wholeBits: ArraySlice<UInt8>? { content.first == 0 ? content.dropFirst() : nil }

  var text: String? {
    guard [Tag.utf8String, Tag.printableString, Tag.ia5String].contains(tag) else { return nil }
    return String(validating: content, as: UTF8.self)
  }
}

/// Identifier and length octets of an element, in BER.
struct DERHeader {
  var tag: UInt8
  /// Nil is the indefinite form.
  var length: Int?
  var byteCount: Int
  /// No shorter way to say the same length.
  var isMinimal: Bool

  init(_ bytes: ArraySlice<UInt8>) throws(DERError) {
    let failure = DERError(offset: bytes.startIndex)
    guard bytes.count >= 2, let tag = bytes.first, tag & 0x1f != 0x1f else { throw failure }
    self.tag = tag
    let first = bytes[bytes.startIndex + 1]
    if first < 0x80 {
      (length, byteCount, isMinimal) = (Int(first), 2, true)
    } else if first == 0x80 {
      guard tag & Tag.constructedBit != 0 else { throw failure }
      (length, byteCount, isMinimal) = (nil, 2, false)
    } else {
      // Four octets count to 4 GiB, more than any limit of ours.
      let count = Int(first & 0x7f)
      guard count <= 4, bytes.count >= 2 + count else { throw failure }
      let octets = bytes.dropFirst(2).prefix(count)
      let value = octets.reduce(0) { $0 << 8 | Int($1) }
      length = value
      byteCount = 2 + count
      isMinimal = value >= 0x80 && octets.first != 0
    }
  }
}
