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
  private let folded: LeakBuffer
  /// What each level of decoding gives.
  private let levels: [Level]

  /// Room for what one level of decoding gives.
  private struct Level {
    let outputs: [LeakDecoded]
    let readable: LeakDecoded
  }

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
    // A decoding gives no more than it takes, but for the ends of pieces.
    folded = LeakBuffer(capacity: capacity + 64)
    levels = (0..<Self.maximumNesting).map { _ in
      Level(
        outputs: (0..<4).map { _ in LeakDecoded(capacity: capacity + 64) },
        readable: LeakDecoded(capacity: capacity))
    }
  }

  /// Calls `found` with everything in the block; a place may come several times.
  func search(_ block: Block, _ found: (Found) -> Void) {
    search(block.text, [], block, found)
  }

  private func search(
    _ text: LeakText, _ encodings: [LeakEncoding], _ block: Block, _ found: (Found) -> Void
  ) {
    matchText(text, encodings, block, found)
    guard encodings.count < Self.maximumNesting else { return }
    let level = levels[encodings.count]
    for encoding in LeakEncoding.allCases where encodings.isEmpty || encoding.isNested {
      let outputs = Array(level.outputs.prefix(encoding.alignments))
      if encoding == .digits {
        if !digits.isEmpty { matchDigits(text, outputs[0], block, found) }
        continue
      }
      encoding.decode(text, into: outputs)
      for output in outputs where output.count > 0 {
        if encoding.alignments == 1 {
          search(output.text, encodings + [encoding], block, found)
        } else {
          matchText(output.text, encodings + [encoding], block, found)
          gather(output.text, into: level.readable) {
            search($0, encodings + [encoding], block, found)
          }
        }
      }
      guard encoding.alignments > 1, level.readable.count > 0 else { continue }
      search(level.readable.text, encodings + [encoding], block, found)
      level.readable.removeAll()
    }
  }

  /// Collects what reads like text in what may be no more than an accident of letters: only there can
  /// be a further encoding. Calls `full` when there is no room left.
  private func gather(
    _ text: LeakText, into readable: LeakDecoded, _ full: (LeakText) -> Void
  ) {
    var start = 0
    while start < text.bytes.count {
      let end = text.firstIndex(of: 0, from: start) ?? text.bytes.count
      let length = end - start
      if length >= Self.shortestNested {
        let printable = text.bytes[start..<end].reduce(0) {
          $0 &+ ($1 &- 0x20 < 0x5F || $1 &- 9 < 5 ? 1 : 0)
        }
        if printable * 4 >= length * 3 {
          if readable.count + length + 1 > readable.capacity {
            full(readable.text)
            readable.removeAll()
          }
          readable.append(start..<end, of: text)
          readable.endPiece(text.origin(end - 1))
        }
      }
      start = end + 1
    }
  }

  private func matchText(
    _ text: LeakText, _ encodings: [LeakEncoding], _ block: Block, _ found: (Found) -> Void
  ) {
    let count = LeakFold.fold(text.bytes, into: folded.start)
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
    LeakEncoding.digits.decode(text, into: [output])
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
  /// Less than the shortest value in the shortest further encoding.
  private static let shortestNested = 8
}
