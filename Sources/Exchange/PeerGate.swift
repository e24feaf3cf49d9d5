import CAdES
import CanonicalJSON
import Federation
import HTTPTypes
import Hummingbird
import Merkle
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOPosix
import NIOSSL
import Synchronization

/// Who may connect: a client whose TLS key is on an approved peer's card, with a certificate that
/// is valid now, not revoked, and chains to that peer's authority. Everybody else is refused in the
/// handshake.
struct PeerGate: Sendable {
  let node: ExchangeNode
  let denials: DenialLog

  /// Judges a client's certificates, the leaf first, on a thread that may block.
  func judge(_ certificates: [NIOSSLCertificate]) async throws -> NIOSSLVerificationResult {
    try await NIOThreadPool.singleton.runIfActive {
      guard let refusal = refusal(of: certificates) else { return .certificateVerified }
      denials.note(refusal)
      return .failed
    }
  }

  private func refusal(of certificates: [NIOSSLCertificate]) -> DenialLog.Denial? {
    guard certificates.count <= Self.longestChain,
      let chain = try? certificates.map({ try Certificate(der: $0.toDERBytes()) }),
      let leaf = chain.first
    else { return DenialLog.Denial(code: "CERTIFICATE_FORM") }
    var fields: [String: JSON] = ["tlsKey": .string(Base64.encode(leaf.spkiSHA256))]
    guard let directory = try? node.directory.value() else {
      return DenialLog.Denial(code: "INTERNAL", fields: fields)
    }
    guard let peer = directory.peer(tlsKey: leaf.spkiSHA256) else {
      return DenialLog.Denial(unknown: leaf.spkiSHA256, in: directory)
    }
    fields["peer"] = .string(peer.card.node.text)
    node.certificates.refreshNow()
    return node.certificates.judge(chain, of: peer.card, at: node.seconds).refusal.map {
      DenialLog.Denial(code: $0.rawValue, fields: fields)
    }
  }

  /// Why a client isn't let in any more whose handshake held; nil also where that can't be known now. May
  /// block.
  @Sendable func refusal(ofConnected leaf: Certificate) -> DenialLog.Denial? {
    node.certificates.refreshNow()
    return (try? node.standing(of: leaf))?.denial
  }

  /// A TLS chain has two or three certificates.
  private static let longestChain = 8
}

/// Notes handshakes that fail before there is a certificate to judge.
///
/// Also closes a connection whose first request doesn't begin in time: who has no certificate can't
/// hold one of the few connections by doing nothing.
final class HandshakeWatch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  private let denials: DenialLog
  private let patience: TimeAmount
  private var deadline: Scheduled<Void>?

  init(_ denials: DenialLog, patience: TimeAmount) {
    self.denials = denials
    self.patience = patience
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let channel = context.channel
    deadline = context.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    deadline?.cancel()
    deadline = nil
    context.fireChannelRead(data)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if case .handshakeFailed(let reason)? = error as? NIOSSLError {
      let text = "\(reason)"
      // ``PeerGate`` has noted the first of these already; who only hangs up wasn't refused.
      if !text.contains("CERTIFICATE_VERIFY_FAILED"), !text.contains("EOF") {
        let code =
          text.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE") ? "NO_CERTIFICATE" : "TLS_HANDSHAKE"
        denials.note(
          DenialLog.Denial(code: code, address: context.channel.remoteAddress?.description))
      }
    }
    context.fireErrorCaught(error)
  }
}

/// A request with the peer that its connection belongs to.
struct PeerContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel
  /// Set by ``PeerIdentity``; no route runs without.
  var peer: Peer?

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }

  func requirePeer() throws -> Peer {
    guard let peer else { throw PeerAnswer(.forbidden, "PEER") }
    return peer
  }

  func transferID() throws -> TransferID {
    guard let id = parameters.get("id").flatMap(TransferID.init) else {
      throw PeerAnswer(.notFound, "TRANSFER")
    }
    return id
  }
}

/// Counts each peer's requests under way, so that none takes the memory of all.
final class Crowd: Sendable {
  private let limit: Int
  /// The keys are approved peers, so it can't grow.
  private let counts = Mutex<[NodeID: Int]>([:])

