import Merkle
import Redaction
import SeededNumbers
import Testing

/// Hostile bytes: parsers throw, or give what writes the same bytes; nothing changed verifies.
@Suite struct MutationTests {
  private func story() throws -> Story {
    let stories = try Vectors.all(Story.self) { $0 == "small.json" }
    return try #require(stories.first).value
  }

  /// Every byte of view, leaves and files flipped, cut off and doubled.
  @Test func noChangedByteVerifies() throws {
    let story = try story()
    let package = try #require(story.packages.last)
    try package.verify(trusting: story.trustedKeys)
    var refused = 0
    func expectRefusal(_ change: (inout Package) -> Void) throws {
      var forged = package
      change(&forged)
      #expect(try forged.refusal(trusting: story.trustedKeys) != nil)
      refused += 1
    }
    for mutant in mutants(package.view.bytes) { try expectRefusal { $0.view.bytes = mutant } }
    for (key, leaves) in package.leaves {
      for mutant in mutants(leaves.bytes) { try expectRefusal { $0.leaves[key]?.bytes = mutant } }
    }
    for (key, file) in package.files {
      for mutant in mutants(file.bytes) { try expectRefusal { $0.files[key]?.bytes = mutant } }
    }
    print("redaction: \(refused) changed packages refused, 0 accepted")
  }

  private func mutants(_ bytes: [UInt8]) -> [[UInt8]] {
    bytes.indices.flatMap { index in
      var flipped = bytes
      flipped[index] ^= 1 << UInt8(index % 8)
      return [flipped, Array(bytes[..<index]), Array(bytes[...index]) + bytes[index...]]
    }
  }

  @Test func parsersThrowOrAcceptButNeverTrap() throws {
    let story = try story()
    let package = try #require(story.packages.last)
    var random = SplitMix64(seed: 42)
    var accepted = 0
    for round in 0..<3000 {
      let view = mutated(package.view.bytes, &random)
      if let parsed = try accept({ try View(parsing: view) }) {
        #expect(parsed.bytes == view)
        accepted += 1
      }
      for text in [package.seal] + package.records {
        let bytes = mutated(try Note(text, statement: 0).text, &random)
        if let seal = try accept({ try SealStatement(parsing: bytes) }) {
          #expect(seal.bytes == bytes)
        }
        if let record = try accept({ try RedactionRecord(parsing: bytes) }) {
          #expect(record.bytes == bytes)
          accepted += 1
        }
      }
      _ = try accept { try Terms(parsing: mutated(Array(package.terms.utf8), &random)) }
      let keys = package.leaves.keys.sorted()
      let key = keys[round % keys.count]
      try scan(package, key, &random)
    }
    #expect(accepted > 100)
  }

  /// Reads mutated leaves and content to the end, or until the refusal.
  private func scan(_ package: Package, _ key: String, _ random: inout SplitMix64) throws {
    let leaves = mutated(package.leaves[key]?.bytes ?? [], &random)
    let content = package.files[key].map { mutated($0.bytes, &random) }
    let number = try #require(Int(key))
    let cuts = try Claims(try package.parsedRecords()).cuts(ofItem: number)
    _ = try accept {
      let scanner = try LeafScanner(
        leaves: reader(leaves), content: content.map { reader($0) }, cuts: cuts)
      while try scanner.next() != nil {}
    }
    let view = try View(parsing: package.view.bytes)
    _ = try accept {
      try checkItem(
        number: number, view: view, leaves: reader(leaves), content: content.map { reader($0) },
        cuts: cuts)
    }
    _ = try accept {
      try redactItem(
        number: number, view: view, leaves: reader(leaves), content: content.map { reader($0) },
        previous: cuts, added: [contentCut(0..<1)], writeLeaves: { _ in }, writeContent: { _ in })
    }
  }

  private func accept<Value>(_ body: () throws -> Value) throws -> Value? {
    do { return try body() } catch is RedactionError { return nil }
  }

  /// One to three bytes changed, removed, inserted or moved.
  private func mutated(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      let index = Int.random(in: 0...bytes.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0 where index < bytes.count: bytes[index] = UInt8.random(in: 0...255, using: &random)
      case 1 where index < bytes.count: bytes.remove(at: index)
      case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
      case 3: bytes.removeSubrange(index...)
      default: bytes.insert(contentsOf: bytes.suffix(from: index), at: 0)
      }
    }
    return bytes
  }
}
