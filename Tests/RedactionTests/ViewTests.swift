import Crypto
import Foundation
import Merkle
import Redaction
import SeededNumbers
import Testing

/// Views of one item and of many: the same whatever the steps, and canonical.
@Suite struct ViewTests {
  /// Every range of every small tree, some sets of every tree up to 65 leaves: in one step and in
  /// several, the view is the one of the definition, and the item checks after each.
  @Test(arguments: 1...65)
  func theViewOfASetIsTheSameWhateverTheSteps(count: Int) throws {
    let seed = [UInt8](repeating: UInt8(count), count: 32)
    let item = try SealedItem(seed: seed, leaves: (0..<count).map { Array("leaf \($0)".utf8) })
    var random = SplitMix64(seed: UInt64(count))
    var sets: [Set<Int>] = []
    if count <= 14 {
      for lower in 0..<count { for upper in lower + 1...count { sets.append(Set(lower..<upper)) } }
    } else {
      for share in [2, 5, 20, 60] {
        sets.append(Set((0..<count).filter { _ in Int.random(in: 0..<60, using: &random) < share }))
      }
    }
    for set in sets where !set.isEmpty {
      let cuts = set.sorted().map { contentCut(UInt64($0)..<UInt64($0) + 1) }
      let expected = Reference.view(Reference.hash([5] + seed), item.leaves[...], without: set)
      var atOnce = try Version(item)
      try atOnce.redact(cuts)
      #expect(try atOnce.check().id == item.id)
      var inSteps = try Version(item)
      for step in stride(from: 0, to: cuts.count, by: max(1, cuts.count / 3)) {
        try inSteps.redact(
          Array(
            cuts.shuffled(using: &random)[0..<0]
              + cuts[step..<min(step + max(1, cuts.count / 3), cuts.count)]))
        #expect(try inSteps.check().id == item.id)
      }
      #expect(inSteps.view == atOnce.view)
      #expect(inSteps.content == atOnce.content)
      #expect(inSteps.leaves == atOnce.leaves)
      guard case .partial(_, _, let content) = atOnce.view.state(ofItem: 1) else {
        Issue.record("not partial")
        continue
      }
      #expect(content.bytes == expected)
      #expect(try View(parsing: atOnce.view.bytes) == atOnce.view)
    }
  }

  /// `large` of binary_grid.json: 65,536 leaves of 16 bytes, and the size of their views.
  @Test func aRangeIn65536Leaves() throws {
    struct Large: Decodable {
      var grid: UInt32
      var n: UInt64
      var seed, root: Hex
      var cuts: [Ranges]
      struct Ranges: Decodable {
        var ranges: [[UInt64]]
        var viewBytes: Int
        var viewSha256: Hex
      }
    }
    struct File: Decodable { var large: Large }
    let files = try Vectors.all(File.self) { $0 == "binary_grid.json" }
    let data = (0..<32_768).flatMap { index in
      Reference.hash(withUnsafeBytes(of: UInt32(index).bigEndian) { Array($0) })
    }
    for (_, _, file) in files {
      let large = file.large
      let hasher = GridHasher(
        seed: try Reference.seed(large.seed.bytes), grid: large.grid, byteCount: UInt64(data.count))
      try data.withUnsafeBytes { try hasher.update($0) }
      #expect(try hasher.finish().bytes == large.root.bytes)
      for cut in large.cuts {
        let view = try contentView(large.seed.bytes, data, grid: large.grid, cutting: cut.ranges)
        #expect(view.bytes.count == cut.viewBytes)
        #expect(Reference.hash(view.bytes) == cut.viewSha256.bytes)
      }
    }
    print(
      "conformance/redact: \(files.reduce(0) { $0 + $1.value.large.cuts.count }) large views equal")
  }

  /// The view of a content tree under `seed`, of an item whose derived header is withheld already.
  private func contentView(
    _ seed: [UInt8], _ data: [UInt8], grid: UInt32, cutting ranges: [[UInt64]]
  ) throws -> NodeView {
    let shape = try ItemShape(
      mode: .grid(grid), leafCount: UInt64(data.count) / UInt64(grid), headerCount: 2)
    let header = try HeaderField(key: "media-type", value: [])
    let head = try ItemHead(shape: shape, headers: [IndexedField(index: 0, field: header)])
    let headerView = NodeView.split(.disclosed(.generate()), .withheld(.emptyTree))
    let content = NodeView.disclosed(try Reference.seed(seed))
    let view = try View(seed: .generate(), itemCount: 1)
      .applying([1: .partial(shape, header: headerView, content: content)])
    let leaves = Output()
    let writer = try LeavesWriter(head: head, write: leaves.writer)
    try writer.beginRun(disclosed: true, count: shape.leafCount)
    try writer.finish()
    let cuts = ranges.map { contentCut($0[0]..<$0[1]) }
    let result = try redactItem(
      number: 1, view: view, leaves: reader(leaves.bytes), content: reader(data), previous: [],
      added: cuts, writeLeaves: { _ in }, writeContent: { _ in })
    guard case .partial(_, _, let node) = result.state else { throw RedactionError.root }
    #expect(node.gaps(count: shape.leafCount) == ranges.map { $0[0]..<$0[1] })
    return node
  }

  /// Items withheld whole, in any order of steps, join to one hash where they are neighbours.
  @Test(arguments: 1...17)
  func withheldItemsJoin(count: Int) throws {
    let seed = [UInt8](repeating: 7, count: 32)
    let full = try View(seed: Reference.seed(seed), itemCount: count)
    let ids = (0..<count).map { Hash(leaf: [UInt8($0)]) }
    let root = full.root { ids[$0 - 1] }
    for lower in 1...count {
      for upper in lower...count {
        var view = full
        for number in (lower...upper).reversed() {
          view = try view.applying([number: .withheld(ids[number - 1])])
        }
        let states = (lower...upper).map { ($0, View.ItemState.withheld(ids[$0 - 1])) }
        #expect(try full.applying(Dictionary(uniqueKeysWithValues: states)) == view)
        #expect(view.withheldRanges == [lower..<upper + 1])
        #expect(try View(parsing: view.bytes) == view)
        var asked: [Int] = []
        let again = view.root { number in
          asked.append(number)
          return ids[number - 1]
        }
        #expect(again == root)
        #expect(asked == Array(1..<lower) + Array(upper + 1..<count + 1))
        #expect(asked == Array(view.shownRanges.joined()))
        #expect(throws: RedactionError.account(.notWithheld, item: lower)) {
          try view.applying([lower: .withheld(ids[0])])
        }
      }
    }
  }

  @Test func limitsOfAView() throws {
    let seed = Seed.generate()
    #expect(throws: RedactionError.view(.itemCount(0))) { try View(seed: seed, itemCount: 0) }
    #expect(throws: RedactionError.self) {
      try View(seed: seed, itemCount: View.maximumItemCount + 1)
    }
    let most = try View(seed: seed, itemCount: View.maximumItemCount)
    #expect(most.shownRanges == [1..<View.maximumItemCount + 1])
    #expect(try View(parsing: most.bytes) == most)
    var tooMany = most.bytes
    tooMany[17] = 0xff
    #expect(throws: RedactionError.self) { try View(parsing: tooMany) }
    #expect(throws: RedactionError.view(.state(item: 1))) {
      try most.applying([1: .disclosed(seed)])
    }
    #expect(throws: RedactionError.view(.state(item: 2))) { try most.applying([2: .withheld(nil)]) }
  }
}
