public import Federation

extension ExchangeNode {
  /// Why what waits for this peer is held, in words; nil where it is delivered as soon as it can be.
  public func reasonHeld(_ peer: String) -> String? {
    do {
      _ = try self.peer(peer)
      return nil
    } catch { return (error as? ExchangeError)?.words }
  }
}

extension ExchangeError {
  /// Whether a transfer that meets this waits without an end: its peer may come back, and until
  /// somebody has looked, giving up would lose what was released.
  var holdsQueue: Bool {
    switch self {
    case .unknownPeer, .heldPeer, .unreachable(.revoked), .unreachable(.otherKey): true
    default: false
    }
  }
}

extension HeldPeer.Reason {
  /// The reason in words, without a full stop.
  public var words: String {
    switch self {
    case .withdrawn(let withdrawal):
      "it was withdrawn on \(withdrawal.at.text.prefix(10)) (\(withdrawal.reason.rawValue))"
    case .notYetValid(let time): "its entry in the directory begins on \(time.text.prefix(10))"
    case .expired(let time): "its entry in the directory ended on \(time.text.prefix(10))"
    case .directoryExpired(let time):
      "the federation's directory ended on \(time.text.prefix(10)), and no newer one was adopted"
    }
  }

  /// A stable code, for answers and the log.
  var code: String {
    switch self {
    case .withdrawn: "WITHDRAWN_PEER"
    case .notYetValid: "PEER_NOT_YET_VALID"
    case .expired: "PEER_EXPIRED"
    case .directoryExpired: "DIRECTORY_EXPIRED"
    }
  }
}
