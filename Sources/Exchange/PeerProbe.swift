public import CAdES
import Federation
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// One handshake with a peer that shows its certificates, whatever they are worth; nothing is sent over
/// the connection. For `peer test`, which has to say what is wrong with them.
struct PeerProbe {
  let node: ExchangeNode
  let card: PeerCard

  /// What the peer presents, the leaf first.
  ///
  /// - Throws: ``ExchangeError/unreachable(_:)``.
  func certificates() async throws -> [Certificate] {
    let place = URLComponents(string: card.url)
    guard let host = place?.host?.trimmingCharacters(in: ["[", "]"]), !host.isEmpty else {
      throw ExchangeError.unreachable(.unknownHost(card.host))
    }
    let context = try NIOSSLContext(
      configuration: node.tls.value().clientConfiguration(for: card))
    let isAddress = host.contains(":") || host.allSatisfy { $0 == "." || $0.isNumber }
    let timeout = TimeAmount.seconds(Int64(node.limits.connectTimeoutSeconds))
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connectTimeout(timeout)
    do {
      let shown = try await bootstrap.connect(host: host, port: place?.port ?? 443) { channel in
        channel.eventLoop.makeCompletedFuture {
          let presented = channel.eventLoop.makePromise(of: [NIOSSLCertificate].self)
          let tls = try NIOSSLClientHandler(
            context: context, serverHostname: isAddress ? nil : host,
            customVerificationCallback: { chain, verdict in
              presented.succeed(chain)
              verdict.succeed(.certificateVerified)
            })
          try channel.pipeline.syncOperations.addHandlers(tls, ProbeWatch(presented, timeout))
          return Shown(channel: channel, chain: presented.futureResult)
        }
      }
      let chain = try await shown.chain.get()
      try? await shown.channel.close()
      return try chain.map { try Certificate(der: $0.toDERBytes()) }
    } catch let error as CAdESError {
      throw ExchangeError.unreachable(.tls("a certificate can't be read (\(error))"))
    } catch {
      throw ExchangeError.unreachable(PeerProblem(error, host: card.host))
    }
  }

  private struct Shown: Sendable {
    let channel: any Channel
    let chain: EventLoopFuture<[NIOSSLCertificate]>
  }
}

extension ExchangeNode {
  /// The certificates that a peer shows now, the leaf first, whatever they are worth; nothing is sent to it.
  ///
  /// - Throws: ``ExchangeError/unreachable(_:)``.
  public func shownCertificates(of id: String) async throws -> [Certificate] {
    try await PeerProbe(node: self, card: peer(id).card).certificates()
  }
}

/// Ends the wait for certificates where the connection fails, or stands still, before any comes.
private final class ProbeWatch: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let presented: EventLoopPromise<[NIOSSLCertificate]>
  private let patience: TimeAmount
  private var deadline: Scheduled<Void>?

  init(_ presented: EventLoopPromise<[NIOSSLCertificate]>, _ patience: TimeAmount) {
    self.presented = presented
    self.patience = patience
  }

  func channelActive(context: ChannelHandlerContext) {
    let presented = presented
    deadline = context.eventLoop.scheduleTask(in: patience) {
      presented.fail(ChannelError.connectTimeout(.zero))
    }
    context.fireChannelActive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    presented.fail(error)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    presented.fail(ChannelError.eof)
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    deadline?.cancel()
    presented.fail(ChannelError.eof)
  }
}
