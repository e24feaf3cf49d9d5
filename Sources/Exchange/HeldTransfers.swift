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
