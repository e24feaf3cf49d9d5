import AuditLog
import CanonicalJSON
import DurableFiles
import Federation
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
    let row = try store.row(id, .out)
    let manner = DeliveryManner(patience: limits.receiptTimeoutSeconds)
    return try await PeerLinks.with(self) { try await deliver(row, $0, manner) }
  }

  func deliver(
    _ row: TransferRow, _ links: PeerLinks, _ manner: DeliveryManner
  ) async throws -> TransferSummary {
    if row.state.isFinal { return row.summary }
    // It lies in the mailbox until the peer fetches it.
    if (try? peer(row.peer))?.card.delivery == .pull { return row.summary }
    var begun: DeliveryAttempt?
    do {
      let lock = try OutboxLock(outboxPath(row.id), row.id)
      defer { lock.release() }
      let link = try links.link(to: peer(row.peer))
      // Read again: another program may have had it until now.
      let (fresh, known) = try log.read { db in
        guard let fresh = try db.transfer(row.id) else {
          throw ExchangeError.unknownTransfer(row.id.text)
        }
        return (fresh, try db.receivedReceipts(row.id))
      }
      if fresh.state.isFinal { return fresh.summary }
      let attempt = DeliveryAttempt(number: fresh.attempts + 1, time: now())
      begun = attempt
      var delivery = Delivery(
        node: self, link: link, manner: manner, attempt: attempt, row: fresh, known: known)
      return try await delivery.run()
    } catch ExchangeError.busy(let id) {
      throw ExchangeError.busy(id)
    } catch {
      try await interrupted(row.id, error, begun, manner)
      throw error
    }
  }

  /// Notes why it waits and when it is tried again.
  ///
  /// Where the peer is what stands in the way, none of its transfers is due before, so that their
  /// order is kept. What waits for a peer that was withdrawn is held, not lost.
  private func interrupted(
    _ id: TransferID, _ error: any Error, _ attempt: DeliveryAttempt?, _ manner: DeliveryManner
  ) async throws {
    let isBrokenOff = error is CancellationError || Task.isCancelled
    let error = error as? ExchangeError
    let isWithheld = error?.holdsQueue ?? false
    let backoff = Backoff(longestSeconds: limits.longestPauseSeconds)
    let now = now()
    let isOverdue: Bool
    do {
      isOverdue = try await store.advance(id, isWithheld ? .withheld : .interrupted) {
        transaction, row, _ in
        attempt?.count(in: &row)
        guard !isBrokenOff else {
          // Where another transfer found the peer gone, its pause holds for this one, too.
          row.nextAttempt = max(row.nextAttempt ?? now, now)
          return false
        }
        row.why = error?.words ?? "this node's own files or keys stand in the way"
        guard !isWithheld else {
          row.nextAttempt = nil
          return false
        }
        let pause =
          manner.pause ?? backoff.pause(afterFailures: row.attempts, jitter: Backoff.jitter())
        row.nextAttempt = now + pause
        if error?.isOfPeer == true {
          try transaction.db.postponeAll(to: row.peer, until: now + pause)
        }
        return row.state.phase == .waiting && (row.deadline ?? .max) < now
      }
    } catch ExchangeError.wrongPhase { return }
    if isOverdue { try await giveUp(id) }
  }
}

/// One attempt to deliver: it is counted with whatever is stored of it first, be that its failure.
private struct DeliveryAttempt: Sendable {
  let number: Int
  /// When it began, milliseconds since 1970.
  let time: Int64

  /// Counts it, unless it is counted.
  func count(in row: inout TransferRow) {
    guard row.attempts < number else { return }
    row.attempts = number
    row.lastAttempt = time
  }
}

/// How long one attempt may take, and what a failure means.
struct DeliveryManner: Sendable {
  /// Seconds to wait for receipts after the upload.
  var patience: Int
  /// How long the peer is left alone if it isn't reached, in milliseconds; nil: as the transfer's own
  /// attempts say.
  var pause: Int64?
  /// Called when the peer knows it, and its `send` is durable.
  var onOffered: @Sendable () -> Void = {}
  /// Waited for before its bytes are sent.
  var turnToUpload: @Sendable () async -> Void = {}
  /// Called when the peer has every byte.
  var onUploaded: @Sendable () -> Void = {}
}

extension ExchangeError {
  /// Whether the same would meet the peer's next transfer too.
  var isOfPeer: Bool {
    switch self {
    case .unreachable, .fork, .ownFork, .ownCertificate, .unknownPeer, .heldPeer: true
    case .refusedByPeer(let status, let code):
      status == 429 || status == 503 || status == 401 || (status == 403 && code == "PEER")
    default: false
    }
  }
}

/// A transfer whose `send` entry is durable. Only ``Delivery`` makes one, in the transaction that
/// logs it, so that nothing leaves unlogged.
private struct LoggedTransfer: Sendable {
  let row: TransferRow
  let offset: UInt64
}

/// One attempt to deliver one transfer.
private struct Delivery: Sendable {
  let node: ExchangeNode
  let link: PeerLink
  let manner: DeliveryManner
  let attempt: DeliveryAttempt
  /// Where the transfer stands.
  var row: TransferRow
  /// The peer's receipts that are stored.
  var known: [Receipt.Kind: [UInt8]]

  private var id: TransferID { row.id }

  mutating func run() async throws -> TransferSummary {
    try await node.swapCheckpoints(link)
    if row.state.phase != .relayed {
      let logged = try await offer()
      if row.state.isFinal { return row.summary }
      // A receipt that came with the answer may say that the peer has everything.
      if let logged { try await upload(logged) }
    }
    manner.onUploaded()
    return try await awaitReceipts()
  }

