import CZlib

/// Inflates deflate data (RFC 1951) that arrives in pieces, bare or in one of its two wrappings.
package final class Inflation {
  /// What stands around the deflate data.
  package enum Wrapping: Hashable, Sendable {
    /// Nothing, as ZIP stores it (APPNOTE 4.4.5, method 8).
    case none
    /// RFC 1950.
    case zlib
    /// RFC 1952.
    case gzip
  }

  /// How a call ended.
  package enum Outcome: Hashable, Sendable {
    /// There may be more.
    case more
    /// The data is complete; what follows isn't part of it.
    case end
    /// The data isn't what it should be.
    case damaged
  }

  /// On the heap: zlib's state points back to it.
  private let stream: UnsafeMutablePointer<z_stream>
  private let isReady: Bool

  /// Begins with no data.
  package init(_ wrapping: Wrapping) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let windowBits: Int32 =
      switch wrapping {
      case .none: -15
      case .zlib: 15
      case .gzip: 15 + 16
      }
    isReady = czlib_inflate_init(stream, windowBits) == Z_OK
  }

  deinit {
    if isReady { inflateEnd(stream) }
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  /// Takes bytes from the start of `input` and fills `output` from its start.
  ///
  /// - Returns: how many bytes were used and made. With `.more` at least one of both, unless input
  ///   or output is empty.
  package func inflate(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> (used: Int, made: Int, outcome: Outcome) {
    guard isReady else { return (0, 0, .damaged) }
    // zlib counts in 32 bits.
    let (given, room) = (min(input.count, 1 << 30), min(output.count, 1 << 30))
    // zlib never writes to its input; its header only doesn't say so.
    stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = UInt32(given)
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(room)
    let result = CZlib.inflate(stream, Z_NO_FLUSH)
    let used = given - Int(stream.pointee.avail_in)
    let made = room - Int(stream.pointee.avail_out)
    switch result {
    case Z_STREAM_END: return (used, made, .end)
    case Z_OK: return (used, made, .more)
    // No progress was possible, which is an answer only where there was nothing to work with.
    case Z_BUF_ERROR where given == 0 || room == 0: return (used, made, .more)
    default: return (used, made, .damaged)
    }
  }
}
