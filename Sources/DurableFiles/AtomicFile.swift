import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that appears under its name only when it is complete.
///
/// It is written as `.<name>.partial-<random>` beside its destination. Dropped, cancelled or failed,
/// it is removed. A crash leaves at most that partial file, which ``removeLeftovers(in:)`` or
/// ``removeAbandoned(in:)`` removes.
public struct AtomicFile: ~Copyable, Sendable {
  /// Where the file will be.
  public var path: String { partial.path }
  /// Where to write; closed by the commit.
  public var fileDescriptor: Int32 { partial.descriptor }

  private let partial: PartialFile

  /// Creates the partial file. The directory has to exist.
  public init(at path: String, mode: UInt32 = 0o600) throws(FileError) {
    partial = try PartialFile(for: path, mode: mode)
  }

  /// Appends bytes.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      #if canImport(Darwin)
        let count = Darwin.write(fileDescriptor, rest.baseAddress, rest.count)
      #elseif canImport(Musl)
        let count = Musl.write(fileDescriptor, rest.baseAddress, rest.count)
      #else
        let count = Glibc.write(fileDescriptor, rest.baseAddress, rest.count)
      #endif
      if count > 0 {
        done += count
      } else if count == 0 || errno != EINTR {
        throw .failed(.write, path: path, errno: count == 0 ? ENOSPC : errno)
      }
    }
  }

  /// Appends bytes.
  public func write(_ bytes: [UInt8]) throws(FileError) {
    try bytes.withUnsafeBufferPointer { bytes throws(FileError) in
      try write(UnsafeRawBufferPointer(bytes))
    }
  }

  /// Gives the file its name, and returns when the disk has both content and name.
  ///
  /// A crash before the rename leaves the old state and a partial file, one after it the new state.
  /// If only the last step fails, syncing the directory, the file has its name but may lose it.
  public consuming func commit(replacing: Bool) throws(FileError) {
    try partial.commit(replacing: replacing)
  }

  /// Removes the partial file now, as dropping it would.
  public consuming func cancel() {
    partial.remove()
  }

  /// Writes a whole file.
  public static func write(
    _ bytes: [UInt8], to path: String, mode: UInt32 = 0o600, replacing: Bool
  ) throws(FileError) {
    let file = try AtomicFile(at: path, mode: mode)
    try file.write(bytes)
    try file.commit(replacing: replacing)
  }

  /// Removes all partial files of this process; for a program that is about to end by a signal.
  ///
  /// To be called from an ordinary thread, not in a signal handler. Files that are still written to
  /// can't be committed afterwards.
  public static func removeAllPartials() {
    for path in PartialFile.all.withLock({ $0 }) { unlink(path) }
  }

  /// Removes partial files that a killed process has left, and returns how many.
  ///
  /// For directories only in which nobody else writes now.
  @discardableResult
  public static func removeLeftovers(in directory: String) throws(FileError) -> Int {
    // By name, since a directory can be written in several ways; the random part tells them apart.
    let mine = PartialFile.all.withLock { Set($0.map(lastComponent)) }
    var count = 0
    for name in try names(inDirectory: directory)
    where PartialFile.isPartial(name) && !mine.contains(name) {
      let path = directory + "/" + name
      guard unlink(path) == 0 else { throw .failed(.remove, path: path, errno: errno) }
      count += 1
    }
    if count > 0 { try syncDirectory(directory) }
    return count
  }

  /// Removes partial files that no process writes any more, and returns how many: for directories in which
  /// others may be writing. Where the file system has no locks, none is removed.
  @discardableResult
  public static func removeAbandoned(in directory: String) throws(FileError) -> Int {
    var count = 0
    for name in try names(inDirectory: directory) where PartialFile.isPartial(name) {
      let path = directory + "/" + name
      let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
      guard descriptor >= 0 else { continue }
      // The lock goes with the descriptor. Whoever has just made the file notices that it is taken.
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0, unlink(path) == 0 { count += 1 }
      close(descriptor)
    }
    if count > 0 { try syncDirectory(directory) }
    return count
  }
}

/// The partial file, removed with its last reference unless it was committed.
private final class PartialFile: Sendable {
  let path: String
  let descriptor: Int32
  private let partialPath: String
  private let isOpen = Mutex(true)

