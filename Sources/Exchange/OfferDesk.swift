import AuditLog
import CanonicalJSON
import Evidence
import Federation
import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import NIOPosix

/// Judges offers, before a byte of them is asked for.
final class OfferDesk: Sendable {
  private let node: ExchangeNode
  private let offers: MinuteCount

  init(_ node: ExchangeNode) {
    self.node = node
    offers = MinuteCount(limit: node.limits.offersPerMinute)
  }

  /// What an offer came to.
  enum Outcome: Sendable {
    /// It is new, and its bytes may come.
    case accepted(TransferRow)
    /// It came before; perhaps it was refused then.
    case known(TransferRow)
    /// It is refused, with a signed receipt.
    case refused(TransferRow)

    var row: TransferRow {
      switch self {
      case .accepted(let row), .known(let row), .refused(let row): row
      }
    }
  }

  /// The answer to an offer: 201 with where to begin, 200 for one that is known, or a refusal.
  func answer(_ json: JSON, from peer: Peer) async throws -> Response {
    guard offers.admits(peer.card.node, at: node.seconds) else {
      throw PeerAnswer(.tooManyRequests, "OFFERS_PER_MINUTE")
    }
    guard let offer = try? Offer(json: json) else { throw PeerAnswer(.badRequest, "FORMAT") }
    let outcome = try await judge(offer, from: peer)
    let standing = try standing(outcome.row)
    guard case .accepted(let row) = outcome else {
      return Response(outcome.row.state.phase == .rejected ? .forbidden : .ok, standing)
    }
    return Response(.created, standing, headers: [.location: Route.content(row.id)])
  }

  /// Judges an offer, whatever brought it.
  ///
  /// - Throws: ``PeerAnswer`` for what gets no receipt: what isn't the peer's own, or finds no room.
  func judge(_ offer: Offer, from peer: Peer) async throws -> Outcome {
    guard let statement = try? TransferStatement(parsing: offer.statement) else {
      throw PeerAnswer(.badRequest, "FORMAT")
    }
    if let known = try node.log.read({ try known(offer, statement, from: peer, in: $0) }) {
      return .known(known)
    }
    let check = SignatureCheck(
      anchors: peer.card.signingAnchors, timestampAnchors: peer.card.timestampAnchors,
      now: node.seconds)
    let answered: (code: TransferCode?, receipt: SignedReceipt)
    do {
      answered = try await NIOThreadPool.singleton.runIfActive { [self] in
        do {
          _ = try check.statement(offer.statement, signature: offer.signature)
        } catch let error as ExchangeError { throw BadSignature(why: error) }
        let code = refusal(of: offer, statement)
        return (
          code,
          try node.signed(
            code == nil ? .submissionAcceptance : .submissionRejection, of: statement, code: code)
        )
      }
    } catch let error as BadSignature {
      let _: LogEntry = try await node.log.append(
        LogDraft(
          .denied, ["code": "OFFER_SIGNATURE", "peer": .string(statement.sender)],
          personal: ["detail": error.why.words]))
      throw PeerAnswer(.forbidden, TransferCode.offer.rawValue)
    }
    if let code = answered.code {
      return try await refuse(offer, statement, peer, code, answered.receipt)
    }
    return try await accept(offer, statement, peer, answered.receipt)
  }

  private struct BadSignature: Error {
    var why: ExchangeError
  }

  /// The transfer, where it is known already. A new one must be the peer's own, and find room.
  private func known(
    _ offer: Offer, _ statement: TransferStatement, from peer: Peer, in db: Database
  ) throws -> TransferRow? {
    let sender = peer.card.node.text
    if let known = try db.transfer(statement.transfer) {
      // A retry gets the same answer; another statement under a known id is a mistake or worse.
      guard known.peer == sender, known.state.direction == .in,
        known.offer.statement == offer.statement
      else { throw PeerAnswer(.conflict, "DIFFERENT") }
      return known
    }
    guard statement.sender == sender else {
      throw PeerAnswer(.forbidden, TransferCode.offer.rawValue)
    }
    guard try !db.isForked(PeerKeys(peer.card).log.name) else {
      throw PeerAnswer(.conflict, "FORK")
    }
    try node.checkRoom(for: statement, from: sender, in: db)
    return nil
  }

  private func standing(_ row: TransferRow) throws -> JSON {
    var json = try node.standing(row).object ?? [:]
    json["code"] = row.code.map { .string($0.rawValue) }
    return .object(json)
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
    _ offer: Offer, _ statement: TransferStatement, _ peer: Peer, _ receipt: SignedReceipt
  ) async throws -> Outcome {
    var known = node.peerFields(peer.card.node.text)
    if let terms = try? HandlingTerms(parsing: offer.terms) {
      known.merge(terms.logFields(at: node.seconds)) { $1 }
    }
    let more = known
    let row = try await insert(offer, statement, peer, needsRoom: true) { transaction, row in
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
    return .accepted(row)
  }

  private func refuse(
    _ offer: Offer, _ statement: TransferStatement, _ peer: Peer, _ code: TransferCode,
    _ receipt: SignedReceipt
  ) async throws -> Outcome {
    let row = try await insert(offer, statement, peer, needsRoom: false) { transaction, row in
      _ = try row.state.apply(.refused)
      row.code = code
      _ = try transaction.append(row.draft(.reject, ["code": .string(code.rawValue)]))
      try transaction.issue(receipt, for: row)
    }
    return .refused(row)
  }

  private func insert(
    _ offer: Offer, _ statement: TransferStatement, _ peer: Peer, needsRoom: Bool,
    _ change: @escaping @Sendable (inout LogTransaction, inout TransferRow) throws -> Void
  ) async throws -> TransferRow {
    try await node.log.transaction { [node] transaction in
      // The same offer may come twice at the same time.
      if let known = try transaction.db.transfer(statement.transfer) {
        guard known.offer.statement == offer.statement, known.peer == statement.sender else {
          throw PeerAnswer(.conflict, "DIFFERENT")
        }
        return known
      }
      // Others may have been accepted since it was checked.
      if needsRoom {
        try node.checkRoom(for: statement, from: peer.card.node.text, in: transaction.db)
      }
      var row = TransferRow(
        statement: statement, offer: offer, peer: peer.card.node.text, direction: .in,
        phase: .offered, at: transaction.milliseconds)
      try transaction.db.insert(row)
      try change(&transaction, &row)
      try transaction.db.update(row)
      return row
    }
  }
}
