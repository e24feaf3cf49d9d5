import Merkle

/// Reads a file front to back through one buffer, and says where it stands.
final class ByteSource {
  private let read: ByteReader
  private let file: RedactionError.DisclosureFile
  private let buffer: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0
  private var isAtEnd = false
  /// SHA-256 of everything that was read, where the caller wants it.
  private(set) var digest: Digest256?
  /// The number of bytes consumed.
  private(set) var offset: UInt64 = 0

  /// Twice and more what ``peek(_:)`` is asked for, so that little is moved.
  static let capacity = 4 * maximumBlockBytes

  init(_ file: RedactionError.DisclosureFile, digesting: Bool = false, read: @escaping ByteReader) {
    self.file = file
    self.read = read
    digest = digesting ? Digest256() : nil
    buffer = .allocate(byteCount: Self.capacity, alignment: 16)
  }

  deinit { buffer.deallocate() }

  /// The next bytes without consuming them: at least `count`, fewer only at the end of the file.
  ///
  /// They are valid until the next call. `count` is at most ``capacity``.
  func peek(_ count: Int) throws -> UnsafeRawBufferPointer {
    if end - start < count, !isAtEnd { try fill(count) }
    return UnsafeRawBufferPointer(rebasing: buffer[start..<end])
  }

  private func fill(_ count: Int) throws {
    precondition(count <= Self.capacity, "Redaction: a block fits the buffer")
    if start > 0 {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
      (start, end) = (0, end - start)
    }
    while end < count {
      let free = UnsafeMutableRawBufferPointer(rebasing: buffer[end...])
      let got = try read(free)
      precondition(
        0...free.count ~= got, "Redaction: a reader returns what it has put into the buffer")
      if got == 0 {
        isAtEnd = true
        return
      }
      digest?.update(UnsafeRawBufferPointer(rebasing: free[..<got]))
      end += got
    }
  }

  /// Consumes bytes that ``peek(_:)`` gave; they stay readable until the next ``peek(_:)``.
  func consume(_ count: Int) {
    precondition(count <= end - start, "Redaction: only what was peeked is consumed")
    start += count
    offset += UInt64(count)
  }

  /// Whether no byte is left.
  func isEmpty() throws -> Bool { try peek(1).isEmpty }

  /// The error for a file that ends here.
  var truncated: RedactionError { .truncated(file, offset: offset + UInt64(end - start)) }

  /// The next `count` bytes, with a limit that the caller has checked.
  func take(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let chunk = try peek(1).prefix(count - bytes.count)
      guard !chunk.isEmpty else { throw truncated }
      bytes += chunk
      consume(chunk.count)
    }
    return bytes
  }

  func byte() throws -> UInt8 {
    guard let byte = try peek(1).first else { throw truncated }
    consume(1)
    return byte
  }

  /// Consumes exactly these bytes; false where others come, or none.
  func skip(_ bytes: [UInt8]) throws -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let next = try peek(1).prefix(rest.count)
      guard !next.isEmpty, next.elementsEqual(rest.prefix(next.count)) else { return false }
      rest = rest.dropFirst(next.count)
      consume(next.count)
    }
    return true
  }

  /// Consumes `count` zero bytes; false where others come, or none.
  func skipZeros(_ count: UInt64) throws -> Bool {
    var rest = count
    while rest > 0 {
      let available = try peek(1)
      let next = available.prefix(Int(min(rest, UInt64(available.count))))
      guard !next.isEmpty, next.allSatisfy({ $0 == 0 }) else { return false }
      rest -= UInt64(next.count)
      consume(next.count)
    }
    return true
  }

  /// An unsigned LEB128 integer in its shortest form.
  func varint() throws -> UInt64 {
    let begin = offset
    var value: UInt64 = 0
    for shift in stride(from: 0, to: Self.varintBits, by: 7) {
      let byte = try byte()
      let bits = UInt64(byte & 0x7f)
      value |= bits << shift
      // The tenth byte has room for one bit.
      guard value >> shift == bits else { break }
      if byte < 0x80 {
        guard byte > 0 || shift == 0 else { break }
        return value
      }
    }
    throw RedactionError.leaves(.varint(offset: begin))
  }

  /// Ten groups of seven bits hold every 64-bit integer.
  private static let varintBits = 70
}

/// Collects an output into large writes.
final class ByteSink {
  private let write: ByteWriter
  private var buffer: [UInt8] = []
  /// The number of bytes given to it.
  private(set) var byteCount: UInt64 = 0

  init(_ write: @escaping ByteWriter) {
    self.write = write
    buffer.reserveCapacity(2 * maximumBlockBytes)
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws {
    byteCount += UInt64(bytes.count)
    if bytes.count >= maximumBlockBytes {
      try flush()
      try write(bytes)
    } else {
      buffer.append(contentsOf: bytes)
      if buffer.count >= maximumBlockBytes { try flush() }
    }
  }

  func append(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try append($0) }
  }

  func append(varint value: UInt64) throws {
    var value = value
    while value >= 0x80 {
      buffer.append(UInt8(value & 0x7f) | 0x80)
      value >>= 7
      byteCount += 1
    }
    buffer.append(UInt8(value))
    byteCount += 1
    if buffer.count >= maximumBlockBytes { try flush() }
  }

  func flush() throws {
    guard !buffer.isEmpty else { return }
    try buffer.withUnsafeBytes { try write($0) }
    buffer.removeAll(keepingCapacity: true)
  }
}
