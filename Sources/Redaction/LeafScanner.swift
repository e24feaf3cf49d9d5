import CLeafHash
import Merkle

/// Reads an item's file together with its `NNNN.leaves`, front to back, leaf by leaf.
///
/// Every withheld slot is compared with the canonical placeholder on the way, and nothing may
/// follow the last leaf. Disclosed bytes are handed on as they are: `checkItem` compares them with
/// the tree.
public final class LeafScanner {
  /// The item's shape and its disclosed header leaves.
  public let head: ItemHead
  private let leaves: LeavesReader
  private let source: ByteSource?
  private let form: Form
  private var slots: WithheldSlots
  /// Whether each leaf of a picture but the first must be a tile, since some are withheld.
  private var requiresTiles = false
  /// A disclosed leaf of a picture that is none, before it is known whether it must be.
  private var oddTile: UInt64?
  /// The withheld ranges that the runs must have, where a view says which.
  private let gaps: [Range<UInt64>]?
  private var nextGap = 0
  private var run: LeavesReader.Run?
  /// The next leaf of the run.
  private var position: UInt64 = 0
  /// The leaf that is being read: its bytes to come, its bytes so far.
  private var isOpen = false
  private var remaining: UInt64 = 0
  private var leafBytes: UInt64 = 0
  /// For ``hashRow(_:_:_:)``, so that no memory is taken for each row.
  private var lengths: [UInt64] = []
  private var shortLengths: [UInt32] = []
  /// The offset in the item's file of the piece that ``next()`` returned last; of an end, where it
  /// is.
  public private(set) var offset: UInt64 = 0

  /// Starts at the beginning of both files.
  ///
  /// - Parameters:
  ///   - leaves: `disclosure/NNNN.leaves`.
  ///   - content: the item's file; nil where the bundle has none, since all content is withheld.
  ///   - cuts: the item's cuts over all records.
  public convenience init(
    leaves: @escaping ByteReader, content: ByteReader?, cuts: [Cut]
  ) throws {
    try self.init(LeavesReader(leaves), content: content, cuts: cuts, gaps: nil)
  }

  init(
    _ leaves: LeavesReader, content: ByteReader?, cuts: [Cut], gaps: [Range<UInt64>]?,
    digesting: Bool = false
  ) throws {
    self.leaves = leaves
    self.gaps = gaps
    head = leaves.head
    source = content.map { ByteSource(.item, digesting: digesting, read: $0) }
    form = try head.form()
    slots = WithheldSlots(form: form, cuts: cuts)
  }

  /// A part of an item.
  public enum Piece {
    /// The next bytes of leaf `leaf`, never none; valid until the next call.
    case bytes(leaf: UInt64, UnsafeRawBufferPointer)
    /// Leaf `leaf` ends; an empty leaf has this alone.
    case end(leaf: UInt64)
    /// These leaves are withheld, and their placeholders are canonical.
    case withheld(Range<UInt64>)
  }

  /// The next piece; nil after the last leaf, when it is certain that nothing follows.
  public func next() throws -> Piece? {
    if !isOpen {
      while run.map({ position == $0.leaves.upperBound }) ?? true {
        let begin = source?.offset ?? 0
        guard let next = try nextRun() else { return nil }
        offset = begin
        if !next.isDisclosed { return .withheld(next.leaves) }
      }
      try beginLeaf()
    }
    offset = source?.offset ?? 0
    if let bytes = try piece() { return .bytes(leaf: position, bytes) }
    endLeaf()
    return .end(leaf: position - 1)
  }

  /// Begins the next run; the placeholders of a withheld one are compared at once.
  private func nextRun() throws -> LeavesReader.Run? {
    guard let next = try leaves.nextRun() else {
      if let source, try !source.isEmpty() {
        throw RedactionError.file(.trailingBytes(offset: source.offset))
      }
      return nil
    }
    try compareWithView(next)
    run = next
    position = next.leaves.lowerBound
    if next.isDisclosed {
      guard source != nil else { throw RedactionError.file(.missing) }
    } else {
      try compareSlots(next.leaves)
      position = next.leaves.upperBound
    }
    return next
  }

