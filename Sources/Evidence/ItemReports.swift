/// What is known of a bundle's items, by number: some hundred bytes for each, and the report made when
/// it is asked for.
public struct ItemReports: Sendable {
  private var bytes: [UInt8] = []
  private var starts: [Int] = []
  /// Of the first items that failed.
  private var failures: [Int: [String]] = [:]
  /// All that failed, by their places.
  private var failed = EntrySet()
  private var fields = FieldTable()

  /// None.
  public init() {}

  /// Reports in the order of their numbers, from 1 on.
  public init(_ reports: some Sequence<ItemReport>) {
    for report in reports { append(report) }
  }

  mutating func reserveCapacity(_ count: Int) {
    starts.reserveCapacity(count)
    bytes.reserveCapacity(count * Self.usualByteCount)
  }

  /// Adds the report of the next number.
  mutating func append(_ report: ItemReport) {
    starts.append(bytes.count)
    if !report.failures.isEmpty {
      failed.insert(starts.count - 1)
      if failures.count < Self.maximumFailures { failures[starts.count] = report.failures }
    }
    var flags = Self.states.firstIndex(of: report.state).map { UInt8($0) } ?? 0
    let digest = report.sha256.map(unhex)
    let isDigest = digest.map { $0.count == 32 && hex($0) == report.sha256 } ?? false
    let isUsualPath = report.path == Layout.item(starts.count, name: report.name)
    if isDigest { flags |= Self.hasDigest }
    if isDigest, report.headers["sha256"] == report.sha256 { flags |= Self.isSealedDigest }
    if report.path != nil { flags |= isUsualPath ? Self.hasUsualPath : Self.hasPath }
    if report.size != nil { flags |= Self.hasSize }
    bytes.append(flags)
    if isDigest, let digest { bytes += digest }
    if let path = report.path, !isUsualPath { bytes.append(text: path) }
    if let size = report.size { bytes.append(varint: size) }
    bytes.append(varint: report.withheldLeaves)
    let kept = report.headers.filter { $0.key != "sha256" || flags & Self.isSealedDigest == 0 }
    bytes.append(varint: UInt64(kept.count))
    for (key, value) in kept { fields.append(key, value, to: &bytes) }
  }

  /// A disclosed header leaf of the item at a place: costs less than its report.
  public func header(_ key: String, ofItemAt place: Int) -> String? {
    var rest = bytes[starts[place]...]
    let flags = rest.removeFirst()
    if flags & Self.hasDigest != 0 { rest = rest.dropFirst(32) }
    if flags & Self.hasPath != 0 { rest.skipText() }
    if flags & Self.hasSize != 0 { _ = rest.takeVarint() }
    _ = rest.takeVarint()
    for _ in 0..<rest.takeVarint() {
      if let value = fields.value(of: key, from: &rest) { return value }
    }
    return key == "sha256" && flags & Self.isSealedDigest != 0 ? self[place].sha256 : nil
  }

  /// Those in which something is wrong: the first of them, for which the reasons are kept.
  var firstFailed: [ItemReport] { failures.keys.sorted().map { self[$0 - 1] } }

  /// In how many something is wrong.
  var failedCount: Int { failed.count }

  /// How many are in this state.
  public func count(of state: ItemReport.State) -> Int {
    starts.count { Self.states[Int(bytes[$0] & Self.stateMask)] == state }
  }

  private static let states: [ItemReport.State] = [.disclosed, .partial, .withheld]
  private static let stateMask: UInt8 = 3
  private static let hasDigest: UInt8 = 4
  /// The header `sha256` is this digest.
  private static let isSealedDigest: UInt8 = 8
  private static let hasUsualPath: UInt8 = 16
  private static let hasPath: UInt8 = 32
  private static let hasSize: UInt8 = 64
  private static let usualByteCount = 96
  /// A sender chooses how many items fail; what is wrong with more of them says nothing new.
  private static let maximumFailures = 1000
  private static let unlisted =
    "it failed its check; the reasons are listed of others, not of this one"
}

extension ItemReports: RandomAccessCollection, Equatable {
  /// The place of the report of number 1.
  public var startIndex: Int { 0 }
  /// The number of reports.
  public var endIndex: Int { starts.count }