  /// The partial files of this process. A global, since a signal is about the whole process, and
  /// handing a registry through every module that writes a file would put it into each signature.
  static let all = Mutex<Set<String>>([])

  init(for path: String, mode: UInt32) throws(FileError) {
    let name = "." + lastComponent(of: path).prefixOfBytes(Self.maximumName) + Self.infix
    var created: (path: String, descriptor: Int32)?
    while created == nil {
      let random = UInt64.random(in: .min ... .max)
      let candidate = parent(of: path) + "/" + name + String(random, radix: 16)
      // Registered before it exists: a signal between the two would leave it.
      Self.all.withLock { _ = $0.insert(candidate) }
      let descriptor = open(candidate, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(mode))
      let failure = errno
      if descriptor >= 0, Self.claim(descriptor) {
        created = (candidate, descriptor)
        continue
      }
      Self.all.withLock { _ = $0.remove(candidate) }
      if descriptor >= 0 {
        unlink(candidate)
        closeDescriptor(descriptor)
      } else if failure != EEXIST, failure != EINTR {
        throw .failed(.open, path: path, errno: failure)
      }
    }
    self.path = path
    partialPath = created?.path ?? ""
    descriptor = created?.descriptor ?? -1
  }

  deinit {
    remove()
  }

  func commit(replacing: Bool) throws(FileError) {
    guard fsync(descriptor) == 0 else { throw .failed(.sync, path: path, errno: errno) }
    let failure =
      replacing
      ? rename(partialPath, path) == 0 ? 0 : errno
      : renameWithoutReplacing(from: partialPath, to: path)
    guard failure == 0 else {
      if failure == EEXIST { throw .alreadyExists(path: path) }
      throw .failed(.rename, path: path, errno: failure)
    }
    close()
    try syncDirectory(parent(of: path))
  }

  func remove() {
    guard isOpen.withLock({ $0 }) else { return }
    unlink(partialPath)
    close()
  }

  private func close() {
    let wasOpen = isOpen.withLock { isOpen in
      defer { isOpen = false }
      return isOpen
    }
    guard wasOpen else { return }
    // A child that was forked meanwhile and hasn't begun its program holds the descriptor, and with it the
    // lock: closing ours would leave a finished file locked for a moment.
    flock(descriptor, LOCK_UN)
    closeDescriptor(descriptor)
    Self.all.withLock { _ = $0.remove(partialPath) }
  }

  /// Locks a file that was made a moment ago, so that others see that it is written; false where one has
  /// taken it for abandoned. Without locks there is nobody who removes it.
  private static func claim(_ descriptor: Int32) -> Bool {
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return errno != EWOULDBLOCK }
    var facts = stat()
    return fstat(descriptor, &facts) != 0 || facts.st_nlink > 0
  }

  static func isPartial(_ name: String) -> Bool {
    guard name.hasPrefix("."), let end = name.lastIndex(of: "-") else { return false }
    let random = name[name.index(after: end)...]
    return name[...end].dropFirst().hasSuffix(infix) && (1...16).contains(random.utf8.count)
      && random.allSatisfy(\.isHexDigit)
  }

  private static let infix = ".partial-"
  /// So that the whole name fits `NAME_MAX`, 255 bytes.
  private static let maximumName = 200
}

/// Where a method of that name hides the system's.
private func closeDescriptor(_ descriptor: Int32) {
  close(descriptor)
}

/// Returns 0 or the error number.
private func renameWithoutReplacing(from source: String, to target: String) -> Int32 {
  // A crash between the two calls leaves the file with both names.
  if link(source, target) == 0 { return unlink(source) == 0 ? 0 : errno }
  guard errno == EPERM || errno == ENOTSUP || errno == EMLINK else { return errno }
  // A file system without hard links, such as a USB stick's: claim the name, then replace the claim.
  let claim = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
  guard claim >= 0 else { return errno }
  close(claim)
  if rename(source, target) == 0 { return 0 }
  let failure = errno
  unlink(target)
  return failure
}

extension String {
  /// The longest prefix of whole characters that has at most `count` bytes.
  fileprivate func prefixOfBytes(_ count: Int) -> Substring {
    var text = self[...]
    while text.utf8.count > count { text.removeLast() }
    return text
  }
}