  private func compareWithView(_ run: LeavesReader.Run) throws {
    guard let gaps else { return }
    let gap = nextGap < gaps.count ? gaps[nextGap] : nil
    let end = run.isDisclosed ? gap?.lowerBound ?? head.shape.leafCount : gap?.upperBound
    let begin = run.isDisclosed ? run.leaves.lowerBound : gap?.lowerBound
    guard run.leaves.lowerBound == begin, run.leaves.upperBound == end else {
      throw RedactionError.leaves(.runs(leaf: run.leaves.lowerBound))
    }
    if !run.isDisclosed { nextGap += 1 }
  }

  private func compareSlots(_ range: Range<UInt64>) throws {
    let isAll = range.leafCount == head.shape.leafCount
    guard let source else {
      if isAll { return }
      throw RedactionError.file(.missing)
    }
    if isAll { throw RedactionError.file(.withoutContent) }
    let wrong = RedactionError.file(.placeholder(leaf: range.lowerBound))
    if case .grid(let grid) = head.shape.mode {
      let (count, overflow) = range.leafCount.multipliedReportingOverflow(by: UInt64(grid))
      guard try !overflow && source.skipZeros(count) else { throw wrong }
    } else {
      if form == .image { try requireTiles() }
      try slots.forEachPlaceholder(in: range) { bytes, count in
        // As often as a file that is long enough says.
        for _ in 0..<count {
          guard try source.skip(bytes) else { throw wrong }
        }
      }
    }
  }

  /// - Parameter length: the leaf's, where it was read before.
  private func beginLeaf(length: UInt64? = nil) throws {
    isOpen = true
    leafBytes = 0
    switch head.shape.mode {
    case .grid(let grid): remaining = UInt64(grid)
    case .table:
      remaining = try length ?? leaves.nextLength()
      if form == .image, position > 0, remaining != UInt64(Tile.byteCount) {
        oddTile = oddTile ?? position
        if requiresTiles { try requireTiles() }
      }
    }
  }

  private func endLeaf() {
    isOpen = false
    position += 1
  }

  /// The next bytes of the open leaf; nil at its end.
  private func piece() throws -> UnsafeRawBufferPointer? {
    guard remaining > 0, let source else { return nil }
    let available = try source.peek(1)
    if available.isEmpty {
      // Only the last leaf of a grid may be shorter, and only a file without bytes has an empty
      // one.
      let (isLast, isOnly) = (position == head.shape.leafCount - 1, head.shape.leafCount == 1)
      guard head.shape.mode != .table, isLast, leafBytes > 0 || isOnly else {
        throw source.truncated
      }
      remaining = 0
      return nil
    }
    let count = Int(min(UInt64(available.count), remaining))
    source.consume(count)
    remaining -= UInt64(count)
    leafBytes += UInt64(count)
    return UnsafeRawBufferPointer(rebasing: available[..<count])
  }
}

// For the walk along a view, which knows what comes.
extension LeafScanner {
  /// SHA-256 of the file, once everything is read; nil where there is no file, or where
  /// nobody asked for them.
  var digest: Digest256? { source?.digest }

  /// How many bytes of the file were read.
  var byteCount: UInt64 { source?.offset ?? 0 }

  /// Makes sure that `range` lies in the run that is being read, disclosed or withheld as the view
  /// says.
  func enter(_ range: Range<UInt64>, disclosed: Bool) throws {
    if run.map({ $0.leaves.upperBound <= range.lowerBound }) ?? true { _ = try nextRun() }
    guard let run, run.isDisclosed == disclosed, run.leaves.lowerBound <= range.lowerBound,
      range.upperBound <= run.leaves.upperBound, !disclosed || position == range.lowerBound
    else { throw RedactionError.leaves(.runs(leaf: range.lowerBound)) }
  }

  /// Refuses, from now on and of what was read, any leaf of a picture but the first that isn't a
  /// tile: what stands for a withheld one would be of another size, and move all that follows it.
  func requireTiles() throws(RedactionError) {
    requiresTiles = true
    if form == .image, let oddTile { throw .file(.tile(leaf: oddTile)) }
  }

  /// Checks that all was read and that nothing follows.
  func finish() throws {
    guard try nextRun() == nil else { throw RedactionError.leaves(.runs(leaf: position)) }
  }

