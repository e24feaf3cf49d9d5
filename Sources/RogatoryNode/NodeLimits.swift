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
    set(\.retrievalSeconds, retrievalSeconds)
    set(\.offerExpirySeconds, offerExpirySeconds)
    set(\.deliveryTurnSeconds, deliveryTurnSeconds)
    set(\.concurrentDeliveries, concurrentDeliveries)
    return limits
  }

  /// Whether each value can be a limit, by its key. Only what a day may bring can be 0: no limit.
  var checks: [(key: String, holds: Bool)] {
    let counts: [(String, Int?)] = [
      ("concurrentTransfersPerPeer", concurrentTransfersPerPeer),
      ("offersPerMinute", offersPerMinute), ("idleTimeoutSeconds", idleTimeoutSeconds),
      ("openTransfersPerPeer", openTransfersPerPeer), ("connections", connections),
      ("connectionsPerPeer", connectionsPerPeer), ("requestsPerMinute", requestsPerMinute),
      ("slowestBytesPerSecond", slowestBytesPerSecond), ("slowestSeconds", slowestSeconds),
      ("retrievalSeconds", retrievalSeconds), ("offerExpirySeconds", offerExpirySeconds),
      ("deliveryTurnSeconds", deliveryTurnSeconds),
      ("concurrentDeliveries", concurrentDeliveries),
    ]
    let bytes: [(String, Int64?, least: Int64)] = [
      ("maximumBundleBytes", maximumBundleBytes, 1), ("quarantineBytes", quarantineBytes, 1),
      ("quarantineBytesPerPeer", quarantineBytesPerPeer, 1),
      ("freeDiskFloorBytes", freeDiskFloorBytes, 0), ("bytesPerDayPerPeer", bytesPerDayPerPeer, 0),
    ]
    return counts.map { ("limits." + $0, $1.map { (1...Self.mostCount).contains($0) } ?? true) }
      + bytes.map { row in ("limits." + row.0, row.1.map { $0 >= row.least } ?? true) }
  }

  /// So that nothing that is made of two of them overflows.
  private static let mostCount = 1_000_000_000
}
