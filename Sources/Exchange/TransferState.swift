/// Where a transfer stands.
public enum TransferPhase: String, Hashable, Sendable, CaseIterable {
  /// At the sender: released and encrypted, not offered yet.
  case queued
  /// Offered; at the receiver also: accepted, and no byte has come.
  case offered
  /// At the sender: bytes are on their way.
  case uploading
  /// At the sender: interrupted; it goes on at the next attempt.
  case waiting
  /// At the receiver: bytes are coming.
  case receiving
  /// At the receiver: all bytes are here, with the right digest, and are being checked.
  case received
  /// At the sender: the peer has all bytes.
  case relayed
  /// Every check passed and the bundle is in the inbox.
  case delivered
  /// A person of the receiver opened it, with a reason.
  case retrieved
  /// The receiver refused it.
  case rejected
  /// The deadline passed before the receiver could be reached.
  case undeliverable
  /// Cancelled by the sender before the peer had it.
  case cancelled
}

/// One transfer's state at one of its two ends, without network, disk or clock: event in, actions
/// out. The shell does the actions in one transaction with the new state.
///
/// Sender:
///
///     queued ──attempt──▶ offered ──accepted──▶ uploading ──uploaded──▶ uploading
///       │ ▲                │  │                     │                      │
///       │ └──── waiting ◀──┴──│─────interrupted─────┘      RELAY_ACCEPTANCE▼
///       │         │           └──SUBMISSION/RELAY_REJECTION──▶ rejected  relayed
///    cancel    deadline                                  ▲                 │ DELIVERY
///       ▼         ▼                         NON_DELIVERY─┘                 ▼
///   cancelled  undeliverable                                           delivered ─▶ retrieved
///
/// Receiver:
///
///     offered ──bytes──▶ receiving ──complete──▶ received ──verified──▶ delivered ──opened──▶ retrieved
///                            └────digest wrong────▶ rejected ◀──refused──┘
public struct TransferState: Hashable, Sendable {
  /// Which end this is.
  public enum Direction: String, Hashable, Sendable {
    case out, `in`
  }

  /// What happened.
  public enum Event: Hashable, Sendable {
    /// The sender tries, or tries again.
    case attempt
    /// The peer accepted the offer, or knows it already; it has this many bytes.
    case accepted(offset: UInt64)
    /// All bytes were sent.
    case uploaded
    /// The connection broke, or never came about.
    case interrupted
    /// A receipt of the peer was verified.
    case receipt(Receipt.Kind)
    /// The deadline for attempts passed.
    case deadline
    /// A person cancels.
    case cancel
    /// Bytes arrived at the receiver, up to here, and are on the disk.
    case bytes(offset: UInt64)
    /// All bytes are here.
    case complete(digestMatches: Bool)
    /// Every check of the bundle passed.
    case verified
    /// A check failed.
    case refused
    /// A person opened the bundle.
    case opened
  }

  /// What is to be done.
  public enum Action: Hashable, Sendable {
    /// Offer it to the peer.
    case offer
    /// Log that it is sent. Exactly once, before the first byte leaves.
    case logSend
    /// Upload the bytes from here to the end.
    case upload(from: UInt64)
    /// Ask for the receipts.
    case fetchReceipts
    /// Try again after a pause.
    case retryLater
    /// Log the receipt that came.
    case logReceipt
    /// Log that all bytes are here.
    case logReceive
    /// Issue this receipt, and log it.
    case issue(Receipt.Kind)
    /// Decrypt and check the bundle.
    case verify
    /// Log the outcome: the bundle is in the inbox, or refused, or opened.
    case logDeliver, logReject, logRetrieve
    /// Log that it is given up, or cancelled.
    case logGivenUp
    /// The encrypted file isn't needed any more.
    case removeFile
  }

  /// Which end this is.
  public let direction: Direction
  /// Where it stands.
  public private(set) var phase: TransferPhase
  /// How long the encrypted bundle is.
  public let byteCount: UInt64
  /// How many bytes the receiver has.
  public private(set) var offset: UInt64
  /// Whether the sender's log has its `send` entry.
  public private(set) var isSendLogged: Bool

