import CanonicalJSON
import SeededNumbers
import Testing

struct JSONMutationTests {
  private static let valid: JSON = [
    "schema": "terms/v1", "onePerson": true, "locked": [["item": 3, "content": [0, 17]]],
    "text": "\"quoted\" \\ \n é € 😀", "numbers": [0, -1, 9_007_199_254_740_991],
    "empty": [[], ["": ""]],
  ]

  @Test func mutatedBytesAreReadOrRefusedAndNeverTrap() throws {
    var random = SplitMix64(seed: 7)
    let bytes = Self.valid.canonicalBytes
    #expect(try JSON(canonical: bytes, limit: bytes.count) == Self.valid)
    var accepted = 0
    for _ in 0..<20_000 {
      var mutated = bytes
      for _ in 0...Int.random(in: 0..<3, using: &random) {
        mutate(&mutated, &random)
      }
      guard let value = try? JSON(parsing: mutated, limit: 1000) else { continue }
      accepted += 1
      // Whatever is accepted has one canonical form, and pretty text says the same.
      #expect(try JSON(canonical: value.canonicalBytes, limit: 4000) == value)
      #expect(try JSON(parsing: Array(value.prettyText.utf8), limit: 9000) == value)
      if let strict = try? JSON(canonical: mutated, limit: 1000) {
        #expect(strict.canonicalBytes == mutated)
      }
    }
    #expect(accepted > 100)
  }

  @Test func everyPrefixIsTruncatedOrWhole() throws {
    let bytes = Self.valid.canonicalBytes
    for count in 0..<bytes.count {
      #expect(throws: JSONError.self) { try JSON(parsing: bytes[..<count], limit: 1000) }
    }
  }

  private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
    let place = Int.random(in: 0..<bytes.count, using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 2:
      bytes.insert(Array("{}[],:\"\\u 0-e.ntf".utf8).randomElement(using: &random) ?? 0, at: place)
    case 3 where bytes.count > 1: bytes.remove(at: place)
    default:
      let other = Int.random(in: 0..<bytes.count, using: &random)
      bytes.swapAt(place, other)
    }
  }
}
