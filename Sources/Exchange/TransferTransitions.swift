// The arrows of ``TransferState``: what each end makes of each event.

extension TransferState {
  mutating func applyAsSender(_ event: Event) throws(ExchangeError) -> [Action] {
    switch (phase, event) {
    case (.queued, .attempt), (.offered, .attempt), (.uploading, .attempt), (.waiting, .attempt),
      (.held, .attempt):
      phase = .offered
      return [.offer]
    case (.relayed, .attempt): return [.fetchReceipts]
    case (.offered, .accepted(let offset)) where offset <= byteCount:
      phase = .uploading
      self.offset = offset
      defer { isSendLogged = true }
      let first: [Action] = isSendLogged ? [] : [.logSend]
      // With nothing left to send, the empty upload asks the peer to finish what a crash kept it from.
      return first + [.upload(from: offset)]
    case (.uploading, .uploaded):
      offset = byteCount
      return [.fetchReceipts]
    // The answer to the upload brought receipts already.
    case (.relayed, .uploaded): return [.fetchReceipts]
    case (_, .uploaded) where isFinal: return []
    case (.offered, .interrupted), (.uploading, .interrupted), (.queued, .interrupted),
      (.waiting, .interrupted), (.held, .interrupted):
      phase = .waiting
      return [.retryLater]
    case (.offered, .withheld), (.uploading, .withheld), (.queued, .withheld),
      (.waiting, .withheld), (.held, .withheld):
      phase = .held
      return [.retryLater]
    case (.relayed, .interrupted), (.relayed, .withheld): return [.retryLater]
    case (.waiting, .deadline), (.queued, .deadline):
      phase = .undeliverable
      return [.logGivenUp, .issue(.nonDelivery), .removeFile]
    case (_, .cancel) where canBeCancelled:
      phase = .cancelled
      return [.logGivenUp, .removeFile]
    case (_, .recall) where isSendLogged: return try recallAsSender()
    case (_, .receipt(let kind)): return try apply(kind)
    default: throw .wrongPhase(phase)
    }
  }

  private mutating func recallAsSender() throws(ExchangeError) -> [Action] {
    switch phase {
    case .offered, .uploading, .waiting, .held, .relayed, .delivered, .retrieved:
      phase = .recalled
      return [.logRecall, .sendRecall, .removeFile]
    default: throw .wrongPhase(phase)
    }
  }

  /// Receipts may come in any order and more than once; a later fact is never undone by an earlier,
  /// and what an honest peer gives leads to one phase, however it is shuffled.
  private mutating func apply(_ kind: Receipt.Kind) throws(ExchangeError) -> [Action] {
    // Nothing was offered, so nobody can have anything to attest.
    guard phase != .queued else { throw .wrongPhase(phase) }
    let before = phase
    switch kind {
    case .submissionAcceptance, .nonRetrieval: break
    case .relayAcceptance: if isUnderWay { phase = .relayed }
    case .delivery:
      if isUnderWay || [.relayed, .undeliverable].contains(phase) { phase = .delivered }
    case .retrieval:
      if isUnderWay || [.relayed, .undeliverable, .delivered].contains(phase) {
        phase = .retrieved
      }
      isOpened = true
    case .submissionRejection, .relayRejection, .nonDelivery:
      if isUnderWay || phase == .relayed { phase = .rejected }
      if phase == .recalled { phase = .cancelled }
    case .relayFailure:
      if isUnderWay { phase = .undeliverable }
      if phase == .recalled { phase = .cancelled }
    case .recallRefusal: if phase == .recalled { phase = .recallRefused }
    case .erasure: if phase != .rejected, phase != .cancelled { phase = .erased }
    }
    if [.relayed, .delivered, .retrieved].contains(phase) { offset = byteCount }
    return phase != before && phase != .relayed ? [.logReceipt, .removeFile] : [.logReceipt]
  }

  /// Whether the sender has offered it and knows no outcome.
  private var isUnderWay: Bool {
    switch phase {
    case .offered, .uploading, .waiting, .held: true
    default: false
    }
  }

  mutating func applyAsReceiver(_ event: Event) throws(ExchangeError) -> [Action] {
    switch (phase, event) {
    case (.offered, .bytes(let offset)), (.receiving, .bytes(let offset)):
      guard offset >= self.offset, offset <= byteCount else { throw .wrongPhase(phase) }
      self.offset = offset
      phase = .receiving
      return []
    case (.offered, .complete(let matches)), (.receiving, .complete(let matches)):
      guard offset == byteCount else { throw .wrongPhase(phase) }
      phase = matches ? .received : .rejected
      return matches
        ? [.logReceive, .issue(.relayAcceptance), .verify]
        : [.logReject, .issue(.relayRejection), .removeFile]
    case (.offered, .expired), (.receiving, .expired):
      phase = .undeliverable
      return [.logReject, .issue(.relayFailure), .removeFile]
    case (.received, .verified):
      phase = .delivered
      return [.logDeliver, .issue(.delivery), .removeFile]
    case (.received, .refused):
      phase = .rejected
      return [.logReject, .issue(.nonDelivery), .removeFile]
    case (.offered, .refused):
      phase = .rejected
      return [.logReject, .issue(.submissionRejection)]
    case (_, .opened): return try open()
    case (.delivered, .unopened): return [.issue(.nonRetrieval)]
    case (_, .recall): return recallAsReceiver()
    case (.delivered, .erase), (.retrieved, .erase), (.recalled, .erase), (.recallRefused, .erase):
      phase = .erasing
      return [.logErase, .removeFile]
    case (.erasing, .removed):
      phase = .erased
      return [.issue(.erasure)]
    case (.recalled, .refuseRecall):
      phase = .recallRefused
      return [.issue(.recallRefusal)]
    default: throw .wrongPhase(phase)
    }
  }

  private mutating func open() throws(ExchangeError) -> [Action] {
    switch phase {
    case .delivered: phase = .retrieved
    case .retrieved, .recallRefused: break
    // What is recalled is closed until people have decided on it.
    default: throw .wrongPhase(phase)
    }
    defer { isOpened = true }
    return isOpened ? [.logRetrieve] : [.logRetrieve, .issue(.retrieval)]
  }

  /// Before the inbox it is a cancellation: nobody can have seen it. From there on people decide.
  private mutating func recallAsReceiver() -> [Action] {
    switch phase {
    case .offered, .receiving:
      phase = .cancelled
      return [.logRecall, .issue(.relayFailure), .removeFile]
    case .received:
      phase = .cancelled
      return [.logRecall, .issue(.nonDelivery), .removeFile]
    case .delivered, .retrieved:
      phase = .recalled
      return [.logRecall]
    // It isn't here, or is about to go, or people have answered: the sender gets the receipts of that.
    default: return [.logRecall]
    }
  }
}
