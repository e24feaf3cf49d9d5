/// The whole content of an item that must be decoded before it can be searched.
///
/// What an earlier step withheld is one space there: it parts words, no grammar is disturbed by it,
/// and nothing is found across it.
struct WholeItem {
  /// The content; empty where it is too long.
  private(set) var bytes: [UInt8] = []
  /// Where withheld leaves stand, as places of their spaces.
  private(set) var gaps: [Int] = []
  /// Whether there is more than we hold.
  private(set) var isTooLong = false
  /// Where each leaf begins; the highest bit marks what no rule takes.
  private var starts: [UInt32] = []
  /// From which entry of `starts` on a leaf's number is how much higher than its entry's.
  private var shifts: [(entry: Int, by: UInt64)] = []
  private var isOpen = false

  mutating func append(_ piece: UnsafeRawBufferPointer) {
    open()
    guard !isTooLong else { return }
    bytes.append(contentsOf: piece)
    checkLength()
  }

  mutating func endLeaf(isStructure: Bool) {
    open()
    isOpen = false
    if isStructure, let last = starts.indices.last { starts[last] |= Self.fixed }
  }

  mutating func withheld(_ leaves: Range<UInt64>) {
    guard !isTooLong, !leaves.isEmpty else { return }
    isOpen = false
    gaps.append(bytes.count)
    starts.append(UInt32(clamping: bytes.count) | Self.fixed)
    bytes.append(0x20)
    let by = (shifts.last?.by ?? 0) + (leaves.upperBound - leaves.lowerBound - 1)
    shifts.append((starts.count, by))
    checkLength()
  }

  private mutating func open() {
    guard !isOpen, !isTooLong else { return }
    isOpen = true
    starts.append(UInt32(clamping: bytes.count))
  }

  private mutating func checkLength() {
    guard bytes.count > Self.maximumByteCount else { return }
    isTooLong = true
    bytes = []
    starts = []
    shifts = []
    gaps = []
  }

  /// What to leave of the leaves that a range touches but that reach out of it.
  enum Frame {
    /// Nothing.
    case none
    /// What is only signs and blanks within the range: see ``isFrame(_:)``.
    case signs
    /// The same, of the leaves that reach out of a header field's value.
    case field(value: Range<Int>)
    /// What has no character of base64 within the range, or reaches out of these bytes, the body.
    case base64(body: Range<Int>)
  }

  /// The rows of leaves that a range touches, ascending; none that a rule mustn't take.
  func leaves(touching range: Range<Int>, leaving frame: Frame = .none) -> [Range<UInt64>] {
    var rows: [Range<UInt64>] = []
    var entry = entry(at: range.lowerBound)
    while entry < starts.count, place(entry).lowerBound < range.upperBound {
      let place = place(entry)
      if starts[entry] & Self.fixed == 0, !place.isEmpty, !isLeft(place, of: range, frame) {
        let leaf = number(entry)
        if let last = rows.last, last.upperBound == leaf {
          rows[rows.count - 1] = last.lowerBound..<leaf + 1
        } else {
          rows.append(leaf..<leaf + 1)
        }
      }
      entry += 1
    }
    return rows
  }

  private func isLeft(_ place: Range<Int>, of range: Range<Int>, _ frame: Frame) -> Bool {
    let inside = place.clamped(to: range)
    guard inside != place else { return false }
    switch frame {
    case .none: return false
    case .signs: return isFrame(bytes[inside])
    case .field(let value): return place.clamped(to: value) != place && isFrame(bytes[inside])
    case .base64(let body):
      return !bytes[inside].contains(where: isBase64)
        || place.clamped(to: body) != place && isFrame(bytes[inside])
    }
  }

  /// The bytes of the leaves at both ends of a range, so that a range of whole leaves comes out.
  func wholeLeaves(around range: Range<Int>) -> Range<Int> {
    guard !range.isEmpty, !starts.isEmpty else { return range }
    let first = place(entry(at: range.lowerBound))
    let last = place(entry(at: range.upperBound - 1))
    return min(first.lowerBound, range.lowerBound)..<max(last.upperBound, range.upperBound)
  }

  /// The last leaf that begins at or before a place.
  private func entry(at place: Int) -> Int {
    var (low, high) = (0, starts.count)
    while low < high {
      let middle = (low + high) / 2
      if Int(starts[middle] & ~Self.fixed) <= place { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }

  private func place(_ entry: Int) -> Range<Int> {
    let start = Int(starts[entry] & ~Self.fixed)
    return start..<(entry + 1 < starts.count ? Int(starts[entry + 1] & ~Self.fixed) : bytes.count)
  }

  private func number(_ entry: Int) -> UInt64 {
    var (low, high) = (0, shifts.count)
    while low < high {
      let middle = (low + high) / 2
      if shifts[middle].entry <= entry { low = middle + 1 } else { high = middle }
    }
    return UInt64(entry) + (low > 0 ? shifts[low - 1].by : 0)
  }

  private static let fixed: UInt32 = 1 << 31
  /// The longest mail, page or page's words that we decode: it is held in memory, and its decoded
  /// texts beside it. Mail systems refuse mails that are longer than twice this.
  static let maximumByteCount = 16 << 20
}

func isBase64(_ byte: UInt8) -> Bool {
  isAlphanumeric(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
}