  /// A state as it was stored.
  public init(
    direction: Direction, phase: TransferPhase, byteCount: UInt64, offset: UInt64 = 0,
    isSendLogged: Bool = false
  ) {
    self.direction = direction
    self.phase = phase
    self.byteCount = byteCount
    self.offset = offset
    self.isSendLogged = isSendLogged
  }

  /// Takes an event and returns what is to be done, in order.
  ///
  /// - Throws: ``ExchangeError/wrongPhase(_:)`` for an event that can't happen here; nothing changes.
  public mutating func apply(_ event: Event) throws(ExchangeError) -> [Action] {
    switch direction {
    case .out: try applyAsSender(event)
    case .in: try applyAsReceiver(event)
    }
  }

  private mutating func applyAsSender(_ event: Event) throws(ExchangeError) -> [Action] {
    switch (phase, event) {
    case (.queued, .attempt), (.offered, .attempt), (.uploading, .attempt), (.waiting, .attempt):
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
    case (.delivered, .uploaded), (.retrieved, .uploaded), (.rejected, .uploaded): return []
    case (.offered, .interrupted), (.uploading, .interrupted), (.queued, .interrupted),
      (.waiting, .interrupted):
      phase = .waiting
      return [.retryLater]
    case (.relayed, .interrupted): return [.retryLater]
    case (.waiting, .deadline), (.queued, .deadline):
      phase = .undeliverable
      return [.logGivenUp, .removeFile]
    case (.queued, .cancel), (.offered, .cancel), (.uploading, .cancel), (.waiting, .cancel):
      phase = .cancelled
      return [.logGivenUp, .removeFile]
    case (_, .receipt(let kind)): return try apply(kind)
    default: throw .wrongPhase(phase)
    }
  }

  /// Receipts may come in any order and more than once; a later fact is never undone by an earlier.
  private mutating func apply(_ kind: Receipt.Kind) throws(ExchangeError) -> [Action] {
    switch (phase, kind) {
    case (.queued, _), (.cancelled, _): throw .wrongPhase(phase)
    case (.offered, .relayAcceptance), (.uploading, .relayAcceptance), (.waiting, .relayAcceptance):
      phase = .relayed
      offset = byteCount
      return [.logReceipt]
    case (.offered, .delivery), (.uploading, .delivery), (.waiting, .delivery),
      (.relayed, .delivery):
      phase = .delivered
      offset = byteCount
      return [.logReceipt, .removeFile]
    case (.rejected, _), (.undeliverable, _): return [.logReceipt]
    case (_, .retrieval):
      phase = .retrieved
      return [.logReceipt, .removeFile]
    case (.delivered, _), (.retrieved, _): return [.logReceipt]
    case (_, .submissionRejection), (_, .relayRejection), (_, .nonDelivery):
      phase = .rejected
      return [.logReceipt, .removeFile]
    default: return [.logReceipt]
    }
  }

  private mutating func applyAsReceiver(_ event: Event) throws(ExchangeError) -> [Action] {
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
    case (.received, .verified):
      phase = .delivered
      return [.logDeliver, .issue(.delivery), .removeFile]
    case (.received, .refused):
      phase = .rejected
      return [.logReject, .issue(.nonDelivery), .removeFile]
    case (.offered, .refused):
      phase = .rejected
      return [.logReject, .issue(.submissionRejection)]
    case (.delivered, .opened):
      phase = .retrieved
      return [.logRetrieve, .issue(.retrieval)]
    case (.retrieved, .opened): return [.logRetrieve]
    default: throw .wrongPhase(phase)
    }
  }

  /// Whether nothing more is to be done for it by the node itself.
  public var isFinal: Bool {
    switch phase {
    case .delivered, .retrieved, .rejected, .undeliverable, .cancelled: true
    default: false
    }
  }
}
