import CKernelClock
import Glibc

/// What a clock said at one moment, and how far it is to be believed.
public struct ClockReading: Hashable, Sendable {
  /// Where the time came from, as entries say it.
  public enum Source: String, Hashable, Sendable {
    /// The system's clock, and the kernel says that something keeps it right (NTP, PTP).
    case synchronised = "ntp"
    /// The system's clock, which nothing keeps right as far as the kernel knows.
    case unsynchronised
    /// The caller gave the time.
    case given
  }

  /// Milliseconds since 1970, UTC.
  public var milliseconds: Int64
  /// Where it came from.
  public var source: Source
  /// The offset in microseconds that the kernel is still correcting; for a synchronised clock.
  public var offsetMicroseconds: Int64?
  /// How far the time may be wrong at most, in milliseconds, as the kernel estimates it; likewise.
  public var errorMilliseconds: Int64?
  /// Milliseconds since the machine started, its sleep included. Nobody sets this counter, so steps
  /// of the clock show beside it.
  public var monotonic: Int64?
  /// Which start of the machine that was: 8 hex digits. Counters of two starts can't be compared.
  public var boot: String?

  /// A time that the caller vouches for; no step of it can be seen.
  public init(given milliseconds: Int64) {
    self.milliseconds = milliseconds
    source = .given
  }

  /// What the system's clocks say now.
  public static func system() -> ClockReading {
    var reading = ClockReading(given: systemMilliseconds())
    reading.source = .unsynchronised
    var kernel = kernel_clock()
    if kernel_clock_read(&kernel) != 0, kernel.synchronised != 0 {
      reading.source = .synchronised
      reading.offsetMicroseconds = kernel.offset_microseconds
      reading.errorMilliseconds = kernel.error_milliseconds
    }
    var now = timespec()
    if clock_gettime(CLOCK_BOOTTIME, &now) == 0 {
      reading.monotonic = Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
      reading.boot = bootID
    }
    return reading
  }

  /// How far the clock was moved between an earlier entry and this reading, in milliseconds; nothing
  /// when it was not, or when that can't be told. Back in time also shows without a counter.
  func step(since earlier: ClockReading) -> Int64? {
    let moved = milliseconds - earlier.milliseconds
    if let monotonic, let before = earlier.monotonic, let boot, boot == earlier.boot {
      let step = moved - (monotonic - before)
      return abs(step) > Self.tolerance ? step : nil
    }
    return source != .given && moved < -Self.tolerance ? moved : nil
  }

  /// Reading two clocks one after the other takes microseconds, but a machine may be busy.
  private static let tolerance: Int64 = 1000
}

/// The first digits of the kernel's random id of this start of the machine.
private let bootID: String? = {
  guard let bytes = try? readFile("/proc/sys/kernel/random/boot_id", limit: 64) else { return nil }
  return String(validating: bytes.prefix(8), as: UTF8.self)
}()
