import Evidence
import Redaction
import SeededNumbers
import Testing

/// Ranges of bytes in a grid: reading only what lies there finds what reading everything finds.
///
/// The other way is taken by a second rule that has to see the whole content, and finds nothing.
struct GridRangeTests {
  private static let sealer = Result { try SampleNode("fi-nbi") }

  /// An image of 300 KB, not a whole number of leaves, with letters of two to four bytes in it; and
  /// small ones, with one leaf and with one byte.
  private static let sealed = Result {
    let letters = Array("añ€😀".utf8)
    let image = (0..<300_001).map { letters[$0 % letters.count] }
    return try sealer.get().seal([
      ("disk.raw", image), ("odd.bin", [0xFF] + letters + [0x80]), ("one.bin", [0xFE]),
    ])
  }

  private func token(_ bytes: [UInt8]) throws -> VerifiedBundle {
    let (verification, bundle) = judge(bytes, TrustAnchors([try Self.sealer.get()]))
    return try #require(bundle, "\(verification.summary)")
  }

  private func proposal(
    _ token: VerifiedBundle, _ rules: [String], seeingAll: Bool
  ) throws -> RedactionProposal {
    let never = seeingAll ? ["{item: '*', match: not to be found, optional: true, code: X}"] : []
    let text = "rules: [\((rules + never).joined(separator: ", "))]"
    return try propose(Policy(yaml: Array(text.utf8)), for: token)
  }

  /// Compares the two ways, and returns how many leaves go.
  @discardableResult
  private func compare(_ token: VerifiedBundle, _ rules: [String]) throws -> UInt64 {
    let few = try proposal(token, rules, seeingAll: false)
    let all = try proposal(token, rules, seeingAll: true)
    #expect(few.cuts == all.cuts, "\(rules)")
    #expect(few.outcome.rules == Array(all.outcome.rules.dropLast()), "\(rules)")
    return few.countsByCode.values.reduce(0, +)
  }

  @Test(arguments: [
    "0", "0-0", "63", "64", "65-130", "100-299999", "300000", "300001", "0x1000-0x1fff",
    "4095-4096", "4097-8190", "299007-400000", "999999999999",
  ])
  func placesAreArithmetic(range: String) throws {
    let token = try token(Self.sealed.get())
    try compare(token, ["{item: '*', code: PD-FIN, bytes: ['\(range)'], show: 'a number'}"])
  }

  @Test func theStricterRuleKeepsALeaf() throws {
    let token = try token(Self.sealed.get())
    let leaves = try compare(
      token,
      [
        "{item: disk.raw, code: PD-NAME, bytes: ['100-9000', '20000-20001']}",
        "{item: disk.raw, code: INF, bytes: ['8000-8200']}",
        "{item: '*.bin', code: TS, bytes: ['2-3']}",
      ])
    #expect(leaves > 0)
  }

  @Test func randomRanges() throws {
    let token = try token(Self.sealed.get())
    var generator = SystemRandomNumberGenerator()
    let seed = UInt64.random(in: 0..<1 << 32, using: &generator)
    var random = SplitMix64(seed: seed)
    for _ in 0..<30 {
      let rules = (0..<Int.random(in: 1...3, using: &random)).map { number in
        let ranges = (0..<Int.random(in: 1...4, using: &random)).map { _ in
          let start = Int.random(in: 0..<310_000, using: &random)
          return "'\(start)-\(start + Int.random(in: 0..<9000, using: &random))'"
        }
        return "{item: '*', code: C\(number), bytes: [\(ranges.joined(separator: ", "))]}"
      }
      try compare(token, rules)
    }
    print("random ranges of bytes: seed \(seed)")
  }

  @Test func behindEarlierCuts() throws {
    let node = try Self.sealer.get()
    let first = try token(Self.sealed.get())
    let cut = try node.redact(
      first,
      """
      rules:
        - {item: disk.raw, bytes: ['5000-9000', '295000-300000'], code: PD-FIN}
        - {item: odd.bin, bytes: ['0'], code: PD-FIN}
      """)
    let second = try token(cut)
    for range in ["0-10", "4000-12000", "5000-6000", "290000-400000", "300000", "8191-8192"] {
      try compare(second, ["{item: '*', code: TS, bytes: ['\(range)'], optional: true}"])
    }
  }
}
