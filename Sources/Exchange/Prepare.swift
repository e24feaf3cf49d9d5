import ASiC
import Age
import AuditLog
import CanonicalJSON
import DurableFiles
import Evidence
public import Federation
import Glibc
import Merkle
import Redaction

extension ExchangeNode {
  /// Releases a bundle to a peer and puts it into the outbox, encrypted: nothing is sent yet. Blocks.
  ///
  /// The order of the writes: the encrypted file is durable first; then one transaction logs
  /// `release` and `queue` and stores the transfer. A crash in between leaves a file that no
  /// transfer names, which the delivery service removes. The plaintext copy has no name at all.
  ///
  /// What went to that peer before is sent again: the summary's ``TransferSummary/sameAs`` says so.
  ///
  /// - Parameters:
  ///   - deadline: until when it has to get through; ``ExchangeLimits/deadlineSeconds`` from now
  ///     where nothing is said.
  /// - Throws: ``ExchangeError/unknownPeer(_:)``, ``ExchangeError/notVerified(_:)``,
  ///   ``ExchangeError/refusedByTerms(_:)``, or the errors of files and containers.
  public func queue(
    bundleAt path: String, to peer: String, approval: Approval,
    priority: TransferPriority = .normal, deadline: TransferDeadline? = nil
  ) throws -> TransferSummary {
    let card = try self.peer(peer).card
    let file = try FileReader(at: path, followingLinks: true)
    let container = try ContainerReader(fileDescriptor: file.fileDescriptor)
    let (verification, token) = verify(container, trust: try trust.value(), now: seconds)
    guard let verified = token else { throw ExchangeError.notVerified(verification) }
    try checkTerms(verified.bundle, to: peer)
    if let low = verification.signatures.first(where: { $0.validation.level < .longTerm }) {
      throw ExchangeError.awaitsAuthority(file: low.file)
    }

    let id = TransferID.make(milliseconds: now())
    let time = seconds
    let signatory = try signatory.value()
    let release = Release(
      bundleID: verified.bundle.seal.bundleID, transfer: id.text, sender: node.text,
      recipients: [peer], time: timeText(milliseconds: time * 1000))
    let plain = try UnnamedFile(in: folders.outbox)
    let scratch = try UnnamedFile(in: folders.outbox)
    _ = try rerelease(
      verified, release, by: signatory, into: plain.fileDescriptor,
      scratch: ScratchFile(fileDescriptor: scratch.fileDescriptor, keeping: scratch), at: time)
    let (ciphertext, byteCount) = try encrypt(plain, to: card, as: outboxPath(id))
    do {
      let statement = try statement(
        id, verified.bundle, release, ciphertext: ciphertext, byteCount: byteCount, to: peer, time)
      let bytes = statement.bytes
      let signature = try signatory.sign(bytes, commitment: .proofOfSender, at: time)
      let offer = Offer(
        statement: bytes, signature: signature, terms: verified.bundle.terms.bytes,
        release: release.bytes)
      return try store(
        offer, statement, items: verification.items, approval,
        sealer: verified.bundle.seal.sealer.node,
        Queueing(
          peer: peer, priority: priority,
          deadline: deadline
            ?? TransferDeadline(seconds: Int64(limits.deadlineSeconds), after: now())))
    } catch {
      try? removeDurably(outboxPath(id))
      throw error
    }
  }

  /// What the terms forbid isn't even tried; the receiver checks the same.
  private func checkTerms(_ bundle: EvidenceBundle, to peer: String) throws {
    if let code = bundle.terms.refusal(at: seconds) { throw ExchangeError.refusedByTerms(code) }
    let sealer = bundle.seal.sealer.node
    if bundle.terms.onward == "forbidden", sealer != node.text, sealer != peer {
      throw ExchangeError.refusedByTerms(.onward)
    }
  }

