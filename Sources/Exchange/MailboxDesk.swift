import AuditLog
import CanonicalJSON
import Federation
import GRDB
import Hummingbird
import ServiceLifecycle

/// What waits here for a peer that fetches: offers, and receipts about what it sent.
struct MailboxDesk: Sendable {
  let node: ExchangeNode

  /// One page of the peer's own mailbox, after this transfer; waits until there is something, so many
  /// seconds at most.
  func answer(to peer: NodeID, after: TransferID?, waiting seconds: Int) async throws -> Response {
    let end = ContinuousClock.now + .seconds(seconds)
    var pause = Duration.milliseconds(20)
    while true {
      let page = try await page(of: peer.text, after: after)
      if !page.isEmpty || ContinuousClock.now >= end || Task.isShuttingDownGracefully {
        return Response(.ok, page.json)
      }
      try await Task.sleep(for: pause)
      pause = min(pause * 3 / 2, .seconds(1))
    }
  }

  /// Forgets receipts that the peer has taken.
  func taken(_ json: JSON, by peer: NodeID) async throws -> Response {
    guard let rows = json["receipts"]?.array, rows.count <= WireLimits.mailboxRows else {
      throw PeerAnswer(.badRequest, "FORMAT")
    }
    let receipts = try rows.map { row in
      guard let id = row["transfer"]?.string.flatMap(TransferID.init),
        let kind = row["kind"]?.string.flatMap(Receipt.Kind.init)
      else { throw PeerAnswer(.badRequest, "FORMAT") }
      return WaitingReceipt(id: id, kind: kind.rawValue, attempts: 0)
    }
    try await node.log.transaction { transaction in
      for receipt in receipts {
        try transaction.db.removeWaitingReceipt(receipt, of: peer.text)
      }
    }
    return Response(.ok, [:])
  }

  /// What is told; each part has its limit, and more comes with the next page or round.
  private struct Page {
    var offers: [JSON] = []
    var next: TransferID?
    var receipts: [JSON] = []
    var awaited: [String] = []

    var isEmpty: Bool { offers.isEmpty && receipts.isEmpty }

    var json: JSON {
      var object: [String: JSON] = [
        "offers": .array(offers), "receipts": .array(receipts),
        "awaited": .array(awaited.map { .string($0) }),
      ]
      object["next"] = next.map { .string($0.text) }
      return .object(object)
    }
  }

  private func page(of peer: String, after: TransferID?) async throws -> Page {
    var page = Page()
    var left = WireLimits.mailboxPage
    for receipt in try node.log.read({ try $0.waitingReceipts(for: peer, now: .max) })
      .prefix(WireLimits.mailboxRows) where left > 0
    {
      let json: JSON = [
        "transfer": .string(receipt.id.text), "kind": .string(receipt.kind),
        "receipts": .array(try node.store.envelopes(receipt.id).map(\.json)),
      ]
      left -= json.canonicalBytes.count
      page.receipts.append(json)
    }
    let rows = try node.log.read { try $0.mailbox(of: peer, after: after) }
    var shown: [TransferRow] = []
    for row in rows where left > 0 {
      left -= row.offer.json.canonicalBytes.count
      shown.append(row)
    }
    page.offers = shown.map(\.offer.json)
    page.next =
      shown.count < rows.count || rows.count == WireLimits.mailboxRows ? shown.last?.id : nil
    page.awaited = try node.log.read { try $0.relayed(to: peer) }
    try await noteShown(shown.filter { Self.unshown.contains($0.state.phase) })
    return page
  }

  /// What is shown is offered.
  private func noteShown(_ rows: [TransferRow]) async throws {
    guard !rows.isEmpty else { return }
    try await node.log.transaction { transaction in
      for shown in rows {
        guard var row = try transaction.db.transfer(shown.id),
          Self.unshown.contains(row.state.phase)
        else { continue }
        _ = try row.state.apply(.attempt)
        row.attempts += 1
        row.lastAttempt = transaction.milliseconds
        row.updated = transaction.milliseconds
        try transaction.db.save(row)
      }
    }
  }

  private static let unshown: [TransferPhase] = [.queued, .waiting, .held]
}

extension Database {
  /// What waits for a peer, oldest first.
  func mailbox(
    of peer: String, after: TransferID?, limit: Int = WireLimits.mailboxRows
  ) throws -> [TransferRow] {
    let phases = TransferState.mailboxPhases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    return try Row.fetchAll(
      self,
      sql: """
        SELECT * FROM exchange_transfers WHERE direction = 'out' AND peer = ? AND phase IN (\(phases))
        AND id > ? ORDER BY id LIMIT ?
        """, arguments: [peer, after?.text ?? "", limit]
    ).map { try TransferRow($0) }
  }

  /// The transfers that a peer has and whose outcome isn't known here.
  fileprivate func relayed(to peer: String) throws -> [String] {
    try String.fetchAll(
      self,
      sql: """
        SELECT id FROM exchange_transfers WHERE direction = 'out' AND peer = ? AND phase = 'relayed'
        ORDER BY id LIMIT ?
        """, arguments: [peer, WireLimits.mailboxAwaited])
  }

  fileprivate func removeWaitingReceipt(_ receipt: WaitingReceipt, of peer: String) throws {
    try execute(
      sql: "DELETE FROM exchange_receipt_outbox WHERE transfer = ? AND kind = ? AND peer = ?",
      arguments: [receipt.id.text, receipt.kind, peer])
  }
}
