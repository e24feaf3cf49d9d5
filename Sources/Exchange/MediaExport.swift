import AuditLog
public import CanonicalJSON
import DurableFiles
import Federation
import Glibc
import NIOPosix

/// What was written to a removable medium, or came from one.
public struct MediaReport: Sendable {
  /// The other node.
  public let peer: String
  /// The transfers on it, as they stand now.
  public internal(set) var transfers: [TransferSummary] = []
  /// For how many transfers receipts are on it.
  public internal(set) var receipts = 0
  /// How many transfers are taken back by it.
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

// Transfers by removable medium: the files and signatures of a connection, in a folder. The manifest is
// written last, so a folder without one is no medium.
extension ExchangeNode {
  /// Writes everything that waits for a peer into a new or empty folder: offers, encrypted files,
  /// receipts that it doesn't have yet, and recalls.
  ///
  /// Of each transfer `send` is logged before its file is complete. It stays in the outbox until
  /// receipts come, whatever brings them; a recall stays until it is answered.
  ///
  /// - Throws: ``ExchangeError/nothingWaits(for:)``, or what stands in the way of writing.
  public func exportMedia(to peer: String, into path: String) async throws -> MediaReport {
    let card = try self.peer(peer).card
    let rows = try log.read {
      try $0.mailbox(of: peer, after: nil, limit: MediaManifest.maximumRows)
    }
    let messages = try log.read { try $0.waitingMessages(for: peer, now: .max) }
    guard !rows.isEmpty || !messages.isEmpty else { throw ExchangeError.nothingWaits(for: peer) }
    let folder = try newFolder(path)
    do {
      return try await write(rows, messages, for: card, into: folder)
    } catch {
      // It was empty: everything there is ours, and without a manifest it is nothing.
      for name in (try? names(inFolder: path)) ?? [] { unlink("\(path)/\(name)") }
      throw error
    }
  }

  private func write(
    _ rows: [TransferRow], _ messages: [WaitingMessage], for card: PeerCard,
    into folder: MediaFolder
  ) async throws -> MediaReport {
    let peer = card.node.text
    var manifest = MediaManifest(from: node.text, to: peer, time: timeText(milliseconds: now()))
    var report = MediaReport(peer: peer)
    for row in rows {
      do {
        manifest.transfers.append(try await export(row, into: folder))
        report.transfers.append(try store.row(row.id).summary)
      } catch ExchangeError.busy {
        report.declined[row.id.text] = "BUSY"
      }
    }
    try add(messages.filter { $0.message != .recall }.map(\.id), to: &manifest, in: folder)
    for message in messages where message.message == .recall {
      guard let recall = try store.recallEnvelope(message.id) else { continue }
      let name = MediaManifest.recallName(message.id)
      manifest.recalls.append((message.id, try folder.write(recall.json("recall"), to: name)))
    }
    report.receipts = manifest.receipts.count
    report.recalls = manifest.recalls.count
    try finish(&manifest, in: folder, for: card)
    return report
  }

  /// Writes the receipts for what came on a medium into a new or empty folder, to be carried back.
  public func exportMediaReceipts(for source: String, into path: String) throws -> MediaReport {
    let origin = try MediaManifest(
      parsing: MediaFolder(path: source).read(
        MediaManifest.name, nil, limit: MediaManifest.maximumBytes))
    guard origin.to == node.text else {
      throw ExchangeError.otherMedium(from: origin.from, to: origin.to)
    }
    let card = try peer(origin.from).card
    let named = origin.transfers.map(\.id) + origin.recalls.map(\.id)
    let known = try named.filter { id in
      let row = try log.read { try $0.transfer(id) }
      return row.map { $0.peer == origin.from && $0.state.direction == .in } ?? false
    }
    let folder = try newFolder(path)
    var manifest = MediaManifest(
      from: node.text, to: origin.from, time: timeText(milliseconds: now()))
    try add(known, to: &manifest, in: folder)
    try finish(&manifest, in: folder, for: card)
    var report = MediaReport(peer: origin.from)
    report.transfers = try known.map { try store.row($0).summary }
    report.receipts = manifest.receipts.count
    return report
  }

  /// One transfer's files. Nobody else sends it meanwhile.
  private func export(
    _ row: TransferRow, into folder: MediaFolder
  ) async throws -> MediaManifest.Transfer {
    let lock = try OutboxLock(outboxPath(row.id), row.id)
    defer { lock.release() }
    let departure = try await depart(row.id, from: 0, by: .media)
    try await NIOThreadPool.singleton.runIfActive {
      let source = try FileReader(at: outboxPath(row.id))
      let target = try AtomicFile(
        at: "\(folder.path)/\(MediaManifest.contentName(row.id))")
      let found = try digest(of: source) { try target.write($0) }
      guard found == departure.row.statement.ciphertext else {
        throw FileError.changed(path: source.path)
      }
      try target.commit(replacing: false)
    }
    let offer = try folder.write(row.offer.json, to: MediaManifest.offerName(row.id))
    // From here on it waits for receipts as after a broken link; a link may still be quicker.
    try await store.advance(row.id, .interrupted) { transaction, row, _ in
      row.nextAttempt = transaction.milliseconds
    }
    return MediaManifest.Transfer(
      id: row.id, offer: offer, ciphertext: row.statement.ciphertext,
      byteCount: row.statement.byteCount)
  }

  private func add(
    _ transfers: [TransferID], to manifest: inout MediaManifest, in folder: MediaFolder
  ) throws {
    for id in transfers where !manifest.receipts.contains(where: { $0.id == id }) {
      let receipts = try issuedReceipts(id)
      guard !receipts.isEmpty else { continue }
      let file = try folder.write(
        ["receipts": .array(receipts)], to: MediaManifest.receiptsName(id))
      manifest.receipts.append((id, file))
    }
  }

  /// Adds what our log shows the peer, then the manifest.
  private func finish(
    _ manifest: inout MediaManifest, in folder: MediaFolder, for card: PeerCard
  ) throws {
    let ours = try log.checkpoint()
    let old = min(try log.sizeCosigned(by: PeerKeys(card).cosigners), ours.checkpoint.size)
    manifest.checkpoint = try folder.write(
      ["shown": .string(Base64.encode(try log.growth(from: old, to: ours)))],
      to: MediaManifest.checkpointName)
    try AtomicFile.write(
      manifest.bytes, to: "\(folder.path)/\(MediaManifest.name)", replacing: false)
  }

  private func newFolder(_ path: String) throws -> MediaFolder {
    try ensureDirectory(path)
    guard try names(inFolder: path).isEmpty else { throw FileError.alreadyExists(path: path) }
    return MediaFolder(path: path)
  }
}
