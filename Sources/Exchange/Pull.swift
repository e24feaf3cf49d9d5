import AsyncHTTPClient
public import CanonicalJSON
import Federation
import NIOCore

/// What one round at one peer's mailbox brought.
public struct PullReport: Sendable {
  /// The peer that was asked.
  public let peer: String
  /// The transfers that were offered, as they stand now.
  public internal(set) var transfers: [TransferSummary] = []
  /// Later receipts about transfers that this node sent.
  public internal(set) var receipts = 0
  /// Transfers that the peer takes back.
  public internal(set) var recalls = 0
  /// What isn't taken for now or for good, without a receipt: transfer and code.
  public internal(set) var declined: [String: String] = [:]

  init(peer: String) { self.peer = peer }

  /// For programs; keys are stable.
  public var json: JSON {
    .object([
      "peer": .string(peer), "transfers": .array(transfers.map(\.json)),
      "receipts": .integer(Int64(receipts)), "recalls": .integer(Int64(recalls)),
      "declined": .object(declined.mapValues { .string($0) }),
    ])
  }
}

/// One round at a peer's mailbox: checkpoints are swapped, then offers judged, bytes fetched and
/// receipts carried both ways, all by connections that this node begins.
struct Pull {
  let node: ExchangeNode
  let reception: Reception
  let link: PeerLink
  let peer: Peer
  /// Whether this round checks what it fetched, since no `serve` of this program does.
  let checks: Bool

  /// Asks for what waits; the peer may let us wait so many seconds where there is nothing.
  func round(waiting seconds: Int) async throws -> PullReport {
    try await node.swapCheckpoints(link)
    var report = PullReport(peer: peer.card.node.text)
    var after: TransferID?
    for number in 0..<WireLimits.mailboxPages {
      let page = try await page(after: after, waiting: number == 0 ? seconds : 0)
      try await take(page.messages, &report)
      for id in page.awaited {
        try await goingOn { try await tell(id, unlessOpen: true) }
      }
      let before = report.declined
      for offer in page.offers { try await fetch(offer, &report) }
      try await tellDeclined(report.declined.filter { before[$0.key] == nil })
      guard let next = page.next, next != after else { break }
      after = next
    }
    return report
  }

  private struct Page {
    var offers: [Offer]
    var messages: [JSON]
    var awaited: [TransferID]
    var next: TransferID?
  }

  private func page(after: TransferID?, waiting seconds: Int) async throws -> Page {
    let cursor = after.map { "&after=\($0)" } ?? ""
    let answer = try await link.get(
      "\(Route.mailbox)?wait=\(seconds)\(cursor)", limit: WireLimits.mailbox, waiting: seconds)
    guard answer.status == 200 else {
      throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
    }
    let json = try answer.json(limit: WireLimits.mailbox)
    let offers = json["offers"]?.array ?? []
    let messages = json["messages"]?.array ?? []
    let awaited = json["awaited"]?.array ?? []
    guard offers.count <= WireLimits.mailboxRows, messages.count <= WireLimits.mailboxRows,
      awaited.count <= WireLimits.mailboxAwaited
    else { throw ExchangeError.badAnswer("mailbox") }
    return Page(
      offers: offers.compactMap { try? Offer(json: $0) }, messages: messages,
      awaited: awaited.compactMap { $0.string.flatMap(TransferID.init) },
      next: json["next"]?.string.flatMap(TransferID.init))
  }

  /// Judges an offer, fetches what it announces, and tells the peer what came of it.
  private func fetch(_ offer: Offer, _ report: inout PullReport) async throws {
    guard let statement = try? TransferStatement(parsing: offer.statement) else { return }
    do {
      var row = try await reception.offers.judge(offer, from: peer).row
      if row.state.takesBytes { row = try await download(row) }
      row = try await settled(row)
      try await tell(row.id, unlessOpen: false)
      report.transfers.append(row.summary)
    } catch let answer as PeerAnswer {
      report.declined[statement.transfer.text] = answer.code
    } catch ExchangeError.busy {
      // Another program of this node fetches it.
      report.declined[statement.transfer.text] = "BUSY"
    } catch let error as ExchangeError {
      // What is wrong with one must not keep the others from coming.
      guard !error.isOfPeer else { throw error }
      report.declined[statement.transfer.text] = error.words
    }
  }

  /// Tells the peer what isn't taken for now, and why, so that its people don't only see that nothing comes.
  private func tellDeclined(_ declined: [String: String]) async throws {
    // Words are for people here; what the peer gets is a code.
    let rows = declined.sorted { $0.key < $1.key }.compactMap { transfer, code -> JSON? in
      ReasonCode(code).map { ["transfer": .string(transfer), "code": .string($0.text)] }
    }
    guard !rows.isEmpty else { return }
    _ = try await link.post(
      Route.mailboxDeclined, ["declined": .array(rows)], limit: WireLimits.checkpoint)
  }

