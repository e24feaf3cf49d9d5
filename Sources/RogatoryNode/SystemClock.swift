import CTimex

/// What the kernel says of the computer's clock.
public enum SystemClock: Hashable, Sendable {
  /// A time service keeps it; it may be off by so many microseconds.
  case synchronised(maximumError: Int64)
  /// No time service keeps it.
  case notSynchronised

  /// Asks, and changes nothing; nil where the kernel doesn't tell, as in some containers.
  public static var state: SystemClock? {
    var answer = timex()
    let result = adjtimex(&answer)
    guard result >= 0 else { return nil }
    return result == TIME_ERROR || answer.status & STA_UNSYNC != 0
      ? .notSynchronised : .synchronised(maximumError: Int64(answer.maxerror))
  }
}