  private func encrypt(
    _ plain: UnnamedFile, to card: PeerCard, as path: String
  ) throws -> (ciphertext: Hash, byteCount: UInt64) {
    guard let text = card.recipients.first else { throw ExchangeError.malformed("recipients") }
    let recipient = try Recipient(parsing: text)
    let file = try AtomicFile(at: path)
    var digest = Digest256()
    var offset: off_t = 0
    let total = try facts(ofDescriptor: plain.fileDescriptor, path: path).size
    try Age.encrypt(
      recipients: [recipient],
      read: { buffer in
        let count = pread(plain.fileDescriptor, buffer.baseAddress, buffer.count, offset)
        guard count >= 0 else { throw FileError.failed(.read, path: path, errno: errno) }
        offset += count
        onProgress(.encrypted(UInt64(count), of: total))
        return count
      },
      write: { bytes in
        digest.update(bytes)
        try file.write(bytes)
      })
    try file.commit(replacing: false)
    return (digest.hash, digest.byteCount)
  }

  private func statement(
    _ id: TransferID, _ bundle: EvidenceBundle, _ release: Release, ciphertext: Hash,
    byteCount: UInt64, to peer: String, _ time: Int64
  ) throws -> TransferStatement {
    guard let time = StatementTime(unixSeconds: time) else { throw ExchangeError.malformed("time") }
    return TransferStatement(
      transfer: id, bundle: bundle.seal.bundleID, seal: bundle.seal.digest, view: bundle.view.id,
      record: bundle.records.last?.digest, ciphertext: ciphertext, byteCount: byteCount,
      sender: node.text, recipients: [peer], terms: digest(bundle.terms.bytes),
      release: digest(release.bytes), time: time)
  }

  /// Where a transfer stands in the line.
  private struct Queueing: Sendable {
    var peer: String
    var priority: TransferPriority
    var deadline: TransferDeadline
  }

  private func store(
    _ offer: Offer, _ statement: TransferStatement, items: ItemReports, _ approval: Approval,
    sealer: String, _ queueing: Queueing
  ) throws -> TransferSummary {
    let grace = Self.graceMilliseconds
    let peer = queueing.peer
    var known = peerFields(peer).merging(itemFields(items)) { $1 }
    if let terms = try? HandlingTerms(parsing: offer.terms) {
      known.merge(terms.logFields(at: seconds)) { $1 }
    }
    // What another sealed may need its consent to be given on.
    if sealer != node.text { known["originator"] = .string(sealer) }
    let more = known
    return try log.transaction { transaction in
      var row = TransferRow(
        statement: statement, offer: offer, peer: peer, direction: .out, phase: .queued,
        at: transaction.milliseconds)
      row.nextAttempt = transaction.milliseconds + grace
      row.priority = queueing.priority
      row.deadline = queueing.deadline.due
      row.sameAs = try transaction.db.transferOfSameContent(as: row)
      // Named `recipient`, not `peer`: until `send` nothing is between the two nodes, and
      // `reconcile` compares what is.
      var fields = statement.logFields(peer: peer)
      fields["recipient"] = fields.removeValue(forKey: "peer")
      fields["release"] = .string(statement.release.base64)
      fields["direction"] = .string(row.state.direction.rawValue)
      fields["same-content"] = row.sameAs.map { .string($0.text) }
      let release = fields.merging(more) { own, _ in own }
      _ = try transaction.append(LogDraft(.release, release, personal: approval.people))
      let line: [String: JSON] = [
        "deadline": .string(queueing.deadline.rule),
        "due": .time(milliseconds: queueing.deadline.due),
        "priority": .string(queueing.priority.name),
      ]
      row.deadlineEntry =
        try transaction.append(LogDraft(.queue, fields.merging(line) { $1 })).index
      try transaction.db.insert(row)
      return row.summary
    }
  }

  /// Whoever queued it may deliver it at once; the service looks after it a little later.
  private static let graceMilliseconds: Int64 = 15_000
}

extension HandlingTerms {
  /// Why these terms allow no transfer at this time, Unix seconds; nil where they do.
  func refusal(at now: Int64) -> TransferCode? {
    let ends = [legalBasis?["validUntil"]?.string, deleteBy].compactMap { $0 }
    return ends.contains { end in
      // A date alone ends with its day. What isn't a time can't be enforced, and refuses.
      let text = end.utf8.count == 10 ? end + "T23:59:59Z" : end
      guard let time = StatementTime(text) else { return true }
      return time.unixSeconds < now
    } ? .expired : nil
  }
}
