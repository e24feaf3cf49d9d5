import ASiC
import CAdES
import Evidence
import Redaction
import Testing

/// Every byte of a small bundle is changed, cut and followed by others: nothing of that may pass.
struct VerifyFlipTests {
  /// A bundle of the smallest items, so that every byte can have its turn.
  private static let small = Result {
    let node = try SampleNode("pt-ipcu")
    let trust = TrustAnchors([node])
    let sealed = try node.seal([
      ("a.csv", Array("n,t\nIda,7\n".utf8)), ("b", [0, 159, 146, 150]),
    ])
    let policy = "rules:\n  - item: a.csv\n    columns: [n]\n    code: PD-NAME"
    let redacted = try node.redact(SampleWorld.token(sealed, trust), policy)
    let archivist = try Archivist("eu-archive", at: SampleNode.now + 60, years: 9)
    let anchors = TrustAnchors(trust.certificates + [archivist.root], nodes: trust.nodes)
    let archived = try archivist.archive(redacted, anchors)
    return (anchors, [State.sealed: sealed, .redacted: redacted, .archived: archived])
  }

  enum State: CaseIterable { case sealed, redacted, archived }

  /// All of ZIP's own bytes in two ways; content a sample, since here its checksum fails first.
  @Test(arguments: State.allCases)
  func noFlippedByteVerifies(state: State) throws {
    let (trust, bundles) = try Self.small.get()
    let bundle = try #require(bundles[state])
    #expect(judge(bundle, trust).verification.isGood)
    var isContent = [Bool](repeating: false, count: bundle.count)
    for entry in try MendedBundle(bundle).entries {
      for index in entry.content { isContent[index] = true }
    }
    var bytes = bundle
    for mask in [UInt8(1), 0xFF] {
      // Of an archived bundle a sample: it has the parts of the others, and a few more of the kind.
      let stride = state == .archived ? 23 : 1
      for index in bytes.indices
      where (!isContent[index] && index.isMultiple(of: stride)) || index.isMultiple(of: 97) {
        bytes[index] ^= mask
        let result = judge(bytes, trust).verification
        #expect(!result.isGood, "byte \(index) ^ \(mask)")
        bytes[index] ^= mask
      }
    }
  }

  /// A checksum isn't what protects a bundle: here each entry's is that of the changed content.
  /// Of signatures, manifests and graph a sample that differs from run to run; `EveryBitTests`
  /// has all bits of a signature, and the other two have one form only, which is compared.
  @Test(arguments: State.allCases)
  func noFlippedByteVerifiesUnderAMendedChecksum(state: State) throws {
    let (trust, bundles) = try Self.small.get()
    let bundle = try #require(bundles[state])
    var generator = SystemRandomNumberGenerator()
    let mended = try MendedBundle(bundle)
    var count = 0
    let clock = ContinuousClock.now
    for entry in mended.entries
    where state != .archived || entry.name.contains("Archive") || entry.name.hasSuffix(".tst") {
      let isLong = ["META-INF/", "metadata/"].contains(where: entry.name.hasPrefix)
      let offset = Int.random(in: 0..<16, using: &generator)
      for index in entry.content where !isLong || index % 16 == offset {
        let bit = UInt8(1) << UInt8.random(in: 0...7, using: &generator)
        let result = judge(mended.flipped(index, bit, in: entry), trust).verification
        #expect(!result.isGood, "\(entry.name) byte \(index - entry.content.lowerBound) ^ \(bit)")
        #expect(result.checks.first?.result == .pass || entry.name == "mimetype")
        count += 1
      }
    }
    print(
      "flipped with checksum: \(count) of \(bundle.count) bytes, \(ContinuousClock.now - clock)")
  }

  @Test(arguments: State.allCases)
  func noTruncationAndNoAdditionVerifies(state: State) throws {
    let (trust, bundles) = try Self.small.get()
    let bundle = try #require(bundles[state])
    let lengths = Set(0..<200).union(stride(from: 200, to: bundle.count, by: 101))
      .union(bundle.count - 200..<bundle.count)
    for length in lengths {
      #expect(!judge(Array(bundle.prefix(length)), trust).verification.isGood, "\(length) bytes")
    }
    for more in [[0], [10], Array("PK".utf8), [UInt8](repeating: 0, count: 100), bundle] {
      #expect(!judge(bundle + more, trust).verification.isGood, "\(more.count) bytes more")
      #expect(!judge(more + bundle, trust).verification.isGood, "\(more.count) bytes before")
    }
  }

  @Test func noMutationVerifiesOrTraps() throws {
    let (trust, bundles) = try Self.small.get()
    let all = State.allCases.compactMap { bundles[$0] }
    var generator = SystemRandomNumberGenerator()
    for round in 0..<500 {
      var bytes = all[round % all.count]
      for _ in 0...Int.random(in: 0...2, using: &generator) {
        let index = Int.random(in: bytes.indices, using: &generator)
        let end = min(bytes.count, index + Int.random(in: 1...24, using: &generator))
        switch Int.random(in: 0...3, using: &generator) {
        case 0: bytes[index] = bytes[index] &+ .random(in: 1...255, using: &generator)
        case 1: bytes.removeSubrange(index..<end)
        case 2: bytes.insert(contentsOf: bytes[index..<end], at: index)
        default:
          for place in index..<end { bytes[place] = .random(in: 0...255, using: &generator) }
        }
      }
      guard !all.contains(bytes) else { continue }
      let result = judge(bytes, trust).verification
      #expect(!result.isGood, "round \(round)")
    }
  }
}

/// A container whose content can be changed together with both of its checksums.
private struct MendedBundle {
  struct Place {
    let name: String
    let content: Range<Int>
    /// Where the two checksums stand.
    let checksums: [Int]
  }

  let bytes: [UInt8]
  let entries: [Place]

  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    let reader = try ContainerReader(bytes: bytes)
    // The directory begins where the last entry's content ends; ours has no data descriptors.
    var directory = reader.entries.map { Int($0.dataOffset + $0.compressedSize) }.max() ?? 0
    entries = reader.entries.map { entry in
      let start = Int(entry.dataOffset)
      defer {
        // Name, extra field and comment follow the 46 bytes of a directory record.
        directory +=
          46
          + [28, 30, 32].reduce(0) { sum, offset in
            sum + Int(bytes[directory + offset]) + Int(bytes[directory + offset + 1]) << 8
          }
      }
      return Place(
        name: entry.name.path, content: start..<start + Int(entry.size),
        checksums: [Int(entry.offset) + 14, directory + 16])
    }
  }

  func flipped(_ index: Int, _ bit: UInt8, in entry: Place) -> [UInt8] {
    var copy = bytes
    copy[index] ^= bit
    let value = crc32(copy[entry.content])
    for place in entry.checksums {
      for byte in 0..<4 { copy[place + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte)) }
    }
    return copy
  }
}

/// CRC-32 as ZIP has it, a bit at a time.
private func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  ~bytes.reduce(UInt32.max) { value, byte in
    (0..<8).reduce(value ^ UInt32(byte)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
    }
  }
}
