internal import Redaction

/// The bytes and leaves that matches are looked for in at one time, and the rule for each leaf.
///
/// It holds up to ``byteCount`` bytes. When it is full it moves on and keeps ``overlapByteCount``
/// twice: once for matches that begin near its end, once so that those can look behind them.
struct LeafWindow {
  private struct Leaf {
    /// Where it begins in `bytes`; what has moved out of the window begins at 0.
    var start: Int32
    /// The first rule that takes it; 0 while none does.
    var rule: UInt16
    /// Whether it is a delimiter or structure, which no rule takes.
    var isStructure = false
    /// Whether what it says differs from its bytes by more than quotes at its ends.
    var isEscaped = false
  }

  let form: Form
  private(set) var bytes: [UInt8] = []
  /// Where matches may begin; bytes before are only looked behind at.
  private(set) var searchStart = 0
  private var leaves: [Leaf] = []
  private var firstLeaf: UInt64 = 0
  private var isOpen = false
  private var openLeaf = OpenLeaf()

  init(form: Form) { self.form = form }

  /// The number of the leaf whose bytes come next.
  var nextLeaf: UInt64 { firstLeaf + UInt64(leaves.count) - (isOpen ? 1 : 0) }

  var isFull: Bool { bytes.count >= Self.byteCount }

  /// Whether the open leaf is too long to wait for its end.
  var isInsideLongLeaf: Bool {
    isOpen && bytes.count - Int(leaves.last?.start ?? 0) >= Self.stepByteCount
  }

  mutating func append(_ piece: UnsafeRawBufferPointer, keepsBytes: Bool) {
    open()
    openLeaf.update(piece, form)
    if keepsBytes { bytes.append(contentsOf: piece) }
  }

  mutating func endLeaf(rule: Int) {
    open()
    let last = leaves.count - 1
    leaves[last].isStructure = openLeaf.isStructure(form)
    leaves[last].isEscaped = openLeaf.isEscaped(form)
    if rule < Int(leaves[last].rule == 0 ? .max : leaves[last].rule) {
      leaves[last].rule = UInt16(clamping: rule)
    }
    isOpen = false
    openLeaf = OpenLeaf()
  }

  private mutating func open() {
    guard !isOpen else { return }
    isOpen = true
    leaves.append(Leaf(start: Int32(clamping: bytes.count), rule: 0))
  }

  /// Gives every leaf that a range of bytes touches to a rule, unless an earlier rule has it.
  mutating func mark(_ range: Range<Int>, rule: Int) {
    var index = leafIndex(at: range.lowerBound)
    while index < leaves.count, Int(leaves[index].start) < range.upperBound {
      if !leaves[index].isStructure, !isEmptyLeaf(index) {
        let held = Int(leaves[index].rule)
        if held == 0 || rule < held { leaves[index].rule = UInt16(clamping: rule) }
      }
      index += 1
    }
  }

  /// The last leaf that begins at or before a place.
  private func leafIndex(at place: Int) -> Int {
    var (low, high) = (0, leaves.count)
    while low < high {
      let middle = (low + high) / 2
      if Int(leaves[middle].start) <= place { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }

  private func isEmptyLeaf(_ index: Int) -> Bool { byteRange(index).isEmpty }

  private func byteRange(_ index: Int) -> Range<Int> {
    let end = index + 1 < leaves.count ? Int(leaves[index + 1].start) : bytes.count
    return Int(leaves[index].start)..<end
  }

  /// Calls for each cell or value that begins in a range of bytes.
  mutating func forEachValue(
    in range: Range<Int>,
    _ body: (inout LeafWindow, Range<Int>, _ isEscaped: Bool) throws(FindError) -> Void
  ) throws(FindError) {
    guard form == .csv || form == .json else { return }
    for index in leaves.indices
    where range.contains(Int(leaves[index].start)) && !leaves[index].isStructure {
      let place = byteRange(index)
      if !place.isEmpty { try body(&self, place, leaves[index].isEscaped) }
    }
  }

  /// Gives away what has been searched, but for the last `keeping` bytes.
  mutating func flush(keeping: Int, _ results: inout FindResults) {
    let cut = max(0, bytes.count - keeping)
    var done = 0
    while done < leaves.count, byteRange(done).upperBound <= cut,
      done < leaves.count - (isOpen ? 1 : 0)
    {
      if leaves[done].rule > 0 {
        results.cut(firstLeaf + UInt64(done), rule: Int(leaves[done].rule))
      }
      done += 1
    }
    leaves.removeFirst(done)
    firstLeaf += UInt64(done)
    for index in leaves.indices {
      leaves[index].start = max(0, leaves[index].start - Int32(clamping: cut))
    }
    bytes.removeFirst(cut)
    searchStart = max(0, bytes.count - keeping / 2)
  }

  /// Begins again at a leaf, with nothing behind it to look at.
  mutating func restart(at leaf: UInt64) {
    bytes.removeAll(keepingCapacity: true)
    leaves.removeAll(keepingCapacity: true)
    firstLeaf = leaf
    searchStart = 0
    isOpen = false
    openLeaf = OpenLeaf()
  }

  /// Nearly all items are shorter, and are searched as one.
  static let byteCount = 8 << 20
  /// The longest match that is found at every place of a longer item.
  static let overlapByteCount = 64 << 10
  /// How much is added at a time: what the window may exceed its size by.
  static let stepByteCount = 64 << 10
}

/// What is known of a leaf whose bytes are still coming.
private struct OpenLeaf {
  private var byteCount = 0
  private var first: (UInt8, UInt8) = (0, 0)
  private var quoteCount = 0
  private var hasBackslash = false
  private var isAllStructure = true

  mutating func update(_ piece: UnsafeRawBufferPointer, _ form: Form) {
    for byte in piece.prefix(max(0, 2 - byteCount)) {
      if byteCount == 0 { first.0 = byte } else { first.1 = byte }
      byteCount += 1
    }
    byteCount += max(0, piece.count - min(piece.count, 2))
    guard form == .csv || form == .json else { return }
    for byte in piece {
      if byte == UInt8(ascii: "\"") { quoteCount += 1 }
      if byte == UInt8(ascii: "\\") { hasBackslash = true }
      if isAllStructure { isAllStructure = isJSONStructure(byte) }
    }
  }

  func isStructure(_ form: Form) -> Bool {
    switch form {
    case .csv:
      byteCount == 1 && [0x2C, 0x3B, 0x09, 0x0A].contains(first.0)
        || byteCount == 2 && first == (0x0D, 0x0A)
    case .json: byteCount > 0 && isAllStructure
    default: false
    }
  }

  func isEscaped(_ form: Form) -> Bool {
    guard first.0 == UInt8(ascii: "\"") else { return false }
    return form == .json ? hasBackslash : quoteCount > 2
  }
}
