import AsyncHTTPClient
import CAdES
import CanonicalJSON
import Exchange
import Federation
import Foundation
import GRDB
import NIOCore
import NIOPosix
import NIOSSL
import Testing

/// A raw client that speaks to a node as another, with or without its certificate.
struct RawClient {
  /// Patient: with many tests at a time, sealing and signing keep every thread busy for seconds, and an
  /// answer that comes late isn't wrong.
  let client = HTTPClient(
    eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
    configuration: .init(timeout: .init(connect: .seconds(60), read: .seconds(60))))
  let url: String
  let tls: TLSConfiguration

  init(to server: TestNode, as node: TestNode?) throws {
    url = server.card.url
    tls = try Self.tls(to: server, as: node)
  }

  /// Trusts the server's authority, and shows the certificate of `node`.
  static func tls(to server: TestNode, as node: TestNode?) throws -> TLSConfiguration {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = .certificates(
      try server.card.tlsAnchors.map { try NIOSSLCertificate(bytes: $0.der, format: .der) })
    if let node {
      tls.certificateChain = try NIOSSLCertificate.fromPEMFile(node.folder + "/tls.pem")
        .map { .certificate($0) }
      tls.privateKey = .privateKey(
        try NIOSSLPrivateKey(file: node.folder + "/tls.key", format: .pem))
    }
    return tls
  }

  func send(
    _ method: String, _ path: String, _ body: [UInt8]? = nil, headers: [(String, String)] = []
  ) async throws -> (status: Int, headers: [String: String], json: JSON?) {
    var request = HTTPClientRequest(url: url + path)
    request.method = .init(rawValue: method)
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    if let body { request.body = .bytes(body) }
    request.tlsConfiguration = tls
    let response = try await client.execute(request, timeout: .seconds(60))
    let bytes = try await response.body.collect(upTo: 8 << 20)
    return (
      Int(response.status.code),
      Dictionary(
        response.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { a, _ in a }
      ),
      try? JSON(parsing: bytes.readableBytesView, limit: 8 << 20)
    )
  }
}

extension RawClient {
  /// Whether the client isn't welcome any more: by an answer with that code on the connection that is open or,
  /// where the listener has closed that by itself first, at the next handshake.
  func isRefused(_ code: String) async -> Bool {
    guard let answer = try? await send("GET", "/exchange/v1/health") else { return true }
    return answer.status == 403 && answer.json?["code"]?.string == code
  }
}

@discardableResult
func withClient<T>(
  to server: TestNode, as node: TestNode?, _ body: (RawClient) async throws -> T
) async throws -> T {
  let client = try RawClient(to: server, as: node)
  do {
    let result = try await body(client)
    try await client.client.shutdown()
    return result
  } catch {
    try await client.client.shutdown()
    throw error
  }
}

/// The offer of a queued transfer, as its database row holds it.
func offer(_ id: String, of node: TestNode) throws -> JSON {
  try node.log.read { db in
    let sql = "SELECT statement, signature, terms, release FROM exchange_transfers WHERE id = ?"
    let row = try #require(try Row.fetchOne(db, sql: sql, arguments: [id]))
    var object: [String: JSON] = [:]
    for column in row.columnNames {
      object[column] = .string((row[column] as Data).base64EncodedString())
    }
    return .object(object)
  }
}
