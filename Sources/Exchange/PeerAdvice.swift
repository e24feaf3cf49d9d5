extension ExchangeError {
  /// What to do about a link that fails for this reason.
  func advice(peer id: String) -> String {
    switch self {
    case .unknownPeer:
      "`rogatory peer list` shows the peers; add it with `rogatory peer add CARD`, or adopt a "
        + "directory that names it"
    case .heldPeer(_, .directoryExpired):
      "`rogatory directory fetch` from another peer, or ask the federation for the next version"
    case .heldPeer: "ask the federation; what waits in the outbox is kept"
    case .unreachable(let problem): problem.advice(peer: id)
    case .refusedByPeer(403, _), .refusedByPeer(401, _):
      "ask the peer's administrators whether they approved this node's newest card: "
        + "`rogatory peer card`"
    case .clocksDiffer:
      "set the clock that is wrong (NTP); `timedatectl` shows this machine's"
    case .directoriesDiffer:
      "stop exchanging with it, and tell the federation: two contents of one version are a fork"
    case .fork, .ownFork: "see Docs/Operating.md, \"After a restore\""
    case .ownCertificate: "`rogatory doctor` shows this node's certificates"
    default: "try again; if it stays, ask the peer's administrators"
    }
  }
}

extension PeerProblem {
  fileprivate func advice(peer id: String) -> String {
    switch self {
    case .unknownHost: "check the host in the card's URL, and this machine's DNS"
    case .refused: "ask whether `rogatory serve` runs there, on the port of the card's URL"
    case .noConnection: "check routes and firewalls on both sides"
    case .certificate, .otherKey:
      "somebody may stand in between. Ask the peer for its newest card, compare its words by "
        + "telephone, and add it by two officers"
    case .wrongName:
      "the peer needs a certificate for the host of its URL, or a card with another URL"
    case .expired: "the peer has to renew its certificate"
    case .notYetValid: "compare both clocks with the true time; the peer may be ahead"
    case .revoked:
      "ask the peer what happened; it needs a new key and card. What waits for it is held"
    case .revocationUnknown:
      "see that `peerRevocation` or `crl` in node.yaml names a source for the peer's authority, and that "
        + "it is reached; `rogatory peer test \(id)` asks now"
    case .tls: "the peer must speak TLS 1.3; see whether a proxy stands in between"
    case .closed:
      "ask whether \(id) approved this node's newest card (`rogatory peer card`), and what its log "
        + "says: `rogatory log show --event denied`"
    case .silent: "try again later; the peer may be overloaded"
    case .fetches:
      "nothing is wrong: \(id) tells by `rogatory peer test` whether it reaches this node"
    case .other: "try again; if it stays, ask the peer's administrators"
    }
  }
}
