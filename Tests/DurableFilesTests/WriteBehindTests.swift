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

  /// A refusal of the disk is told once only, so it must be told.
  @Test func aRefusalIsTold() {
    var behind = WriteBehind(fileDescriptor: -1)
    #expect(behind.advance(to: 1 << 20) == 0)
    #expect(behind.advance(to: 1 << 30) == EBADF)
  }
}
