#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Sends a file that is being written to the disk in parts, so that the disk works beside the
/// processor and whoever commits the file doesn't wait for all of it at the end.
///
/// It is for files that are written from their beginning to their end and then committed. Whatever
/// is overwritten later, and the end, are the commit's.
public struct WriteBehind {
  private let fileDescriptor: Int32
  /// The system was asked to write what lies before this, and had written what lies before that.
  private var begun: UInt64 = 0
  private var awaited: UInt64 = 0

  /// Follows the writing of a file that stays the caller's.
  public init(fileDescriptor: Int32) { self.fileDescriptor = fileDescriptor }

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
          fileDescriptor, off_t(begun), off_t(Self.partSize), POSIX_FADV_DONTNEED)
        begun += Self.partSize
      }
      if end - awaited >= Self.mostUnwritten {
        guard fdatasync(fileDescriptor) == 0 else { return errno }
        awaited = end
      }
    #endif
    return 0
  }

  /// Large enough for the disk to write in one go; a smaller file is left to the system.
  private static let partSize: UInt64 = 8 << 20
  /// A disk that is slower than we are isn't left more behind than this, or the rest of the machine
  /// would wait for it too.
  private static let mostUnwritten: UInt64 = 256 << 20
}
