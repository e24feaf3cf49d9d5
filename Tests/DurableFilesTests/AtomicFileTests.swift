import DurableFiles
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// One after the other: `removeAllPartials` is about the whole process.
@Suite(.serialized) struct `an atomic file` {
  @Test func `appears with its content and mode when it is committed`() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/a.txt"
      let file = try AtomicFile(at: path, mode: 0o640)
      try file.write([1, 2])
      try file.write([3])
      let partial = try #require(contents(of: directory).first)
      #expect(partial.hasPrefix(".a.txt.partial-"))
      #expect(contents(of: directory).count == 1)
      try file.commit(replacing: false)
      #expect(contents(of: directory) == ["a.txt"])
      #expect(try readSmallFile(path, limit: 3) == [1, 2, 3])
      #expect(try facts(ofFile: path).mode & 0o777 == 0o640)
    }
  }

  @Test func `leaves nothing when it is dropped or cancelled`() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/a"
      do {
        let file = try AtomicFile(at: path)
        try file.write([1])
        #expect(contents(of: directory).count == 1)
      }
      #expect(contents(of: directory).isEmpty)
      let file = try AtomicFile(at: path)
      file.cancel()
      #expect(contents(of: directory).isEmpty)
    }
  }

  @Test func `replaces only if it may`() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/a"
      try AtomicFile.write([1], to: path, replacing: false)
      #expect(throws: FileError.alreadyExists(path: path)) {
        try AtomicFile.write([2], to: path, replacing: false)
      }
      #expect(try readSmallFile(path, limit: 1) == [1])
      #expect(contents(of: directory) == ["a"])
      try AtomicFile.write([3], to: path, replacing: true)
      #expect(try readSmallFile(path, limit: 1) == [3])
      #expect(contents(of: directory) == ["a"])
    }
  }

  @Test func `replaces a link, not what it points to`() throws {
    try withTemporaryDirectory { directory in
      try AtomicFile.write([1], to: "\(directory)/target", replacing: false)
      #expect(symlink("target", "\(directory)/link") == 0)
      try AtomicFile.write([2], to: "\(directory)/link", replacing: true)
      #expect(try readSmallFile("\(directory)/target", limit: 1) == [1])
      #expect(try readSmallFile("\(directory)/link", limit: 1) == [2])
    }
  }

  @Test func `leaves nothing when the commit fails`() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/a"
      try createDirectory(path)
      #expect(throws: FileError.failed(.rename, path: path, errno: EISDIR)) {
        try AtomicFile.write([1], to: path, replacing: true)
      }
      #expect(contents(of: directory) == ["a"])
    }
  }

  @Test func `can't be where there is no directory`() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/b/a"
      #expect(throws: FileError.failed(.open, path: path, errno: ENOENT)) {
        _ = try AtomicFile(at: path)
      }
    }
  }

  @Test func `has a partial name that fits, however long its own is`() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/" + String(repeating: "é", count: 127)
      try AtomicFile.write([1], to: path, replacing: false)
      #expect(try readSmallFile(path, limit: 1) == [1])
    }
  }

  @Test func `says when the disk is full`() throws {
    guard access("/dev/full", W_OK) == 0 else {
      print("skipped: no /dev/full here")
      return
    }
    try withTemporaryDirectory { directory in
      let file = try AtomicFile(at: "\(directory)/a")
      let full = open("/dev/full", O_WRONLY)
      #expect(dup2(full, file.fileDescriptor) >= 0)
      close(full)
      do throws(FileError) {
        try file.write([1])
        Issue.record("wrote to a full disk")
      } catch {
        #expect(error.isOutOfSpace)
        #expect(!error.isNotFound)
      }
    }
  }

  @Test func `is gone after a signal's clean-up, and can't be committed then`() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/a"
      let file = try AtomicFile(at: path)
      try file.write([1])
      AtomicFile.removeAllPartials()
      #expect(contents(of: directory).isEmpty)
      do throws(FileError) {
        try file.commit(replacing: true)
        Issue.record("committed what is gone")
      } catch {
        #expect(error.isNotFound)
      }
      #expect(contents(of: directory).isEmpty)
    }
  }

  @Test func `of a killed process is removed by name, others are left`() throws {
    try withTemporaryDirectory { directory in
      let others = [".partial-1f", "a.partial-1f", ".a.partial-", ".a.partial-xyz", ".a-1f"]
      for name in others + [".a.partial-1f", ".b-c.d.partial-0123456789abcdef"] {
        try AtomicFile.write([1], to: "\(directory)/\(name)", replacing: false)
      }
      let mine = try AtomicFile(at: "\(directory)/mine")
      #expect(try AtomicFile.removeLeftovers(in: directory) == 2)
      try mine.commit(replacing: false)
      #expect(contents(of: directory) == (others + ["mine"]).sorted())
    }
  }

  /// As a child has it that was forked meanwhile, until it begins its program.
  @Test func `isn't locked once it has its name, whoever has its descriptor`() throws {
    try withTemporaryDirectory { directory in
      let file = try AtomicFile(at: directory + "/a")
      let copy = dup(file.fileDescriptor)
      defer { close(copy) }
      try file.commit(replacing: false)
      let descriptor = open(directory + "/a", O_RDONLY | O_CLOEXEC)
      defer { close(descriptor) }
      #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    }
  }

  @Test func `that nobody writes any more is removed, others are left`() throws {
    try withTemporaryDirectory { directory in
      try AtomicFile.write([1], to: "\(directory)/.a.partial-1f", replacing: false)
      let mine = try AtomicFile(at: "\(directory)/mine")
      let others = open("\(directory)/.b.partial-2f", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      #expect(flock(others, LOCK_EX | LOCK_NB) == 0)
      #expect(try AtomicFile.removeAbandoned(in: directory) == 1)
      #expect(contents(of: directory).contains(".b.partial-2f"))
      close(others)
      #expect(try AtomicFile.removeAbandoned(in: directory) == 1)
      try mine.commit(replacing: false)
      #expect(contents(of: directory) == ["mine"])
      #expect(try AtomicFile.removeAbandoned(in: directory) == 0)
    }
  }
}

@Suite struct `directories and removal` {
  @Test func `are created one by one or with their parents`() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/a/b/c"
      #expect(throws: FileError.failed(.open, path: path, errno: ENOENT)) {
        try createDirectory(path)
      }
      try ensureDirectory(path, mode: 0o750)
      try ensureDirectory(path + "/")
      #expect(try facts(ofFile: path).kind == .directory)
      #expect(try facts(ofFile: path).mode & 0o777 == 0o750)
      #expect(throws: FileError.alreadyExists(path: path)) { try createDirectory(path) }
      try AtomicFile.write([], to: "\(path)/file", replacing: false)
      #expect(throws: FileError.alreadyExists(path: "\(path)/file")) {
        try ensureDirectory("\(path)/file")
      }
      try removeDurably("\(path)/file")
      #expect(throws: FileError.failed(.remove, path: "\(path)/file", errno: ENOENT)) {
        try removeDurably("\(path)/file")
      }
    }
  }
}
