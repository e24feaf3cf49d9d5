public import CanonicalJSON

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
  /// How often it was tried.
  public let attempts: Int
  /// When it is tried again, milliseconds since 1970.
  public let nextAttempt: Int64?
  /// Why it was refused or interrupted.
  public let code: String?
  /// The item that a refusal is about.
  public let item: Int?
  /// When it was released, or offered to this node; milliseconds since 1970.
  public let created: Int64
  /// When its state changed last.
  public let updated: Int64

  /// Whether the bundle is in the receiver's inbox.
  public var isDelivered: Bool { phase == .delivered || phase == .retrieved }

  /// Whether the node has nothing more to do for it.
  public var isFinal: Bool {
    TransferState(direction: direction, phase: phase, byteCount: bytes).isFinal
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
    object["nextAttempt"] = nextAttempt.map { .time(milliseconds: $0) }
    object["code"] = code.map { .string($0) }
    object["item"] = item.map { .integer(Int64($0)) }
    return .object(object)
  }

  /// One line for people.
  public var text: String {
    let way = direction == .out ? "to" : "from"
    var line = "\(id)  \(way) \(peer)  \(phase.rawValue)  \(bytes) bytes  bundle \(bundle)"
    if !isFinal, offset > 0, offset < bytes { line += "  (\(offset) there)" }
    if let code { line += "  \(code)" }
    if let item { line += " item \(item)" }
    if let nextAttempt { line += "  next attempt \(timeText(milliseconds: nextAttempt))" }
    return line
  }
}
