import AsyncHTTPClient
import CAdES
import CanonicalJSON
import DurableFiles
import Federation
import NIOCore
import NIOHTTP1
import NIOPosix

/// The connections that one run of work has to peers.
struct PeerLinks: Sendable {
  let node: ExchangeNode
  private let clients: PeerClients

  /// Runs `body` with connections that are closed afterwards.
  static func with<T: Sendable>(
    _ node: ExchangeNode, _ body: (PeerLinks) async throws -> T
  ) async throws -> T {
    let links = try PeerLinks(node)
    do {
      let result = try await body(links)
      await links.close()
      return result
    } catch {
      await links.close()
      throw error
    }
  }

  private func close() async {
    await clients.shutdown()
    try? await NIOThreadPool.singleton.runIfActive { node.certificates.keepShown() }
  }

  private init(_ node: ExchangeNode) throws {
    self.node = node
    clients = PeerClients(node)
  }

  /// The link to a peer.
  ///
  /// - Throws: ``ExchangeError/unreachable(_:)`` for a peer that isn't called.
  func link(to peer: Peer) throws -> PeerLink {
    guard peer.card.delivery == .push else {
      throw ExchangeError.unreachable(.fetches(peer.card.node.text))
    }
    return PeerLink(
      client: try clients.client(for: peer.card), certificates: node.certificates, card: peer.card,
      timeout: .seconds(Int64(node.limits.answerTimeoutSeconds)), onProgress: node.onProgress)
  }

  /// Seconds that a peer may let us wait for a receipt before it answers.
  static let longestPoll = 20
}

/// The requests to one peer.
struct PeerLink: Sendable {
  let client: PeerClient
  let certificates: PeerCertificates
  let card: PeerCard
  let timeout: TimeAmount
  let onProgress: @Sendable (ExchangeProgress) -> Void

  /// An answer with a body that was read whole.
  struct Answer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: [UInt8]

    /// The body as JSON, an object.
    func json(limit: Int) throws(ExchangeError) -> JSON {
      guard let json = try? JSON(parsing: body, limit: limit), json.object != nil else {
        throw .badAnswer("JSON")
      }
      return json
    }

    /// The code in a refusal.
    var code: String {
      (try? JSON(parsing: body, limit: WireLimits.receipts))?["code"]?.string ?? "-"
    }
  }

  func get(
    _ path: String, limit: Int, waiting seconds: Int = 0
  ) async throws -> Answer {
    try await send(.GET, path, limit: limit, timeout: timeout + .seconds(Int64(seconds)))
  }

  func post(_ path: String, _ json: JSON, limit: Int) async throws -> Answer {
    try await send(.POST, path, body: .bytes(json.canonicalBytes), limit: limit, timeout: timeout)
  }

  /// Appends the rest of a file to an upload. No deadline: a link that stands still times out.
  func upload(
    _ path: String, _ file: FileReader, from offset: UInt64, length: UInt64
  ) async throws -> Answer {
    let headers: HTTPHeaders = [
      "Content-Type": "application/partial-upload", "Upload-Offset": String(offset),
      "Upload-Length": String(length), "Upload-Complete": "?1",
    ]
    let chunks = PacedChunks(
      chunks: FileChunks(file: file, range: offset..<length, onProgress: onProgress),
      loop: client.loop)
    return try await send(
      .PATCH, path, body: .stream(chunks, length: .known(Int64(clamping: length - offset))),
      headers: headers, limit: WireLimits.receipts, timeout: nil)
  }

  /// Downloads a file from an offset to its end, if it is the one with this validator. `take` gets
  /// the bytes as they come. No deadline: a link that stands still times out.
  func download<T: Sendable>(
    _ path: String, from offset: UInt64, length: UInt64, entityTag: String,
    _ take: (HTTPClientResponse.Body) async throws -> T
  ) async throws -> T {
    var request = request(.GET, path)
    if offset > 0 {
      request.headers.add(name: "Range", value: "bytes=\(offset)-")
      request.headers.add(name: "If-Range", value: entityTag)
    }
    let response = try await execute(request, timeout: nil)
    let status = Int(response.status.code)
    guard status == 200 || status == 206 else {
      let answer = try await read(response, limit: WireLimits.receipts)
      throw ExchangeError.refusedByPeer(status: status, code: answer.code)
    }
    guard response.headers.first(name: "ETag") == entityTag else {
      throw ExchangeError.badAnswer("ETag")
    }
    let range = "bytes \(offset)-\(length - 1)/\(length)"
    guard
      status == 200 ? offset == 0 : response.headers.first(name: "Content-Range") == range
    else { throw ExchangeError.badAnswer("Content-Range") }
    return try await wording { try await take(response.body) }
  }

  private func send(
    _ method: HTTPMethod, _ path: String, body: HTTPClientRequest.Body? = nil,
    headers: HTTPHeaders = [:], limit: Int, timeout: TimeAmount?
  ) async throws -> Answer {
    var request = request(method, path)
    request.headers = headers
    request.body = body
    return try await read(execute(request, timeout: timeout), limit: limit)
  }

  private func request(_ method: HTTPMethod, _ path: String) -> HTTPClientRequest {
    let base = card.url.hasSuffix("/") ? String(card.url.dropLast()) : card.url
    var request = HTTPClientRequest(url: base + path)
    request.method = method
    return request
  }

  private func execute(
    _ request: HTTPClientRequest, timeout: TimeAmount?
  ) async throws -> HTTPClientResponse {
    try await certificates.refresh()
    return try await wording {
      try await client.http.execute(
        request, deadline: timeout.map { .now() + $0 } ?? .distantFuture)
    }
  }

  private func read(_ response: HTTPClientResponse, limit: Int) async throws -> Answer {
    try await wording {
      var bytes = ByteBuffer()
      for try await part in response.body {
        guard bytes.readableBytes + part.readableBytes <= limit else {
          throw ExchangeError.badAnswer("length")
        }
        bytes.writeImmutableBuffer(part)
      }
      return Answer(
        status: Int(response.status.code), headers: response.headers,
        body: Array(bytes.readableBytesView))
    }
  }

  /// What the client library throws becomes what it means for a person.
  private func wording<T>(_ work: () async throws -> T) async throws -> T {
    do {
      return try await work()
    } catch let error as ExchangeError {
      throw error
    } catch let error as PeerAnswer {
      throw error
    } catch let error as FileError {
      throw error
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      throw ExchangeError.unreachable(PeerProblem(error, host: host))
    }
  }

  /// Host and port of the peer's URL, for people.
  var host: String { card.host }
}
