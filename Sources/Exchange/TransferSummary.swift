public import CanonicalJSON
import Evidence

/// A transfer in a list.
public struct TransferSummary: Hashable, Sendable {
  /// Its id, a UUIDv7.
  public let id: String
  /// Which way it goes.
  public let direction: TransferState.Direction
  /// The other node.
  public let peer: String
  /// Where it stands.
  public let phase: TransferPhase
  /// The bundle's id.
  public let bundle: String
  /// How long the encrypted bundle is.
  public let bytes: UInt64
  /// How many bytes the receiver has.
  public let offset: UInt64
  /// Whose turn it is first among the transfers to this peer.
  public let priority: TransferPriority
  /// When the sender gives it up, milliseconds since 1970; nil at the receiver.
  public let deadline: Int64?
  /// How often it was tried.
  public let attempts: Int
  /// When it was tried last, milliseconds since 1970.
  public let lastAttempt: Int64?
  /// When it is tried again, milliseconds since 1970.
  public let nextAttempt: Int64?
  /// What stood in the way at the last attempt, in words.
  public let why: String?
  /// Why it was refused, or given up.
  public let code: String?
  /// The item that a refusal is about.
  public let item: Int?
  /// An earlier transfer between the same two, the same way, with the same content.
  public let sameAs: String?
  /// The code of its recall, where it was recalled.
  public let recallReason: String?
  /// When it was released, or offered to this node; milliseconds since 1970.
  public let created: Int64
  /// When its state changed last.
  public let updated: Int64

  /// ``updated`` for people: RFC 3339, whole seconds.
  public var updatedText: String { timeText(milliseconds: updated) }

  /// Whether the bundle is in the receiver's inbox.
  public var isDelivered: Bool { phase.isInInbox }

  /// Whether the node has nothing more to do for its delivery.
  public var isFinal: Bool { phase.isFinal }

  /// What it waits for, in words; nil where it waits for nothing.
  public var waitsFor: String? {
    switch phase {
    case .queued: why ?? "its first attempt"
    case .offered, .uploading: "the end of the upload"
    case .waiting: why ?? "its next attempt"
    case .held: "the peer's approval: it was withdrawn"
    case .receiving: "the rest of the bytes"
    case .received: "the end of the checks"
    case .relayed: "the peer's checks"
    case .recalled:
      direction == .out ? "the peer's answer to the recall" : "a decision on the sender's recall"
    case .erasing: "its files to be removed"
    case .delivered, .retrieved, .rejected, .undeliverable, .cancelled, .erased, .recallRefused:
      nil
    }
  }

  /// For programs; keys are stable, absent where there is no value.
  public var json: JSON {
    var object: [String: JSON] = [
      "transfer": .string(id), "direction": .string(direction.rawValue), "peer": .string(peer),
      "state": .string(phase.rawValue), "bundle": .string(bundle),
      "bytes": .integer(Int64(clamping: bytes)), "offset": .integer(Int64(clamping: offset)),
      "attempts": .integer(Int64(attempts)), "created": .time(milliseconds: created),
      "updated": .time(milliseconds: updated),
    ]
    if direction == .out { object["priority"] = .string(priority.name) }
    object["deadline"] = deadline.map { .time(milliseconds: $0) }
    object["lastAttempt"] = lastAttempt.map { .time(milliseconds: $0) }
    object["nextAttempt"] = nextAttempt.map { .time(milliseconds: $0) }
    object["waitsFor"] = waitsFor.map { .string($0) }
    object["code"] = code.map { .string($0) }
    object["item"] = item.map { .integer(Int64($0)) }
    object["recall"] = recallReason.map { .string($0) }
    object["sameAs"] = sameAs.map { .string($0) }
    return .object(object)
  }

  /// One line for people; one more for what waits.
  public var text: String {
    let way = direction == .out ? "to" : "from"
    var line = "\(id)  \(way) \(peer)  \(phase.rawValue)  \(bytes) bytes  bundle \(bundle)"
    if !isFinal, offset > 0, offset < bytes { line += "  (\(offset) there)" }
    if let code { line += "  \(code)" }
    if let item { line += " item \(item)" }
    if let recallReason { line += "  recalled for \(recallReason)" }
    if let sameAs { line += "\n  the same content as \(sameAs)" }
    guard let waitsFor else { return line }
    line += "\n  waits for: \(waitsFor)"
    guard direction == .out, !isFinal else { return line }
    line += "\n  \(counted(attempts, "attempt"))"
    if priority != .normal { line += ", priority \(priority.name)" }
    if let nextAttempt { line += ", the next one at \(timeText(milliseconds: nextAttempt))" }
    if let deadline { line += ", given up after \(timeText(milliseconds: deadline))" }
    return line
  }
}
