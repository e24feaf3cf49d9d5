import CanonicalJSON
public import Federation
import Foundation
import HTTPTypes
import Hummingbird
import NIOPosix

extension ExchangeNode {
  /// Who answers, whom it sees, its time, and the version of the federation's directory in force here.
  func health(to peer: Peer) throws -> JSON {
    var object: [String: JSON] = [
      "node": .string(node.text), "peer": .string(peer.card.node.text), "time": .integer(seconds),
    ]
    object["directory"] = try directory.value().adoption.map { adoption in
      [
        "federation": .string(adoption.federation.text), "version": .integer(adoption.version),
        "digest": .string(Base64.encode(adoption.digest)),
      ]
    }
    return .object(object)
  }

  /// An adopted version of the directory, as its members signed it.
  func answerDirectory(_ request: Request) async throws -> Response {
    let version = request.uri.queryParameters["version"].map { Int64($0) ?? 0 }
    let bytes = try await NIOThreadPool.singleton.runIfActive { try signedDirectory(version) }
    guard let bytes else { throw PeerAnswer(.notFound, "DIRECTORY") }
    return Response(
      status: .ok, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  /// Asks a peer for a version of the federation's directory; nil asks for its newest. Nothing of it is
  /// believed yet.
  ///
  /// - Throws: ``ExchangeError/refusedByPeer(status:code:)`` with 404 where it has no such version.
  public func fetchDirectory(from peer: String, version: Int64?) async throws -> SignedDirectory {
    let peer = try self.peer(peer)
    return try await PeerLinks.with(self) { links in
      let path = Route.directory + (version.map { "?version=\($0)" } ?? "")
      let answer = try await links.link(to: peer).get(path, limit: WireLimits.directory)
      guard answer.status == 200 else {
        throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
      }
      do {
        return try SignedDirectory(parsing: answer.body)
      } catch { throw ExchangeError.badAnswer("directory: \(error)") }
    }
  }
}
