import AuditLog
import CanonicalJSON
import Federation
import Glibc
import Merkle
import NIOCore
import NIOPosix
import Redaction
import Synchronization

/// What brings a transfer from one node to another.
enum Carrier: String, Sendable {
  /// A connection, whichever side began it.
  case link
  /// A removable medium.
  case media

  /// What log entries say of it.
  func logFields(_ node: ExchangeNode, peer: String) -> [String: JSON] {
    switch self {
    case .link: node.certificates.logFields(peer)
    case .media: ["carrier": "media"]
    }
  }
}

/// Takes the bytes of accepted transfers into quarantine, whatever brings them: an upload, a download
/// from a mailbox, a file of a removable medium.
final class Intake: Sendable {
  private let node: ExchangeNode
  private let quarantine: Quarantine
  private let running = Mutex<[TransferID: Place]>([:])

  private struct Place {
    var turn: IntakeTurn
    var peer: NodeID
    var lock: PartLock
  }

  init(_ node: ExchangeNode, _ quarantine: Quarantine) {
    self.node = node
    self.quarantine = quarantine
  }

  /// One turn to bring bytes of one transfer, and where the transfer stands at its beginning.
  struct Turn: Sendable {
    let row: TransferRow
    fileprivate let intake: Intake
    fileprivate let turn: IntakeTurn
    fileprivate let lock: PartLock
    fileprivate let carrier: Carrier

    /// Appends these bytes, which begin at the row's offset, and checks the digest once all are here.
    ///
    /// The order of the writes, every ``ExchangeLimits/syncIntervalBytes`` and at the end: bytes,
    /// flush, then offset and running digest in one transaction. A crash leaves bytes beyond the
    /// offset at most; they are written again.
    func take<Body: AsyncSequence>(_ body: Body) async throws -> TransferRow
    where Body.Element == ByteBuffer {
      let part = try PartFile(lock, row, turn)
      let last = try await intake.receive(body, into: part, row)
      return if let last {
        try await intake.complete(row, part, last, carrier)
      } else {
        try intake.node.store.row(row.id)
      }
    }
  }

  /// Runs `work` with the turn for a transfer, also taking it from a request whose link died without
  /// notice. Where there is nothing to bring any more, by the row or by the present one, `work` isn't run.
  ///
  /// - Throws: ``ExchangeError/busy(_:)`` where another program has it.
  func withTurn(
    _ row: TransferRow, of peer: NodeID, by carrier: Carrier,
    _ work: (Turn) async throws -> TransferRow
  ) async throws -> TransferRow {
    guard row.state.takesBytes else { return row }
    let id = row.id
    let (turn, lock) = try begin(id, peer)
    defer { end(id, turn) }
    // Read again: whoever had the turn before may have stored more until now.
    let fresh = try node.store.row(id)
    guard fresh.state.takesBytes else {
      if fresh.state.isFinal { unlink(node.partPath(id)) }
      return fresh
    }
    return try await work(
      Turn(row: fresh, intake: self, turn: turn, lock: lock, carrier: carrier))
  }

  /// Hands the body on in pieces to threads that may block; what came before an error is kept. Returns
  /// the last pieces, which aren't written yet, once all is here.
  private func receive<Body: AsyncSequence>(
    _ body: Body, into part: PartFile, _ row: TransferRow
  ) async throws -> [ByteBuffer]? where Body.Element == ByteBuffer {
    var waiting: [ByteBuffer] = []
    var waitingBytes = 0
    var taken = row.state.offset
    var failure: (any Error)?
    var pace = Pace(node.limits)
    do {
      // The disk is waited for beside the next bytes; once at a time, so that stored offsets only grow.
      try await withThrowingTaskGroup(of: Void.self) { group in
        var unsynced = 0
        var parts = body.makeAsyncIterator()
        while case (let buffer?, let wait) = try await timed({ try await parts.next() }) {
          taken += UInt64(buffer.readableBytes)
          guard taken <= row.state.byteCount else { throw PeerAnswer(.badRequest, "UPLOAD_LENGTH") }
          waiting.append(buffer)
          waitingBytes += buffer.readableBytes
          guard pace.took(buffer.readableBytes, after: wait) else {
            throw PeerAnswer(.requestTimeout, "TOO_SLOW")
          }
          if waitingBytes >= Self.batchBytes {
            try await write(&waiting, to: part)
            unsynced += waitingBytes
            waitingBytes = 0
          }
          if unsynced >= node.limits.syncIntervalBytes {
            try await group.next()
            group.addTask { try await self.store(part, row.id) }
            unsynced = 0
            guard node.isAboveFloor else { throw PeerAnswer.disk }
          }
        }
        try await group.next()
      }
    } catch { failure = error }
    // ``complete(_:_:_:_:)`` stores the end of the upload with its outcome.
    if failure == nil, taken == row.state.byteCount { return waiting }
    // The link may be gone: what came is still worth keeping.
    try await write(&waiting, to: part)
    try await store(part, row.id)
    if let failure { throw failure }
    return nil
  }

