import Foundation
import Merkle
import Redaction
import Testing

/// Whole bundles of the oracle, `reference/redact_ref.py`: each verifies, each step makes the next
/// byte for byte, and each forgery is refused by the check that is named.
@Suite struct PackageTests {
  static func isStory(_ name: String) -> Bool {
    name != "tree.json" && !name.hasSuffix("_must_reject.json")
  }

  @Test func everyPackageVerifies() throws {
    var count = 0
    for (name, folder, story) in try Vectors.all(Story.self, where: Self.isStory) {
      for package in story.packages {
        for most in [Int.max, 1, 7] {
          let claims = try package.verify(trusting: story.trustedKeys, most: most)
          #expect(claims.items.isEmpty == package.records.isEmpty, "\(folder.path)/\(name)")
        }
        try roundTrip(package)
        count += 1
      }
    }
    print("redaction: \(count) packages verified, 0 refused")
    #expect(count > 0)
  }

  private func roundTrip(_ package: Package) throws {
    let seal = try Note(package.seal, statement: 0).text
    #expect(try SealStatement(parsing: seal).bytes == seal)
    for (record, text) in zip(try package.parsedRecords(), package.records) {
      #expect(record.bytes == (try Note(text, statement: 1).text))
    }
    let view = try View(parsing: package.view.bytes)
    #expect(view.bytes == package.view.bytes)
    if let id = package.viewId { #expect(view.id.base64 == id) }
    for leaves in package.leaves.values {
      #expect(try rewritten(leaves.bytes) == leaves.bytes)
    }
  }

  /// A leaves file parsed and written again.
  private func rewritten(_ bytes: [UInt8]) throws -> [UInt8] {
    let leaves = try LeavesReader(reader(bytes, most: 3))
    let output = Output()
    let writer = try LeavesWriter(head: leaves.head, write: output.writer)
    while let run = try leaves.nextRun() {
      try writer.beginRun(
        disclosed: run.isDisclosed, count: run.leaves.upperBound - run.leaves.lowerBound)
      if run.isDisclosed, leaves.head.shape.mode == .table {
        for _ in run.leaves { try writer.appendLength(leaves.nextLength()) }
      }
    }
    try writer.finish()
    return output.bytes
  }

  @Test func sealingGivesTheIdsAndTheRoot() throws {
    for (_, _, story) in try Vectors.all(Story.self, where: Self.isStory) {
      let package = try #require(story.packages.first)
      let bundleSeed = try #require(Seed(bytes: story.bundleSeed.bytes))
      let view = try View(seed: bundleSeed, itemCount: story.items.count)
      #expect(view.bytes == package.view.bytes)
      #expect(view.bytes.count == 54)
      for (index, item) in story.items.enumerated() {
        let seed = bundleSeed.leaf(UInt64(index), of: UInt64(story.items.count))
        #expect(seed.withUnsafeBytes { Array($0) } == story.itemSeeds[index].bytes)
        #expect(try item.id(seed: seed).bytes == story.itemIds[index].bytes)
      }
      let root = try view.root { number in
        try #require(Hash(bytes: story.itemIds[number - 1].bytes))
      }
      #expect(root == (try SealStatement(parsing: Note(package.seal, statement: 0).text).root))
    }
  }

  @Test func everyStepMakesTheNextPackage() throws {
    var steps = 0
    for (name, _, story) in try Vectors.all(Story.self, where: Self.isStory) {
      for (before, after) in zip(story.packages, story.packages.dropFirst()) {
        let record = try #require(try after.parsedRecords().last)
        let made = try before.redacting(record.cuts)
        #expect(made.view == after.view.bytes, "\(name)")
        #expect(made.leaves == after.leaves.mapValues(\.bytes), "\(name)")
        #expect(made.files == after.files.mapValues(\.bytes), "\(name)")
        // What completing forces within an item; originals of companions are forced elsewhere.
        let proposed = record.cuts.filter { $0.code != "DER" || $0.part == .all }
        #expect(try before.completing(proposed) == record.cuts, "\(name)")
        steps += 1
      }
    }
    print("redaction: \(steps) steps made byte for byte")
    #expect(steps > 0)
  }

  @Test func everyForgeryIsRefusedByItsCheck() throws {
    let stories = try Vectors.all(Story.self, where: Self.isStory)
    for (name, folder, forgeries) in try Vectors.all(
      Forgeries.self, where: { $0.hasSuffix("_must_reject.json") })
    {
      let original = name.replacing("_must_reject", with: "")
      let story = try #require(stories.first { $0.name == original && $0.folder == folder })
      let package = try #require(story.value.packages.last)
      var (refused, accepted, others) = (0, 0, [String]())
      for forgery in forgeries.cases {
        let forged = package.replacing(forgery.replace)
        let check = try forged.refusal(trusting: forgeries.trustedKeys)
        if check == nil { accepted += 1 } else { refused += 1 }
        if check != forgery.check {
          others.append("\(forgery.name): \(forgery.check), not \(check ?? "accepted")")
        }
      }
      print("\(Vectors.label(folder)): \(refused) forgeries refused, \(accepted) accepted")
      #expect(accepted == 0)
      #expect(refused > 0)
      #expect(others == [])
    }
  }
}

extension Story.Item {
  /// The id that sealing gives, with bytes that come in pieces of other lengths than leaves.
  func id(seed: Seed) throws -> Hash {
    let fields = try header.map { try HeaderField(parsing: $0.bytes) }
    let bytes = content.flatMap(\.bytes)
    let contentRoot: Hash
    let shape: ItemShape
    if mode == 0 {
      let hasher = GridHasher(seed: seed.content, grid: grid, byteCount: UInt64(bytes.count))
      for start in stride(from: 0, to: bytes.count, by: 5) {
        try bytes[start..<min(start + 5, bytes.count)].withUnsafeBytes { try hasher.update($0) }
      }
      contentRoot = try hasher.finish()
      #expect(ItemShape.gridLeafCount(byteCount: UInt64(bytes.count), grid: grid) == content.count)
      shape = try ItemShape(
        mode: .grid(grid), leafCount: UInt64(content.count), headerCount: UInt32(fields.count))
    } else {
      let hasher = LeafTreeHasher(
        seed: seed.content, leafCount: UInt64(content.count),
        lengths: lengthReader(content.map(\.bytes)))
      for leaf in content { try leaf.bytes.withUnsafeBytes { try hasher.update($0) } }
      contentRoot = try hasher.finish()
      shape = try ItemShape(
        mode: .table, leafCount: UInt64(content.count), headerCount: UInt32(fields.count))
    }
    return itemID(
      shape: shape, headerRoot: headerRoot(seed: seed.header, fields: fields),
      contentRoot: contentRoot)
  }
}

extension Package {
  /// What a step with these cuts makes of view, leaves and files.
  func redacting(_ cuts: [Cut]) throws -> (
    view: [UInt8], leaves: [String: [UInt8]], files: [String: [UInt8]]
  ) {
    let before = try Claims(try parsedRecords())
    let added = Dictionary(grouping: cuts, by: \.item)
    // Items that aren't cut keep their files.
    var newLeaves = leaves.mapValues(\.bytes)
    var newFiles = files.mapValues(\.bytes)
    var states: [Int: View.ItemState] = [:]
    let view = try View(parsing: view.bytes)
    for (number, mine) in added {
      let key = name(number)
      let (leavesOutput, fileOutput) = (Output(), Output())
      let result = try redactItem(
        number: number, view: view, leaves: reader(leaves[key]?.bytes ?? [], most: 11),
        content: files[key].map { reader($0.bytes, most: 11) },
        previous: before.cuts(ofItem: number), added: mine, writeLeaves: leavesOutput.writer,
        writeContent: fileOutput.writer)
      states[number] = result.state
      newLeaves[key] = result.hasFiles ? leavesOutput.bytes : nil
      newFiles[key] = result.hasContent ? fileOutput.bytes : nil
      #expect(leavesOutput.isUsed == result.hasFiles)
    }
    return (try view.applying(states).bytes, newLeaves, newFiles)
  }

  func completing(_ cuts: [Cut]) throws -> [Cut] {
    try completeCuts(cuts, view: View(parsing: view.bytes)) { number in
      try LeavesReader(reader(leaves[name(number)]?.bytes ?? [])).head
    }
  }
}
