public import AuditLog
import CanonicalJSON
import Federation
import Foundation
import GRDB
import Merkle

/// What one peer holds of this node's log, beside what is here.
public struct PeerHolding: Hashable, Sendable {
  /// How that stands to the log here.
  public enum State: String, Hashable, Sendable {
    /// The peer isn't reached, or doesn't answer this.
    case unreachable
    /// The peer holds nothing of this log.
    case nothing
    /// What the peer holds is the beginning of the log here.
    case included
    /// The peer holds more than is here: entries are lost.
    case ahead
    /// The peer holds another history.
    case differs
  }

  /// The peer.
  public let peer: String
  /// How it stands.
  public let state: State
  /// The size that the peer holds.
  public let size: UInt64
  /// The note that the peer holds, signed by this node's key.
  public let note: SignedNote?
  /// Why it isn't reached, in words.
  public let why: String?
}

extension ExchangeNode {
  /// Asks every peer what it holds of this node's log: for a node that was restored from a backup.
  ///
  /// Nothing is sent that would be held against this node, and nothing is stored.
  public func holdings() async throws -> [PeerHolding] {
    let peers = try directory.value().peers.values.sorted { $0.card.node.text < $1.card.node.text }
    return try await PeerLinks.with(self) { links in
      var holdings: [PeerHolding] = []
      for peer in peers {
        let name = peer.card.node.text
        do {
          let link = try links.link(to: peer)
          let answer = try await link.get(Route.checkpoints, limit: WireLimits.checkpoint)
          guard answer.status == 200 else {
            throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
          }
          holdings.append(try judge(answer.json(limit: WireLimits.checkpoint), of: name))
        } catch {
          let words = (error as? ExchangeError)?.words ?? "\(error)"
          holdings.append(
            PeerHolding(peer: name, state: .unreachable, size: 0, note: nil, why: words))
        }
      }
      return holdings
    }
  }

  private func judge(_ json: JSON, of peer: String) throws -> PeerHolding {
    guard let text = json["held"]?.string else {
      return PeerHolding(peer: peer, state: .nothing, size: 0, note: nil, why: nil)
    }
    guard let bytes = Base64.decode(text) else { throw ExchangeError.badAnswer("held") }
    let note = try SignedNote(parsing: bytes)
    // Our own key signed it: nobody can invent a longer log of ours.
    let checkpoint = try Checkpoint(note: note, verifiedBy: log.verifierKey)
    let state: PeerHolding.State =
      switch try log.root(size: checkpoint.size) {
      case nil: .ahead
      case checkpoint.root: .included
      default: .differs
      }
    return PeerHolding(peer: peer, state: state, size: checkpoint.size, note: note, why: nil)
  }

  /// What a peer is answered that asks what we hold of its log: the newest checkpoint, be it one that
  /// was cosigned or one beneath a receipt's proof.
  func answerHeld(to card: PeerCard) throws -> JSON {
    let key = try PeerKeys(card).log
    var newest = try log.peerCheckpoint(origin: key.name)
    for note in try proofNotes(from: card.node.text, key) where size(note) > size(newest) {
      newest = note
    }
    guard let newest else { return [:] }
    return ["held": .string(Base64.encode(newest.serialized))]
  }

  private func size(_ note: SignedNote?) -> UInt64 {
    note.flatMap { try? Checkpoint(parsing: $0.text).size } ?? 0
  }

  /// The checkpoints beneath the newest receipts of a peer, verified by its key.
  private func proofNotes(from peer: String, _ key: VerifierKey) throws -> [SignedNote] {
    let proofs = try log.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT proof FROM exchange_receipts JOIN exchange_transfers ON id = transfer
          WHERE peer = ? AND issued_here = 0 AND proof IS NOT NULL
          ORDER BY exchange_receipts.time DESC LIMIT 16
          """, arguments: [peer]
      ).map { $0[0] as Data }
    }
    return proofs.compactMap { bytes in
      guard let note = try? TlogProof(parsing: bytes).note,
        (try? Checkpoint(note: note, verifiedBy: key)) != nil
      else { return nil }
      return note
    }
  }
}
