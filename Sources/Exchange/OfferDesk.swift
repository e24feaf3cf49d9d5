import AuditLog
import CanonicalJSON
import Evidence
import Federation
import Foundation
import Glibc
import HTTPTypes
import Hummingbird
import NIOPosix
import Synchronization

/// Judges offers, before a byte of them is asked for.
final class OfferDesk: Sendable {
  private let node: ExchangeNode
  /// Offers of each peer in the present minute. The keys are approved peers, so it can't grow.
  private let counts = Mutex<(minute: Int64, offers: [NodeID: Int])>((0, [:]))

  init(_ node: ExchangeNode) { self.node = node }

  /// The answer to an offer: 201 with where to begin, 200 for one that is known, or a refusal.
  func answer(_ json: JSON, from peer: Peer) async throws -> Response {
    guard admits(peer.card.node) else { throw PeerAnswer(.tooManyRequests, "OFFERS_PER_MINUTE") }
    let (offer, statement) = try parse(json)
    if let known = try node.log.read({ try $0.transfer(statement.transfer) }) {
      return try answer(known: known, offer, peer)
    }
    guard statement.sender == peer.card.node.text else {
      throw PeerAnswer(.forbidden, TransferCode.offer.rawValue)
    }
    guard try !node.isForked(PeerKeys(peer.card).log.name) else {
      throw PeerAnswer(.conflict, "FORK")
    }
    try checkRoom(for: statement, from: peer)
    let check = SignatureCheck(
      anchors: peer.card.signingAnchors, timestampAnchors: peer.card.timestampAnchors,
      now: node.seconds)
    do {
      _ = try await NIOThreadPool.singleton.runIfActive {
        try check.statement(offer.statement, signature: offer.signature)
      }
    } catch let error as ExchangeError {
      let _: LogEntry = try await node.log.append(
        LogDraft(
          .denied, ["code": "OFFER_SIGNATURE", "peer": .string(statement.sender)],
          personal: ["detail": error.words]))
      throw PeerAnswer(.forbidden, TransferCode.offer.rawValue)
    }
    if let code = refusal(of: offer, statement) {
      return try await refuse(offer, statement, peer, code)
    }
    return try await accept(offer, statement, peer)
  }

  private func admits(_ peer: NodeID) -> Bool {
    let minute = node.seconds / 60
    return counts.withLock { counts in
      if counts.minute != minute { counts = (minute, [:]) }
      counts.offers[peer, default: 0] += 1
      return counts.offers[peer, default: 0] <= node.limits.offersPerMinute
    }
  }

  private func parse(_ json: JSON) throws -> (Offer, TransferStatement) {
    do {
      let offer = try Offer(json: json)
      return (offer, try TransferStatement(parsing: offer.statement))
    } catch { throw PeerAnswer(.badRequest, "FORMAT") }
  }

  /// A retry gets the same answer; another statement under a known id is a mistake or worse.
  private func answer(known row: TransferRow, _ offer: Offer, _ peer: Peer) throws -> Response {
    guard row.peer == peer.card.node.text, row.state.direction == .in,
      row.offer.statement == offer.statement
    else { throw PeerAnswer(.conflict, "DIFFERENT") }
    return Response(row.state.phase == .rejected ? .forbidden : .ok, try standing(row))
  }

  private func standing(_ row: TransferRow) throws -> JSON {
    var json = try node.standing(row).object ?? [:]
    json["code"] = row.code.map { .string($0.rawValue) }
    return .object(json)
  }

