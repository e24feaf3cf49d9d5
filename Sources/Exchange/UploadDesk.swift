import CanonicalJSON
import Federation
import HTTPTypes
import Hummingbird

/// The bytes of accepted transfers as peers upload them (IETF "Resumable Uploads for HTTP").
struct UploadDesk: Sendable {
  let node: ExchangeNode
  let intake: Intake

  /// The answer to HEAD: from where to go on.
  func offset(_ row: TransferRow) -> Response { Response(status: .ok, headers: fields(row)) }

  /// Appends to an upload.
  func append(_ request: Request, to id: TransferID, from peer: Peer) async throws -> Response {
    var row = try node.incoming(id, from: peer.card.node.text)
    do {
      row = try await intake.withTurn(row, of: peer.card.node, by: .link) { turn in
        try checkHeaders(request, turn.row)
        return try await turn.take(request.body)
      }
    } catch ExchangeError.busy { throw PeerAnswer(.serviceUnavailable, "BUSY") }
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

  private func fields(_ row: TransferRow) -> HTTPFields {
    var fields: HTTPFields = [:]
    fields[.uploadOffset] = String(row.state.offset)
    fields[.uploadLength] = String(row.state.byteCount)
    fields[.uploadComplete] = row.state.offset == row.state.byteCount ? "?1" : "?0"
    fields[.cacheControl] = "no-store"
    return fields
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
