import CanonicalJSON
import Hummingbird
import NIOCore

/// The paths of the protocol.
enum Route {
  static let health = "/exchange/v1/health"
  static let directory = "/exchange/v1/directory"
  static let checkpoints = "/exchange/v1/checkpoints"
  static let history = "/exchange/v1/checkpoints/history"
  static let cosignatures = "/exchange/v1/cosignatures"
  static let transfers = "/exchange/v1/transfers"
  static let mailbox = "/exchange/v1/mailbox"
  static let mailboxTaken = "/exchange/v1/mailbox/taken"
  static let mailboxDeclined = "/exchange/v1/mailbox/declined"
  static func content(_ id: TransferID) -> String { "\(transfers)/\(id)/content" }
  static func receipts(_ id: TransferID) -> String { "\(transfers)/\(id)/receipts" }
  static func recall(_ id: TransferID) -> String { "\(transfers)/\(id)/recall" }
  static func standing(_ id: TransferID) -> String { "\(transfers)/\(id)/standing" }
}

/// A refusal as an answer: status, code, and what else the protocol says in that case.
struct PeerAnswer: Error {
  let status: HTTPResponse.Status
  let body: JSON
  var headers: HTTPFields = [:]

  init(_ status: HTTPResponse.Status, _ code: String, _ more: [String: JSON] = [:]) {
    self.status = status
    body = .object(more.merging(["code": .string(code)]) { own, _ in own })
  }

  var code: String { body["code"]?.string ?? "-" }

  /// There is no room.
  static let disk = insufficientStorage("DISK")

  static func insufficientStorage(_ code: String) -> PeerAnswer {
    PeerAnswer(.init(code: 507, reasonPhrase: "Insufficient Storage"), code)
  }

  var response: Response { Response(status, body, headers: headers) }
}

extension Response {
  /// A small JSON answer.
  init(_ status: HTTPResponse.Status, _ json: JSON, headers: HTTPFields = [:]) {
    var headers = headers
    headers[.contentType] = "application/json"
    self.init(
      status: status, headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.canonicalBytes)))
  }
}
