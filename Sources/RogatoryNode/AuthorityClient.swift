import AsyncHTTPClient
public import CAdES
import Glibc
import NIOCore
import NIOHTTP1

/// Asks authorities over HTTP: for time-stamps (RFC 3161, clause 3.4), revocation lists
/// (RFC 5280, clause 4.2.1.13) and OCSP responses (RFC 6960, appendix A). It blocks.
///
/// What comes back is signed by whom it is from, so plain HTTP does no harm; nothing of a case is
/// sent but a digest or a serial number. Redirects aren't followed: an address that a person wrote
/// into the configuration is the one that is asked.
public struct AuthorityClient: Sendable {
  /// The pauses before the second and the third attempt, in microseconds: long enough for a
  /// restart of what is in between, short enough for a person who waits.
  private static let pauses: [UInt32] = [500_000, 2_000_000]
  /// Seconds for a connection, and for a whole attempt.
  private static let connectSeconds: Int64 = 5
  private static let attemptSeconds: Int64 = 30

  private let attempts: Int

  /// A client; connections are made when somebody asks.
  public init() { self.init(attempts: Self.pauses.count + 1) }

  /// One that tries so often, three times at most; a question that the clock asks again needs no second try.
  init(attempts: Int) { self.attempts = attempts }

  /// An RFC 3161 request to an authority, and its response back, both DER.
  public func timestamp(_ request: [UInt8], at url: String) throws(TimestampOutage) -> [UInt8] {
    try post(
      request, to: url, type: "application/timestamp-query",
      answer: "application/timestamp-reply", limit: 1 << 20)
  }

  /// An OCSP request to a responder, and its response back, both DER.
  func status(_ request: [UInt8], at url: String) throws(TimestampOutage) -> [UInt8] {
    try post(
      request, to: url, type: "application/ocsp-request", answer: "application/ocsp-response",
      limit: 1 << 20)
  }

  /// A file, such as a revocation list.
  func get(_ url: String, limit: Int) throws(TimestampOutage) -> [UInt8] {
    try repeatedly { () throws(TimestampOutage) in
      let (_, body) = try send(.GET, url, headers: [:], body: nil, limit: limit)
      return body
    }
  }

  private func post(
    _ body: [UInt8], to url: String, type: String, answer: String, limit: Int
  ) throws(TimestampOutage) -> [UInt8] {
    try repeatedly { () throws(TimestampOutage) in
      let (given, bytes) = try send(
        .POST, url, headers: ["Content-Type": type, "Accept": answer], body: body, limit: limit)
      // A page that a proxy puts in between is no answer.
      let media = given.split(separator: ";").first.map { $0.filter { $0 != " " }.lowercased() }
      guard media == answer else { throw .mediaType }
      return bytes
    }
  }

  /// Tries again what may be over in a moment; a refusal isn't repeated.
  private func repeatedly(
    _ attempt: () throws(TimestampOutage) -> [UInt8]
  ) throws(TimestampOutage) -> [UInt8] {
    var last = TimestampOutage.unreachable
    for pause in ([0] + Self.pauses).prefix(attempts) {
      usleep(pause)
      do throws(TimestampOutage) { return try attempt() } catch {
        last = error
        switch error {
        case .unreachable, .status(429), .status(500...599): continue
        default: throw error
        }
      }
    }
    throw last
  }

  private func send(
    _ method: HTTPMethod, _ url: String, headers: HTTPHeaders, body: [UInt8]?, limit: Int
  ) throws(TimestampOutage) -> (type: String, body: [UInt8]) {
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow, timeout: .init(connect: .seconds(Self.connectSeconds)))
    configuration.httpVersion = .http1Only
    configuration.connectionPool.retryConnectionEstablishment = false
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    defer { try? client.syncShutdown() }
    let response: HTTPClient.Response
    do {
      let request = try HTTPClient.Request(
        url: url, method: method, headers: headers, body: body.map { .bytes($0) })
      response = try client.execute(
        request: request, delegate: ResponseAccumulator(request: request, maxBodySize: limit),
        deadline: .now() + .seconds(Self.attemptSeconds)
      ).wait()
    } catch is ResponseAccumulator.ResponseTooBigError {
      throw .tooLarge
    } catch { throw .unreachable }
    guard response.status == .ok else { throw .status(Int(response.status.code)) }
    return (
      response.headers.first(name: "Content-Type") ?? "",
      response.body.map { Array($0.readableBytesView) } ?? []
    )
  }
}
