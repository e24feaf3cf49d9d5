import Merkle
import Redaction

/// Hashes an item's content by leaves while it passes: grid or table, whichever it was cut by.
final class ContentHasher: PassingWork {
  private enum Kind {
    case grid(GridHasher)
    case table(LeafTreeHasher)
  }
  private let kind: Kind

  /// - Parameter lengths: those of a table's leaves.
  init(
    _ cutting: Cutting, seed: Seed, leafCount: UInt64, byteCount: UInt64, lengths: ScratchLengths
  ) {
    if case .grid(let grid) = cutting {
      kind = .grid(GridHasher(seed: seed, grid: grid, byteCount: byteCount))
    } else {
      kind = .table(LeafTreeHasher(seed: seed, leafCount: leafCount, lengths: lengths.read))
    }
  }

  func take(_ bytes: UnsafeRawBufferPointer) throws {
    switch kind {
    case .grid(let hasher): try hasher.update(bytes)
    case .table(let hasher): try hasher.update(bytes)
    }
  }

  func finish() throws -> Hash {
    switch kind {
    case .grid(let hasher): try hasher.finish()
    case .table(let hasher): try hasher.finish()
    }
  }
}

/// A file gave more or fewer bytes than it was said to have.
struct SizeChanged: Error {}

/// Reads everything in pieces of a quarter megabyte; more or fewer bytes than `limit` throw.
func forEachPiece(
  of read: ByteReader, limit: UInt64?, _ body: (UnsafeRawBufferPointer) throws -> Void
) throws {
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
  defer { buffer.deallocate() }
  var total: UInt64 = 0
  while true {
    let count = try read(buffer)
    if count == 0 { break }
    total += UInt64(count)
    if let limit, total > limit { throw SizeChanged() }
    try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
  }
  if let limit, total != limit { throw SizeChanged() }
}

/// Lower-case hexadecimal.
package func hex(_ bytes: some Sequence<UInt8>) -> String {
  var text: [UInt8] = []
  for byte in bytes {
    text.append(hexDigits[Int(byte >> 4)])
    text.append(hexDigits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}

private let hexDigits = Array("0123456789abcdef".utf8)

/// The bytes of lower-case hexadecimal of even length; what isn't a digit counts as zero.
func unhex(_ text: String) -> [UInt8] {
  let values = text.utf8.map { hexDigits.firstIndex(of: $0).map { UInt8($0) } ?? 0 }
  return stride(from: 0, to: values.count - 1, by: 2).map { values[$0] << 4 | values[$0 + 1] }
}
