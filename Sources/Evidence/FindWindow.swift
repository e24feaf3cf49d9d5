internal import Redaction

/// The bytes and leaves that matches are looked for in at one time, and the claim on each leaf.
///
/// It holds up to ``byteCount`` bytes. When it is full it moves on and keeps ``overlapByteCount``
/// twice: once for matches that begin near its end, once so that those can look behind them.
struct LeafWindow {
  private struct Leaf {
    /// Where it begins in `bytes`; what has moved out of the window begins at 0.
    var start: Int32
    /// The number of the claim on it in its low bits, and two facts in its highest.
    private var bits: UInt32 = 0

    init(start: Int32) { self.start = start }

    var claim: UInt32 {
      get { bits & Self.claimMask }
      set { bits = bits & ~Self.claimMask | newValue & Self.claimMask }
    }
    /// Whether it is a delimiter or structure, which no rule takes.
    var isStructure: Bool {
      get { bits & 1 << 31 != 0 }
      set { bits = newValue ? bits | 1 << 31 : bits & ~(1 << 31) }
    }
    /// Whether what it says differs from its bytes by more than quotes at its ends.
    var isEscaped: Bool {
      get { bits & 1 << 30 != 0 }
      set { bits = newValue ? bits | 1 << 30 : bits & ~(1 << 30) }
    }

    /// A claim for each billion leaves is more than memory has.
    private static let claimMask: UInt32 = 1 << 30 - 1
  }

  /// Where the window begins in the sealed content; nil where an earlier step withheld leaves of
  /// unknown length before it.
  struct Start {
    /// Bytes before it.
    var offset: UInt64? = 0
    /// The line that its first byte is in, from 1.
    var line: UInt64? = 1
  }

  let form: Form
  /// Whether the leaves are cells and delimiters in turn.
  let isTable: Bool
  private(set) var bytes: [UInt8] = []
  /// Where matches may begin; bytes before are only looked behind at.
  private(set) var searchStart = 0
  private(set) var start = Start()
  private var leaves: [Leaf] = []
  private var firstLeaf: UInt64 = 0
  private var isOpen = false
  private var openLeaf = OpenLeaf()
  /// Whether the first leaf began before the window.
  private var hasMovedInside = false

  init(form: Form, isTable: Bool) {
    self.form = form
    self.isTable = isTable
  }

  private var isCells: Bool { isTable || form == .json }

  /// The number of the leaf whose bytes come next.
  var nextLeaf: UInt64 { firstLeaf + UInt64(leaves.count) - (isOpen ? 1 : 0) }

  var isFull: Bool { bytes.count >= Self.byteCount }

  /// Whether the open leaf is too long to wait for its end.
  var isInsideLongLeaf: Bool {
    isOpen && bytes.count - Int(leaves.last?.start ?? 0) >= Self.stepByteCount
  }

  mutating func append(_ piece: UnsafeRawBufferPointer, keepsBytes: Bool) {
    open()
    openLeaf.update(piece, isCells: isCells)
    if keepsBytes { bytes.append(contentsOf: piece) }
  }

  /// Ends the open leaf, which may already have claims.
  mutating func endLeaf() {
    open()
    let last = leaves.count - 1
    let isOdd = (firstLeaf + UInt64(last)) % 2 == 1
    leaves[last].isStructure =
      isTable ? isOdd && openLeaf.isDelimiter : form == .json && openLeaf.isJSONStructure
    leaves[last].isEscaped = isCells && openLeaf.isEscaped(isTable: isTable)
    isOpen = false
    openLeaf = OpenLeaf()
  }

  /// Claims the leaf that ended last.
  mutating func claimLast(_ claim: Claim, _ claims: inout ClaimTable) {
    guard let last = leaves.indices.last else { return }
    leaves[last].claim = claims.adding(claim, to: leaves[last].claim, joins: joins)
  }

  /// Whether the leaf that ended last is a delimiter or structure.
  var lastIsStructure: Bool { leaves.last?.isStructure ?? false }

  /// The bytes of the leaf that ended last; nil where its first ones have moved out.
  var lastBytes: ArraySlice<UInt8>? {
    guard let last = leaves.last, last.start > 0 || !hasMovedInside else { return nil }
    return bytes[Int(last.start)...]
  }

  /// A cell is one leaf, whatever is found in it.
  var joins: Bool { isCells }

  private mutating func open() {
    guard !isOpen else { return }
    isOpen = true
    if bytes.isEmpty { hasMovedInside = false }
    leaves.append(Leaf(start: Int32(clamping: bytes.count)))
  }

