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
  public static func milliseconds(_ text: String) -> Int64? { milliseconds(text.utf8) }

  static func milliseconds(_ text: some Collection<UInt8>) -> Int64? {
    guard text.count == form.utf8CodeUnitCount else { return nil }
    // One number for each run of digits; everything between them has to be as in the form.
    var numbers: (Int64, Int64, Int64, Int64, Int64, Int64, Int64) = (0, 0, 0, 0, 0, 0, 0)
    var number: Int64 = 0
    var count = 0
    for (index, byte) in text.enumerated() {
      if (0x30...0x39).contains(byte), form.utf8Start[index] == UInt8(ascii: "0") {
        number = number * 10 + Int64(byte - 0x30)
        continue
      }
      guard byte == form.utf8Start[index] else { return nil }
      switch count {
      case 0: numbers.0 = number
      case 1: numbers.1 = number
      case 2: numbers.2 = number
      case 3: numbers.3 = number
      case 4: numbers.4 = number
      case 5: numbers.5 = number
      default: numbers.6 = number
      }
      (number, count) = (0, count + 1)
    }
    let (year, month, day, hour, minute, second, milli) = numbers
    guard year >= 1970, (1...12).contains(month), hour < 24, minute < 60, second < 60 else {
      return nil
    }
    let dayNumber = dayNumber(year: year, month: month, day: day)
    guard civil(day: dayNumber) == (year, month, day) else { return nil }
    return dayNumber * 86_400_000 + ((hour * 60 + minute) * 60 + second) * 1000 + milli
  }

  private static let form: StaticString = "0000-00-00T00:00:00.000Z"

  /// The day of a moment; year, month and day count from 1.
  static func date(_ milliseconds: Int64) -> (year: Int64, month: Int64, day: Int64) {
    civil(day: min(max(milliseconds, 0), lastMillisecond) / 86_400_000)
  }

  /// The beginning of a day, in milliseconds since 1970. 29 February of another year is 1 March.
  static func midnight(year: Int64, month: Int64, day: Int64) -> Int64 {
    dayNumber(year: year, month: month, day: day) * 86_400_000
  }

  /// How far into its day a moment is.
  static func millisecondsOfDay(_ milliseconds: Int64) -> Int64 {
    max(milliseconds, 0) % 86_400_000
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
