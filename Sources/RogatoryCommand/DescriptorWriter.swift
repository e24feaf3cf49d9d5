import DurableFiles
import Glibc

/// Writes everything it is given to a descriptor that somebody else owns and commits.
final class DescriptorWriter {
  private let descriptor: Int32
  private let path: String
  private var count: UInt64 = 0
  private var behind: WriteBehind

  init(_ descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
    behind = WriteBehind(fileDescriptor: descriptor)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw FileError.failed(.write, path: path, errno: errno) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    count += UInt64(bytes.count)
    let failure = behind.advance(to: count)
    guard failure == 0 else { throw FileError.failed(.write, path: path, errno: failure) }
  }
}
