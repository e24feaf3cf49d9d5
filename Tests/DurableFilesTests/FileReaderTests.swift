import DurableFiles
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct `reading a file` {
  @Test func `in order and at any offset`() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/a"
      try AtomicFile.write(Array(0..<100), to: path, replacing: false)
      let file = try FileReader(at: path)
      #expect(file.facts.size == 100)
      #expect(file.facts.kind == .regular)
      var bytes = [UInt8](repeating: 0, count: 60)
      #expect(try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 90) } == 10)
      #expect(bytes[..<10].elementsEqual(90..<100))
      #expect(try bytes.withUnsafeMutableBytes { try file.read(into: $0) } == 60)
      #expect(bytes.elementsEqual(0..<60))
      #expect(try bytes.withUnsafeMutableBytes { try file.read(into: $0) } == 40)
      #expect(try bytes.withUnsafeMutableBytes { try file.read(into: $0) } == 0)
      #expect(try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: .max) } == 0)
    }
  }

  @Test func `follows links only if told to, and never opens what isn't a file`() throws {
    try withTemporaryDirectory { directory in
      try AtomicFile.write([1], to: "\(directory)/a", replacing: false)
      #expect(symlink("a", "\(directory)/link") == 0)
      #expect(mkfifo("\(directory)/pipe", 0o600) == 0)
      for name in ["link", "pipe", "."] {
        let path = "\(directory)/\(name)"
        #expect(throws: FileError.notRegular(path: path)) { try FileReader(at: path) }
      }
      #expect(try readSmallFile("\(directory)/link", limit: 1, followingLinks: true) == [1])
      #expect(try facts(ofFile: "\(directory)/link").kind == .symbolicLink)
      #expect(try facts(ofFile: "\(directory)/pipe").kind == .other)
      let missing = #expect(throws: FileError.self) { try FileReader(at: "\(directory)/none") }
      #expect(missing?.isNotFound == true)
    }
  }

  @Test func `notices that the file has changed`() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/a"
      try AtomicFile.write([1, 2], to: path, replacing: false)
      let file = try FileReader(at: path)
      try file.checkUnchanged()
      usleep(20_000)  // longer than the clock of file times takes for a step
      let descriptor = open(path, O_WRONLY)
      #expect(write(descriptor, [3 as UInt8], 1) == 1)
      close(descriptor)
      #expect(throws: FileError.changed(path: path)) { try file.checkUnchanged() }
    }
  }

  @Test func `stops at the limit`() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/a"
      let content = [UInt8](repeating: 7, count: 100_000)
      try AtomicFile.write(content, to: path, replacing: false)
      #expect(try readSmallFile(path, limit: 100_000) == content)
      #expect(throws: FileError.tooLarge(path: path, limit: 99_999)) {
        try readSmallFile(path, limit: 99_999)
      }
      guard access("/proc/self/status", R_OK) == 0 else { return }
      #expect(try !readSmallFile("/proc/self/status", limit: 100_000).isEmpty)
      #expect(throws: FileError.tooLarge(path: "/proc/self/status", limit: 10)) {
        try readSmallFile("/proc/self/status", limit: 10)
      }
    }
  }
}
