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
  /// At the sender: the peer was withdrawn or revoked; it goes on when the peer is approved again.
  case held
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
  /// Given up: at the sender, the deadline passed before the peer had it; at the receiver, the
  /// bytes never came.
  case undeliverable
  /// Taken back by the sender before it was delivered.
  case cancelled
  /// The sender asks for its erasure, and the receiver hasn't answered yet.
  case recalled
  /// At the receiver: people decided that it is erased, and its files are being removed.
  case erasing
  /// The receiver has erased it, and certified that.
  case erased
  /// The receiver refuses to erase it, and keeps it.
  case recallRefused = "recall-refused"

  /// Whether the bundle is in the receiver's inbox.
  public var isInInbox: Bool {
    switch self {
    case .delivered, .retrieved, .recalled, .recallRefused: true
    default: false
    }
  }

  /// Whether the delivery of it is over, well or badly. A person or the peer may still change it.
  public var isFinal: Bool {
    switch self {
    case .queued, .offered, .uploading, .waiting, .held, .receiving, .received, .relayed: false
    case .delivered, .retrieved, .rejected, .undeliverable, .cancelled, .recalled, .erasing,
      .erased, .recallRefused:
      true
    }
  }
}
