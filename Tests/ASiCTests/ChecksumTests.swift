import CChecksum
import CZlib
import Testing

/// The fast CRC-32 gives what zlib's gives.
struct ChecksumTests {
  /// Every length around the borders of its rows, from every place within one, however it begins.
  @Test func everyLengthGivesTheSame() {
    let bytes = (0..<3000).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 5 &+ 3) }
    bytes.withUnsafeBytes { bytes in
      for count in 0...1100 {
        for (start, before) in [(0, UInt32(0)), (1, 1), (7, 0xFFFF_FFFF), (16, 0xDEAD_BEEF)] {
          let part = UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
          #expect(
            checksum_crc32(before, part.baseAddress, count) == zlib(part, before),
            "\(count) bytes")
        }
      }
    }
  }

  @Test func aLongRowIsTheSameInPieces() {
    let bytes = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
    bytes.withUnsafeBytes { bytes in
      let whole = checksum_crc32(0, bytes.baseAddress, bytes.count)
      #expect(whole == zlib(bytes, 0))
      var (pieces, start, size) = (UInt32(0), 0, 1)
      while start < bytes.count {
        let count = min(size, bytes.count - start)
        pieces = checksum_crc32(pieces, bytes.baseAddress.map { $0 + start }, count)
        (start, size) = (start + count, size * 3 % 70_001)
      }
      #expect(pieces == whole)
    }
  }

  private func zlib(_ bytes: UnsafeRawBufferPointer, _ before: UInt32) -> UInt32 {
    guard !bytes.isEmpty else { return before }
    let pointer = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    return UInt32(truncatingIfNeeded: crc32_z(UInt(before), pointer, bytes.count))
  }
}
