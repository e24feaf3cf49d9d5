public import CanonicalJSON
import Federation

/// What the other node says of a transfer now: its word, not proven; the receipts are.
public struct PeerStanding: Hashable, Sendable {
  /// A receipt or recall that it says it holds, given or got.
  public struct Held: Hashable, Sendable {
    /// What it says.
    public let kind: String
    /// SHA-256 in base64.
    public let digest: String
  }

  /// Where it stands there.
  public let phase: TransferPhase
  /// How many bytes are there, as that node knows.
  public let offset: UInt64
  /// The receipts that it holds.
  public let receipts: [Held]

  init(json: JSON) throws(ExchangeError) {
    guard let phase = json["state"]?.string.flatMap(TransferPhase.init(rawValue:)) else {
      throw .badAnswer("state")
    }
    guard let offset = json["offset"]?.integer.flatMap(UInt64.init(exactly:)) else {
      throw .badAnswer("offset")
    }
    guard let rows = json["receipts"]?.array, rows.count <= WireLimits.receiptsPerTransfer else {
      throw .badAnswer("receipts")
    }
    var held: [Held] = []
    for row in rows {
      guard let kind = row["kind"]?.string.flatMap(Receipt.Kind.init(rawValue:)),
        let digest = row["receipt"]?.string, Base64.decode(digest)?.count == 32
      else { throw .badAnswer("receipts") }
      held.append(Held(kind: kind.rawValue, digest: digest))
    }
    self.phase = phase
    self.offset = offset
    receipts = held
  }

  /// For programs; keys are stable.
  public var json: JSON {
    [
      "state": .string(phase.rawValue), "offset": .integer(Int64(clamping: offset)),
      "receipts": .array(
        receipts.map { ["kind": .string($0.kind), "receipt": .string($0.digest)] }),
    ]
  }
}

extension ExchangeNode {
  /// Asks the other node where a transfer stands there.
  ///
  /// - Throws: ``ExchangeError/unreachable(_:)`` where it isn't reached, and
  ///   ``ExchangeError/refusedByPeer(status:code:)`` where it doesn't know the transfer.
  public func peerStanding(_ id: String) async throws -> PeerStanding {
    let row = try store.row(transferID(id))
    let peer = try peer(row.peer)
    return try await PeerLinks.with(self) { links in
      let answer = try await links.link(to: peer).get(
        Route.standing(row.id), limit: WireLimits.checkpoint)
      guard answer.status == 200 else {
        throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
      }
      return try PeerStanding(json: answer.json(limit: WireLimits.checkpoint))
    }
  }

  /// What the other node of a transfer is answered that asks where it stands here; others don't learn
  /// that it exists.
  func answerStanding(_ id: TransferID, to card: PeerCard) throws -> JSON {
    guard let row = try log.read({ try $0.transfer(id) }), row.peer == card.node.text else {
      throw PeerAnswer(.notFound, "TRANSFER")
    }
    let receipts = try store.receipts(id).prefix(WireLimits.receiptsPerTransfer)
    return [
      "state": .string(row.state.phase.rawValue),
      "offset": .integer(Int64(clamping: row.state.offset)),
      "receipts": .array(
        receipts.map {
          ["kind": .string($0.kind.rawValue), "receipt": .string(digest($0.statement).base64)]
        }),
    ]
  }
}
