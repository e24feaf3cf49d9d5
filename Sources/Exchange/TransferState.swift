/// One transfer's state at one of its two ends, without network, disk or clock: event in, actions
/// out. The shell does the actions in one transaction with the new state.
///
/// Sender:
///
///     queued ──attempt──▶ offered ──accepted──▶ uploading ──uploaded──▶ uploading
///       │ ▲                │  │                     │                      │
///       │ └─ waiting,held ◀┴──│─────interrupted─────┘      RELAY_ACCEPTANCE▼
///       │      │              └──SUBMISSION/RELAY_REJECTION──▶ rejected  relayed
///    cancel  deadline, RELAY_FAILURE                     ▲                 │ DELIVERY
///       ▼      ▼                          NON_DELIVERY───┘                 ▼
///   cancelled undeliverable                                           delivered ─▶ retrieved
///
///     sent, …, delivered, retrieved ──recall──▶ recalled ──ERASURE──▶ erased ◀─ERASURE─ any with it
///                                  refusals, RELAY_FAILURE │ └──RECALL_REFUSAL──▶ recall-refused
///                                                          ▼
///                                                       cancelled
///
/// Receiver:
///
///     offered ──bytes──▶ receiving ──complete──▶ received ──verified──▶ delivered ──opened──▶ retrieved
///       │                    ├────digest wrong────▶ rejected ◀──refused──┘ │                    │
///       └──expired──▶ undeliverable                                     recall ◀────────────────┘
///     offered, receiving, received ──recall──▶ cancelled                   ▼
///     delivered, …, recall-refused ──erase──▶ erasing ◀──erase────── recalled ──▶ recall-refused
///                                                └──removed──▶ erased
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
    /// The peer isn't approved any more: nothing goes to it until it is.
    case withheld
    /// A receipt of the peer was verified.
    case receipt(Receipt.Kind)
    /// The deadline for attempts passed.
    case deadline
    /// A person takes it back before anything was sent.
    case cancel
    /// The sender asks for it back: at the sender, people decided so; at the receiver, it was asked.
    case recall
    /// Bytes arrived at the receiver, up to here, and are on the disk.
    case bytes(offset: UInt64)
    /// All bytes are here.
    case complete(digestMatches: Bool)
    /// Every check of the bundle passed.
    case verified
    /// A check failed.
    case refused
    /// The receiver gives up waiting for the bytes.
    case expired
    /// A person opened the bundle.
    case opened
    /// Nobody opened it for as long as the node allows.
    case unopened
    /// People of the receiver decided that it is erased.
    case erase
    /// Its files are gone.
    case removed
    /// People of the receiver refuse the recall.
    case refuseRecall
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
    /// Log the recall; at the sender before it leaves, as often as that takes.
    case logRecall
    /// Bring the recall to the peer.
    case sendRecall
    /// Log the decision to erase.
    case logErase
    /// The files of it aren't needed any more, or must not be here any more.
    case removeFile
  }

  /// Which end this is.
  public let direction: Direction
  /// Where it stands.
  public internal(set) var phase: TransferPhase
  /// How long the encrypted bundle is.
  public let byteCount: UInt64
  /// How many bytes the receiver has.
  public internal(set) var offset: UInt64
  /// Whether the sender's log has its `send` entry.
  public internal(set) var isSendLogged: Bool
  /// Whether a person of the receiver has opened it: the receipt of retrieval is given once.
  public internal(set) var isOpened: Bool

  /// A state as it was stored.
  public init(
    direction: Direction, phase: TransferPhase, byteCount: UInt64, offset: UInt64 = 0,
    isSendLogged: Bool = false, isOpened: Bool = false
  ) {
    self.direction = direction
    self.phase = phase
    self.byteCount = byteCount
    self.offset = offset
    self.isSendLogged = isSendLogged
    self.isOpened = isOpened
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

  /// Whether nothing more is to be done for its delivery by the node itself.
  public var isFinal: Bool { phase.isFinal }

  /// Whether the sender may still take it back alone, since the peer can't have a byte of it.
  public var canBeCancelled: Bool {
    guard direction == .out, !isSendLogged else { return false }
    switch phase {
    case .queued, .offered, .waiting, .held: return true
    default: return false
    }
  }
}
