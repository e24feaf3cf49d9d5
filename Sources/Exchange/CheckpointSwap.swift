import AuditLog
import CanonicalJSON
import Federation
import GRDB
import Merkle
import NIOPosix

// Peers are witnesses: before anything else of an exchange, each shows the other that its log only
// grew, and gets the other's cosignature. Bodies are those of C2SP tlog-witness, two in one request.
extension ExchangeNode {
  /// Swaps checkpoints with a peer: ours for its cosignature, and the other way round.
  ///
  /// - Throws: ``ExchangeError/fork(origin:)`` where the peer's log contradicts itself, and
  ///   ``ExchangeError/ownFork(held:)`` where ours is not what the peer holds of it.
  func swapCheckpoints(_ link: PeerLink) async throws {
    try await swaps.swap(with: link.card.node.text) { try await swapNow(link) }
  }

  private func swapNow(_ link: PeerLink) async throws {
    let keys = try PeerKeys(link.card)
    var assumed: UInt64?
    for attempt in 0..<Self.swapAttempts {
      // Only another program of this node can be in the way: give it time.
      if attempt > 1 { try await Task.sleep(for: .milliseconds(.random(in: 5...50))) }
      let ours = try log.checkpoint()
      let old = try assumed ?? log.sizeCosigned(by: keys.cosigners)
      guard old <= ours.checkpoint.size else { throw ExchangeError.ownFork(held: old) }
      let held = try log.heldSize(of: keys.log.name)
      let answer = try await link.post(
        Route.checkpoints,
        [
          "shown": .string(Base64.encode(try log.growth(from: old, to: ours))),
          "held": .integer(Int64(clamping: held)),
          "others": try thirdLogs(besides: keys.log),
        ], limit: WireLimits.checkpoint)
      switch answer.status {
      case 200: break
      case 409 where answer.code == "SIZE":
        // The peer holds another size than we thought: it says which.
        let size = try answer.json(limit: WireLimits.checkpoint)["size"]?.integer
        guard let size = size.flatMap(UInt64.init(exactly:)) else {
          throw ExchangeError.badAnswer("size")
        }
        assumed = size
        continue
      case 409 where answer.code == "FORK": throw ExchangeError.ownFork(held: nil)
      default:
        throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
      }
      let json = try answer.json(limit: WireLimits.checkpoint)
      guard let line = json["cosignature"]?.string, let shown = json["shown"]?.string else {
        throw ExchangeError.badAnswer("cosignature")
      }
      do {
        try await store(cosignature: line, by: keys.cosigners, size: ours.checkpoint.size)
        try await noteClock(line, of: link.card)
        let (size, cosignature) = try await accept(shown, of: keys.log, holding: held)
        _ = try await link.post(
          Route.cosignatures,
          ["size": .integer(Int64(clamping: size)), "cosignature": .string(cosignature)],
          limit: WireLimits.checkpoint)
        await takeThirdLogs(json["others"], from: link.card)
        try await demandProofs(link, keys.log)
        return
      } catch AuditLogError.witnessSize {
        continue  // Another program of this node swapped in between.
      } catch AuditLogError.fork(let origin, _) {
        throw ExchangeError.fork(origin: origin)
      } catch AuditLogError.wentBack, AuditLogError.proofFailed {
        throw ExchangeError.fork(origin: keys.log.name)
      }
    }
    throw ExchangeError.badAnswer("checkpoint")
  }

  /// What the peer at the other end of a connection is answered when it shows its checkpoint.
  func answerCheckpoint(_ json: JSON, from card: PeerCard) async throws -> JSON {
    guard let shown = json["shown"]?.string,
      let held = json["held"]?.integer.flatMap(UInt64.init(exactly:))
    else { throw PeerAnswer(.badRequest, "FORMAT") }
    let keys = try PeerKeys(card)
    do {
      let (_, cosignature) = try await accept(shown, of: keys.log, holding: nil)
      let ours = try log.checkpoint()
      guard held <= ours.checkpoint.size else { throw PeerAnswer(.conflict, "FORK") }
      await takeThirdLogs(json["others"], from: card)
      return [
        "cosignature": .string(cosignature),
        "shown": .string(Base64.encode(try log.growth(from: held, to: ours))),
        "others": try thirdLogs(besides: keys.log),
      ]
    } catch AuditLogError.witnessSize(let size) {
      throw PeerAnswer(.conflict, "SIZE", ["size": .integer(Int64(clamping: size))])
    } catch AuditLogError.wentBack(let from, _) {
      throw PeerAnswer(.conflict, "SIZE", ["size": .integer(Int64(clamping: from))])
    } catch AuditLogError.fork, AuditLogError.proofFailed {
      throw PeerAnswer(.conflict, "FORK")
    } catch let error as AuditLogError {
      logger.notice("a peer's checkpoint is refused", metadata: ["error": "\(error)"])
      throw PeerAnswer(.forbidden, "CHECKPOINT")
    }
  }

