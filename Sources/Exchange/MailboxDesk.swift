import AuditLog
import CanonicalJSON
import Federation
import GRDB
import Hummingbird
import ServiceLifecycle

/// What waits here for a peer that fetches: offers, and the messages that another peer would be brought.
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

  /// Forgets messages that the peer has taken.
  func taken(_ json: JSON, by peer: NodeID) async throws -> Response {
    guard let rows = json["messages"]?.array, rows.count <= WireLimits.mailboxRows else {
      throw PeerAnswer(.badRequest, "FORMAT")
    }
    let messages = try rows.map { row in
      guard let id = row["transfer"]?.string.flatMap(TransferID.init),
        let message = row["kind"]?.string.flatMap(Message.init(name:))
      else { throw PeerAnswer(.badRequest, "FORMAT") }
      return WaitingMessage(id: id, message: message, attempts: 0)
    }
    try await node.log.transaction { transaction in
      for message in messages { try transaction.db.remove(message, of: peer.text) }
    }
    return Response(.ok, [:])
  }

  /// Notes why the peer doesn't take offers for now: whoever looks at them here is told.
  ///
  /// What the peer is fetching at this moment, or has settled, is left as it is.
  func declined(_ json: JSON, by peer: NodeID) async throws -> Response {
    guard let rows = json["declined"]?.array, rows.count <= WireLimits.mailboxRows else {
      throw PeerAnswer(.badRequest, "FORMAT")
    }
    let declined = try rows.map { row in
      guard let id = row["transfer"]?.string.flatMap(TransferID.init),
        let code = row["code"]?.string.flatMap(ReasonCode.init)
      else { throw PeerAnswer(.badRequest, "FORMAT") }
      return (id: id, code: code)
    }
    try await node.log.transaction { transaction in
      for (id, code) in declined {
        guard var row = try transaction.db.transfer(id), row.peer == peer.text,
          row.state.direction == .out, row.state.phase == .offered
        else { continue }
        _ = try row.state.apply(.interrupted)
        row.why = "the peer to have room: it declined for now (\(code))"
        row.updated = transaction.milliseconds
        try transaction.db.update(row)
      }
    }
    return Response(.ok, [:])
  }

  /// What is told; each part has its limit, and more comes with the next page or round.
  private struct Page {
    var offers: [JSON] = []
    var next: TransferID?
    var messages: [JSON] = []
    var awaited: [String] = []

    var isEmpty: Bool { offers.isEmpty && messages.isEmpty }

    var json: JSON {
      var object: [String: JSON] = [
        "offers": .array(offers), "messages": .array(messages),
        "awaited": .array(awaited.map { .string($0) }),
      ]
      object["next"] = next.map { .string($0.text) }
      return .object(object)
    }
  }

  private func page(of peer: String, after: TransferID?) async throws -> Page {
    var page = Page()
    var left = WireLimits.mailboxPage
    let waiting = try node.log.read { try $0.waitingMessages(for: peer, now: .max) }
    for message in waiting.prefix(WireLimits.mailboxRows) where left > 0 {
      let json = try json(message)
      left -= json.canonicalBytes.count
      page.messages.append(json)
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

  private func json(_ waiting: WaitingMessage) throws -> JSON {
    var object: [String: JSON] = [
      "transfer": .string(waiting.id.text), "kind": .string(waiting.message.name),
    ]
    switch waiting.message {
    case .recall: object["recall"] = try node.store.recallEnvelope(waiting.id)?.json("recall")
    case .receipts: object["receipts"] = .array(try node.issuedReceipts(waiting.id))
    }
    return .object(object)
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
        try transaction.db.update(row)
      }
    }
  }

  private static let unshown: [TransferPhase] = [.queued, .waiting, .held]
}

extension Database {
  /// What waits for a peer after that transfer: by priority, then as it was queued. Neither ever changes, so
  /// a page goes on where the last one ended, whatever was fetched meanwhile.
  func mailbox(
    of peer: String, after: TransferID?, limit: Int = WireLimits.mailboxRows
  ) throws -> [TransferRow] {
    let phases = TransferState.mailboxPhases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    return try transfers(
      TransferRow.select(
        """
        WHERE direction = 'out' AND peer = ?1 AND phase IN (\(phases))
        AND (?3 IS NULL OR (priority, t.rowid) >
          (SELECT priority, rowid FROM exchange_transfers WHERE id = ?3 AND peer = ?1))
        ORDER BY priority, t.rowid LIMIT ?2
        """), [peer, limit, after?.text])
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

  func remove(_ waiting: WaitingMessage, of peer: String) throws {
    try execute(
      sql: "DELETE FROM exchange_receipt_outbox WHERE transfer = ? AND kind = ? AND peer = ?",
      arguments: [waiting.id.text, waiting.message.name, peer])
  }
}
