import Synchronization

/// What was parsed before in this process, by its bytes: the signatures of a node's peers bring the same few
/// certificates and revocation lists along, each time.
///
/// What comes of parsing depends on the bytes alone. Only what could be parsed is kept. The table is bounded,
/// and begins anew when it is full: strangers can make it useless, and no more.
final class ParsedOnce<Value: Sendable>: Sendable {
  /// An array is hashed byte by byte; this all at once.
  private struct Key: Hashable {
    let bytes: [UInt8]

    func hash(into hasher: inout Hasher) {
      bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
  }
  private struct Known {
    var values: [Key: Value] = [:]
    var byteCount = 0
  }

  private let known = Mutex(Known())

  /// What `parse` makes of the bytes, or made of them before.
  func value(
    _ bytes: [UInt8], _ parse: ([UInt8]) throws(CAdESError) -> Value
  ) throws(CAdESError) -> Value {
    let key = Key(bytes: bytes)
    if let value = known.withLock({ $0.values[key] }) { return value }
    let value = try parse(bytes)
    guard bytes.count <= Self.longest else { return value }
    known.withLock { known in
      if known.byteCount + bytes.count > Self.mostBytes { known = Known() }
      known.values[key] = value
      known.byteCount += bytes.count
    }
    return value
  }

  /// The lists of most authorities; hashing a longer one isn't much cheaper than parsing it.
  private static var longest: Int { 128 << 10 }
  /// Some hundred certificates, as many as a federation has; decoded they take about ten times as much.
  private static var mostBytes: Int { 512 << 10 }
}
