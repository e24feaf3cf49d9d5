/// Looks through a block of bytes for every pattern of a pass, in every encoding.
///
/// The block is searched as it is; then each encoding is undone wherever the block may be encoded so,
/// and what that gives is searched, and decoded again. Undoing encodings finds any mixture of escaped
/// and plain characters, any case of hex digits and any way to break lines, which patterns for each
/// of them would not.
final class LeakSearch {
  private let store: LeakPatternStore
  private let anywhere: LeakMatcher
  private let words: LeakMatcher
  private let digits: LeakMatcher
  private let table: UnsafeMutablePointer<UInt8>
  private let folded: LeakBuffer
  /// What each level of decoding gives.
  private let decoded: [LeakDecoded]

  /// A pattern that stands in a block.
  struct Found {
    let pattern: Int
    /// Where it stands in the block.
    let range: Range<Int>
    /// The encodings that were undone, outermost first.
    let encodings: [LeakEncoding]
  }

  /// A block and what is known of its surroundings.
  struct Block {
    let text: LeakText
    /// Whether nothing comes before it, and nothing after it.
    let isFirst: Bool
    let isLast: Bool
  }

  /// - Parameter capacity: the most bytes that a block has.
  init(_ store: LeakPatternStore, capacity: Int) {
    self.store = store
    anywhere = LeakMatcher(store, store.indices(.anywhere), keyLength: LeakPatternStore.longKey)
    words = LeakMatcher(store, store.indices(.word), keyLength: LeakPatternStore.shortKey)
    digits = LeakMatcher(
      store, store.indices(.digits, .digitGroup, .digitTail), keyLength: LeakPatternStore.longKey)
    table = .allocate(capacity: 256)
    for byte in 0..<256 {
      (table + byte).initialize(to: LeakFold.folded(UInt8(byte)))
    }
    // A decoding gives no more than it takes, but for the ends of pieces.
    folded = LeakBuffer(capacity: capacity + 64)
    decoded = (0..<Self.maximumNesting).map { _ in LeakDecoded(capacity: capacity + 64) }
  }

  deinit { table.deallocate() }

  /// Calls `found` with everything in the block; a place may come several times.
  func search(_ block: Block, _ found: (Found) -> Void) {
    search(block.text, [], block, found)
  }

  private func search(
    _ text: LeakText, _ encodings: [LeakEncoding], _ block: Block, _ found: (Found) -> Void
  ) {
    matchText(text, encodings, block, found)
    guard encodings.count < Self.maximumNesting else { return }
    let output = decoded[encodings.count]
    for encoding in LeakEncoding.allCases where encodings.isEmpty || encoding.isNested {
      if encoding == .digits {
        if !digits.isEmpty { matchDigits(text, output, block, found) }
        continue
      }
      for phase in 0..<encoding.phases {
        encoding.decode(text, phase: phase, into: output)
        if output.count > 0 { search(output.text, encodings + [encoding], block, found) }
      }
    }
  }

  private func matchText(
    _ text: LeakText, _ encodings: [LeakEncoding], _ block: Block, _ found: (Found) -> Void
  ) {
    let count = LeakFold.fold(text.bytes, into: folded.start, table)
    var cursor = LeakFoldCursor(text.bytes)
    func tell(_ pattern: Int, _ start: Int) {
      let length = store.bytes(of: pattern).count
      let first = cursor.index(of: start)
      let last = cursor.index(of: start + length - 1)
      found(
        Found(
          pattern: pattern, range: range(first, last, of: text, block), encodings: encodings))
    }
    anywhere.search(folded.start, count: count, tell)
    // Three bytes stand everywhere in what only looks like base64 or hex.
    guard !words.isEmpty, !encodings.contains(.base64), !encodings.contains(.hex) else { return }
    words.search(folded.start, count: count) { pattern, start in
      let end = start + store.bytes(of: pattern).count
      let isBegun =
        start == 0 ? block.isFirst || !encodings.isEmpty : !isWordByte(folded.start[start - 1])
      let isEnded =
        end == count ? block.isLast || !encodings.isEmpty : !isWordByte(folded.start[end])
      if isBegun, isEnded { tell(pattern, start) }
    }
  }

  private func matchDigits(
    _ text: LeakText, _ output: LeakDecoded, _ block: Block, _ found: (Found) -> Void
  ) {
    LeakEncoding.digits.decode(text, phase: 0, into: output)
    let rows = output.text
    guard let start = rows.bytes.baseAddress, !rows.bytes.isEmpty else { return }
    digits.search(start, count: rows.bytes.count) { pattern, place in
      let last = place + store.bytes(of: pattern).count - 1
      let (from, to) = (Int(rows.origin(place)), Int(rows.origin(last)))
      let mode = store.patterns[pattern].mode
      let before = from == 0 ? !block.isFirst : isDigit(text.bytes[from - 1])
      let after = to + 1 == text.bytes.count ? !block.isLast : isDigit(text.bytes[to + 1])
      if mode == .digitGroup, before || after { return }
      if mode == .digitTail, after { return }
      found(Found(pattern: pattern, range: from..<to + 1, encodings: []))
    }
  }

  /// The place in the block of the bytes from `first` to `last`.
  private func range(_ first: Int, _ last: Int, of text: LeakText, _ block: Block) -> Range<Int> {
    let start = Int(text.origin(first))
    // What an encoding made of one byte ends where the next one begins.
    let end =
      last + 1 < text.bytes.count ? Int(text.origin(last + 1)) : block.text.bytes.count
    return start..<max(start + 1, end)
  }

  /// Encodings within each other that are undone: a page in base64 has references, and so on.
  static let maximumNesting = 2
}