  /// Stores the peer's cosignature of a checkpoint of ours.
  func acceptCosignature(_ json: JSON, from card: PeerCard) async throws {
    guard let size = json["size"]?.integer.flatMap(UInt64.init(exactly:)),
      let line = json["cosignature"]?.string
    else { throw PeerAnswer(.badRequest, "FORMAT") }
    do {
      try await store(cosignature: line, by: PeerKeys(card).cosigners, size: size)
    } catch is AuditLogError { throw PeerAnswer(.forbidden, "COSIGNATURE") }
  }

  /// A cosignature states the peer's time: what it differs by from ours is logged where it is much.
  private func noteClock(_ line: String, of card: PeerCard) async throws {
    guard let stated = try? NoteSignature(line: line).cosignedTime else { return }
    let offset = Int64(clamping: stated) - seconds
    guard swaps.note(clockOffset: offset, of: card.node.text) else { return }
    logger.warning(
      "a peer's clock differs from ours",
      metadata: ["peer": "\(card.node)", "seconds": "\(offset)"])
    let _: LogEntry = try await log.append(
      LogDraft(
        .clock,
        [
          "code": "PEER", "peer": .string(card.node.text),
          "milliseconds": .integer(offset * 1000),
        ]))
  }

  /// On a thread that may block, since the log's call waits for the disk.
  private func store(cosignature: String, by keys: [VerifierKey], size: UInt64) async throws {
    let signature = try NoteSignature(line: cosignature)
    guard let key = keys.first(where: { signature.isBy($0) }) else {
      throw AuditLogError.unknownKey(name: keys[0].name)
    }
    try await NIOThreadPool.singleton.runIfActive {
      try log.acceptCosignature(cosignature, key: key, size: size)
    }
  }

  /// Accepts what a peer shows, a body of tlog-witness in base64; returns its size and our line.
  func accept(
    _ shown: String, of key: VerifierKey, holding size: UInt64?
  ) async throws -> (size: UInt64, cosignature: String) {
    guard let bytes = Base64.decode(shown) else { throw ExchangeError.malformed("shown") }
    let request = try AddCheckpointRequest(parsing: bytes)
    let checkpoint = try Checkpoint(note: request.note, verifiedBy: key)
    let cosignature = try await log.acceptPeerCheckpoint(
      note: request.note.serialized, key: key, proof: request.proof,
      from: size ?? request.oldSize)
    return (checkpoint.size, cosignature.line)
  }

  /// Compares what a peer showed some time ago with what we hold of its log.
  func compareShown(_ shown: String, key: VerifierKey) throws {
    guard let bytes = Base64.decode(shown) else { throw ExchangeError.malformed("shown") }
    let note = try AddCheckpointRequest(parsing: bytes).note
    _ = try log.compareGossip(note: note.serialized, key: key)
  }

  /// Another program of either node may swap at the same time; more often than this is no accident.
  private static let swapAttempts = 5
}

extension Database {
  /// Whether a log has contradicted itself towards this node. Its node has to start a new one.
  func isForked(_ origin: String) throws -> Bool {
    try Bool.fetchOne(
      cachedStatement(sql: "SELECT EXISTS(SELECT 1 FROM forks WHERE origin = ?)"),
      arguments: [origin]) ?? false
  }
}

/// The keys on a peer's card, parsed.
struct PeerKeys {
  let log: VerifierKey
  /// The one in force, then those that are announced; at least one.
  let cosigners: [VerifierKey]

  init(_ card: PeerCard) throws(ExchangeError) {
    do {
      log = try VerifierKey(card.logKey)
      cosigners = try card.cosignerKeys.map { try VerifierKey($0) }
    } catch { throw .malformed("logKey") }
  }
}

extension NodeLog {
  /// The largest size of this log that a witness has cosigned with one of its keys; 0 if none.
  func sizeCosigned(by keys: [VerifierKey]) throws -> UInt64 {
    let sizes = try read { db in
      try keys.map { key in
        try Int64.fetchOne(
          db.cachedStatement(sql: "SELECT max(size) FROM cosignatures WHERE vkey = ?"),
          arguments: [key.text])
      }
    }
    return UInt64(clamping: sizes.compactMap { $0 }.max() ?? 0)
  }

  /// The size that this node holds of a peer's log; 0 if none.
  func heldSize(of origin: String) throws -> UInt64 {
    let size = try read {
      try Int64.fetchOne(
        $0, sql: "SELECT max(size) FROM peer_checkpoints WHERE origin = ?", arguments: [origin])
    }
    return UInt64(clamping: size ?? 0)
  }

  /// The checkpoint with the proof that the log of `old` entries begins it.
  func growth(from old: UInt64, to new: SignedCheckpoint) throws -> [UInt8] {
    let proof = try consistencyProof(from: old, to: new.checkpoint.size)
    return AddCheckpointRequest(oldSize: old, proof: proof, note: new.note).serialized
  }
}