  private func write(_ buffers: inout [ByteBuffer], to part: PartFile) async throws {
    let batch = buffers
    buffers = []
    try await NIOThreadPool.singleton.runIfActive { try part.append(batch) }
  }

  private func store(_ part: PartFile, _ id: TransferID) async throws {
    let (offset, state) = try await NIOThreadPool.singleton.runIfActive { try part.sync() }
    try await node.store.advance(id, .bytes(offset: offset)) { _, row, _ in
      guard part.turn.isMine else { throw PeerAnswer(.conflict, "TAKEN_OVER") }
      row.digestState = state
    }
  }

  /// All bytes are here: relayed, or rejected for another digest.
  private func complete(
    _ row: TransferRow, _ part: PartFile, _ last: [ByteBuffer], _ carrier: Carrier
  ) async throws -> TransferRow {
    let statement = row.statement
    let (offset, matches, receipt) = try await NIOThreadPool.singleton.runIfActive { [node] in
      try part.append(last)
      let (offset, _) = try part.sync()
      let matches = part.digest == statement.ciphertext
      let receipt =
        matches
        ? try node.signed(.relayAcceptance, of: statement)
        : try node.signed(.relayRejection, of: statement, code: .ciphertext)
      return (offset, matches, receipt)
    }
    let fields = node.peerFields(row.peer).merging(carrier.logFields(node, peer: row.peer)) { $1 }
    let result = try await node.store.advance(row.id, .bytes(offset: offset)) {
      transaction, row, _ in
      guard part.turn.isMine else { throw PeerAnswer(.conflict, "TAKEN_OVER") }
      let actions = try row.state.apply(.complete(digestMatches: matches))
      row.digestState = nil
      if actions.contains(.logReceive) {
        _ = try transaction.append(row.draft(.receive, fields))
      }
      if actions.contains(.logReject) {
        row.code = .ciphertext
        _ = try transaction.append(
          row.draft(.reject, ["code": .string(TransferCode.ciphertext.rawValue)]))
      }
      try transaction.issue(receipt, for: row)
      return row
    }
    if matches { quarantine.wake() } else { unlink(node.partPath(row.id)) }
    return result
  }

  private func begin(_ id: TransferID, _ peer: NodeID) throws -> (IntakeTurn, PartLock) {
    try running.withLock { running in
      let others = running.count { $0.value.peer == peer && $0.key != id }
      guard others < node.limits.concurrentTransfersPerPeer else {
        throw PeerAnswer(.tooManyRequests, "CONCURRENT_TRANSFERS")
      }
      let lock = try running[id]?.lock ?? PartLock(node.partPath(id), id, creating: true)
      running[id]?.turn.end()
      let turn = IntakeTurn()
      running[id] = Place(turn: turn, peer: peer, lock: lock)
      return (turn, lock)
    }
  }

  private func end(_ id: TransferID, _ turn: IntakeTurn) {
    turn.end()
    running.withLock { running in
      guard let place = running[id], place.turn === turn else { return }
      place.lock.release()
      running[id] = nil
    }
  }

  /// Enough for few hops between threads, little enough for constant memory with many uploads.
  private static let batchBytes = 512 * 1024
}

/// The turn to write to one transfer. Its end waits for a write under way, so that two requests never
/// write the same file at the same time.
final class IntakeTurn: Sendable {
  private let held = Mutex(true)

  var isMine: Bool { held.withLock { $0 } }

  func end() { held.withLock { $0 = false } }

  func whileMine<T>(_ body: () throws -> T) throws -> T {
    try held.withLock { held in
      guard held else { throw PeerAnswer(.conflict, "TAKEN_OVER") }
      return try body()
    }
  }
}

extension TransferState {
  /// Whether bytes are still to come in.
  var takesBytes: Bool { direction == .in && (phase == .offered || phase == .receiving) }
}
