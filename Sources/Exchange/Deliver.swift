import AuditLog
import CanonicalJSON
import DurableFiles
public import Federation
import Foundation
import Glibc
import NIOPosix

extension ExchangeNode {
  /// Tries to deliver a transfer now, and returns where it stands then.
  ///
  /// It waits for the receipt of delivery as long as ``ExchangeLimits/receiptTimeoutSeconds`` says;
  /// a transfer that the peer is still checking comes back as `relayed`, one that it refused as
  /// `rejected` with a code.
  ///
  /// - Throws: ``ExchangeError/unreachable(_:)`` where the peer isn't reached or breaks off: the
  ///   transfer stays in the outbox and goes on from where it was. ``ExchangeError/busy(_:)`` where
  ///   another program delivers it now, ``ExchangeError/fork(origin:)`` where a log contradicts itself.
  public func deliver(_ id: String) async throws -> TransferSummary {
    let id = try transferID(id)
    return try await PeerLinks.with(self) { try await deliver(id, $0, patience: nil) }
  }

  /// Cancels a transfer that the peer doesn't have yet.
  public func cancel(_ id: String, by officer: Officer) async throws -> TransferSummary {
    let id = try transferID(id)
    let lock = try OutboxLock(outboxPath(id), id)
    defer { lock.release() }
    let summary = try await store.advance(id, .cancel) { transaction, row, _ in
      row.nextAttempt = nil
      _ = try transaction.append(
        row.draft(.reject, ["outcome": "cancelled"], personal: ["actor": officer.id.text]))
      return row.summary
    }
    try removeDurably(outboxPath(id))
    return summary
  }

  /// `patience`: seconds to wait for receipts after the upload; nil as the limits say.
  func deliver(
    _ id: TransferID, _ links: PeerLinks, patience: Int?
  ) async throws -> TransferSummary {
    let row = try store.row(id)
    guard row.state.direction == .out else { throw ExchangeError.unknownTransfer(id.text) }
    if row.state.isFinal { return row.summary }
    do {
      let lock = try OutboxLock(outboxPath(id), id)
      defer { lock.release() }
      let delivery = Delivery(
        node: self, link: try links.link(to: peer(row.peer)), id: id,
        patience: patience ?? limits.receiptTimeoutSeconds)
      return try await delivery.run()
    } catch ExchangeError.busy(let id) {
      throw ExchangeError.busy(id)
    } catch {
      try await interrupted(id, error)
      throw error
    }
  }

  /// Notes when to try again. The pause doubles with each attempt and is never the same for two.
  private func interrupted(_ id: TransferID, _ error: any Error) async throws {
    let limits = limits
    let factor = Double.random(in: 0.5...1)
    // What waits for a peer that was withdrawn is held, not lost.
    let isHeld = (error as? ExchangeError)?.holdsQueue ?? false
    var giveUp = false
    do {
      giveUp = try await store.advance(id, .interrupted) { transaction, row, _ in
        let pause = min(
          Double(limits.longestPauseSeconds), 4 * pow(2, Double(min(row.attempts, 20))))
        row.nextAttempt = transaction.milliseconds + Int64(pause * factor * 1000)
        let age = transaction.milliseconds - row.created
        return row.state.phase == .waiting && !isHeld
          && age > Int64(limits.deadlineSeconds) * 1000
      }
    } catch ExchangeError.wrongPhase { return }
    if giveUp { try await self.giveUp(id) }
  }

  private func giveUp(_ id: TransferID) async throws {
    try await store.advance(id, .deadline) { transaction, row, _ in
      row.nextAttempt = nil
      row.code = .deadline
      let code = JSON.string(TransferCode.deadline.rawValue)
      _ = try transaction.append(row.draft(.reject, ["outcome": "undeliverable", "code": code]))
    }
    try removeDurably(outboxPath(id))
  }
}

/// A transfer whose `send` entry is durable. Only ``Delivery`` makes one, in the transaction that
/// logs it, so that nothing leaves unlogged.
private struct LoggedTransfer: Sendable {
  let row: TransferRow
}

/// One attempt to deliver one transfer.
private struct Delivery: Sendable {
  let node: ExchangeNode
  let link: PeerLink
  let id: TransferID
  /// Seconds to wait for receipts after the upload.
  let patience: Int

  func run() async throws -> TransferSummary {
    try await node.swapCheckpoints(link)
    let row = try await node.store.advance(id, .attempt) { _, row, _ in
      row.attempts += 1
      return row
    }
    if row.state.phase != .relayed {
      guard let offset = try await offer(row) else { return try node.store.row(id).summary }
      try await upload(from: offset)
    }
    return try await awaitReceipts()
  }