  /// Offers the transfer. One transaction stores what the answer brings and, where bytes are to follow,
  /// logs `send`; nothing then where the peer has them all, or refuses.
  private mutating func offer() async throws -> LoggedTransfer? {
    let answer = try await link.post(
      Route.transfers, row.offer.json, limit: WireLimits.receipts)
    let json = try? answer.json(limit: WireLimits.receipts)
    // A transfer that the peer knows, and a refusal that it signed, come with receipts.
    let receipts = try await check(json)
    let isTaken = answer.status == 200 || answer.status == 201
    let offset = json?["offset"]?.integer.flatMap(UInt64.init(exactly:))
      .flatMap { $0 <= row.statement.byteCount ? $0 : nil }
    let begin = isTaken ? offset : nil
    let refusal: ExchangeError =
      isTaken
      ? .badAnswer("offset") : .refusedByPeer(status: answer.status, code: answer.code)
    guard begin != nil || !receipts.isEmpty else { throw refusal }
    var fields = node.peerFields(link.card.node.text)
    fields.merge(node.certificates.logFields(link.card.node.text)) { $1 }
    let logged = try await store(receipts) { [fields] transaction, row in
      // The phase says so unless a receipt says more.
      guard let begin, row.state.phase == .offered else { return nil as LoggedTransfer? }
      let actions = try row.state.apply(.accepted(offset: begin))
      if actions.contains(.logSend) {
        let more: [String: JSON] = [
          "attempt": .integer(Int64(row.attempts)), "offset": .integer(Int64(clamping: begin)),
        ]
        _ = try transaction.append(row.draft(.send, fields.merging(more) { $1 }))
      }
      return LoggedTransfer(row: row, offset: begin)
    }
    guard row.state.phase != .offered else { throw refusal }
    return logged
  }

  /// Uploads what the peer doesn't have.
  private mutating func upload(_ logged: LoggedTransfer) async throws {
    manner.onOffered()
    await manner.turnToUpload()
    try Task.checkCancellation()
    let file = try FileReader(at: node.outboxPath(id))
    let answer = try await link.upload(
      Route.content(id), file, from: logged.offset, length: logged.row.statement.byteCount)
    try await takeReceipts(answer)
    guard answer.status == 200 else {
      throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
    }
    // The answer has brought the receipt for all bytes, unless the peer is slow with it.
    guard row.state.phase == .uploading else { return }
    row = try await node.store.advance(id, .uploaded) { _, row, _ in row }
  }

  /// Asks for receipts until the transfer is settled, or patience ends.
  private mutating func awaitReceipts() async throws -> TransferSummary {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(manner.patience)
    while true {
      if row.state.isFinal { return row.summary }
      let left = end - clock.now
      guard left > .zero else { return try await later() }
      let wait = max(1, min(PeerLinks.longestPoll, Int(left.components.seconds)))
      let answer = try await link.get(
        "\(Route.receipts(id))?wait=\(wait)", limit: WireLimits.receipts, waiting: wait)
      guard answer.status == 200 else {
        throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
      }
      try await takeReceipts(answer)
    }
  }

  /// The peer has it and checks it: the delivery service asks again.
  private func later() async throws -> TransferSummary {
    guard row.state.phase == .relayed else {
      // It took every byte, yet gives no receipt of that.
      throw ExchangeError.unreachable(.silent(link.host))
    }
    let (now, attempt) = (node.now(), attempt)
    return try await node.store.advance(id, .interrupted) { _, row, _ in
      attempt.count(in: &row)
      row.nextAttempt = now + 5000
      return row.summary
    }
  }

  /// Verifies and stores the receipts of an answer.
  private mutating func takeReceipts(_ answer: PeerLink.Answer) async throws {
    let receipts = try await check(try? answer.json(limit: WireLimits.receipts))
    if receipts.isEmpty {
      row = try node.store.row(id)
    } else {
      try await store(receipts) { _, _ in }
    }
  }

  /// Checks the receipts of an answer that aren't stored yet: each answer brings all that there are.
  private func check(_ json: JSON?) async throws -> [CheckedReceipt] {
    let rows = json?["receipts"]?.array ?? []
    guard rows.count <= WireLimits.receiptsPerTransfer else {
      throw ExchangeError.badAnswer("receipts")
    }
    let stored = Set(known.values.map { Base64.encode($0) })
    var checked: [CheckedReceipt] = []
    for json in rows where json["receipt"]?.string.map({ !stored.contains($0) }) ?? true {
      checked.append(try await node.check(ReceiptEnvelope(json: json), of: row, from: link.card))
    }
    return checked
  }

  /// Counts the attempt and stores receipts, then does what `change` does, in one transaction.
  private mutating func store<T: Sendable>(
    _ receipts: [CheckedReceipt],
    _ change: @escaping @Sendable (inout LogTransaction, inout TransferRow) throws -> T
  ) async throws -> T {
    let attempt = attempt
    let (result, row) = try await node.store(
      receipts, of: id,
      after: { row in
        // What was taken back meanwhile isn't attempted any more; its receipts count all the same.
        if row.attempts < attempt.number { _ = try? row.state.apply(.attempt) }
        attempt.count(in: &row)
      },
      then: { transaction, row in (try change(&transaction, &row), row) })
    self.row = row
    for receipt in receipts { known[receipt.kind] = receipt.bytes }
    return result
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

  /// The same for a transfer whose file may be gone: nil then, as nobody can work on it.
  static func ifPresent(_ path: String, _ id: TransferID) throws -> OutboxLock? {
    do {
      return try OutboxLock(path, id)
    } catch let error as FileError {
      guard error.isNotFound else { throw error }
      return nil
    }
  }

  func release() { flock(file.fileDescriptor, LOCK_UN) }
}
