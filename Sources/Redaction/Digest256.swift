import CLeafHash
public import Merkle

/// A running SHA-256 that can be saved and taken up again.
///
/// It runs on libcrypto, which chooses the processor's SHA instructions at run time. Not for
/// secrets: the saved state holds the last bytes as they are.
public struct Digest256: Sendable {
  private var state = leafhash_sha256()
  /// The number of bytes hashed so far.
  public private(set) var byteCount: UInt64 = 0

  /// Starts with no bytes.
  public init() {
    leafhash_sha256_begin(&state)
  }

  /// Hashes the next bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    leafhash_sha256_update(&state, start, bytes.count)
    byteCount += UInt64(bytes.count)
  }

  /// Hashes the next bytes.
  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// Returns the 32 bytes of the digest so far; more bytes may follow.
  public func finalize() -> [UInt8] {
    withUnsafePointer(to: state) { state in
      [UInt8](unsafeUninitializedCapacity: Hash.byteCount) { buffer, count in
        leafhash_sha256_digest(state, buffer.baseAddress)
        count = Hash.byteCount
      }
    }
  }

  /// The digest so far.
  public var hash: Hash { Hash(digest: finalize()) }

  /// The state as bytes: eight words and the byte count, big endian, then the bytes of the block
  /// begun.
  public var savedState: [UInt8] {
    var bytes = [UInt8](Self.stateMagic.utf8)
    withUnsafeBytes(of: state) { words in
      for index in 0..<8 {
        bytes.append(bigEndian: words.load(fromByteOffset: index * 4, as: UInt32.self))
      }
      bytes.append(bigEndian: byteCount)
      bytes += words[Self.blockOffset..<Self.blockOffset + Int(byteCount % 64)]
    }
    return bytes
  }

  /// Takes up a state that ``savedState`` gave; nil where the bytes can't be one.
  ///
  /// The state isn't authenticated: whoever can change it chooses the digest.
  public init?(savedState bytes: [UInt8]) {
    let magic = [UInt8](Self.stateMagic.utf8)
    let headCount = magic.count + 40
    guard bytes.count >= headCount, bytes.starts(with: magic) else { return nil }
    let count = UInt64(bigEndian: bytes[(magic.count + 32)..<headCount])
    guard count < Self.maximumByteCount, bytes.count - headCount == Int(count % 64) else {
      return nil
    }
    leafhash_sha256_begin(&state)
    byteCount = count
    withUnsafeMutableBytes(of: &state) { words in
      for index in 0..<8 {
        let start = magic.count + 4 * index
        let word = UInt32(bigEndian: bytes[start..<start + 4])
        words.storeBytes(of: word, toByteOffset: index * 4, as: UInt32.self)
      }
      words.storeBytes(
        of: UInt32(truncatingIfNeeded: count << 3), toByteOffset: 32, as: UInt32.self)
      words.storeBytes(
        of: UInt32(truncatingIfNeeded: count >> 29), toByteOffset: 36, as: UInt32.self)
      UnsafeMutableRawBufferPointer(rebasing: words[Self.blockOffset...])
        .copyBytes(from: bytes[headCount...])
      words.storeBytes(of: UInt32(count % 64), toByteOffset: Self.usedOffset, as: UInt32.self)
    }
  }

  /// Where SHA256_CTX keeps the block begun, and how much of it is used.
  private static let blockOffset = 40
  private static let usedOffset = 104
  /// SHA-256 counts bits in 64 bits.
  private static let maximumByteCount: UInt64 = 1 << 61
  private static let stateMagic = "sha256-state/1\n"
}

extension Hash {
  /// 32 bytes that the hash kernel wrote.
  init(digest bytes: [UInt8]) {
    guard let hash = Hash(bytes: bytes) else {
      preconditionFailure("Redaction: the kernel writes 32 bytes")
    }
    self = hash
  }
}

extension Array where Element == UInt8 {
  /// Appends the integer's bytes, the highest first.
  mutating func append(bigEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}

extension FixedWidthInteger {
  /// The integer that these bytes are, the highest first; as many as it has.
  init(bigEndian bytes: ArraySlice<UInt8>) {
    self = bytes.reduce(0) { $0 << 8 | Self(truncatingIfNeeded: $1) }
  }
}
