import AuditLog
import CanonicalJSON
import DurableFiles
import Federation
import NIOPosix

extension ExchangeNode {
  /// Takes what a peer wrote to a removable medium: each transfer is judged and checked exactly as if it
  /// came over a connection, receipts are verified and stored.
  ///
  /// Every file is read before the first offer is judged, so a damaged medium changes nothing. The same
  /// medium a second time gives the same receipts.
  ///
  /// - Throws: ``ExchangeError/damagedMedium(file:)``, ``ExchangeError/otherMedium(from:to:)``,
  ///   ``ExchangeError/unknownPeer(_:)``, ``ExchangeError/fork(origin:)``.
  public func importMedia(from path: String) async throws -> MediaReport {
    let folder = MediaFolder(path: path)
    let manifest = try MediaManifest(
      parsing: folder.read(MediaManifest.name, nil, limit: MediaManifest.maximumBytes))
    guard manifest.to == node.text else {
      throw ExchangeError.otherMedium(from: manifest.from, to: manifest.to)
    }
    let peer = try peer(manifest.from)
    try await NIOThreadPool.singleton.runIfActive { try folder.checkWhole(manifest) }
    try await takeCheckpoint(of: manifest, in: folder, from: peer.card)
    var report = MediaReport(peer: manifest.from)
    for row in manifest.receipts {
      try await takeReceipts(row.id, row.file, in: folder, from: peer.card)
      report.receipts += 1
    }
    for row in manifest.recalls {
      do {
        try await takeRecall(row.id, row.file, in: folder, from: peer.card)
        report.recalls += 1
      } catch let answer as PeerAnswer {
        report.declined[row.id.text] = answer.code
      }
    }
    let reception = Reception(self)
    var taken: [TransferID] = []
    for transfer in manifest.transfers {
      do {
        let offer = try folder.offer(transfer)
        taken.append(try await take(transfer, offer, in: folder, from: peer, reception))
      } catch let answer as PeerAnswer {
        report.declined[transfer.id.text] = answer.code
      } catch ExchangeError.busy {
        report.declined[transfer.id.text] = "BUSY"
      }
    }
    try await reception.quarantine.checkNow()
    report.transfers = try taken.map { try store.row($0).summary }
    return report
  }

  private func take(
    _ transfer: MediaManifest.Transfer, _ offer: Offer, in folder: MediaFolder, from peer: Peer,
    _ reception: Reception
  ) async throws -> TransferID {
    let row = try await reception.offers.judge(offer, from: peer).row
    guard row.state.takesBytes else { return row.id }
    return try await reception.intake.withTurn(row, of: peer.card.node, by: .media) { turn in
      let file = try folder.content(transfer)
      let state = turn.row.state
      return try await turn.take(
        FileChunks(file: file, range: state.offset..<state.byteCount))
    }.id
  }

  private func takeReceipts(
    _ id: TransferID, _ file: MediaManifest.File, in folder: MediaFolder, from card: PeerCard
  ) async throws {
    let name = MediaManifest.receiptsName(id)
    let bytes = try folder.read(name, file, limit: WireLimits.receipts)
    guard let rows = try? JSON(parsing: bytes, limit: WireLimits.receipts)["receipts"]?.array,
      rows.count <= WireLimits.receiptsPerTransfer
    else { throw ExchangeError.malformed(name) }
    for row in rows { try await acceptReceipt(ReceiptEnvelope(json: row), id, from: card) }
    // A recall that is answered needn't be asked again, whatever brought it there.
    guard try store.row(id).state.phase != .recalled else { return }
    try await log.transaction { transaction in
      try transaction.db.remove(
        WaitingMessage(id: id, message: .recall, attempts: 0), of: card.node.text)
    }
  }

  private func takeRecall(
    _ id: TransferID, _ file: MediaManifest.File, in folder: MediaFolder, from card: PeerCard
  ) async throws {
    let name = MediaManifest.recallName(id)
    let bytes = try folder.read(name, file, limit: WireLimits.receipts)
    guard let json = try? JSON(parsing: bytes, limit: WireLimits.receipts) else {
      throw ExchangeError.malformed(name)
    }
    _ = try await acceptRecall(json, id, from: card)
  }

  /// A medium may be older than what we hold of the log: then it only mustn't contradict that.
  private func takeCheckpoint(
    of manifest: MediaManifest, in folder: MediaFolder, from card: PeerCard
  ) async throws {
    guard let file = manifest.checkpoint else { return }
    let name = MediaManifest.checkpointName
    let bytes = try folder.read(name, file, limit: WireLimits.checkpoint)
    guard let shown = try? JSON(parsing: bytes, limit: WireLimits.checkpoint)["shown"]?.string
    else { throw ExchangeError.malformed(name) }
    let key = try PeerKeys(card).log
    do {
      do {
        _ = try await accept(shown, of: key, holding: nil)
      } catch AuditLogError.witnessSize, AuditLogError.wentBack {
        try compareShown(shown, key: key)
      }
    } catch AuditLogError.fork(let origin, _) {
      throw ExchangeError.fork(origin: origin)
    } catch AuditLogError.proofFailed { throw ExchangeError.fork(origin: key.name) }
  }
}

extension MediaFolder {
  /// Reads every file that the manifest names, to its end.
  fileprivate func checkWhole(_ manifest: MediaManifest) throws {
    if let file = manifest.checkpoint {
      _ = try read(MediaManifest.checkpointName, file, limit: WireLimits.checkpoint)
    }
    for row in manifest.receipts {
      _ = try read(MediaManifest.receiptsName(row.id), row.file, limit: WireLimits.receipts)
    }
    for row in manifest.recalls {
      _ = try read(MediaManifest.recallName(row.id), row.file, limit: WireLimits.receipts)
    }
    for transfer in manifest.transfers {
      _ = try offer(transfer)
      let file = try content(transfer)
      guard try digest(of: file) == transfer.ciphertext else {
        throw ExchangeError.damagedMedium(file: MediaManifest.contentName(transfer.id))
      }
    }
  }

  /// The offer of a transfer, if it announces the file that lies beside it.
  fileprivate func offer(_ transfer: MediaManifest.Transfer) throws -> Offer {
    let name = MediaManifest.offerName(transfer.id)
    let bytes = try read(name, transfer.offer, limit: WireLimits.offer)
    guard let json = try? JSON(parsing: bytes, limit: WireLimits.offer),
      let offer = try? Offer(json: json),
      let statement = try? TransferStatement(parsing: offer.statement),
      statement.transfer == transfer.id, statement.ciphertext == transfer.ciphertext,
      statement.byteCount == transfer.byteCount
    else { throw ExchangeError.malformed(name) }
    return offer
  }
}
