import DurableFiles
import Federation
import Glibc
import HTTPTypes
import Hummingbird
import NIOCore

/// The encrypted files that wait in a peer's mailbox, as the peer downloads them: whole or by range
/// (RFC 9110), so that it goes on where it was.
struct DownloadDesk: Sendable {
  let node: ExchangeNode
  private let places: Places<NodeID>

  init(_ node: ExchangeNode) {
    self.node = node
    places = Places(limit: node.limits.concurrentTransfersPerPeer)
  }

  /// The answer to HEAD: length and validator. Nothing leaves, so nothing is logged.
  func facts(_ row: TransferRow) throws -> Response {
    try checkPhase(row)
    var headers = fields(row)
    headers[.contentLength] = String(row.state.byteCount)
    return Response(status: .ok, headers: headers)
  }

  /// The answer to GET: the bytes asked for, after the `send` entry is durable.
  func answer(
    _ request: Request, _ row: TransferRow, to peer: Peer, over channel: any Channel
  ) async throws -> Response {
    try checkPhase(row)
    guard let place = places.take(peer.card.node) else {
      throw PeerAnswer(.tooManyRequests, "CONCURRENT_TRANSFERS")
    }
    let length = row.state.byteCount
    var headers = fields(row)
    let range: Range<UInt64>
    switch asked(request, row) {
    case .whole: range = 0..<length
    case .part(let part):
      range = part
      headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(length)"
    case .unsatisfiable:
      var answer = PeerAnswer(.rangeNotSatisfiable, "RANGE")
      answer.headers[.contentRange] = "bytes */\(length)"
      throw answer
    }
    let file = try lockedFile(row)
    _ = try await node.depart(row.id, from: range.lowerBound, by: .link)
    return Response(
      status: headers[.contentRange] == nil ? .ok : .partialContent, headers: headers,
      body: ResponseBody(contentLength: range.count) { [place] writer in
        try await write(FileChunks(file: file, range: range), to: &writer, channel)
        try await writer.finish(nil)
        withExtendedLifetime(place) {}
      })
  }

  /// What was cancelled, refused or taken whole isn't given again.
  private func checkPhase(_ row: TransferRow) throws {
    guard row.state.isInMailbox else { throw PeerAnswer(.gone, "SETTLED") }
  }

  /// `If-Range` with another validator than ours, a date for example, means the whole.
  private func asked(_ request: Request, _ row: TransferRow) -> ByteRange {
    if let condition = request.headers[.ifRange], condition != row.statement.entityTag {
      return .whole
    }
    return ByteRange(request.headers[.range], of: row.state.byteCount)
  }

  /// Shared with other downloads, and with nothing else: it can't be cancelled or pushed meanwhile.
  private func lockedFile(_ row: TransferRow) throws -> FileReader {
    let file = try FileReader(at: node.outboxPath(row.id))
    guard flock(file.fileDescriptor, LOCK_SH | LOCK_NB) == 0 else {
      throw PeerAnswer(.serviceUnavailable, "BUSY")
    }
    return file
  }

  private func write(
    _ chunks: FileChunks, to writer: inout any ResponseBodyWriter, _ channel: any Channel
  ) async throws {
    var unpaced = 0
    for try await chunk in chunks {
      unpaced += chunk.readableBytes
      try await writer.write(chunk)
      // Measured: without waiting for the event loop the whole file piles up in memory.
      if unpaced >= Self.pacedBytes {
        try await channel.eventLoop.submit {}.get()
        unpaced = 0
      }
    }
  }

  private func fields(_ row: TransferRow) -> HTTPFields {
    [
      .contentType: "application/octet-stream", .acceptRanges: "bytes",
      .eTag: row.statement.entityTag, .cacheControl: "no-store",
    ]
  }

  private static let pacedBytes = 1 << 20
}

extension TransferStatement {
  /// The strong validator of the encrypted file (RFC 9110, section 8.8.3): its digest.
  var entityTag: String { "\"\(ciphertext.base64)\"" }
}

extension TransferState {
  /// Whether the peer may still fetch it.
  var isInMailbox: Bool { direction == .out && Self.mailboxPhases.contains(phase) }

  static let mailboxPhases: [TransferPhase] = [.queued, .offered, .uploading, .waiting, .held]
}