  init(limit: Int) { self.limit = limit }

  func enter(_ peer: NodeID) throws {
    try counts.withLock { counts in
      guard counts[peer, default: 0] < limit else {
        throw PeerAnswer(.tooManyRequests, "REQUESTS")
      }
      counts[peer, default: 0] += 1
    }
  }

  func leave(_ peer: NodeID) { counts.withLock { $0[peer, default: 1] -= 1 } }
}

/// Finds the peer by its certificate, at each request: one that is withdrawn is refused at once,
/// though its connection was made before. Makes answers of what routes throw.
struct PeerIdentity: RouterMiddleware {
  let node: ExchangeNode
  let denials: DenialLog
  let crowd: Crowd

  func handle(
    _ request: Request, context: PeerContext,
    next: (Request, PeerContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    do {
      let peer = try await peer(context.channel)
      context.peer = peer
      try crowd.enter(peer.card.node)
      defer { crowd.leave(peer.card.node) }
      return try await next(request, context)
    } catch {
      let answer = answer(to: error, request)
      // The client would take a body in answer to HEAD for the beginning of its next answer.
      return request.method == .head
        ? Response(status: answer.status, headers: answer.headers) : answer.response
    }
  }

  private func answer(to error: any Error, _ request: Request) -> PeerAnswer {
    switch error {
    case let answer as PeerAnswer: return answer
    case let error as HTTPError: return PeerAnswer(error.status, "HTTP")
    case is HTTPParserError: return PeerAnswer(.badRequest, "FORMAT")
    case is NIOTooManyBytesError: return PeerAnswer(.contentTooLarge, "BODY")
    default:
      node.logger.warning(
        "a peer's request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
      return PeerAnswer(.internalServerError, "INTERNAL")
    }
  }

  private func peer(_ channel: any Channel) async throws -> Peer {
    guard let certificate = try? await channel.nioSSL_peerCertificate().get(),
      let leaf = try? Certificate(der: certificate.toDERBytes())
    else { throw PeerAnswer(.unauthorized, "CERTIFICATE") }
    try await node.certificates.refresh()
    switch try node.standing(of: leaf) {
    case .peer(let peer): return peer
    case .unknown(let denial):
      denials.note(denial)
      throw PeerAnswer(.forbidden, "PEER")
    case .refused(let denial):
      denials.note(denial)
      throw PeerAnswer(.forbidden, "CERTIFICATE")
    }
  }
}

/// Whose a certificate is whose handshake held.
enum ClientStanding: Sendable {
  case peer(Peer)
  /// No approved peer's any more.
  case unknown(DenialLog.Denial)
  /// A peer's; it has ended or was revoked.
  case refused(DenialLog.Denial)

  var denial: DenialLog.Denial? {
    switch self {
    case .peer: nil
    case .unknown(let denial), .refused(let denial): denial
    }
  }
}

extension ExchangeNode {
  /// Looks again at a client's certificate, with what is known of revocations.
  func standing(of leaf: Certificate) throws -> ClientStanding {
    let directory = try directory.value()
    guard let peer = directory.peer(tlsKey: leaf.spkiSHA256) else {
      return .unknown(
        DenialLog.Denial(unknown: leaf.spkiSHA256, in: directory, otherwise: "WITHDRAWN_PEER"))
    }
    guard let refusal = certificates.judgeAgain(leaf, of: peer.card, at: seconds) else {
      return .peer(peer)
    }
    return .refused(
      DenialLog.Denial(
        code: refusal.rawValue,
        fields: [
          "peer": .string(peer.card.node.text), "tlsKey": .string(Base64.encode(leaf.spkiSHA256)),
        ]))
  }
}

extension DenialLog.Denial {
  /// A key that no peer has; it may be the one of a node that is held.
  fileprivate init(
    unknown key: [UInt8], in directory: Directory, otherwise code: String = "UNKNOWN_CERTIFICATE"
  ) {
    self.init(code: code, fields: ["tlsKey": .string(Base64.encode(key))])
    guard let held = directory.heldPeer(tlsKey: key) else { return }
    self.code = held.reason.code
    fields["peer"] = .string(held.card.node.text)
  }
}