  /// The report of the number that is one more.
  public subscript(_ place: Int) -> ItemReport {
    var rest = bytes[starts[place]...]
    let flags = rest.removeFirst()
    var report = ItemReport(number: place + 1, state: Self.states[Int(flags & Self.stateMask)])
    if flags & Self.hasDigest != 0 {
      report.sha256 = hex(rest.prefix(32))
      rest = rest.dropFirst(32)
    }
    if flags & Self.hasPath != 0 { report.path = rest.takeText() }
    if flags & Self.hasSize != 0 { report.size = rest.takeVarint() }
    report.withheldLeaves = rest.takeVarint()
    for _ in 0..<rest.takeVarint() {
      let (key, value) = fields.take(from: &rest)
      report.headers[key] = value
    }
    if flags & Self.isSealedDigest != 0 { report.headers["sha256"] = report.sha256 }
    if flags & Self.hasUsualPath != 0 { report.path = Layout.item(place + 1, name: report.name) }
    if failed.contains(place) { report.failures = failures[place + 1] ?? [Self.unlisted] }
    return report
  }

  /// Whether the reports are equal one by one.
  public static func == (left: ItemReports, right: ItemReports) -> Bool {
    left.elementsEqual(right)
  }
}

/// Header fields that many items share, kept once each.
private struct FieldTable {
  private var keys: [String] = []
  private var places: [String: Int] = [:]
  private var values: [String] = []
  private var valuePlaces: [String: Int] = [:]

  /// Appends a field: the place of its key, that of its value, and the texts that have no place.
  mutating func append(_ key: String, _ value: String, to bytes: inout [UInt8]) {
    let known = place(of: key, &keys, &places)
    bytes.append(varint: UInt64(known))
    if known == 0 { bytes.append(text: key) }
    let shared = Self.ofOneItem.contains(key) ? 0 : place(of: value, &values, &valuePlaces)
    bytes.append(varint: UInt64(shared))
    if shared == 0 { bytes.append(text: value) }
  }

  func take(from bytes: inout ArraySlice<UInt8>) -> (key: String, value: String) {
    let known = Int(bytes.takeVarint())
    let key = known == 0 ? bytes.takeText() : keys[known - 1]
    let shared = Int(bytes.takeVarint())
    return (key, shared == 0 ? bytes.takeText() : values[shared - 1])
  }

  /// Passes a field, and gives its value where it has this key.
  func value(of key: String, from bytes: inout ArraySlice<UInt8>) -> String? {
    let known = Int(bytes.takeVarint())
    let isWanted = known == 0 ? bytes.takeText() == key : keys[known - 1] == key
    let shared = Int(bytes.takeVarint())
    guard isWanted else {
      if shared == 0 { bytes.skipText() }
      return nil
    }
    return shared == 0 ? bytes.takeText() : values[shared - 1]
  }

  /// From 1; 0 where there is no room for one more, or the text is too long to be worth it.
  private func place(
    of text: String, _ texts: inout [String], _ places: inout [String: Int]
  ) -> Int {
    if let place = places[text], texts[place - 1].utf8.elementsEqual(text.utf8) { return place }
    guard texts.count < Self.limit, text.utf8.count <= Self.longest, places[text] == nil else {
      return 0
    }
    texts.append(text)
    places[text] = texts.count
    return texts.count
  }

  private static let ofOneItem: Set<String> = ["name", "sha256", "size", "modified"]
  /// The sealer chooses how many different texts there are.
  private static let limit = 512
  private static let longest = 256
}

extension [UInt8] {
  fileprivate mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 128 {
      append(UInt8(truncatingIfNeeded: rest) | 128)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  fileprivate mutating func append(text: String) {
    append(varint: UInt64(text.utf8.count))
    append(contentsOf: text.utf8)
  }
}

extension ArraySlice<UInt8> {
  /// What ``append(varint:)`` wrote.
  fileprivate mutating func takeVarint() -> UInt64 {
    var (value, shift): (UInt64, UInt64) = (0, 0)
    while true {
      let byte = removeFirst()
      value |= UInt64(byte & 127) << shift
      if byte < 128 { return value }
      shift += 7
    }
  }

  fileprivate mutating func skipText() {
    let count = Int(takeVarint())
    self = dropFirst(count)
  }

  fileprivate mutating func takeText() -> String {
    let count = Int(takeVarint())
    defer { self = dropFirst(count) }
    return String(decoding: prefix(count), as: UTF8.self)
  }
}
