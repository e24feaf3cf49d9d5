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

  /// Whether each value can be a limit. Only what a day may bring can be 0: no limit.
  var areSound: Bool {
    let counts = [
      concurrentTransfersPerPeer, offersPerMinute, idleTimeoutSeconds, openTransfersPerPeer,
      connections, connectionsPerPeer, requestsPerMinute, slowestBytesPerSecond, slowestSeconds,
    ]
    let bytes = [maximumBundleBytes, quarantineBytes, quarantineBytesPerPeer]
    return counts.allSatisfy { $0.map { (1...1_000_000_000).contains($0) } ?? true }
      && bytes.allSatisfy { $0.map { $0 > 0 } ?? true } && freeDiskFloorBytes >= 0
      && bytesPerDayPerPeer ?? 0 >= 0
  }
}
