/// Writes an item's new leaves file and its new file side by side, while the old ones are read.
final class ItemRendering {
  private let shape: ItemShape
  /// The withheld ranges after the step, ascending and merged.
  private let gaps: [Range<UInt64>]
  private var slots: WithheldSlots
  private let leaves: LeavesWriter
  /// Nil where all content is withheld.
  private let content: ByteSink?
  /// The first leaf of the next run.
  private var nextRun: UInt64 = 0
  private var nextGap = 0

  init(
    head: ItemHead, gaps: [Range<UInt64>], slots: WithheldSlots,
    writeLeaves: @escaping ByteWriter, writeContent: ByteWriter?
  ) throws {
    shape = head.shape
    self.gaps = gaps
    self.slots = slots
    leaves = try LeavesWriter(head: head, write: writeLeaves)
    content = writeContent.map { ByteSink($0) }
  }

  /// Copies leaves that stay disclosed.
  func copy(_ range: Range<UInt64>, from scanner: LeafScanner) throws {
    if range.lowerBound == nextRun {
      nextRun = nextGap < gaps.count ? gaps[nextGap].lowerBound : shape.leafCount
      try leaves.beginRun(disclosed: true, count: nextRun - range.lowerBound)
    }
    if case .grid(let grid) = shape.mode, let limit = gridBlockLeaves(grid) {
      var left = range.leafCount
      while left > 0 {
        let count = min(left, limit)
        try content?.append(scanner.readGridBlock(count, grid: grid))
        left -= count
      }
    } else {
      for _ in range {
        let length = try scanner.readLeaf { try content?.append($0) }
        if shape.mode == .table { try leaves.appendLength(length) }
      }
    }
  }

  /// Puts placeholders where a withheld run begins; the rest of its leaves need nothing.
  func withhold(_ range: Range<UInt64>) throws {
    guard range.lowerBound == nextRun, nextGap < gaps.count else { return }
    let gap = gaps[nextGap]
    nextGap += 1
    nextRun = gap.upperBound
    try leaves.beginRun(disclosed: false, count: gap.leafCount)
    guard let content else { return }
    switch shape.mode {
    case .grid(let grid): try content.appendZeros(gap.leafCount, each: grid)
    case .table:
      try slots.forEachPlaceholder(in: gap) { bytes, count in
        for _ in 0..<count { try content.append(bytes) }
      }
    }
  }

  func finish() throws {
    try leaves.finish()
    try content?.flush()
  }
}

extension ByteSink {
  /// Appends `count` times `size` zero bytes.
  fileprivate func appendZeros(_ count: UInt64, each size: UInt32) throws {
    let zeros = [UInt8](repeating: 0, count: maximumBlockBytes)
    for _ in 0..<count {
      var left = Int(size)
      while left > 0 {
        let next = min(left, zeros.count)
        try append(Array(zeros[..<next]))
        left -= next
      }
    }
  }
}
