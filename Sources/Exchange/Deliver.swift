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
    let id = try transferID(id)
    let manner = DeliveryManner(patience: limits.receiptTimeoutSeconds)
    return try await PeerLinks.with(self) { try await deliver(id, $0, manner) }
  }

  func deliver(
    _ id: TransferID, _ links: PeerLinks, _ manner: DeliveryManner
  ) async throws -> TransferSummary {
    let row = try store.row(id)
    guard row.state.direction == .out else { throw ExchangeError.unknownTransfer(id.text) }
    if row.state.isFinal { return row.summary }
    // It lies in the mailbox until the peer fetches it.
    if (try? peer(row.peer))?.card.delivery == .pull { return row.summary }
    do {
      let lock = try OutboxLock(outboxPath(id), id)
      defer { lock.release() }
      let delivery = Delivery(
        node: self, link: try links.link(to: peer(row.peer)), id: id, manner: manner)
      return try await delivery.run()
    } catch ExchangeError.busy(let id) {
      throw ExchangeError.busy(id)
    } catch {
      try await interrupted(id, error, manner)
      throw error
    }
  }

  /// Notes why it waits and when it is tried again.
  ///
  /// Where the peer is what stands in the way, none of its transfers is due before, so that their
  /// order is kept. What waits for a peer that was withdrawn is held, not lost.
  private func interrupted(
    _ id: TransferID, _ error: any Error, _ manner: DeliveryManner
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
        var pause =
          manner.pause ?? backoff.pause(afterFailures: row.attempts, jitter: Backoff.jitter())
        if error?.isOfTheMinute == true { pause = min(pause, Self.pauseInMinute) }
        row.nextAttempt = now + pause
        if error?.isOfPeer == true {
          try transaction.db.postponeAll(to: row.peer, until: now + pause)
        }
        return row.state.phase == .waiting && (row.deadline ?? .max) < now
      }
    } catch ExchangeError.wrongPhase { return }
    if isOverdue { try await giveUp(id) }
  }

  /// Milliseconds until a peer is tried again that counts by the minute: of a queue of thousands no more time
  /// is lost, and a peer that is flooded is asked four times a minute.
  private static let pauseInMinute: Int64 = 15_000
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
      status == 429 || status == 503 || status == 401
        || (status == 403 && ["PEER", "CERTIFICATE"].contains(code))
    default: false
    }
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
  let manner: DeliveryManner

  func run() async throws -> TransferSummary {
    // Counted before the peer is reached, so that pauses grow with what fails.
    let now = node.now()
    let row = try await node.store.advance(id, .attempt) { _, row, _ in
      row.attempts += 1
      row.lastAttempt = now
      return row
    }
    try await node.swapCheckpoints(link)
    if row.state.phase != .relayed {
      let (known, offset) = try await offer(row)
      if known.state.isFinal { return known.summary }
      // A receipt that came with the answer may say that the peer has everything.
      if known.state.phase == .offered { try await upload(from: offset) }
    }
    manner.onUploaded()
    return try await awaitReceipts()
  }

  /// Offers the transfer; returns where it stands then, and how much of it the peer has.
  private func offer(_ row: TransferRow) async throws -> (row: TransferRow, offset: UInt64) {
    let answer = try await link.post(
      Route.transfers, row.offer.json, limit: WireLimits.receipts)
    // A transfer that the peer knows, and a refusal that it signed, come with receipts.
    let known = try await takeReceipts(answer)
    if known.state.isFinal { return (known, 0) }
    guard answer.status == 200 || answer.status == 201 else {
      throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
    }
    let offset = try answer.json(limit: WireLimits.receipts)["offset"]?.integer
    guard let offset = offset.flatMap(UInt64.init(exactly:)), offset <= row.statement.byteCount
    else { throw ExchangeError.badAnswer("offset") }
    return (known, offset)
  }

  /// Uploads what the peer doesn't have.
  private func upload(from offset: UInt64) async throws {
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
    manner.onOffered()
    await manner.turnToUpload()
    try Task.checkCancellation()
    let row = try await send(logged, from: offset)
    // The answer has brought the receipt for all bytes, unless the peer is slow with it.
    guard row.state.phase == .uploading else { return }
    _ = try await node.store.advance(id, .uploaded) { _, row, _ in row }
  }

  private func send(_ logged: LoggedTransfer, from offset: UInt64) async throws -> TransferRow {
    let file = try FileReader(at: node.outboxPath(id))
    let answer = try await link.upload(
      Route.content(id), file, from: offset, length: logged.row.statement.byteCount)
    let row = try await takeReceipts(answer)
    guard answer.status == 200 else {
      throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
    }
    return row
  }

  /// Asks for receipts until the transfer is settled, or patience ends.
  private func awaitReceipts() async throws -> TransferSummary {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(manner.patience)
    var row = try node.store.row(id)
    while true {
      if row.state.isFinal { return row.summary }
      let left = end - clock.now
      guard left > .zero else { return try await later(row) }
      let wait = max(1, min(PeerLinks.longestPoll, Int(left.components.seconds)))
      let answer = try await link.get(
        "\(Route.receipts(id))?wait=\(wait)", limit: WireLimits.receipts, waiting: wait)
      guard answer.status == 200 else {
        throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
      }
      row = try await takeReceipts(answer)
    }
  }

  /// The peer has it and checks it: the delivery service asks again.
  private func later(_ row: TransferRow) async throws -> TransferSummary {
    guard row.state.phase == .relayed else {
      // It took every byte, yet gives no receipt of that.
      throw ExchangeError.unreachable(.silent(link.host))
    }
    let now = node.now()
    return try await node.store.advance(id, .interrupted) { _, row, _ in
      row.nextAttempt = now + 5000
      return row.summary
    }
  }

  /// Verifies and stores the receipts of an answer; returns where the transfer stands then.
  private func takeReceipts(_ answer: PeerLink.Answer) async throws -> TransferRow {
    if let rows = try? answer.json(limit: WireLimits.receipts)["receipts"]?.array {
      guard rows.count <= WireLimits.receiptsPerTransfer else {
        throw ExchangeError.badAnswer("receipts")
      }
      let known = try node.store.receipts(id).filter { !$0.isIssuedHere }.map(\.statement)
      for row in rows {
        // Each answer brings all that there are.
        let envelope = try ReceiptEnvelope(json: row)
        guard !known.contains(envelope.receipt) else { continue }
        try await node.acceptReceipt(envelope, id, from: link.card)
      }
    }
    return try node.store.row(id)
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
