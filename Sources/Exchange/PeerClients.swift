import AsyncHTTPClient
import Federation
import NIOCore
import NIOPosix
import Synchronization

/// A client for one peer.
struct PeerClient: Sendable {
  let http: HTTPClient
  /// The event loop of all its connections.
  let loop: any EventLoop
}

/// The HTTP clients of one run of work, one for each card: a connection is bound to the peer whose key
/// its guard asked for.
final class PeerClients: Sendable {
  private let node: ExchangeNode
  /// One for each approved peer, and one more for each change of a card while this lives.
  private let clients = Mutex<[PeerCard: PeerClient]>([:])

  init(_ node: ExchangeNode) { self.node = node }

  func client(for card: PeerCard) -> PeerClient {
    clients.withLock { clients in
      if let known = clients[card] { return known }
      let loop = MultiThreadedEventLoopGroup.singleton.next()
      let client = PeerClient(
        http: HTTPClient(eventLoopGroup: loop, configuration: configuration(card)), loop: loop)
      clients[card] = client
      return client
    }
  }

  private func configuration(_ card: PeerCard) -> HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
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
      defer { clients = [:] }
      return Array(clients.values)
    }
    for client in all { try? await client.http.shutdown() }
  }
}

extension PeerCard {
  /// Host and port of the URL, for people.
  var host: String { String(url.dropFirst("https://".count).prefix { $0 != "/" }) }
}
