import ASiC
import Foundation
import Testing

/// Copies of entries with zeros in places, against writing the same bytes anew.
@Suite final class EntryCopyTests {
  private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)

  deinit { memory.deallocate() }

  private let content = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 251 &+ 1) }

  private func container(_ bytes: [UInt8]) throws -> [UInt8] {
    try withFile { descriptor in
      var writer = try ContainerWriter(fileDescriptor: descriptor)
      try writer.add(EntryName("a"), bytes: bytes)
      try writer.finish()
    }
  }

  private func withFile(_ body: (Int32) throws -> Void) throws -> [UInt8] {
    var template = Array((NSTemporaryDirectory() + "/copy-XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    defer { close(descriptor) }
    unlink(&template)
    try body(descriptor)
    let size = Int(lseek(descriptor, 0, SEEK_END))
    var bytes = [UInt8](repeating: 0, count: size)
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, size, 0) }
    #expect(count == size)
    return bytes
  }

  /// The copy's container, and what the observer saw.
  private func copy(
    _ source: [UInt8], size: UInt64, zeroing holes: [Range<UInt64>]
  ) throws -> (container: [UInt8], seen: [UInt8]) {
    let reader = try ContainerReader(bytes: source)
    let entry = try #require(reader.entry(named: EntryName("a")))
    var seen: [UInt8] = []
    let bytes = try withFile { descriptor in
      var writer = try ContainerWriter(fileDescriptor: descriptor)
      try writer.addCopy(
        of: entry, in: reader, as: EntryName("a"), size: size, zeroing: holes, in: { memory },
        observe: { seen += $0 })
      try writer.finish()
    }
    return (bytes, seen)
  }

  @Test func aCopyIsTheContainerThatWritingAnewGives() throws {
    let source = try container(content)
    let end = UInt64(content.count)
    let sets: [[Range<UInt64>]] = [
      [], [0..<1], [end - 1..<end], [0..<end], [262_143..<262_145], [100..<300_000],
      [0..<262_144, 262_144..<262_145, 524_287..<524_289], [5..<5, 7..<9, 9..<12, 599_000..<end],
    ]
    for holes in sets {
      for more: UInt64 in [0, 1, 300_000] {
        var expected = content + [UInt8](repeating: 0, count: Int(more))
        for hole in holes { for index in hole { expected[Int(index)] = 0 } }
        let copy = try copy(source, size: end + more, zeroing: holes)
        #expect(copy.seen == expected)
        #expect(try copy.container == container(expected))
      }
    }
    #expect(try copy(container([]), size: 0, zeroing: []).container == container([]))
  }

  @Test func aChangedSourceIsAnError() throws {
    var source = try container(content)
    source[300_000] ^= 1
    // Where zeros go, too: what goes was sealed as well.
    for holes: [Range<UInt64>] in [[], [299_000..<301_000]] {
      #expect(throws: ContainerError.checksumMismatch(try EntryName("a"))) {
        try copy(source, size: UInt64(content.count), zeroing: holes)
      }
    }
  }

  @Test func aSourceThatGetsShorterIsAnError() throws {
    let source = try container(content)
    let reader = try ContainerReader(size: UInt64(source.count)) { buffer, offset in
      // The directory is there, the middle of the entry no longer.
      if (300_000..<500_000).contains(offset) { return 0 }
      let part = source[Int(offset)...].prefix(min(buffer.count, 4096))
      buffer.copyBytes(from: part)
      return part.count
    }
    let entry = try #require(reader.entry(named: EntryName("a")))
    #expect(throws: ContainerError.self) {
      _ = try withFile { descriptor in
        var writer = try ContainerWriter(fileDescriptor: descriptor)
        try writer.addCopy(
          of: entry, in: reader, as: EntryName("a"), size: entry.size, zeroing: [], in: { memory },
          observe: { _ in })
      }
    }
  }

  @Test func aCopyCannotBeShorterThanItsSource() throws {
    let name = try EntryName("a")
    #expect(throws: ContainerError.announcedSizeMissed(name, announced: 599_999)) {
      try copy(container(content), size: 599_999, zeroing: [])
    }
  }

  @Test func storedBytesAreReadByTheirPlace() throws {
    let reader = try ContainerReader(bytes: container(content))
    let entry = try #require(reader.entry(named: EntryName("a")))
    let stored = try #require(reader.storedBytes(of: entry))
    #expect(stored.count == 600_000)
    var buffer = [UInt8](repeating: 0, count: 10)
    try buffer.withUnsafeMutableBytes { try stored.read(into: $0, at: 599_990) }
    #expect(buffer == Array(content.suffix(10)))
    for offset: UInt64 in [599_991, 600_000, 600_001, .max] {
      #expect(throws: ContainerError.self) {
        try buffer.withUnsafeMutableBytes { try stored.read(into: $0, at: offset) }
      }
    }
  }
}
