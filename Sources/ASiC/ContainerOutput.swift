import CChecksum
import CZlib
import DurableFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that is written from its start to its end, and patched where a value was known later.
///
/// A class, since the writer and the sink of its open entry share it.
final class ContainerOutput {
  private let fileDescriptor: Int32
  /// What isn't in the file yet; it belongs at `flushed`.
  private var buffer: [UInt8] = []
  private var flushed: UInt64 = 0
  /// Neighbouring patches of what is in the file, which go there together, and where they belong.
  private var patches: [UInt8] = []
  private var patchStart: UInt64 = 0
  private var behind: WriteBehind

  /// Where the next byte goes.
  var position: UInt64 { flushed + UInt64(buffer.count) }

  init(fileDescriptor: Int32) throws(ContainerError) {
    var status = stat()
    guard fstat(fileDescriptor, &status) == 0 else { throw .writeFailed(errno: errno) }
    guard status.st_size == 0 else { throw .outputNotEmpty }
    self.fileDescriptor = fileDescriptor
    behind = WriteBehind(fileDescriptor: fileDescriptor)
    buffer.reserveCapacity(Self.bufferSize)
  }

  func write(_ bytes: [UInt8]) throws(ContainerError) {
    try bytes.withUnsafeBufferPointer { bytes throws(ContainerError) in
      try write(UnsafeRawBufferPointer(bytes))
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(ContainerError) {
    if buffer.count + bytes.count > Self.bufferSize { try flush() }
    if bytes.count >= Self.bufferSize {
      try put(bytes, at: flushed)
      flushed += UInt64(bytes.count)
      try sendOn()
    } else {
      buffer.append(contentsOf: bytes)
    }
  }

  /// Overwrites bytes that were written before.
  func patch(_ bytes: [UInt8], at offset: UInt64) throws(ContainerError) {
    if offset < flushed, offset + UInt64(bytes.count) > flushed { try flush() }
    if offset < flushed {
      if offset != patchStart + UInt64(patches.count) || patches.count >= Self.bufferSize {
        try flushPatches()
        patchStart = offset
      }
      patches += bytes
    } else {
      let start = Int(offset - flushed)
      buffer.replaceSubrange(start..<start + bytes.count, with: bytes)
    }
  }

  func flush() throws(ContainerError) {
    try buffer.withUnsafeBufferPointer { bytes throws(ContainerError) in
      try put(UnsafeRawBufferPointer(bytes), at: flushed)
    }
    flushed += UInt64(buffer.count)
    buffer.removeAll(keepingCapacity: true)
    try sendOn()
  }

  private func flushPatches() throws(ContainerError) {
    try patches.withUnsafeBufferPointer { bytes throws(ContainerError) in
      try put(UnsafeRawBufferPointer(bytes), at: patchStart)
    }
    patches.removeAll(keepingCapacity: true)
  }

  /// Writes what is left, and returns when the disk has told whether it took what was sent on.
  func finish() throws(ContainerError) {
    try flush()
    try flushPatches()
    let failure = behind.finish()
    guard failure == 0 else { throw .writeFailed(errno: failure) }
  }

  private func sendOn() throws(ContainerError) {
    let failure = behind.advance(to: flushed)
    guard failure == 0 else { throw .writeFailed(errno: failure) }
  }

  private func put(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(ContainerError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = pwrite(fileDescriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
      if count > 0 {
        done += count
      } else if count == 0 || errno != EINTR {
        throw .writeFailed(errno: count == 0 ? ENOSPC : errno)
      }
    }
  }

  /// Large enough that a container of small entries costs few calls.
  static let bufferSize = 256 * 1024
}

/// CRC-32 of `bytes`, continued from `crc32` (0 at the start).
func checksum(_ bytes: UnsafeRawBufferPointer, continuing crc32: UInt32 = 0) -> UInt32 {
  checksum_crc32(crc32, bytes.baseAddress, bytes.count)
}

/// CRC-32 of two rows of bytes, one after the other, from theirs: costs a microsecond, not a pass.
func checksum(_ first: UInt32, followedBy second: UInt32, byteCount: Int) -> UInt32 {
  UInt32(truncatingIfNeeded: crc32_combine(UInt(first), UInt(second), byteCount))
}
