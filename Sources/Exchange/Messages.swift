import AuditLog
import GRDB

/// What one node brings the other of its own accord, as often as it takes: a receipt that came to be
/// after the exchange, or a recall.
enum Message: Hashable, Sendable {
  /// The receipts of a transfer, because of this one.
  case receipts(Receipt.Kind)
  /// The recall of a transfer.
  case recall

  /// As it is stored.
  var name: String {
    switch self {
    case .receipts(let kind): kind.rawValue
    case .recall: "RECALL"
    }
  }

  init?(name: String) {
    if name == Self.recall.name {
      self = .recall
    } else {
      guard let kind = Receipt.Kind(rawValue: name) else { return nil }
      self = .receipts(kind)
    }
  }
}

/// A message that the other node doesn't have yet.
struct WaitingMessage: Hashable, Sendable {
  var id: TransferID
  var message: Message
  var attempts: Int
}

extension ExchangeNode {
  /// Tries at once; what doesn't get through stays queued, for the delivery service. Returns whether
  /// nothing waits for this transfer any more.
  func pushMessages(of row: TransferRow) async -> Bool {
    do {
      try await PeerLinks.with(self) { links in
        try await pushMessages(to: links.link(to: peer(row.peer)), of: row.peer, now: .max)
      }
    } catch { logger.info("a message waits", metadata: ["why": "\(error)"]) }
    let waiting = try? log.read { try $0.waitingMessages(for: row.peer, now: .max) }
    return waiting.map { !$0.contains { $0.id == row.id } } ?? false
  }

  /// Brings a peer what waits for it and is due at `now`.
  func pushMessages(to link: PeerLink, of peer: String, now: Int64) async throws {
    for waiting in try log.read({ try $0.waitingMessages(for: peer, now: now) }) {
      do {
        switch waiting.message {
        case .recall: try await sendRecall(waiting.id, over: link)
        case .receipts: try await pushReceipts(of: waiting.id, over: link)
        }
        try await log.transaction { try $0.db.remove(waiting) }
      } catch {
        let now = self.now()
        try await log.transaction { try $0.db.postpone(waiting, at: now) }
        // What the peer refuses stands in nobody else's way.
        guard let refused = error as? ExchangeError, !refused.isOfPeer else { throw error }
        logger.notice(
          "a peer doesn't take a message",
          metadata: ["transfer": "\(waiting.id)", "why": "\(refused.words)"])
      }
    }
  }

  private func pushReceipts(of id: TransferID, over link: PeerLink) async throws {
    let answer = try await link.post(
      Route.receipts(id), ["receipts": .array(try issuedReceipts(id))],
      limit: WireLimits.receipts)
    guard answer.status == 200 else {
      throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
    }
  }
}

extension Database {
  func queueMessage(_ message: Message, of row: TransferRow, at time: Int64) throws {
    try execute(
      sql: "INSERT OR IGNORE INTO exchange_receipt_outbox VALUES(?, ?, ?, 0, ?)",
      arguments: [row.id.text, message.name, row.peer, time])
  }

  func waitingMessages(for peer: String, now: Int64) throws -> [WaitingMessage] {
    try Row.fetchAll(
      self,
      sql: """
        SELECT * FROM exchange_receipt_outbox WHERE peer = ? AND next_attempt <= ?
        ORDER BY kind = 'RECALL' DESC, next_attempt, rowid LIMIT 64
        """, arguments: [peer, now]
    ).compactMap { row in
      guard let id = TransferID(row["transfer"]), let message = Message(name: row["kind"]) else {
        return nil
      }
      return WaitingMessage(id: id, message: message, attempts: row["attempts"])
    }
  }

  /// The peers that a message waits for and that are due.
  func peersAwaitingMessages(now: Int64) throws -> [String] {
    try String.fetchAll(
      self,
      sql: "SELECT DISTINCT peer FROM exchange_receipt_outbox WHERE next_attempt <= ? LIMIT 1000",
      arguments: [now])
  }

  fileprivate func remove(_ waiting: WaitingMessage) throws {
    try execute(
      sql: "DELETE FROM exchange_receipt_outbox WHERE transfer = ? AND kind = ?",
      arguments: [waiting.id.text, waiting.message.name])
  }

  /// Doubling pauses from ten seconds to about an hour; a receipt or a recall is never given up.
  fileprivate func postpone(_ waiting: WaitingMessage, at time: Int64) throws {
    let pause = Int64(10_000) << Int64(min(waiting.attempts, 9))
    try execute(
      sql: """
        UPDATE exchange_receipt_outbox SET attempts = attempts + 1, next_attempt = ?
        WHERE transfer = ? AND kind = ?
        """, arguments: [time + pause, waiting.id.text, waiting.message.name])
  }
}
