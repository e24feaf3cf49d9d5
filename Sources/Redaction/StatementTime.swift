/// A time in a statement: UTC, to the second, in the years 1 to 9999, without leap seconds.
public struct StatementTime: Hashable, Comparable, Sendable {
  /// Seconds since 1970-01-01T00:00:00Z.
  public let unixSeconds: Int64

  /// A time; nil outside of the years 1 to 9999.
  public init?(unixSeconds: Int64) {
    guard Self.range.contains(unixSeconds) else { return nil }
    self.unixSeconds = unixSeconds
  }

  /// Parses `YYYY-MM-DDTHH:MM:SSZ`; nil for any other form, and for a day that doesn't exist.
  public init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard bytes.count == Self.form.count else { return nil }
    for (byte, expected) in zip(bytes, Self.form) {
      let isDigit = UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
      guard expected == UInt8(ascii: "0") ? isDigit : byte == expected else { return nil }
    }
    func number(_ range: Range<Int>) -> Int64 {
      bytes[range].reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }
    let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
    let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
    guard year >= 1, 1...12 ~= month, day >= 1, hour < 24, minute < 60, second < 60 else {
      return nil
    }
    let days = Self.days(year: year, month: month, day: day)
    guard Self.date(days: days) == (year, month, day) else { return nil }
    unixSeconds = days * 86_400 + hour * 3600 + minute * 60 + second
  }

  /// `YYYY-MM-DDTHH:MM:SSZ`
  public var text: String {
    let days = (unixSeconds - Self.range.lowerBound) / 86_400 + Self.range.lowerBound / 86_400
    let second = unixSeconds - days * 86_400
    let (year, month, day) = Self.date(days: days)
    var bytes = Self.form
    func put(_ value: Int64, _ places: Range<Int>) {
      var rest = value
      for place in places.reversed() {
        bytes[place] += UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
    }
    put(year, 0..<4)
    put(month, 5..<7)
    put(day, 8..<10)
    put(second / 3600, 11..<13)
    put(second / 60 % 60, 14..<16)
    put(second % 60, 17..<19)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let form = Array("0000-00-00T00:00:00Z".utf8)

  /// The earlier time is the smaller one.
  public static func < (one: StatementTime, other: StatementTime) -> Bool {
    one.unixSeconds < other.unixSeconds
  }

  /// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
  private static let range: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

  /// Days from 1970-01-01 in the Gregorian calendar, counted in years that begin in March.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let marchYear = month > 2 ? year : year - 1
    let marchMonth = (month + 9) % 12
    let leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
    return marchYear * 365 + leapDays + (marchMonth * 306 + 5) / 10 + day - 1 - dayOfEpoch
  }

  private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let count = days + dayOfEpoch
    var marchYear = (count * 10_000 + 14_780) / 3_652_425
    func yearStart(_ year: Int64) -> Int64 { year * 365 + year / 4 - year / 100 + year / 400 }
    if yearStart(marchYear) > count { marchYear -= 1 }
    let dayOfYear = count - yearStart(marchYear)
    let marchMonth = (dayOfYear * 100 + 52) / 3060
    let month = (marchMonth + 2) % 12 + 1
    let year = marchYear + (marchMonth + 2) / 12
    return (year, month, dayOfYear - (marchMonth * 306 + 5) / 10 + 1)
  }

  /// 1970-01-01, counted from 0000-03-01.
  private static let dayOfEpoch: Int64 = 719_468
}
