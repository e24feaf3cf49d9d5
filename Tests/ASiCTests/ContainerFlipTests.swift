import ASiC
import SeededNumbers
import Testing

@Suite struct `no flipped bit of a container of ours goes unnoticed` {
  @Test func `the container itself has no deviation`() throws {
    #expect(try readAll(exampleContainer()).isEmpty)
  }

  @Test func `each bit of each byte`() throws {
    let original = try exampleContainer()
    for position in original.indices {
      for bit in 0..<8 {
        var bytes = original
        bytes[position] ^= 1 << UInt8(bit)
        #expect(!isPerfect(bytes), "bit \(bit) of byte \(position)")
      }
    }
  }

  @Test func `each byte removed, doubled, zeroed, and each length cut`() throws {
    let original = try exampleContainer()
    for position in original.indices {
      var removed = original
      removed.remove(at: position)
      #expect(!isPerfect(removed), "without byte \(position)")
      var doubled = original
      doubled.insert(original[position], at: position)
      #expect(!isPerfect(doubled), "byte \(position) twice")
      var zeroed = original
      zeroed[position] = 0
      #expect(zeroed == original || !isPerfect(zeroed), "byte \(position) zero")
      #expect(!isPerfect(Array(original[..<position])), "cut to \(position)")
    }
  }

  @Test func `each byte value appended or put before`() throws {
    let original = try exampleContainer()
    for value in UInt8.min...UInt8.max {
      #expect(!isPerfect(original + [value]))
      #expect(!isPerfect([value] + original))
    }
  }

  private func isPerfect(_ bytes: [UInt8]) -> Bool {
    (try? readAll(bytes).isEmpty) ?? false
  }
}

@Suite struct `mutated containers` {
  @Test func `are read or refused, never more`() throws {
    var random = SplitMix64(seed: 1)
    var more = HandmadeArchive.Member.deflated("b.txt", "hello hello hello")
    more.localExtra = [0xFE, 0xCA, 2, 0, 1, 2]
    let seeds = [try exampleContainer(), HandmadeArchive(more).bytes]
    var accepted = 0
    for round in 0..<6000 {
      let bytes = mutated(seeds[round % 2], by: &random)
      if (try? readAll(bytes)) != nil { accepted += 1 }
    }
    print("mutated containers: 6000, of which \(accepted) were read")
    #expect(accepted < 1500)
  }
}
