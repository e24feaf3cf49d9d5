public import CanonicalJSON

/// How far a long act is: bytes done, of how many, how fast, how long it takes still.
///
/// Times are seconds of a clock that nobody sets.
public struct ProgressFigures: Sendable {
  /// What is done, such as `sealing`.
  public let label: String
  /// All the bytes that there are.
  public let total: UInt64
  /// The bytes that are done; never more than ``total``.
  public private(set) var done: UInt64 = 0
  /// Whether something was told, and the end wasn't.
  public private(set) var isUnderWay = false

  private var isFinished = false
  private var toldAt: Double
  /// Moments of the last seconds, the oldest first: a rate over all time hides that nothing moves.
  private var recent: [(time: Double, done: UInt64)]

  /// An act that begins now.
  public init(_ label: String, total: UInt64, at seconds: Double) {
    self.label = label
    self.total = total
    toldAt = seconds
    recent = [(seconds, 0)]
  }

  /// Counts bytes, and returns whether it is time to tell: four times a second at most.
  public mutating func advance(by bytes: UInt64, at seconds: Double) -> Bool {
    done = min(total, done &+ bytes)
    guard !isFinished, seconds - toldAt >= Self.pause else { return false }
    toldAt = seconds
    isUnderWay = true
    remember(seconds)
    return true
  }

  /// Everything is done; returns whether that is still to be told.
  public mutating func finish(at seconds: Double) -> Bool {
    guard !isFinished else { return false }
    isFinished = true
    isUnderWay = false
    done = total
    remember(seconds)
    return true
  }

  /// 0 to 100; 100 only when everything is done.
  public var percent: Int {
    guard total > 0 else { return isFinished ? 100 : 0 }
    let share = Int(Double(done) / Double(total) * 100)
    return isFinished ? 100 : min(share, 99)
  }

  /// Bytes a second, over the last seconds.
  public var rate: UInt64 {
    guard let first = recent.first, let last = recent.last, last.time > first.time else { return 0 }
    return UInt64(Double(last.done - first.done) / (last.time - first.time))
  }

  /// Seconds that the rest takes at this rate; nil while nothing moves.
  public var secondsLeft: UInt64? {
    if isFinished { return 0 }
    return rate > 0 ? (total - done + rate - 1) / rate : nil
  }

  /// The figures in one line for a person.
  public var line: String {
    let left =
      isFinished ? "" : secondsLeft.map { "  \(Self.clock($0)) left" } ?? "  nothing moves"
    return "\(label)  \(percent) %  \(Self.size(done)) of \(Self.size(total))  "
      + "\(Self.size(rate))/s\(left)"
  }

  /// The figures for a program: `progress` with `act`, `done`, `total`, `percent`, `rate` (bytes a
  /// second) and, where it can be told, `left` (seconds).
  public var json: JSON {
    var figures: [String: JSON] = [
      "act": .string(label), "done": .integer(Int64(clamping: done)),
      "total": .integer(Int64(clamping: total)), "percent": .integer(Int64(percent)),
      "rate": .integer(Int64(clamping: rate)),
    ]
    figures["left"] = secondsLeft.map { .integer(Int64(clamping: $0)) }
    return .object(["progress": .object(figures)])
  }

  private mutating func remember(_ seconds: Double) {
    recent.append((seconds, done))
    while recent.count > 2, seconds - recent[0].time > Self.window { recent.removeFirst() }
  }

  /// `1.5 GB`: three digits at most, in powers of ten as disks are sold.
  private static func size(_ bytes: UInt64) -> String {
    var value = bytes
    var rest: UInt64 = 0
    var unit = 0
    while value >= 1000, unit < units.count - 1 {
      (value, rest) = (value / 1000, value % 1000)
      unit += 1
    }
    let digit = unit > 0 && value < 10 ? ".\(rest / 100)" : ""
    return "\(value)\(digit) \(units[unit])"
  }

  /// `1:05:09`, `5:09`.
  private static func clock(_ seconds: UInt64) -> String {
    func two(_ value: UInt64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
    return hours > 0
      ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(minutes):\(two(seconds % 60))"
  }

  private static let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
  private static let pause = 0.25
  private static let window = 5.0
}
