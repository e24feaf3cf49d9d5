public import Merkle

/// How an item is cut into leaves, and into how many: a part of what its id commits to.
public struct ItemShape: Hashable, Sendable {
  /// How content was cut when it was sealed.
  public enum Mode: Hashable, Sendable {
    /// Leaves of this many bytes, the last of 1 to as many: offsets and lengths are public.
    case grid(UInt32)
    /// Leaves of any length: those of withheld leaves stay hidden.
    case table
  }

  /// How content was cut.
  public let mode: Mode
  /// The number of content leaves, at least 1.
  public let leafCount: UInt64
  /// The number of header leaves, at least 1.
  public let headerCount: UInt32

  /// A shape; throws ``RedactionError/shape`` for a grid of 0 bytes or no leaves.
  public init(mode: Mode, leafCount: UInt64, headerCount: UInt32) throws(RedactionError) {
    guard mode != .grid(0), leafCount > 0, headerCount > 0 else { throw .shape }
    self.mode = mode
    self.leafCount = leafCount
    self.headerCount = headerCount
  }

  /// Parses `mode u8, grid u32, n u64, nh u32`, 17 bytes.
  init(parsing bytes: ArraySlice<UInt8>) throws(RedactionError) {
    precondition(bytes.count == Self.byteCount, "Redaction: a shape has 17 bytes")
    let start = bytes.startIndex
    let grid = UInt32(bigEndian: bytes[start + 1..<start + 5])
    let mode: Mode
    switch (bytes[start], grid) {
    case (0, _): mode = .grid(grid)
    case (1, 0): mode = .table
    default: throw .shape
    }
    try self.init(
      mode: mode, leafCount: UInt64(bigEndian: bytes[start + 5..<start + 13]),
      headerCount: UInt32(bigEndian: bytes[start + 13..<start + 17]))
  }

  static let byteCount = 17

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    switch mode {
    case .grid(let grid):
      bytes.append(0)
      bytes.append(bigEndian: grid)
    case .table:
      bytes.append(1)
      bytes.append(bigEndian: 0 as UInt32)
    }
    bytes.append(bigEndian: leafCount)
    bytes.append(bigEndian: headerCount)
    return bytes
  }

  /// The number of leaves of `byteCount` bytes cut into `grid`; an empty file is one empty leaf.
  public static func gridLeafCount(byteCount: UInt64, grid: UInt32) -> UInt64 {
    precondition(grid > 0, "Redaction: a grid of 0 bytes")
    return max(1, byteCount / UInt64(grid) + (byteCount % UInt64(grid) == 0 ? 0 : 1))
  }
}

/// The id of an item, a leaf of the bundle tree.
///
/// `H(10 ‖ mode ‖ grid ‖ n ‖ nh ‖ header root ‖ content root)`
public func itemID(shape: ItemShape, headerRoot: Hash, contentRoot: Hash) -> Hash {
  Hash(digestOf: [HashPrefix.item] + shape.bytes + headerRoot.bytes + contentRoot.bytes)
}
