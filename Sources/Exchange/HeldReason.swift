public import Federation

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
