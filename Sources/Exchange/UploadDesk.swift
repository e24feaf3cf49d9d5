import AuditLog
import CanonicalJSON
import Federation
import Glibc
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import Redaction
import Synchronization

/// Takes the bytes of accepted transfers into quarantine (IETF "Resumable Uploads for HTTP").
final class UploadDesk: Sendable {
  private let node: ExchangeNode
  private let quarantine: Quarantine
  private let running = Mutex<[TransferID: (turn: UploadTurn, peer: NodeID)]>([:])

  init(_ node: ExchangeNode, _ quarantine: Quarantine) {
    self.node = node
    self.quarantine = quarantine
  }

  /// The answer to HEAD: from where to go on.
  func offset(_ id: TransferID, from peer: Peer) throws -> Response {
    let row = try node.incoming(id, from: peer.card.node.text)
    return Response(status: .ok, headers: fields(row))
  }

  /// Appends to an upload, and checks the digest once all bytes are here.
  ///
  /// The order of the writes, every ``ExchangeLimits/syncIntervalBytes`` and at the end: bytes,
  /// flush, then offset and running digest in one transaction. A crash leaves bytes beyond the
  /// offset at most; they are written again.
  func append(_ request: Request, to id: TransferID, from peer: Peer) async throws -> Response {
    var row = try node.incoming(id, from: peer.card.node.text)
    guard row.state.phase == .offered || row.state.phase == .receiving else {
      return Response(.ok, try node.standing(row), headers: fields(row))
    }
    let turn = try begin(id, peer.card.node)
    defer { end(id, turn) }
    // Read again: whoever had the turn before may have stored more until now.
    row = try node.incoming(id, from: peer.card.node.text)
    try checkHeaders(request, row)
    let part = try PartFile(node.partPath(id), row, turn)
    try await receive(request.body, into: part, row)
    row =
      try part.offset == row.state.byteCount
      ? await complete(id, part) : node.incoming(id, from: peer.card.node.text)
    return Response(.ok, try node.standing(row), headers: fields(row))
  }

  private func checkHeaders(_ request: Request, _ row: TransferRow) throws {
    guard let offset = request.headers[.uploadOffset].flatMap({ UInt64($0) }) else {
      throw PeerAnswer(.badRequest, "UPLOAD_OFFSET")
    }
    if let length = request.headers[.uploadLength], UInt64(length) != row.state.byteCount {
      throw PeerAnswer(.badRequest, "UPLOAD_LENGTH")
    }
    guard offset == row.state.offset else {
      var answer = PeerAnswer(
        .conflict, "OFFSET", ["offset": .integer(Int64(clamping: row.state.offset))])
      answer.headers = fields(row)
      throw answer
    }
  }

  /// Hands the body on in pieces to threads that may block; what came before an error is kept.
  private func receive(_ body: RequestBody, into part: PartFile, _ row: TransferRow) async throws {
    var waiting: [ByteBuffer] = []
    var waitingBytes = 0
    var unsynced = 0
    var failure: (any Error)?
    var taken = row.state.offset
    do {
      for try await buffer in body {
        taken += UInt64(buffer.readableBytes)
        guard taken <= row.state.byteCount else { throw PeerAnswer(.badRequest, "UPLOAD_LENGTH") }
        waiting.append(buffer)
        waitingBytes += buffer.readableBytes
        if waitingBytes >= Self.batchBytes {
          try await write(&waiting, to: part)
          unsynced += waitingBytes
          waitingBytes = 0
        }
        if unsynced >= node.limits.syncIntervalBytes {
          try await store(part, row.id)
          unsynced = 0
        }
      }
    } catch { failure = error }
    // The link may be gone: what came is still worth keeping.
    try await write(&waiting, to: part)
    // Once all is here, ``complete(_:_:)`` stores the end of the upload with its outcome.
    if failure != nil || taken < row.state.byteCount { try await store(part, row.id) }
    if let failure { throw failure }
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
  private func complete(_ id: TransferID, _ part: PartFile) async throws -> TransferRow {
    let row = try node.store.row(id)
    let (offset, _) = try await NIOThreadPool.singleton.runIfActive { try part.sync() }
    let matches = part.digest == row.statement.ciphertext
    let receipt =
      matches
      ? try await node.sign(.relayAcceptance, of: row.statement)
      : try await node.sign(.relayRejection, of: row.statement, code: .ciphertext)
    var known = node.peerFields(row.peer)
    known.merge(node.certificates.logFields(row.peer)) { $1 }
    let fields = known
    let result = try await node.store.advance(id, .bytes(offset: offset)) {
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
    if matches { quarantine.wake() } else { unlink(node.partPath(id)) }
    return result
  }

  private func fields(_ row: TransferRow) -> HTTPFields {
    var fields: HTTPFields = [:]
    fields[.uploadOffset] = String(row.state.offset)
    fields[.uploadLength] = String(row.state.byteCount)
    fields[.uploadComplete] = row.state.offset == row.state.byteCount ? "?1" : "?0"
    fields[.cacheControl] = "no-store"
    return fields
  }

  /// Takes the turn for a transfer, also from a request whose link died without notice.
  private func begin(_ id: TransferID, _ peer: NodeID) throws -> UploadTurn {
    try running.withLock { running in
      let others = running.count { $0.value.peer == peer && $0.key != id }
      guard others < node.limits.concurrentTransfersPerPeer else {
        throw PeerAnswer(.tooManyRequests, "CONCURRENT_TRANSFERS")
      }
      running[id]?.turn.end()
      let turn = UploadTurn()
      running[id] = (turn, peer)
      return turn
    }
  }

  private func end(_ id: TransferID, _ turn: UploadTurn) {
    turn.end()
    running.withLock { running in
      if let held = running[id], held.turn === turn { running[id] = nil }
    }
  }

  /// Enough for few hops between threads, little enough for constant memory with many uploads.
  private static let batchBytes = 512 * 1024
}

/// The turn to write to one upload. Its end waits for a write under way, so that two requests never
/// write the same file at the same time.
final class UploadTurn: Sendable {
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

extension HTTPField.Name {
  static let uploadOffset = Self.named("Upload-Offset")
  static let uploadLength = Self.named("Upload-Length")
  static let uploadComplete = Self.named("Upload-Complete")

  private static func named(_ name: String) -> Self {
    guard let name = Self(name) else {
      preconditionFailure("Exchange: the literal is a header name")
    }
    return name
  }
}
