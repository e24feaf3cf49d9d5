/// A moment as entries spell it: RFC 3339, UTC, milliseconds, `2026-11-23T03:26:55.123Z`.
public enum Timestamp {
  /// The spelling of `milliseconds` since 1970; years 1970 to 9999.
  public static func text(_ milliseconds: Int64) -> String {
    let clamped = min(max(milliseconds, 0), lastMillisecond)
    let (day, rest) = clamped.quotientAndRemainder(dividingBy: 86_400_000)
    let date = civil(day: day)
    let fields = [
      pad(date.year, 4), "-", pad(date.month, 2), "-", pad(date.day, 2), "T",
      pad(rest / 3_600_000, 2), ":", pad(rest / 60_000 % 60, 2), ":", pad(rest / 1000 % 60, 2), ".",
      pad(rest % 1000, 3), "Z",
    ]
    return fields.joined()
  }

  /// The milliseconds since 1970 that `text` spells, or nothing unless it is in that one form.
  public static func milliseconds(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    guard bytes.count == 24 else { return nil }
    func number(_ range: Range<Int>) -> Int64? {
      var value: Int64 = 0
      for byte in bytes[range] {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - 0x30)
      }
      return value
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
      let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
      let milli = number(20..<23)
    else { return nil }
    let time = ((hour * 60 + minute) * 60 + second) * 1000 + milli
    let value = dayNumber(year: year, month: month, day: day) * 86_400_000 + time
    // Whatever is out of its range, or not a separator, comes back in another spelling.
    return year >= 1970 && Self.text(value) == text ? value : nil
  }

  /// 9999-12-31T23:59:59.999Z.
  private static let lastMillisecond: Int64 = 253_402_300_799_999

  private static func pad(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Days since 1970-01-01 in the Gregorian calendar; years begin in March, so that the leap day
  /// is the last.
  private static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
    let y = month <= 2 ? year - 1 : year
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return y * 365 + y / 4 - y / 100 + y / 400 + dayOfYear - 719_468
  }

  private static func civil(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = day + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}
