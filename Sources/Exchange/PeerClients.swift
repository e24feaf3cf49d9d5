import AsyncHTTPClient
import Federation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A client for one peer.
struct PeerClient: Sendable {
  let http: HTTPClient
  /// The event loop of all its connections.
  let loop: any EventLoop
}

/// The HTTP clients of one run of work, one for each card: a connection is bound to the peer whose key
/// its guard asked for, and to the key of this node that it was made with.
final class PeerClients: Sendable {
  private struct Clients {
    /// One for each approved peer, and one more for each change of a card while this lives.
    var current: [PeerCard: (client: PeerClient, tls: TLSMaterial.Version)] = [:]
    /// Those of this node's earlier TLS keys; requests may still be under way.
    var earlier: [PeerClient] = []
  }

  private let node: ExchangeNode
  private let clients = Mutex(Clients())

  init(_ node: ExchangeNode) { self.node = node }

  /// The client for a peer. It trusts the authority on the peer's card and the keys there, and no other.
  ///
  /// TLS is the client's and not each request's, since the library compares all certificates of one each
  /// time that it looks for a connection.
  func client(for card: PeerCard) throws -> PeerClient {
    let material = try node.tls.value()
    return try clients.withLock { clients in
      if let known = clients.current[card] {
        if known.tls === material.version { return known.client }
        clients.earlier.append(known.client)
      }
      let loop = MultiThreadedEventLoopGroup.singleton.next()
      let tls = try material.clientConfiguration(for: card)
      let client = PeerClient(
        http: HTTPClient(eventLoopGroup: loop, configuration: configuration(card, tls)), loop: loop)
      clients.current[card] = (client, material.version)
      return client
    }
  }

  private func configuration(
    _ card: PeerCard, _ tls: TLSConfiguration
  ) -> HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration(
      tlsConfiguration: tls, redirectConfiguration: .disallow,
      timeout: .init(
        connect: .seconds(Int64(node.limits.connectTimeoutSeconds)),
        read: .seconds(Int64(node.limits.answerTimeoutSeconds + PeerLinks.longestPoll)),
        write: .seconds(Int64(node.limits.idleTimeoutSeconds))))
    configuration.httpVersion = .http1Only
    // A peer that isn't there is told of at once; when to try again is for the outbox to say.
    configuration.connectionPool.retryConnectionEstablishment = false
    let (node, host) = (node, card.host)
    configuration.http1_1ConnectionDebugInitializer = { channel in
      ServerKeyGuard.install(in: channel) { leaf in
        // The rest of the chain isn't to be had here. Where it wasn't seen before either, an issuer between
        // leaf and anchor is judged as far as the TLS library does.
        node.certificates.refreshSoon()
        let verdict = node.certificates.judge(
          [leaf], of: card, at: node.seconds, isProven: true)
        switch verdict.refusal {
        case nil: return nil
        // The TLS library has found a path, with what the server sent; lists of that one aren't known.
        case .path where !node.certificates.isRevocationRequired: return nil
        case .path: return .revocationUnknown(host)
        case let refusal?: return refusal.problem(host: host)
        }
      }
    }
    return configuration
  }

  /// Closes all connections.
  func shutdown() async {
    let all = clients.withLock { clients in
      defer { clients = Clients() }
      return clients.current.values.map(\.client) + clients.earlier
    }
    for client in all { try? await client.http.shutdown() }
  }
}

extension PeerCard {
  /// Host and port of the URL, for people.
  var host: String { String(url.dropFirst("https://".count).prefix { $0 != "/" }) }
}
