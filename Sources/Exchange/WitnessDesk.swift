import AuditLog
import HTTPTypes
import Hummingbird
import NIOCore

/// C2SP tlog-witness: `POST add-checkpoint`, with the status codes of that page.
///
/// A peer submits the checkpoint of its own log, or of another log of the federation: the signature
/// on the checkpoint says whose it is. The check against what we hold and the storing are one
/// transaction, before the answer.
struct WitnessDesk: Sendable {
  let node: ExchangeNode

  func answer(_ request: Request) async throws -> Response {
    let body = try await request.body.collect(upTo: WireLimits.checkpoint)
    do {
      return try await answer(Array(body.readableBytesView))
    } catch let error as AuditLogError {
      node.logger.notice("a checkpoint isn't cosigned", metadata: ["error": "\(error)"])
      return try refusal(error)
    }
  }

  private func answer(_ body: [UInt8]) async throws -> Response {
    let request = try AddCheckpointRequest(parsing: body)
    let stated = try Checkpoint(parsing: request.note.text)
    guard let key = try knownKey(stated.origin) else { return Response(status: .notFound) }
    // Before the sizes, as on the page: nobody without the key learns what we hold.
    _ = try Checkpoint(note: request.note, verifiedBy: key)
    guard request.oldSize <= stated.size else { return Response(status: .badRequest) }
    let cosignature = try await node.log.acceptPeerCheckpoint(
      note: request.note.serialized, key: key, proof: request.proof, from: request.oldSize)
    return response(.ok, cosignature.line, type: "text/plain; charset=utf-8")
  }

  private func refusal(_ error: AuditLogError) throws -> Response {
    switch error {
    case .malformedRequest, .malformedNote, .malformedCheckpoint, .tooLarge:
      return Response(status: .badRequest)
    case .unknownKey, .badSignature, .wrongKeyKind: return Response(status: .forbidden)
    case .witnessSize(let size), .wentBack(let size, _):
      return response(.conflict, "\(size)\n", type: "text/x.tlog.size")
    case .fork(let origin, _):
      let size = try node.log.heldSize(of: origin)
      return response(.conflict, "\(size)\n", type: "text/x.tlog.size")
    case .proofFailed: return Response(status: .unprocessableContent)
    default: throw error
    }
  }

  /// The key of a log that this node witnesses: those of its peers.
  private func knownKey(_ origin: String) throws -> VerifierKey? {
    try node.directory.value().peers.values.lazy.compactMap { try? VerifierKey($0.card.logKey) }
      .first { $0.name.utf8.elementsEqual(origin.utf8) }
  }

  private func response(
    _ status: HTTPResponse.Status, _ text: String, type: String
  ) -> Response {
    Response(
      status: status, headers: [.contentType: type],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}
