/// An extra field (APPNOTE 4.5): blocks of a tag, a length and data.
///
/// Unknown blocks, such as timestamps, are let through unread if they parse.
struct ExtraField {
  /// The data of the ZIP64 block (4.5.3).
  private(set) var zip64: ArraySlice<UInt8>?

  init(_ bytes: ArraySlice<UInt8>, of name: EntryName) throws(ContainerError) {
    var rest = bytes
    while !rest.isEmpty {
      guard rest.count >= 4 else { throw .malformedExtraField(name) }
      let header = Array(rest.prefix(4))
      let length = Int(header.little(at: 2, as: UInt16.self))
      guard rest.count - 4 >= length else { throw .malformedExtraField(name) }
      switch header.little(at: 0, as: UInt16.self) {
      case ZIP.zip64Tag:
        guard zip64 == nil else { throw .malformedExtraField(name) }
        zip64 = rest.dropFirst(4).prefix(length)
      case ZIP.unicodePathTag:
        // A second name: programs differ in which of the two they take.
        throw .malformedExtraField(name)
      default: break
      }
      rest = rest.dropFirst(4 + length)
    }
  }
}

/// Takes the values of a ZIP64 block in the order in which the header's fields ask for them.
struct ZIP64Values {
  private var rest: [UInt8]?

  init(_ bytes: ArraySlice<UInt8>?) {
    rest = bytes.map(Array.init)
  }

  /// The field's value, be it in the header or in the block.
  mutating func resolve(_ field: UInt32, of name: EntryName) throws(ContainerError) -> UInt64 {
    guard field == UInt32.max, let bytes = rest else { return UInt64(field) }
    guard bytes.count >= 8 else { throw .malformedExtraField(name) }
    rest = Array(bytes.dropFirst(8))
    return bytes.little(at: 0)
  }

  /// Refuses values that no field asked for.
  func finish(of name: EntryName) throws(ContainerError) {
    guard rest?.isEmpty ?? true else { throw .malformedExtraField(name) }
  }
}