  /// Offers the transfer; returns how much of it the peer has, or nil where it is settled already.
  private func offer(_ row: TransferRow) async throws -> UInt64? {
    let answer = try await link.post(
      Route.transfers, row.offer.json, limit: WireLimits.receipts)
    // A transfer that the peer knows, and a refusal that it signed, come with receipts.
    let settled = try await takeReceipts(answer)
    if settled { return nil }
    guard answer.status == 200 || answer.status == 201 else {
      throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
    }
    let offset = try answer.json(limit: WireLimits.receipts)["offset"]?.integer
    guard let offset = offset.flatMap(UInt64.init(exactly:)), offset <= row.statement.byteCount
    else { throw ExchangeError.badAnswer("offset") }
    return offset
  }

  /// Uploads what the peer doesn't have. A broken link is tried once more at once.
  private func upload(from offset: UInt64) async throws {
    let phase = try node.store.row(id).state.phase
    // A receipt that came with the answer may say that the peer has everything.
    guard phase == .offered else { return }
    var known = node.peerFields(link.card.node.text)
    known.merge(node.certificates.logFields(link.card.node.text)) { $1 }
    known["offset"] = .integer(Int64(clamping: offset))
    let fields = known
    let logged = try await node.store.advance(id, .accepted(offset: offset)) {
      transaction, row, actions in
      if actions.contains(.logSend) {
        let attempt: [String: JSON] = ["attempt": .integer(Int64(row.attempts))]
        _ = try transaction.append(row.draft(.send, fields.merging(attempt) { $1 }))
      }
      return LoggedTransfer(row: row)
    }
    try await send(logged, from: offset)
    // The answer has brought the receipt for all bytes, unless the peer is slow with it.
    guard try node.store.row(id).state.phase == .uploading else { return }
    _ = try await node.store.advance(id, .uploaded) { _, row, _ in row }
  }

  private func send(_ logged: LoggedTransfer, from offset: UInt64) async throws {
    let file = try FileReader(at: node.outboxPath(id))
    let answer = try await link.upload(
      Route.content(id), file, from: offset, length: logged.row.statement.byteCount)
    _ = try await takeReceipts(answer)
    guard answer.status == 200 else {
      throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
    }
  }

  /// Asks for receipts until the transfer is settled, or patience ends.
  private func awaitReceipts() async throws -> TransferSummary {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(patience)
    while true {
      let row = try node.store.row(id)
      if row.state.isFinal { return row.summary }
      let left = end - clock.now
      guard left > .zero else { return try await later(row) }
      let wait = max(1, min(PeerLinks.longestPoll, Int(left.components.seconds)))
      let answer = try await link.get(
        "\(Route.receipts(id))?wait=\(wait)", limit: WireLimits.receipts, waiting: wait)
      guard answer.status == 200 else {
        throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
      }
      _ = try await takeReceipts(answer)
    }
  }

  /// The peer has it and checks it: the delivery service asks again.
  private func later(_ row: TransferRow) async throws -> TransferSummary {
    guard row.state.phase == .relayed else {
      // It took every byte, yet gives no receipt of that.
      throw ExchangeError.unreachable(.silent(link.host))
    }
    return try await node.store.advance(id, .interrupted) { transaction, row, _ in
      row.nextAttempt = transaction.milliseconds + 5000
      return row.summary
    }
  }

  /// Verifies and stores the receipts of an answer; returns whether they settle the transfer.
  private func takeReceipts(_ answer: PeerLink.Answer) async throws -> Bool {
    guard let rows = try? answer.json(limit: WireLimits.receipts)["receipts"]?.array else {
      return false
    }
    guard rows.count <= WireLimits.receiptsPerTransfer else {
      throw ExchangeError.badAnswer("receipts")
    }
    for row in rows {
      try await node.acceptReceipt(ReceiptEnvelope(json: row), id, from: link.card)
    }
    return try node.store.row(id).state.isFinal
  }
}

/// The right to work on a transfer that goes out, for one program at a time. The system takes it
/// back when the program ends, however it ends.
final class OutboxLock: Sendable {
  private let file: FileReader

  init(_ path: String, _ id: TransferID) throws {
    file = try FileReader(at: path)
    guard flock(file.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw ExchangeError.busy(id.text)
    }
  }

  func release() { flock(file.fileDescriptor, LOCK_UN) }
}
