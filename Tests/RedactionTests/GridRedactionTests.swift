import Merkle
import Redaction
import SeededNumbers
import Testing

/// Cutting a grid item by reading only what goes, against the walk that reads everything.
@Suite struct GridRedactionTests {
  /// A step that reads what goes, and one that reads all: the same view, `.leaves` and file.
  private func compare(_ version: Version, _ cuts: [Cut]) throws -> Version {
    let completed = try completeCuts(cuts, view: version.view) { _ in
      try LeavesReader(reader(version.leaves ?? [])).head
    }
    var slow = version
    try slow.redact(exactly: completed)
    guard let content = version.content, slow.leaves != nil else { return slow }
    let leaves = Output()
    var fetched = 0
    let grid = try #require(
      try redactGrid(
        number: 1, view: version.view, leaves: reader(version.leaves ?? []),
        byteCount: UInt64(content.count),
        fetch: { buffer, offset in
          fetched += buffer.count
          buffer.copyBytes(from: content[Int(offset)..<Int(offset) + buffer.count])
        }, added: completed, writeLeaves: leaves.writer))
    #expect(try version.view.applying([1: grid.item.state]) == slow.view)
    #expect(leaves.bytes == slow.leaves)
    #expect(grid.item.hasContent == (slow.content != nil))
    if let expected = slow.content {
      var copy = content
      for range in grid.zeroed {
        for index in range { copy[Int(index)] = 0 }
      }
      copy += [UInt8](repeating: 0, count: Int(grid.byteCount) - copy.count)
      #expect(copy == expected)
    }
    #expect(UInt64(fetched) == grid.zeroed.reduce(0) { $0 + ($1.upperBound - $1.lowerBound) })
    return slow
  }

  @Test(arguments: 1...33)
  func everyStepIsTheOneThatReadsEverything(count: Int) throws {
    var random = SplitMix64(seed: UInt64(count))
    for (grid, last) in [(1, 1), (7, 7), (7, 3), (64, 1), (300, 299)] {
      let leaves = (0..<count).map { index in
        (0..<(index == count - 1 ? last : grid)).map { _ in UInt8.random(in: 1...9, using: &random)
        }
      }
      let item = try SealedItem(
        seed: [UInt8](repeating: UInt8(count), count: 32), mode: .grid(UInt32(grid)),
        mediaType: "application/octet-stream", leaves: leaves)
      var version = try Version(item)
      var free = Set(0..<UInt64(count))
      while version.content != nil {
        let first = try #require(free.randomElement(using: &random))
        var end = first + 1
        while free.contains(end), Int.random(in: 0..<3, using: &random) > 0 { end += 1 }
        free.subtract(first..<end)
        version = try compare(version, [contentCut(first..<end)])
        #expect(try version.check().id == item.id)
      }
    }
  }

  @Test func whatNoVerifierWouldAcceptIsRefused() throws {
    let item = try SealedItem(
      seed: [UInt8](repeating: 1, count: 32), mode: .grid(4), leaves: [[1, 2, 3, 4], [5]])
    let version = try Version(item)
    func cut(
      _ cuts: [Cut], leaves: [UInt8]? = nil, byteCount: UInt64 = 5
    ) throws -> RedactedGrid? {
      try redactGrid(
        number: 1, view: version.view, leaves: reader(leaves ?? item.leavesFile),
        byteCount: byteCount, fetch: { buffer, _ in buffer.copyBytes(from: [9]) }, added: cuts,
        writeLeaves: { _ in })
    }
    let header = Cut(item: 1, part: .header(2..<3), code: "DER", rule: 0, basis: "x")
    #expect(throws: RedactionError.header(.derived("size"))) { try cut([contentCut(0..<1)]) }
    #expect(throws: RedactionError.account(.outside, item: 1)) {
      try cut([header, contentCut(1..<3)])
    }
    let twice = RedactionError.account(.claimedTwice, item: 1)
    #expect(throws: twice) { try cut([header, contentCut(0..<2), contentCut(1..<2)]) }
    #expect(throws: twice) {
      try cut([Cut(item: 1, part: .all, code: "INF", rule: 0, basis: "x")])
    }
    for byteCount: UInt64 in [0, 4, 9] {
      #expect(throws: RedactionError.truncated(.item, offset: byteCount)) {
        try cut([header, contentCut(1..<2)], byteCount: byteCount)
      }
    }
    // Runs that the view doesn't give.
    var changed = try item.leavesFile
    changed.replaceSubrange((changed.count - 2)..., with: [0, 1, 1, 1])
    #expect(throws: RedactionError.leaves(.runs(leaf: 1))) {
      try cut([header, contentCut(0..<1)], leaves: changed)
    }
    let table = try SealedItem(seed: [UInt8](repeating: 1, count: 32), leaves: [[1], [2]])
    #expect(try cut([contentCut(0..<1)], leaves: table.leavesFile) == nil)
  }

  @Test func aFailureOfTheFileComesOut() throws {
    struct Failure: Error {}
    let item = try SealedItem(
      seed: [UInt8](repeating: 1, count: 32), mode: .grid(1), leaves: [[1], [2]])
    let header = Cut(item: 1, part: .header(2..<3), code: "DER", rule: 0, basis: "x")
    #expect(throws: Failure.self) {
      try redactGrid(
        number: 1, view: item.view, leaves: reader(item.leavesFile), byteCount: 2,
        fetch: { _, _ in throw Failure() }, added: [header, contentCut(0..<1)],
        writeLeaves: { _ in })
    }
  }

  /// An image of 1 TiB in leaves of 4 KiB, of which nothing is read but what is cut: the worst
  /// short range takes 1.9 kB, and ten take ten times that at most.
  @Test func aRangeOfATebibyteTakesTwoKilobytes() throws {
    let shape = try ItemShape(mode: .grid(4096), leafCount: 1 << 28, headerCount: 1)
    let name = try HeaderField(key: "media-type", value: Array("x".utf8))
    let head = try ItemHead(shape: shape, headers: [IndexedField(index: 0, field: name)])
    let leaves = Output()
    let writer = try LeavesWriter(head: head, write: leaves.writer)
    try writer.beginRun(disclosed: true, count: shape.leafCount)
    try writer.finish()
    let view = try View(seed: Reference.seed([UInt8](repeating: 3, count: 32)), itemCount: 1)
    let middle: UInt64 = 1 << 27
    func contentBytes(_ ranges: [Range<UInt64>]) throws -> Int {
      let grid = try #require(
        try redactGrid(
          number: 1, view: view, leaves: reader(leaves.bytes), byteCount: 1 << 40,
          fetch: { buffer, _ in buffer.initializeMemory(as: UInt8.self, repeating: 7) },
          added: ranges.map { contentCut($0) }, writeLeaves: { _ in }))
      guard case .partial(_, _, let content) = grid.item.state else { throw RedactionError.root }
      #expect(content.gaps(count: shape.leafCount) == ranges)
      #expect(grid.byteCount == 1 << 40)
      return content.bytes.count
    }
    #expect(try contentBytes([middle - 1..<middle + 1]) == 1903)
    #expect(try contentBytes([0..<1]) == 28 + 29 * 33)
    for size: UInt64 in [1, 2, 3, 10, 100] {
      let starts: [UInt64] = [
        1, middle - 7, middle - size / 2, middle + 12_345, (1 << 28) - 200,
      ]
      for start in starts {
        #expect(try contentBytes([start..<start + size]) <= 1903)
      }
    }
    let ten = (0..<10).map { 1_000_003 * UInt64($0 + 1) }.map { $0..<$0 + 3 }
    #expect(try contentBytes(ten) < 10 * 1000)
  }
}
