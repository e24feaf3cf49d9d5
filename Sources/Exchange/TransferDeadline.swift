import Redaction

/// Until when a transfer has to get through, and the rule that says so.
public struct TransferDeadline: Hashable, Sendable {
  /// The rule, for the log: an ISO 8601 duration such as `P7D`, or `AT` for a moment that was named.
  public let rule: String
  /// The moment, milliseconds since 1970.
  public let due: Int64

  /// So many seconds after `now`, in milliseconds since 1970.
  public init(seconds: Int64, after now: Int64) {
    let days = seconds / 86_400
    rule = days > 0 && seconds % 86_400 == 0 ? "P\(days)D" : "PT\(seconds)S"
    due = now + seconds * 1000
  }

  /// Parses what a person wrote: a moment (`2026-12-01T12:00:00Z`), a day (`2026-12-01`: its end,
  /// UTC), or a duration from `now` on (`36h`, `2d`, `P2D`, `PT36H`).
  ///
  /// Nil for anything else, for what has passed, and for more than ``longestDays`` from now.
  public init?(_ text: String, after now: Int64) {
    let day = text.utf8.count == 10 ? text + "T23:59:59Z" : text
    if let time = StatementTime(day) {
      rule = "AT"
      due = time.unixSeconds * 1000
    } else if let (rule, seconds) = Self.duration(text) {
      self.rule = rule
      due = now + seconds * 1000
    } else {
      return nil
    }
    guard due > now, due - now <= Self.longestDays * 86_400_000 else { return nil }
  }

  private static func duration(_ text: String) -> (rule: String, seconds: Int64)? {
    let parts =
      text.wholeMatch(
        of: #/(?:PT([1-9][0-9]{0,4})([HMS])|P([1-9][0-9]{0,4})([DW])|([1-9][0-9]{0,4})([dhm]))/#)
    guard let match = parts?.output else { return nil }
    let number = match.1 ?? match.3 ?? match.5
    let unit = match.2 ?? match.4 ?? match.6
    guard let number, let unit, let count = Int64(number) else { return nil }
    // `m` are minutes, and `M` after `PT` as well; months aren't a number of seconds.
    switch unit {
    case "W": return ("P\(count)W", count * 7 * 86_400)
    case "D", "d": return ("P\(count)D", count * 86_400)
    case "H", "h": return ("PT\(count)H", count * 3600)
    case "M", "m": return ("PT\(count)M", count * 60)
    default: return ("PT\(count)S", count)
    }
  }

  /// Longer than any rule for an answer between authorities (EIO: 90 days for its execution).
  public static let longestDays: Int64 = 90
}
