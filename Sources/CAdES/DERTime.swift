/// UTCTime and GeneralizedTime as Unix seconds, in the forms of RFC 5280, clause 4.1.2.5.
extension DERElement {
  /// Seconds since 1970; a fraction, which only time-stamps have, is cut off.
  var time: Int64? {
    switch tag {
    case Tag.utcTime:
      guard content.count == 13 else { return nil }
      let century: [UInt8] =
        (content.first ?? 0) >= UInt8(ascii: "5") ? [0x31, 0x39] : [0x32, 0x30]
      return DERTime.parse((century + content)[...])
    case Tag.generalizedTime: return DERTime.parse(content)
    default: return nil
    }
  }
}

extension DER {
  /// UTCTime up to 2049, GeneralizedTime from 2050, as certificates, CRLs and CMS have it.
  static func time(_ unixTime: Int64) -> [UInt8] {
    let text = DERTime.format(unixTime)
    let year = text.prefix(2)
    return year == "20" && text.prefix(4) < "2050" || year == "19" && text.prefix(4) >= "1950"
      ? element(Tag.utcTime, Array(text.dropFirst(2).utf8)) : generalizedTime(unixTime)
  }

  static func generalizedTime(_ unixTime: Int64) -> [UInt8] {
    element(Tag.generalizedTime, Array(DERTime.format(unixTime).utf8))
  }
}

enum DERTime {
  /// The years 1950 to 9999, which both forms can say.
  static let range: ClosedRange<Int64> = -631_152_000...253_402_300_799

  /// `YYYYMMDDhhmmss[.f]Z`, where the fraction doesn't end in zero (X.690, clause 11.7).
  static func parse(_ text: ArraySlice<UInt8>) -> Int64? {
    guard text.count >= 15, text.last == UInt8(ascii: "Z") else { return nil }
    let digits = text.prefix(14)
    let fraction = text.dropFirst(14).dropLast()
    guard digits.allSatisfy(isDigit) else { return nil }
    if !fraction.isEmpty {
      guard fraction.first == UInt8(ascii: "."), (2...10).contains(fraction.count),
        fraction.dropFirst().allSatisfy(isDigit), fraction.last != UInt8(ascii: "0")
      else { return nil }
    }
    func number(_ offset: Int, _ count: Int) -> Int64 {
      digits.dropFirst(offset).prefix(count).reduce(0) { $0 * 10 + Int64($1 & 0x0f) }
    }
    let (year, month, day) = (number(0, 4), number(4, 2), number(6, 2))
    let (hour, minute, second) = (number(8, 2), number(10, 2), number(12, 2))
    guard (1...12).contains(month), (1...daysIn(month, of: year)).contains(day), hour < 24,
      minute < 60, second < 60
    else { return nil }
    return days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second
  }

  static func format(_ unixTime: Int64) -> String {
    // Callers' times were checked where they came in; what is out of range here shows as its edge.
    let time = min(max(unixTime, range.lowerBound), range.upperBound)
    let (day, second) = (floor(time, 86400), time - floor(time, 86400) * 86400)
    let (year, month, dayOfMonth) = civil(day)
    let fields = [
      (year, 4), (month, 2), (dayOfMonth, 2), (second / 3600, 2), (second / 60 % 60, 2),
      (second % 60, 2),
    ]
    return fields.map { value, width in
      let text = String(value)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }.joined() + "Z"
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor)
  }

  private static func daysIn(_ month: Int64, of year: Int64) -> Int64 {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return switch month {
    case 2: isLeap ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days since 1970-01-01. Years begin in March here, so that the leap day is the last one.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let marchYear = month <= 2 ? year - 1 : year
    let era = floor(marchYear, 400)
    let yearOfEra = marchYear - era * 400
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = floor(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
      dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    )
  }
}