  private func download(_ row: TransferRow) async throws -> TransferRow {
    try await reception.intake.withTurn(row, of: peer.card.node, by: .link) { turn in
      let state = turn.row.state
      // A crash came between the last byte and its receipt.
      guard state.offset < state.byteCount else { return try await turn.take(NoBytes()) }
      return try await link.download(
        Route.content(row.id), from: state.offset, length: state.byteCount,
        entityTag: row.statement.entityTag
      ) { try await turn.take($0) }
    }
  }

  /// Where the transfer stands once it is checked, or patience ends.
  private func settled(_ row: TransferRow) async throws -> TransferRow {
    if checks { try await reception.quarantine.checkNow() }
    let end = ContinuousClock.now + .seconds(node.limits.receiptTimeoutSeconds)
    var pause = Duration.milliseconds(4)
    while true {
      let row = try node.store.row(row.id)
      if row.state.phase != .received || ContinuousClock.now >= end { return row }
      try await Task.sleep(for: pause)
      pause = min(pause * 3 / 2, .milliseconds(200))
    }
  }

  /// Brings the peer the receipts of a transfer; one that is still checked can wait.
  private func tell(_ id: TransferID, unlessOpen: Bool) async throws {
    guard let row = try? node.incoming(id, from: peer.card.node.text),
      !(unlessOpen && !row.state.isFinal)
    else { return }
    let receipts = try node.issuedReceipts(id)
    guard !receipts.isEmpty else { return }
    let answer = try await link.post(
      Route.receipts(id), ["receipts": .array(receipts)], limit: WireLimits.receipts)
    guard answer.status == 200 else {
      throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
    }
  }

  /// Does what may fail for a reason of its own, which is noted; false then.
  @discardableResult
  private func goingOn(_ work: () async throws -> Void) async throws -> Bool {
    do {
      try await work()
      return true
    } catch let error as ExchangeError {
      guard !error.isOfPeer else { throw error }
      return note(error.words)
    } catch let answer as PeerAnswer {
      return note(answer.code)
    }
  }

  private func note(_ why: String) -> Bool {
    node.logger.warning(
      "a message isn't taken", metadata: ["peer": "\(peer.card.node)", "why": "\(why)"])
    return false
  }

  /// Takes receipts about what this node sent, and recalls of what it got, and says so.
  private func take(_ rows: [JSON], _ report: inout PullReport) async throws {
    var taken: [JSON] = []
    for row in rows {
      guard let id = row["transfer"]?.string.flatMap(TransferID.init), let kind = row["kind"]
      else { throw ExchangeError.badAnswer("messages") }
      let isRecall = kind.string == Message.recall.name
      let isTaken = try await goingOn {
        if isRecall {
          _ = try await node.acceptRecall(row["recall"] ?? [:], id, from: peer.card)
          try await tell(id, unlessOpen: false)
        } else {
          let receipts = row["receipts"]?.array ?? []
          guard receipts.count <= WireLimits.receiptsPerTransfer else {
            throw ExchangeError.badReceipt("number")
          }
          for receipt in receipts {
            try await node.acceptReceipt(ReceiptEnvelope(json: receipt), id, from: peer.card)
          }
        }
      }
      guard isTaken else { continue }
      taken.append(["transfer": .string(id.text), "kind": kind])
      if isRecall { report.recalls += 1 } else { report.receipts += 1 }
    }
    guard !taken.isEmpty else { return }
    _ = try await link.post(
      Route.mailboxTaken, ["messages": .array(taken)], limit: WireLimits.checkpoint)
  }
}

/// A body of no bytes.
struct NoBytes: AsyncSequence, Sendable {
  typealias Element = ByteBuffer

  struct AsyncIterator: AsyncIteratorProtocol {
    mutating func next() async -> ByteBuffer? { nil }
  }

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator() }
}

extension ExchangeNode {
  /// Fetches once, by hand, what waits for this node at these peers; nil means at every peer that
  /// can be called.
  ///
  /// - Throws: ``ExchangeError/unreachable(_:)`` where a peer isn't reached; what was fetched from
  ///   others stays.
  public func pull(from ids: [String]?) async throws -> [PullReport] {
    let peers =
      try ids?.map { try peer($0) }
      ?? directory.value().peers.values.filter { $0.card.delivery == .push }
      .sorted { $0.card.node.text < $1.card.node.text }
    let reception = Reception(self)
    var reports: [PullReport] = []
    var failure: (any Error)?
    try await PeerLinks.with(self) { links in
      for peer in peers {
        do {
          let pull = Pull(
            node: self, reception: reception, link: try links.link(to: peer), peer: peer,
            checks: true)
          reports.append(try await pull.round(waiting: 0))
        } catch { failure = error }
      }
    }
    if let failure { throw failure }
    return reports
  }
}
