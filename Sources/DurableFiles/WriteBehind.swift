import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Sends a file that is being written to the disk in parts, so that the disk works beside the
/// processor and whoever commits the file doesn't wait for all of it at the end.
///
/// It is for files that are written from their beginning to their end and then committed. Whatever
/// is overwritten later, and the end, are the commit's. The descriptor must stay open until this value
/// is gone.
public struct WriteBehind {
  private let disk: DiskWait
  /// The system was asked to write what lies before this, and to say when it has what lies before that.
  private var begun: UInt64 = 0
  private var awaited: UInt64 = 0

  /// Follows the writing of a file that stays the caller's.
  public init(fileDescriptor: Int32) { disk = DiskWait(fileDescriptor) }

  /// Notes that the file is written up to `end`.
  ///
  /// - Returns: 0, or the error number of a write that the disk refused: the file is damaged then, and
  ///   no later call tells it again.
  public mutating func advance(to end: UInt64) -> Int32 {
    #if os(Linux)
      while end - begun >= Self.partSize {
        // Linux starts writing dirty pages when told this, and drops none that it hasn't written.
        // Only a hint: what it doesn't do, the commit does.
        _ = posix_fadvise(
          disk.fileDescriptor, off_t(begun), off_t(Self.partSize), POSIX_FADV_DONTNEED)
        begun += Self.partSize
      }
      if end - awaited >= Self.mostUnwritten {
        let failure = disk.finish()
        guard failure == 0 else { return failure }
        disk.begin()
        awaited = end
      }
    #endif
    return 0
  }

  /// Tells what the disk said last; to be asked before the commit, which isn't told it again.
  ///
  /// - Returns: as ``advance(to:)``.
  public mutating func finish() -> Int32 { disk.finish() }

  /// Large enough for the disk to write in one go; a smaller file is left to the system.
  private static let partSize: UInt64 = 8 << 20
  /// A disk that is slower than we are is left behind by twice this, or the rest of the machine would
  /// wait for it too.
  private static let mostUnwritten: UInt64 = 128 << 20
}

/// Waits for the disk on a thread of its own, one wait at a time; the last ends with this value.
private final class DiskWait: Sendable {
  let fileDescriptor: Int32
  private let refusal = Refusal()
  /// Made with the first wait: most files are small.
  private let queue = Mutex<DispatchQueue?>(nil)

  /// Apart, since a wait that kept the whole value would be the one that ends it.
  private final class Refusal: Sendable {
    let errno = Mutex<Int32>(0)
  }

  init(_ fileDescriptor: Int32) { self.fileDescriptor = fileDescriptor }

  deinit { queue.withLock { $0 }?.sync {} }

  func begin() {
    let queue = queue.withLock { queue in
      let made = queue ?? DispatchQueue(label: "rogatory.disk")
      queue = made
      return made
    }
    queue.async { [fileDescriptor, refusal] in
      guard fdatasync(fileDescriptor) != 0 else { return }
      let number = errno
      refusal.errno.withLock { $0 = number }
    }
  }

  /// Waits for the wait that is under way, and returns 0 or what the disk refused, once.
  func finish() -> Int32 {
    guard let queue = queue.withLock({ $0 }) else { return 0 }
    queue.sync {}
    return refusal.errno.withLock { number in
      defer { number = 0 }
      return number
    }
  }
}
