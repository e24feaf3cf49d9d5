import ASiC

/// Where a stream of bytes stands in a bundle.
struct LeakPlace: Hashable {
  /// The container's entry.
  var path: String
  /// The offsets at which each packed part begins, outermost first.
  var offsets: [UInt64] = []
  /// What they are, such as `ZIP member`.
  var kinds: [String] = []
}

/// Bytes on their way through a search, in blocks that overlap.
///
/// Whatever crosses the end of a block is whole in the next one. Packed parts are found by how they
/// begin, at any offset and in any file, and each becomes a stream of its own: so a document in an
/// archive in a mail in a disk image is searched in one pass, and directories that lie about their
/// files hide nothing.
final class LeakStream {
  let place: LeakPlace
  unowned let pass: LeakPass
  /// Whether the bytes are searched themselves; not where the same bytes are searched as the text of
  /// an encoding anyway.
  private let isSearched: Bool
  private let buffer = LeakBuffer(capacity: blockSize + overlap)
  private(set) var count = 0
  /// The bytes at the front of the block that the block before had too.
  private var carried = 0
  /// Where the block begins.
  private(set) var base: UInt64 = 0
  var unpacker = LeakUnpacker()

  init(_ place: LeakPlace, _ pass: LeakPass, isSearched: Bool = true) {
    self.place = place
    self.pass = pass
    self.isSearched = isSearched
  }

  var block: UnsafeBufferPointer<UInt8> { buffer.prefix(count) }

  func push(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = rest.prefix(Self.blockSize + Self.overlap - count)
      UnsafeMutableRawBufferPointer(start: buffer.start + count, count: part.count)
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: part))
      count += part.count
      rest = rest.dropFirst(part.count)
      if count == Self.blockSize + Self.overlap { process(isLast: false) }
    }
  }

  func finish() { process(isLast: true) }

  private func process(isLast: Bool) {
    if isSearched {
      let text = LeakText(bytes: block, origins: nil)
      let whole = LeakSearch.Block(text: text, isFirst: base == 0, isLast: isLast)
      pass.search.search(whole) { found in
        // The block before had it whole.
        guard base == 0 || found.range.upperBound >= carried else { return }
        guard !isPlaceholder(found) else { return }
        pass.add(found, at: base, in: place)
      }
    }
    unpack(isLast: isLast, from: carried)
    let kept = isLast ? 0 : min(count, Self.overlap)
    buffer.start.update(from: buffer.start + count - kept, count: kept)
    base += UInt64(count - kept)
    count = kept
    carried = kept
  }

  /// Whether a value only looks like the label of a placeholder, or a short one like its shown text.
  private func isPlaceholder(_ found: LeakSearch.Found) -> Bool {
    guard place.offsets.isEmpty, found.encodings.isEmpty, pass.hasPlaceholders(place.path) else {
      return false
    }
    let start = found.range.lowerBound
    let opening = "[REDACTED ".utf8
    for begin in stride(from: start, through: max(0, start - Self.longestPlaceholder), by: -1) {
      if begin < start, block[begin] == UInt8(ascii: "]") { return false }
      guard block[begin...].starts(with: opening) else { continue }
      let code = block[(begin + opening.count)...].prefix { byte in
        byte == UInt8(ascii: "-") || isDigit(byte)
          || (UInt8(ascii: "A")...UInt8(ascii: "Z")) ~= byte
      }
      return found.range.upperBound <= code.endIndex
        || pass.store.patterns[found.pattern].strength <= .short
    }
    return false
  }

  /// Small enough for the processor's cache, folded copy included.
  static let blockSize = 64 << 10
  /// The longest pattern of 255 bytes, each as a reference of up to twelve bytes, and that again in
  /// base64 with line breaks.
  static let overlap = 4500
  /// How far back a placeholder is looked for that a value may stand in.
  private static let longestPlaceholder = 512
}
