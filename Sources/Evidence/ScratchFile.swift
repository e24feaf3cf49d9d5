import Glibc

/// Room for intermediate bytes that may outgrow memory: a file of the caller's, used as scratch.
public final class ScratchFile {
  private let descriptor: Int32
  private let owner: AnyObject?
  private var buffer: [UInt8] = []
  private var written: UInt64 = 0

  /// Scratch space in an empty file that is open for reading and writing.
  ///
  /// `owner` closes it, and lives for as long as this value; without one the caller does.
  public init(fileDescriptor: Int32, keeping owner: AnyObject? = nil) {
    descriptor = fileDescriptor
    self.owner = owner
  }

  /// How many bytes were written since the last ``reset()``.
  var count: UInt64 { written + UInt64(buffer.count) }

  func reset() throws { try cut(to: 0) }

  /// Forgets what was written from this offset on.
  func cut(to offset: UInt64) throws {
    if offset >= written {
      buffer.removeLast(Int(count - offset))
    } else {
      guard ftruncate(descriptor, off_t(offset)) == 0 else { throw ScratchError(errno: errno) }
      buffer.removeAll(keepingCapacity: true)
      written = offset
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.spillSize { try spill() }
  }

  func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try write($0) }
  }

  /// Hands out everything written so far, from the beginning, in pieces.
  func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try forEachPiece(in: 0..<count, body)
  }

  /// Hands out a range of what was written, in pieces.
  func forEachPiece(
    in range: Range<UInt64>, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let size = Int(min(range.upperBound - range.lowerBound, UInt64(Self.spillSize)))
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, size), alignment: 16)
    defer { piece.deallocate() }
    var offset = range.lowerBound
    while offset < range.upperBound {
      let wanted = Int(min(UInt64(piece.count), range.upperBound - offset))
      let got = try read(
        into: UnsafeMutableRawBufferPointer(rebasing: piece[..<wanted]), at: offset)
      try body(UnsafeRawBufferPointer(rebasing: piece[..<got]))
      offset += UInt64(got)
    }
  }

  /// Reads what was written at an offset below ``count``, at least a byte.
  func read(into piece: UnsafeMutableRawBufferPointer, at offset: UInt64) throws -> Int {
    guard offset < written else {
      return buffer.withUnsafeBytes {
        let rest = $0[Int(offset - written)...].prefix(piece.count)
        piece.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest))
        return rest.count
      }
    }
    let wanted = Int(min(UInt64(piece.count), written - offset))
    let got = pread(descriptor, piece.baseAddress, wanted, off_t(offset))
    guard got > 0 else { throw ScratchError(errno: got == 0 ? EIO : errno) }
    return got
  }

  private func spill() throws {
    var offset = 0
    while offset < buffer.count {
      let got = buffer.withUnsafeBytes {
        pwrite(
          descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset,
          off_t(written) + off_t(offset))
      }
      guard got > 0 else { throw ScratchError(errno: errno) }
      offset += got
    }
    written += UInt64(buffer.count)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Small items never touch the disk; larger ones are written in pieces of this size.
  private static let spillSize = 1 << 20
}

/// Scratch space can't be written or read; `errno` says why.
public struct ScratchError: Error, Hashable, Sendable {
  /// The system's error number.
  public let errno: Int32

  /// An error of the system.
  public init(errno: Int32) { self.errno = errno }
}

/// The lengths of leaves in a scratch file: LEB128, each in its shortest form, as in `.leaves`.
final class ScratchLengths {
  private let scratch: ScratchFile
  private var rest: Range<UInt64>
  private var window: UnsafeMutableRawBufferPointer?
  private var place = 0
  private var end = 0

  /// Reads what was written in this range, from its beginning.
  init(_ scratch: ScratchFile, in range: Range<UInt64>) {
    self.scratch = scratch
    rest = range
  }

  deinit { window?.deallocate() }

  /// Fills the buffer with the next lengths.
  func read(_ lengths: UnsafeMutableBufferPointer<UInt64>) throws {
    for index in lengths.indices {
      var (value, shift): (UInt64, UInt64) = (0, 0)
      while true {
        if place == end { try refill() }
        guard let byte = window?[place] else { throw ScratchError(errno: EIO) }
        place += 1
        value |= UInt64(byte & 127) << shift
        shift += 7
        if byte < 128 { break }
      }
      lengths[index] = value
    }
  }

  private func refill() throws {
    // More lengths were asked for than were written: the file isn't what was surveyed.
    guard !rest.isEmpty else { throw SizeChanged() }
    let window = window ?? .allocate(byteCount: Self.windowBytes, alignment: 16)
    self.window = window
    let wanted = Int(min(UInt64(window.count), rest.upperBound - rest.lowerBound))
    end = try scratch.read(
      into: UnsafeMutableRawBufferPointer(rebasing: window[..<wanted]), at: rest.lowerBound)
    place = 0
    rest = rest.lowerBound + UInt64(end)..<rest.upperBound
  }

  private static let windowBytes = 1 << 14
}

extension ScratchFile {
  /// Writes lengths of leaves for ``ScratchLengths``.
  func write(_ lengths: UnsafeBufferPointer<UInt64>) throws {
    try withUnsafeTemporaryAllocation(byteCount: Self.lengthBytes * lengths.count, alignment: 16) {
      bytes in
      var count = 0
      for length in lengths {
        var rest = length
        while rest >= 128 {
          bytes[count] = UInt8(truncatingIfNeeded: rest) | 128
          rest >>= 7
          count += 1
        }
        bytes[count] = UInt8(truncatingIfNeeded: rest)
        count += 1
      }
      try write(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
    }
  }

  /// Seven bits in each byte of 64.
  private static let lengthBytes = 10
}