  /// Refused before rather than failed during: length, number, and twice its size on the disk, since
  /// it is decrypted beside itself.
  private func checkRoom(for statement: TransferStatement, from peer: Peer) throws {
    let limits = node.limits
    guard statement.byteCount > 0, statement.byteCount <= UInt64(limits.maximumBundleBytes) else {
      throw PeerAnswer(
        .contentTooLarge, "BUNDLE_BYTES", ["limit": .integer(limits.maximumBundleBytes)])
    }
    let (count, missing) = try node.store.open(from: peer.card.node.text)
    guard count < limits.openTransfersPerPeer else {
      throw PeerAnswer(.tooManyRequests, "OPEN_TRANSFERS")
    }
    var facts = statvfs()
    guard statvfs(node.folders.quarantine, &facts) == 0 else {
      throw PeerAnswer(.serviceUnavailable, "DISK")
    }
    // As floating point: a byte more or less doesn't matter, and nothing can overflow.
    let free = Double(facts.f_bavail) * Double(facts.f_frsize)
    let needed =
      Double(missing) + 2 * Double(statement.byteCount) + Double(limits.freeDiskFloorBytes)
    guard free > needed else {
      throw PeerAnswer(.init(code: 507, reasonPhrase: "Insufficient Storage"), "DISK")
    }
  }

  /// Terms and release are judged before anything is uploaded: they name no item.
  private func refusal(of offer: Offer, _ statement: TransferStatement) -> TransferCode? {
    guard digest(offer.terms) == statement.terms, digest(offer.release) == statement.release,
      let terms = try? HandlingTerms(parsing: offer.terms),
      let release = try? Release(parsing: offer.release), terms.bundleID == statement.bundle,
      release.bundleID == statement.bundle, release.transfer == statement.transfer.text,
      release.sender == statement.sender, release.recipients == statement.recipients,
      release.recipients.contains(node.node.text)
    else { return .release }
    return terms.refusal(at: node.seconds)
  }

  private func accept(
    _ offer: Offer, _ statement: TransferStatement, _ peer: Peer
  ) async throws -> Response {
    var known = node.peerFields(peer.card.node.text)
    if let terms = try? HandlingTerms(parsing: offer.terms) {
      known.merge(terms.logFields(at: node.seconds)) { $1 }
    }
    let more = known
    let receipt = try await node.sign(.submissionAcceptance, of: statement)
    let row = try await insert(offer, statement, peer) { transaction, row in
      // `sender`, not `peer`: until all bytes are here nothing was exchanged to reconcile.
      var fields = statement.logFields(peer: row.peer)
      fields["sender"] = fields.removeValue(forKey: "peer")
      fields["direction"] = .string(row.state.direction.rawValue)
      // The same content under a new id is accepted, and people are told.
      row.sameAs = try transaction.db.transferOfSameContent(as: row)
      fields["same-content"] = row.sameAs.map { .string($0.text) }
      _ = try transaction.append(LogDraft(.offer, fields.merging(more) { own, _ in own }))
      try transaction.issue(receipt, for: row)
    }
    var headers: HTTPFields = [:]
    headers[.location] = Route.content(statement.transfer)
    return Response(.created, try standing(row), headers: headers)
  }

  private func refuse(
    _ offer: Offer, _ statement: TransferStatement, _ peer: Peer, _ code: TransferCode
  ) async throws -> Response {
    let receipt = try await node.sign(.submissionRejection, of: statement, code: code)
    let row = try await insert(offer, statement, peer) { transaction, row in
      _ = try row.state.apply(.refused)
      row.code = code
      _ = try transaction.append(row.draft(.reject, ["code": .string(code.rawValue)]))
      try transaction.issue(receipt, for: row)
    }
    return Response(.forbidden, try standing(row))
  }

  private func insert(
    _ offer: Offer, _ statement: TransferStatement, _ peer: Peer,
    _ change: @escaping @Sendable (inout LogTransaction, inout TransferRow) throws -> Void
  ) async throws -> TransferRow {
    try await node.log.transaction { transaction in
      // The same offer may come twice at the same time.
      if let known = try transaction.db.transfer(statement.transfer) {
        guard known.offer.statement == offer.statement, known.peer == statement.sender else {
          throw PeerAnswer(.conflict, "DIFFERENT")
        }
        return known
      }
      var row = TransferRow(
        statement: statement, offer: offer, peer: peer.card.node.text, direction: .in,
        phase: .offered, at: transaction.milliseconds)
      try transaction.db.save(row)
      try change(&transaction, &row)
      try transaction.db.save(row)
      return row
    }
  }
}
