import Exchange

extension NodeConfiguration.Limits {
  /// The limits that peers meet: those that the file sets, and the others as they are.
  var exchange: ExchangeLimits {
    var limits = ExchangeLimits(
      concurrentTransfersPerPeer: concurrentTransfersPerPeer, offersPerMinute: offersPerMinute,
      maximumBundleBytes: maximumBundleBytes, freeDiskFloorBytes: freeDiskFloorBytes,
      idleTimeoutSeconds: idleTimeoutSeconds)
    func set<Value>(_ path: WritableKeyPath<ExchangeLimits, Value>, _ value: Value?) {
      if let value { limits[keyPath: path] = value }
    }
    set(\.quarantineBytes, quarantineBytes)
    set(\.quarantineBytesPerPeer, quarantineBytesPerPeer)
    set(\.bytesPerDayPerPeer, bytesPerDayPerPeer)
    set(\.openTransfersPerPeer, openTransfersPerPeer)
    set(\.connections, connections)
    set(\.connectionsPerPeer, connectionsPerPeer)
    set(\.requestsPerMinute, requestsPerMinute)
    set(\.slowestBytesPerSecond, slowestBytesPerSecond)
    set(\.slowestSeconds, slowestSeconds)
    return limits
  }

  /// Each key that the file sets, and whether its value can be a limit. Only the floor, and what a day
  /// may bring, can be 0: no limit.
  var tests: [(key: String, holds: Bool)] {
    let counts: [(String, Int?)] = [
      ("concurrentTransfersPerPeer", concurrentTransfersPerPeer),
      ("offersPerMinute", offersPerMinute), ("idleTimeoutSeconds", idleTimeoutSeconds),
      ("openTransfersPerPeer", openTransfersPerPeer), ("connections", connections),
      ("connectionsPerPeer", connectionsPerPeer), ("requestsPerMinute", requestsPerMinute),
      ("slowestBytesPerSecond", slowestBytesPerSecond), ("slowestSeconds", slowestSeconds),
    ]
    let bytes: [(String, Int64?, least: Int64)] = [
      ("maximumBundleBytes", maximumBundleBytes, 1), ("quarantineBytes", quarantineBytes, 1),
      ("quarantineBytesPerPeer", quarantineBytesPerPeer, 1),
      ("freeDiskFloorBytes", freeDiskFloorBytes, 0), ("bytesPerDayPerPeer", bytesPerDayPerPeer, 0),
    ]
    return counts.map { ("limits." + $0.0, $0.1.map { (1...Self.highest).contains($0) } ?? true) }
      + bytes.map { name, value, least in ("limits." + name, value.map { $0 >= least } ?? true) }
  }

  /// More of anything would be no limit.
  private static let highest = 1_000_000_000

  /// Every key with some value.
  static var complete: Self {
    var all = standard
    all.quarantineBytes = 1
    all.quarantineBytesPerPeer = 1
    all.bytesPerDayPerPeer = 0
    all.openTransfersPerPeer = 1
    all.connections = 1
    all.connectionsPerPeer = 1
    all.requestsPerMinute = 1
    all.slowestBytesPerSecond = 1
    all.slowestSeconds = 1
    return all
  }
}
