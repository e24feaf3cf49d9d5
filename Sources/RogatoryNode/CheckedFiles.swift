import DurableFiles
public import Evidence
import Glibc

/// The bundle files whose contents this node has sealed or checked in full, by what the file system
/// says of them: `checked-files.txt` in the home.
///
///     rogatory-checked-files/1 <software>
///     <device> <inode> <size> <modified> <changed> <container digest>      the latest first
///
/// Times are in nanoseconds, the digest is ``containerDigest(of:)`` in hexadecimal. Whatever is
/// amiss with this list costs a full check, no more. What it may be used for, and who can deceive
/// it: Docs/Decisions/0026-unchanged-content.md.
public struct CheckedFiles: Sendable {
  private let path: String
  private let heading: String

  /// The word for a file's contents where this very file was checked and nobody wrote to it since.
  ///
  /// - Parameter container: the ``containerDigest(of:)`` of the container in the file.
  public func unchangedContent(
    of descriptor: Int32, container: [UInt8]
  ) -> UnchangedContent? {
    guard let facts = try? facts(ofDescriptor: descriptor, path: path),
      lines().contains(line(facts, container))
    else { return nil }
    return UnchangedContent(container: container)
  }

  /// Remembers a file that was checked, if nobody wrote to it meanwhile.
  ///
  /// Silent where it can't: the home may be read-only, and nothing depends on it.
  public func remember(_ check: FileCheck, container: [UInt8]) {
    guard let facts = check.lastingFacts() else { return }
    let new = line(facts, container)
    let kept = lines().filter { $0 != new }.prefix(Self.maximumFiles - 1)
    let text = ([heading, new] + kept).joined(separator: "\n") + "\n"
    try? AtomicFile.write(Array(text.utf8), to: path, replacing: true)
  }

  private func lines() -> [String] {
    guard let bytes = try? readSmallFile(path, limit: Self.maximumBytes) else { return [] }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    // Another version may judge contents by other rules, so its checks aren't this one's.
    return lines.first == heading ? Array(lines.dropFirst()) : []
  }

  private func line(_ facts: FileFacts, _ container: [UInt8]) -> String {
    "\(facts.device) \(facts.inode) \(facts.size) \(facts.modified) \(facts.changed) "
      + container.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }

  init(path: String, software: String) {
    self.path = path
    heading = "rogatory-checked-files/1 \(software)"
  }

  /// The bundles that somebody works on now.
  private static let maximumFiles = 64
  private static let maximumBytes = 64 << 10
}

extension NodeHome {
  /// The files that this node has checked, with this version of the software.
  public func checkedFiles(software: String) -> CheckedFiles {
    CheckedFiles(path: file("checked-files.txt"), software: software)
  }
}

/// An open file while its contents are checked, so that a change meanwhile is noticed.
public final class FileCheck {
  private let descriptor: Int32
  /// What the file was when the check began; nil for a file that this process writes.
  private let first: FileFacts?

  /// Begins to watch a file that is about to be read in full; nil where it is too small to be worth
  /// it, or where a change could go unnoticed.
  public init?(reading descriptor: Int32) {
    let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard own >= 0 else { return nil }
    guard let facts = Self.settledFacts(own) else {
      close(own)
      return nil
    }
    self.descriptor = own
    first = facts
  }

  /// Begins to watch a file that this process alone writes, sealing what it writes.
  public init?(writing descriptor: Int32) {
    let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard own >= 0 else { return nil }
    self.descriptor = own
    first = nil
  }

  deinit { close(descriptor) }

  /// The facts of the file that was checked; nil where it was changed while it was.
  func lastingFacts() -> FileFacts? {
    guard let facts = Self.settledFacts(descriptor), first.map({ $0 == facts }) ?? true else {
      return nil
    }
    return facts
  }

  /// The facts of a file to which nobody can write from now on without changing them.
  private static func settledFacts(_ descriptor: Int32) -> FileFacts? {
    guard let size = try? facts(ofDescriptor: descriptor, path: "").size, size >= minimumSize
    else { return nil }
    // A page that a program has mapped and written to takes further writes without a new time,
    // until it is written back.
    guard fsync(descriptor) == 0 else { return nil }
    for _ in 0..<2 {
      guard let facts = try? facts(ofDescriptor: descriptor, path: "") else { return nil }
      // Whole milliseconds: a file system whose clock has ticks of up to two seconds.
      guard facts.changed % 1_000_000 != 0 else { return nil }
      let age = nanosecondsNow() - facts.changed
      if age >= tick { return facts }
      guard age >= 0 else { return nil }
      usleep(UInt32((tick - age) / 1000 + 1))
    }
    return nil
  }

  private static func nanosecondsNow() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Two changes within one tick of the kernel's clock, at most ten milliseconds, have one time.
  private static let tick: Int64 = 20_000_000
  /// Smaller files are checked in less time than it takes to settle.
  private static let minimumSize: UInt64 = 8 << 20
}
