import DurableFiles
import NIOCore
import NIOPosix

/// A part of a file as buffers, read on threads that may block.
struct FileChunks: AsyncSequence, Sendable {
  typealias Element = ByteBuffer
  let file: FileReader
  let range: Range<UInt64>
  var onProgress: @Sendable (ExchangeProgress) -> Void = { _ in }

  struct AsyncIterator: AsyncIteratorProtocol {
    let file: FileReader
    var offset: UInt64
    let end: UInt64
    let total: UInt64
    let onProgress: @Sendable (ExchangeProgress) -> Void

    mutating func next() async throws -> ByteBuffer? {
      guard offset < end else { return nil }
      let (file, offset) = (file, offset)
      let count = Int(Swift.min(UInt64(FileChunks.size), end - offset))
      let buffer = try await NIOThreadPool.singleton.runIfActive {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
          var done = 0
          while done < count {
            let got = try file.read(
              into: UnsafeMutableRawBufferPointer(rebasing: space[done..<count]),
              at: offset + UInt64(done))
            guard got > 0 else { throw FileError.changed(path: file.path) }
            done += got
          }
          return done
        }
        return buffer
      }
      self.offset += UInt64(count)
      onProgress(.sent(UInt64(count), of: total))
      return buffer
    }
  }

  func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(
      file: file, offset: range.lowerBound, end: range.upperBound, total: UInt64(range.count),
      onProgress: onProgress)
  }

  /// Measured: smaller ones cost more hops, larger ones more memory for nothing.
  private static let size = 256 * 1024
}

/// The same for a client on one event loop, no faster than that loop hands it on.
///
/// The client takes part after part until it hears that the socket is full, which it hears on its event
/// loop. Where that thread doesn't get to run, on a busy machine, a whole bundle could wait in memory.
struct PacedChunks: AsyncSequence, Sendable {
  typealias Element = ByteBuffer
  let chunks: FileChunks
  /// The one event loop of the client.
  let loop: any EventLoop

  struct AsyncIterator: AsyncIteratorProtocol {
    var chunks: FileChunks.AsyncIterator
    let loop: any EventLoop
    /// Each is reached when the loop has handed on what was taken before.
    var marks: [EventLoopFuture<Void>] = []

    mutating func next() async throws -> ByteBuffer? {
      marks.append(loop.submit {})
      if marks.count > PacedChunks.ahead { try await marks.removeFirst().get() }
      return try await chunks.next()
    }
  }

  func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(chunks: chunks.makeAsyncIterator(), loop: loop)
  }

  /// Enough for reading and encrypting to go on at the same time.
  private static let ahead = 4
}
