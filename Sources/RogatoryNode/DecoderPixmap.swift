/// The size of a portable pixmap (netpbm's `pbm`, `pgm`, `ppm`), in its binary forms.
package struct PixmapHeader: Hashable, Sendable {
  package enum Kind: UInt8, Sendable {
    case bitmap = 0x34
    case grey = 0x35
    case colour = 0x36
  }

  package let kind: Kind
  package let width: UInt32
  package let height: UInt32
  /// The sample that is white, 1 to 65535.
  package let maximum: UInt32

  /// Bytes of a row.
  var rowByteCount: Int {
    switch kind {
    case .bitmap: (Int(width) + 7) / 8
    case .grey: Int(width) * (maximum > 255 ? 2 : 1)
    case .colour: 3 * Int(width) * (maximum > 255 ? 2 : 1)
    }
  }

  /// The most pixels: twice what the largest sensors of 2026 give. More is a bomb or a map, which a
  /// disk image's grid serves better.
  package static let maximumPixels: UInt64 = 200_000_000
  /// The longest side: JPEG's limit, and that of a tiled picture.
  package static let maximumSide: UInt32 = 65_535
}

/// Takes pixmaps in any chunks and gives their rows as red, green and blue of eight bits.
///
/// It holds one row. A stream may hold several pictures, one after another, as the pages of a TIFF.
package struct PixmapReader {
  /// What it gives.
  package enum Event {
    /// A picture begins.
    case picture(PixmapHeader)
    /// Its next row; valid until the receiver returns.
    case row(UnsafeRawBufferPointer)
    /// Its last row was given.
    case end
  }

  private var header: PixmapHeader?
  private var text = PixmapHeaderText()
  private var row: [UInt8] = []
  private var rgb: [UInt8] = []
  private var filled = 0
  private var rowsToCome: UInt32 = 0
  private var pictureCount = 0

  /// A reader at the start of a stream.
  package init() {}

  /// Takes the next bytes of the stream.
  package mutating func push(
    _ bytes: UnsafeRawBufferPointer, _ emit: (Event) throws -> Void
  ) throws {
    var rest = bytes[...]
    while let byte = rest.first {
      guard let header else {
        rest = rest.dropFirst()
        if let found = try text.push(byte) { try begin(found, emit) }
        continue
      }
      let count = min(header.rowByteCount - filled, rest.count)
      row.withUnsafeMutableBytes { row in
        UnsafeMutableRawBufferPointer(rebasing: row[filled..<filled + count]).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: rest.prefix(count)))
      }
      rest = rest.dropFirst(count)
      filled += count
      if filled == header.rowByteCount { try give(header, emit) }
    }
  }

  /// Ends the stream: at least one picture, and none that is cut off.
  package func finish() throws(DecoderFault) {
    guard header == nil, pictureCount > 0, text.isEmpty else { throw .malformedOutput }
  }

  private mutating func begin(_ found: PixmapHeader, _ emit: (Event) throws -> Void) throws {
    header = found
    row = [UInt8](repeating: 0, count: found.rowByteCount)
    rgb = [UInt8](repeating: 0, count: 3 * Int(found.width))
    filled = 0
    rowsToCome = found.height
    try emit(.picture(found))
  }

  private mutating func give(_ header: PixmapHeader, _ emit: (Event) throws -> Void) throws {
    filled = 0
    rowsToCome -= 1
    if header.kind == .colour, header.maximum == 255 {
      try row.withUnsafeBytes { try emit(.row($0)) }
    } else {
      convert(header)
      try rgb.withUnsafeBytes { try emit(.row($0)) }
    }
    guard rowsToCome == 0 else { return }
    self.header = nil
    text = PixmapHeaderText()
    pictureCount += 1
    try emit(.end)
  }

  private mutating func convert(_ header: PixmapHeader) {
    let (row, maximum) = (row, header.maximum)
    func sample(_ index: Int) -> UInt8 {
      let value =
        maximum > 255
        ? UInt32(row[2 * index]) << 8 | UInt32(row[2 * index + 1]) : UInt32(row[index])
      return maximum == 255
        ? UInt8(truncatingIfNeeded: value)
        : UInt8((min(value, maximum) * 255 + maximum / 2) / maximum)
    }
    switch header.kind {
    case .colour: for index in rgb.indices { rgb[index] = sample(index) }
    case .grey, .bitmap:
      for x in 0..<Int(header.width) {
        let value =
          header.kind == .grey ? sample(x) : row[x / 8] >> (7 - UInt8(x % 8)) & 1 == 1 ? 0 : 255
        for channel in 0..<3 { rgb[3 * x + channel] = value }
      }
    }
  }
}

/// Takes the header of a pixmap byte by byte: `P6 width height maximum`, each parted by one white
/// space, as netpbm and poppler write it. Comments are refused; nobody writes them any more.
private struct PixmapHeaderText {
  private var kind: PixmapHeader.Kind?
  private var hasMagic = false
  private var numbers: [UInt32] = []
  private var digits = 0
  private var number: UInt32 = 0
  private(set) var isEmpty = true

  mutating func push(_ byte: UInt8) throws(DecoderFault) -> PixmapHeader? {
    if isEmpty {
      guard byte == UInt8(ascii: "P") else { throw .malformedOutput }
      isEmpty = false
      return nil
    }
    guard let kind else {
      guard let kind = PixmapHeader.Kind(rawValue: byte) else { throw .malformedOutput }
      self.kind = kind
      return nil
    }
    let isSpace = byte == 0x20 || byte == 0x0A
    if !hasMagic {
      guard isSpace else { throw .malformedOutput }
      hasMagic = true
      return nil
    }
    if !isSpace {
      // Seven digits hold every number that is accepted.
      guard (0x30...0x39).contains(byte) else { throw .malformedOutput }
      guard digits < 7 else { throw .tooLarge }
      number = number * 10 + UInt32(byte - 0x30)
      digits += 1
      return nil
    }
    guard digits > 0 else { throw .malformedOutput }
    numbers.append(number)
    (number, digits) = (0, 0)
    guard numbers.count == (kind == .bitmap ? 2 : 3) else { return nil }
    return try header(kind)
  }

  private func header(_ kind: PixmapHeader.Kind) throws(DecoderFault) -> PixmapHeader {
    let maximum = kind == .bitmap ? 1 : numbers[2]
    guard 1...65_535 ~= maximum, numbers[0] > 0, numbers[1] > 0 else { throw .malformedOutput }
    let pixels = UInt64(numbers[0]) * UInt64(numbers[1])
    guard pixels <= PixmapHeader.maximumPixels,
      max(numbers[0], numbers[1]) <= PixmapHeader.maximumSide
    else { throw .tooLarge }
    return PixmapHeader(kind: kind, width: numbers[0], height: numbers[1], maximum: maximum)
  }
}
