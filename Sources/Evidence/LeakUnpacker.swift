import ASiC

/// The packed parts of a stream that are being unpacked.
struct LeakUnpacker {
  /// A part, from its first byte on.
  struct Part {
    enum Kind {
      case inflation(Inflation)
      case base64(LeakBase64Reader)
    }
    let kind: Kind
    let stream: LeakStream
    /// Whether a header says for certain that it is packed.
    let isCertain: Bool
    var used: UInt64 = 0
    var made: UInt64 = 0
  }

  var parts: [Part] = []
  /// Where to look for the next beginning.
  var next: UInt64 = 0
  var isPDF = false
  var isOLE = false
  var isToldEncrypted = false

  /// Parts that begin while others go on: those that only look like one end soon. Each takes some
  /// 120 kB.
  static let maximumParts = 4
  /// An archive in a mail in an archive in an image; deeper ones are bombs.
  static let maximumDepth = 6
  /// Streams that are open at the same time, at all depths together.
  static let maximumStreams = 24
  /// What a part may unpack to without further question.
  static let freeBytes: UInt64 = 16 << 20
  /// Beyond that, how much more it may give than it takes: text of one line over and over gives
  /// about as much; deflate can give 1,032 times.
  static let maximumRatio: UInt64 = 200
  /// What one entry may unpack to, as a multiple of its size and beside ``freeBytes``: a page quoted
  /// in nested archives is unpacked more than once.
  static let maximumTotalRatio: UInt64 = 1000
}

extension LeakStream {
  /// Hands what is new in the block, from `carried` on, to the parts that are open, and looks for
  /// beginnings of more.
  func unpack(isLast: Bool, from carried: Int) {
    if base == 0, carried == 0 { lookAtStart() }
    if carried < count { feedAll(carried..<count) }
    // A header that begins in the last bytes is whole in the next block.
    let limit = isLast ? count : count - Self.overlap
    var index = Int(max(unpacker.next, base) - base)
    while let found = pass.beginnings.first(in: block, from: index, before: limit) {
      begin(at: found)
      index = found + 1
    }
    unpacker.next = base + UInt64(max(index, limit))
    if isLast { endAll() }
  }

  /// Opens a part whose packed bytes start at `index` of the block.
  func open(
    _ kind: LeakUnpacker.Part.Kind, _ name: String, header: Int, data index: Int, isCertain: Bool
  ) {
    guard place.offsets.count < LeakUnpacker.maximumDepth else {
      return tell(.tooDeep, at: header)
    }
    guard unpacker.parts.count < LeakUnpacker.maximumParts,
      pass.openStreams < LeakUnpacker.maximumStreams
    else { return tell(.tooLarge, at: header) }
    var inside = place
    inside.offsets.append(base + UInt64(header))
    inside.kinds.append(name)
    // Base64 is searched where it stands; here it only leads to what is packed in it.
    let isSearched = if case .base64 = kind { false } else { true }
    pass.openStreams += 1
    unpacker.parts.append(
      LeakUnpacker.Part(
        kind: kind, stream: LeakStream(inside, pass, isSearched: isSearched),
        isCertain: isCertain))
    if index < count { feed(unpacker.parts.count - 1, index..<count) }
  }

  private func feedAll(_ range: Range<Int>) {
    for index in unpacker.parts.indices.reversed() { feed(index, range) }
  }

  private func feed(_ index: Int, _ range: Range<Int>) {
    let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(block)[range])
    switch unpacker.parts[index].kind {
    case .inflation(let inflation): inflate(index, inflation, bytes)
    case .base64(let reader):
      unpacker.parts[index].used += UInt64(bytes.count)
      let isOver = reader.read(bytes) { unpacker.parts[index].stream.push($0) }
      if isOver { end(index, nil) }
    }
  }

  private func inflate(
    _ index: Int, _ inflation: Inflation, _ bytes: UnsafeRawBufferPointer
  ) {
    var rest = bytes[...]
    let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 15, alignment: 16)
    defer { output.deallocate() }
    while true {
      let (used, made, outcome) = inflation.inflate(
        UnsafeRawBufferPointer(rebasing: rest), into: output)
      rest = rest.dropFirst(used)
      unpacker.parts[index].used += UInt64(used)
      unpacker.parts[index].made += UInt64(made)
      pass.unpacked(UInt64(made))
      unpacker.parts[index].stream.push(UnsafeRawBufferPointer(rebasing: output[..<made]))
      let part = unpacker.parts[index]
      if outcome == .end { return end(index, nil) }
      if outcome == .damaged {
        // Whatever happens to look like a beginning fails at once, and isn't worth a word.
        return end(index, part.isCertain || part.made > 0 ? .damaged : nil)
      }
      let room = LeakUnpacker.freeBytes + part.used * LeakUnpacker.maximumRatio
      if part.made > room || pass.isExhausted { return end(index, .tooLarge) }
      if rest.isEmpty, made < output.count { return }
    }
  }

  private func end(_ index: Int, _ reason: LeakGap.Reason?) {
    let part = unpacker.parts.remove(at: index)
    part.stream.finish()
    pass.openStreams -= 1
    if let reason { pass.add(reason, at: part.stream.place) }
  }

  private func endAll() {
    while let part = unpacker.parts.last {
      let isCut = if case .inflation = part.kind { part.isCertain || part.made > 0 } else { false }
      end(unpacker.parts.count - 1, isCut ? .damaged : nil)
    }
  }

  /// Tells what can't be searched at a place of the block.
  func tell(_ reason: LeakGap.Reason, at index: Int) {
    var inside = place
    inside.offsets.append(base + UInt64(index))
    pass.add(reason, at: inside)
  }
}

/// Undoes base64 that arrives in pieces, up to its end: an attachment of a mail, a data URL.
final class LeakBase64Reader {
  private var value: UInt32 = 0
  private var bits: UInt32 = 0
  private var lineBreaks = 0
  private var output: [UInt8] = []

  /// Decodes bytes, and returns whether the text has ended.
  func read(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
    output.removeAll(keepingCapacity: true)
    var isOver = false
    for byte in bytes {
      if let digit = base64Value(byte) {
        lineBreaks = 0
        value = value << 6 | UInt32(digit)
        bits += 6
        guard bits >= 8 else { continue }
        bits -= 8
        output.append(UInt8(truncatingIfNeeded: value >> bits))
        value &= 0xFF
      } else if byte == 0x0A {
        lineBreaks += 1
        // An empty line ends it, as it ends the part of a mail.
        if lineBreaks > 1 { isOver = true }
      } else if byte != 0x0D, byte != 0x20, byte != 0x09 {
        isOver = true
      }
      if isOver { break }
    }
    output.withUnsafeBytes(body)
    return isOver
  }
}
