import CAdES
import CanonicalJSON
import Federation
import HTTPTypes
import Hummingbird
import Merkle
import NIOCore
import NIOPosix
import NIOSSL

/// Who may connect: a client whose TLS key is on an approved peer's card, with a certificate that
/// is valid now and chains to that peer's authority. Everybody else is refused in the handshake.
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
    guard let peer = try? node.directory.value().peer(tlsKey: leaf.spkiSHA256) else {
      return DenialLog.Denial(code: "UNKNOWN_CERTIFICATE", fields: fields)
    }
    fields["peer"] = .string(peer.card.node.text)
    guard
      leaf.chains(
        to: peer.card.tlsAnchors, through: Array(chain.dropFirst()), at: node.seconds)
    else { return DenialLog.Denial(code: "CERTIFICATE_PATH", fields: fields) }
    return nil
  }

  /// A TLS chain has two or three certificates.
  private static let longestChain = 8
}

/// Notes handshakes that fail before there is a certificate to judge.
final class HandshakeWatch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny
  private let denials: DenialLog

  init(_ denials: DenialLog) { self.denials = denials }

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

/// Finds the peer by its certificate, at each request: one that is withdrawn is refused at once,
/// though its connection was made before. Makes answers of what routes throw.
struct PeerIdentity: RouterMiddleware {
  let node: ExchangeNode
  let denials: DenialLog

  func handle(
    _ request: Request, context: PeerContext,
    next: (Request, PeerContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    do {
      context.peer = try await peer(context.channel)
      return try await next(request, context)
    } catch let answer as PeerAnswer {
      return answer.response
    } catch let error as HTTPError {
      return PeerAnswer(error.status, "HTTP").response
    } catch is NIOTooManyBytesError {
      return PeerAnswer(.contentTooLarge, "BODY").response
    } catch {
      node.logger.warning(
        "a peer's request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
      return PeerAnswer(.internalServerError, "INTERNAL").response
    }
  }

  private func peer(_ channel: any Channel) async throws -> Peer {
    guard let certificate = try? await channel.nioSSL_peerCertificate().get(),
      let key = try? Certificate(der: certificate.toDERBytes()).spkiSHA256
    else { throw PeerAnswer(.unauthorized, "CERTIFICATE") }
    guard let peer = try node.directory.value().peer(tlsKey: key) else {
      denials.note(
        DenialLog.Denial(
          code: "WITHDRAWN_PEER", fields: ["tlsKey": .string(Base64.encode(key))]))
      throw PeerAnswer(.forbidden, "PEER")
    }
    return peer
  }
}
