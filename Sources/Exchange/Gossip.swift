import AuditLog
import CanonicalJSON
import Federation
import Merkle
import NIOPosix

// Third logs: at each swap both nodes pass on the newest checkpoints that they hold of other logs of
// their federation. A log that shows two nodes two histories is found out by the first two of them
// that speak with each other; neither of the two can see it alone.
extension ExchangeNode {
  /// The newest checkpoints of logs that are neither ours nor the peer's, to pass on.
  func thirdLogs(besides peer: VerifierKey) throws -> JSON {
    let notes = try log.peerCheckpoints(limit: Self.passedOn + 1).filter { note in
      guard let origin = try? Checkpoint(parsing: note.text).origin else { return false }
      return origin != peer.name
    }
    return .array(
      notes.prefix(Self.passedOn).map { .string(Base64.encode($0.serialized)) })
  }

  /// Takes what a peer passes on. Nothing of it is the peer's fault, so nothing here fails the swap.
  func takeThirdLogs(_ json: JSON?, from peer: PeerCard) async {
    guard let notes = json?.array, let directory = try? directory.value() else { return }
    let keys = directory.peers.values.compactMap { try? VerifierKey($0.card.logKey) }
    for text in notes.prefix(Self.passedOn) {
      guard let bytes = text.string.flatMap({ Base64.decode($0) }),
        let note = try? SignedNote(parsing: bytes),
        let origin = try? Checkpoint(parsing: note.text).origin,
        let key = keys.first(where: { $0.name.utf8.elementsEqual(origin.utf8) })
      else { continue }
      do {
        try await NIOThreadPool.singleton.runIfActive {
          try log.takeGossip(note: bytes, key: key, from: peer.node.text)
        }
      } catch AuditLogError.fork(let origin, let size) {
        alarm(origin, size, "\(peer.node) was shown another history than this node")
      } catch {
        logger.notice(
          "a checkpoint that was passed on isn't taken",
          metadata: ["origin": "\(origin)", "error": "\(error)"])
      }
    }
  }

  /// Asks a peer to prove that what others passed on of its log is of the history that we hold.
  ///
  /// - Throws: ``ExchangeError/fork(origin:)`` where it can't.
  func demandProofs(_ link: PeerLink, _ key: VerifierKey) async throws {
    for gossip in try log.pendingGossip(of: key) where gossip.heldSize > 0 {
      let shown = gossip.checkpoint.checkpoint.size
      let (from, to) = (min(shown, gossip.heldSize), max(shown, gossip.heldSize))
      let answer = try await link.post(
        Route.history,
        ["from": .integer(Int64(clamping: from)), "to": .integer(Int64(clamping: to))],
        limit: WireLimits.checkpoint)
      let proof: ConsistencyProof?
      switch answer.status {
      case 200:
        // A proof that can't be read proves nothing, and isn't asked for again.
        let json = try answer.json(limit: WireLimits.checkpoint)
        proof = ConsistencyProof(
          path: json["proof"]?.array?.compactMap { $0.string.flatMap { Hash(base64: $0) } } ?? [])
      // It never had that many entries, it says, and its own key signed that it has.
      case 409: proof = nil
      default: throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
      }
      do {
        try await NIOThreadPool.singleton.runIfActive { try log.settle(gossip, proof: proof) }
      } catch AuditLogError.fork(let origin, let size) {
        alarm(
          origin, size,
          proof == nil
            ? "it refuses a proof of what \(gossip.source) was shown"
            : "its proof doesn't connect what \(gossip.source) was shown with what we were")
        throw ExchangeError.fork(origin: origin)
      }
    }
  }

  /// What a peer is answered that wants our history proven between two sizes.
  func answerHistory(_ json: JSON) throws -> JSON {
    guard let from = json["from"]?.integer.flatMap(UInt64.init(exactly:)),
      let to = json["to"]?.integer.flatMap(UInt64.init(exactly:)), from <= to
    else { throw PeerAnswer(.badRequest, "FORMAT") }
    do {
      let proof = try log.consistencyProof(from: from, to: to)
      return ["proof": .array(proof.path.map { .string($0.base64) })]
    } catch AuditLogError.noSuchSize {
      throw PeerAnswer(.conflict, "SIZE")
    }
  }

  private func alarm(_ origin: String, _ size: UInt64, _ why: String) {
    logger.error(
      "a log contradicts itself; the evidence is kept, and an entry says so",
      metadata: ["origin": "\(origin)", "size": "\(size)", "why": "\(why)"])
  }

  /// A federation has dozens of nodes; the rest comes with other peers.
  private static let passedOn = 64
}
