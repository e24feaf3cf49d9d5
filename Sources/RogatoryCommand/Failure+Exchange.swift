import Exchange

extension Failure {
  /// What keeps an exchange from going on.
  init(exchange error: ExchangeError) {
    switch error {
    case .unreachable:
      self.init(
        .temporary, error.words, safe: "the transfer stays in the outbox, whole and encrypted",
        hint: "`rogatory serve` goes on trying; `rogatory peer test` says what stands in the way")
    case .busy:
      self.init(.temporary, error.words, safe: "nothing was changed", hint: "wait for it")
    case .awaitsAuthority:
      self.init(
        .temporary, error.words,
        safe: "nothing left this node",
        hint:
          "`rogatory extend BUNDLE --to B-LT -o OUT` completes it; so does `serve`, in its place")
    case .notVerified(let verification):
      self = BundleInput.refusal(verification, path: "the bundle")
      safe = "nothing left this node"
    case .damagedMedium:
      self.init(
        .failed, error.words, safe: "nothing of it was taken",
        hint: "have it written again, or copied from the original")
    case .otherMedium:
      self.init(.refused, error.words, safe: "nothing of it was taken")
    case .unknownPeer, .heldPeer, .refusedByTerms, .refusedByPeer, .wrongPhase:
      self.init(
        error.isTemporary ? .temporary : .refused, error.words, safe: "nothing else was changed",
        hint: "`rogatory transfer show ID` tells a transfer's whole life")
    case .cannotListen(let problem):
      self.init(
        problem.isTemporary ? .temporary : .failed, error.words, safe: "the node doesn't run",
        hint: problem.advice)
    case .ownFork:
      self.init(
        .inconsistent, error.words, safe: "nothing was sent",
        hint: "stop the node, and see `rogatory log recover`")
    case .fork:
      self.init(
        .inconsistent, error.words, safe: "nothing was sent",
        hint: "speak with the peer: one of the two logs was rewritten or restored")
    default:
      self.init(.failed, error.words, safe: "what was acknowledged stays as it was")
    }
  }
}