  /// Reads the next leaf in pieces and returns its length.
  func readLeaf(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> UInt64 {
    try beginLeaf()
    while let bytes = try piece() { try body(bytes) }
    endLeaf()
    return leafBytes
  }

  /// The bytes of the next `count` leaves of a grid, of a block at most; valid until the next read.
  func readGridBlock(_ count: UInt64, grid: UInt32) throws -> UnsafeRawBufferPointer {
    guard let source else { throw RedactionError.file(.missing) }
    let full = Int(count) * Int(grid)
    let bytes = UnsafeRawBufferPointer(rebasing: try source.peek(full).prefix(full))
    let isLast = position + count == head.shape.leafCount
    let least = head.shape.leafCount == 1 ? 0 : full - Int(grid) + 1
    guard bytes.count == full || isLast && bytes.count >= least else { throw source.truncated }
    source.consume(bytes.count)
    position += count
    return bytes
  }

  /// The root of the next `count` leaves, all of them disclosed, under `seed`.
  func hash(_ count: UInt64, seed: Seed) throws -> Hash {
    let scratch = LeafScratch()
    let tree = LeafTree(seed: seed, count: count)
    if case .grid(let grid) = head.shape.mode, let limit = gridBlockLeaves(grid) {
      while case let leaves = tree.next(limit: limit, seed: scratch.seed), leaves > 0 {
        let bytes = try readGridBlock(leaves, grid: grid)
        leafhash_grid_root(scratch.seed, leaves, grid, bytes.baseAddress, bytes.count, scratch.hash)
        tree.add(scratch.hash)
      }
    } else if head.shape.mode == .table, form != .image {
      while case let leaves = tree.next(limit: maximumRowLeaves, seed: scratch.seed), leaves > 0 {
        try hashRow(leaves, scratch.seed, scratch.hash)
        tree.add(scratch.hash)
      }
    } else {
      while tree.next(limit: 1, seed: scratch.seed) > 0 {
        try hashLeaf(scratch.seed, scratch.hash)
        tree.add(scratch.hash)
      }
    }
    return tree.root
  }

  /// The root of the next `count` leaves of a table, at once where all of them fit into the buffer.
  private func hashRow(
    _ count: UInt64, _ seed: UnsafePointer<UInt8>, _ root: UnsafeMutablePointer<UInt8>
  ) throws {
    lengths.removeAll(keepingCapacity: true)
    var sum: UInt64 = 0
    while lengths.count < count, sum <= maximumBlockBytes {
      let length = try leaves.nextLength()
      let (longer, overflow) = sum.addingReportingOverflow(length)
      sum = overflow ? .max : longer
      lengths.append(length)
    }
    guard sum <= maximumBlockBytes, let source else {
      return try hashLongRow(count, seed, root)
    }
    let bytes = try source.peek(Int(sum))
    guard bytes.count >= sum else { throw source.truncated }
    shortLengths.removeAll(keepingCapacity: true)
    shortLengths.append(contentsOf: lengths.lazy.map { UInt32($0) })
    leafhash_row_root(seed, count, shortLengths, bytes.baseAddress, root)
    source.consume(Int(sum))
    position += count
  }

  /// The same leaf by leaf; the lengths of the first ones were read.
  private func hashLongRow(
    _ count: UInt64, _ seed: UnsafePointer<UInt8>, _ root: UnsafeMutablePointer<UInt8>
  ) throws {
    let tree = LeafTree(seed: seed, count: count)
    let scratch = LeafScratch()
    var known = lengths.makeIterator()
    while tree.next(limit: 1, seed: scratch.seed) > 0 {
      try hashLeaf(scratch.seed, scratch.hash, length: known.next())
      tree.add(scratch.hash)
    }
    tree.putRoot(root)
  }

  private func hashLeaf(
    _ salt: UnsafePointer<UInt8>, _ hash: UnsafeMutablePointer<UInt8>, length: UInt64? = nil
  ) throws {
    try beginLeaf(length: length)
    if head.shape.mode == .table, remaining <= maximumBlockBytes, let source {
      let count = Int(remaining)
      let bytes = try source.peek(count)
      guard bytes.count >= count else { throw source.truncated }
      leafhash_leaf(salt, bytes.baseAddress, count, hash)
      source.consume(count)
    } else {
      var leaf = leafhash_sha256()
      leafhash_leaf_begin(&leaf, salt)
      while let bytes = try piece() {
        leafhash_sha256_update(&leaf, bytes.baseAddress, bytes.count)
      }
      leafhash_sha256_digest(&leaf, hash)
    }
    endLeaf()
  }
}
