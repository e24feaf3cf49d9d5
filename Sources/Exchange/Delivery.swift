import AuditLog
import CanonicalJSON
import DurableFiles
import Federation

/// A transfer whose `send` entry is durable. Only ``Delivery`` makes one, in the transaction that
/// logs it, so that nothing leaves unlogged.
private struct LoggedTransfer: Sendable {
  let row: TransferRow
  let offset: UInt64
}

/// One attempt to deliver one transfer.
struct Delivery: Sendable {
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
  private mutating func check(_ json: JSON?) async throws -> [CheckedReceipt] {
    let rows = json?["receipts"]?.array ?? []
    guard rows.count <= WireLimits.receiptsPerTransfer else {
      throw ExchangeError.badAnswer("receipts")
    }
    let stored = Set(known.values.map { Base64.encode($0) })
    var checked: [CheckedReceipt] = []
    do {
      for json in rows where json["receipt"]?.string.map({ !stored.contains($0) }) ?? true {
        checked.append(try await node.check(ReceiptEnvelope(json: json), of: row, from: link.card))
      }
    } catch {
      // What holds counts, whatever came with it.
      if !checked.isEmpty { try await store(checked) { _, _ in } }
      throw error
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
