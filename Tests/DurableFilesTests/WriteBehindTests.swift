import DurableFiles
import Glibc
import Testing

/// A file that goes to the disk while it is written is the same file.
struct WriteBehindTests {
  @Test func whatIsWrittenStays() throws {
    try withTemporaryDirectory { directory in
      let file = try UnnamedFile(in: directory)
      var behind = WriteBehind(fileDescriptor: file.fileDescriptor)
      let part = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
      for count in 1...20 {
        #expect(write(file.fileDescriptor, part, part.count) == part.count)
        #expect(behind.advance(to: UInt64(count * part.count)) == 0)
      }
      var read = [UInt8](repeating: 0, count: part.count)
      for place in [0, 7, 8, 19] {
        #expect(pread(file.fileDescriptor, &read, read.count, place * part.count) == part.count)
        #expect(read == part)
      }
    }
  }

  @Test(arguments: [0, 1, 1 << 19, (1 << 19) + 1, 5 << 20])
  func aThreadWritesTheSame(size: Int) throws {
    try withTemporaryDirectory { directory in
      let file = try UnnamedFile(in: directory)
      let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
      let writer = SideWriter(fileDescriptor: file.fileDescriptor, path: "a")
      for start in stride(from: 0, to: size, by: 100_003) {
        try bytes[start..<min(start + 100_003, size)].withUnsafeBytes { try writer.write($0) }
      }
      try writer.finish()
      var read = [UInt8](repeating: 0, count: size + 1)
      #expect(pread(file.fileDescriptor, &read, read.count, 0) == size)
      #expect(Array(read[..<size]) == bytes)
    }
  }

  /// With a thread and without.
  @Test(arguments: [1, 4 << 20])
  func aThreadsFailureIsThrown(size: Int) {
    let writer = SideWriter(fileDescriptor: -1, path: "a")
    #expect(throws: FileError.failed(.write, path: "a", errno: EBADF)) {
      try [UInt8](repeating: 0, count: size).withUnsafeBytes { try writer.write($0) }
      try writer.finish()
    }
  }

  /// A refusal of the disk is told once only, so it must be told.
  @Test func aRefusalIsTold() {
    var behind = WriteBehind(fileDescriptor: -1)
    #expect(behind.advance(to: 1 << 20) == 0)
    #expect(behind.advance(to: 1 << 30) == 0)
    // The disk is waited for beside the writing.
    #expect(behind.advance(to: 1 << 31) == EBADF)
    #expect(behind.finish() == 0)
    #expect(behind.advance(to: 1 << 32) == 0)
    #expect(behind.finish() == EBADF)
  }
}