  /// Claims every leaf that a range of bytes touches, unless a stricter rule has it.
  ///
  /// - Parameters:
  ///   - keepsFrame: leave what only frames the range: see ``isFrame(_:)``.
  ///   - claim: what it shows is given to the first row of leaves, so that it is read once.
  mutating func mark(
    _ range: Range<Int>, _ claim: Claim, _ claims: inout ClaimTable, keepsFrame: Bool = false
  ) {
    var index = leafIndex(at: range.lowerBound)
    var claim = claim
    var hasBegun = false
    while index < leaves.count, Int(leaves[index].start) < range.upperBound {
      let place = byteRange(index)
      if leaves[index].isStructure || place.isEmpty {
        if hasBegun { claim.parts = [] }
      } else if keepsFrame, place.clamped(to: range) != place,
        isFrame(bytes[place.clamped(to: range)])
      {
        if hasBegun { claim.parts = [] }
      } else {
        leaves[index].claim = claims.adding(claim, to: leaves[index].claim, joins: joins)
        hasBegun = true
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

  private func byteRange(_ index: Int) -> Range<Int> {
    let end = index + 1 < leaves.count ? Int(leaves[index + 1].start) : bytes.count
    return Int(leaves[index].start)..<end
  }

  /// Calls for each cell or value that begins in a range of bytes.
  mutating func forEachValue(
    in range: Range<Int>,
    _ body: (inout LeafWindow, Range<Int>, _ isEscaped: Bool) throws(FindError) -> Void
  ) throws(FindError) {
    guard isCells else { return }
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
      if leaves[done].claim != ClaimTable.none, !leaves[done].isStructure {
        results.cut(firstLeaf + UInt64(done), claim: leaves[done].claim)
      }
      done += 1
    }
    leaves.removeFirst(done)
    firstLeaf += UInt64(done)
    hasMovedInside = cut > 0 && leaves.first.map { Int($0.start) < cut } ?? false
    start.advance(over: bytes[..<cut])
    for index in leaves.indices {
      leaves[index].start = max(0, leaves[index].start - Int32(clamping: cut))
    }
    bytes.removeFirst(cut)
    searchStart = max(0, bytes.count - keeping / 2)
  }

  /// Begins again at a leaf, with nothing behind it to look at.
  ///
  /// - Parameter withheld: the bytes that were passed over; nil where nobody knows how many.
  mutating func restart(at leaf: UInt64, passing withheld: UInt64? = 0) {
    start.advance(over: bytes[...])
    if withheld != 0 {
      start.line = nil
      let end = start.offset.flatMap { offset in
        withheld.map { offset.addingReportingOverflow($0) }
      }
      start.offset = end.flatMap { $0.overflow ? nil : $0.partialValue }
    }
    hasMovedInside = false
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

extension LeafWindow.Start {
  mutating func advance(over bytes: ArraySlice<UInt8>) {
    offset = offset.map { $0 + UInt64(bytes.count) }
    line = line.map { $0 + UInt64(bytes.count { $0 == 0x0A }) }
  }
}

/// Whether bytes at the edge of a line, header field or body are only ASCII signs and blanks. They
/// share a leaf with what parts it from the next: `>` and the line end, the colon before a name.
/// Cutting that leaf would join lines, and a mail would be none any more.
func isFrame(_ bytes: ArraySlice<UInt8>) -> Bool {
  bytes.allSatisfy { $0 < 0x80 && !isAlphanumeric($0) }
}

/// What is known of a leaf whose bytes are still coming.
private struct OpenLeaf {
  private var byteCount = 0
  private var first: (UInt8, UInt8) = (0, 0)
  private var quoteCount = 0
  private var hasBackslash = false
  private var isAllStructure = true

  mutating func update(_ piece: UnsafeRawBufferPointer, isCells: Bool) {
    for byte in piece.prefix(max(0, 2 - byteCount)) {
      if byteCount == 0 { first.0 = byte } else { first.1 = byte }
      byteCount += 1
    }
    byteCount += max(0, piece.count - min(piece.count, 2))
    guard isCells else { return }
    for byte in piece {
      if byte == UInt8(ascii: "\"") { quoteCount += 1 }
      if byte == UInt8(ascii: "\\") { hasBackslash = true }
      if isAllStructure { isAllStructure = Redaction.isJSONStructure(byte) }
    }
  }

  /// What stands between two cells.
  var isDelimiter: Bool {
    byteCount == 1 && (isCellSeparator(first.0) || first.0 == 0x0A)
      || byteCount == 2 && first == (0x0D, 0x0A)
  }

  var isJSONStructure: Bool { byteCount > 0 && isAllStructure }

  func isEscaped(isTable: Bool) -> Bool {
    guard first.0 == UInt8(ascii: "\"") || isTable && first.0 == 0xEF else { return false }
    return isTable ? quoteCount > 2 : hasBackslash
  }
}

/// Comma, semicolon or TAB.
func isCellSeparator(_ byte: UInt8) -> Bool { byte == 0x2C || byte == 0x3B || byte == 0x09 }
