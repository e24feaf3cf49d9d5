import CAdES
import CanonicalJSON
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// Watches one connection of a peer from its handshake on: whether the peer has too many, whether it takes
/// what we answer, and whether it is still welcome: an upload is one long request, in the middle of which
/// its certificate may be revoked.
///
/// What it sends too slowly is found where it is read (``Pace``); headers that trickle, by the
/// time-outs until a first request and between requests.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny
  private let places: Places<[UInt8]>
  private let denials: DenialLog
  private let patience: TimeAmount
  private let refusal: @Sendable (Certificate) -> DenialLog.Denial?
  private var place: Places<[UInt8]>.Place?
  private var stall: Scheduled<Void>?
  private var looks: RepeatedTask?

  /// - Parameters:
  ///   - patience: how long the peer may take nothing that is written.
  ///   - refusal: why a certificate isn't let in any more; may block.
  init(
    _ places: Places<[UInt8]>, _ denials: DenialLog, patience: TimeAmount,
    refusal: @escaping @Sendable (Certificate) -> DenialLog.Denial?
  ) {
    self.places = places
    self.denials = denials
    self.patience = patience
    self.refusal = refusal
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted? = event as? TLSUserEvent { count(context) }
    context.fireUserInboundEventTriggered(event)
  }

  /// Counted by TLS key: the gate has let only keys of approved peers through.
  private func count(_ context: ChannelHandlerContext) {
    let certificate = try? context.pipeline.syncOperations
      .handler(type: NIOSSLServerHandler.self).peerCertificate
    guard let der = try? certificate?.toDERBytes(), let leaf = try? Certificate(der: der) else {
      return
    }
    let key = leaf.spkiSHA256
    place = places.take(key)
    guard place == nil else { return look(at: leaf, context) }
    denials.note(
      DenialLog.Denial(code: "CONNECTIONS", fields: ["tlsKey": .string(Base64.encode(key))]))
    context.close(promise: nil)
  }

  private func look(at leaf: Certificate, _ context: ChannelHandlerContext) {
    let (channel, denials, refusal) = (context.channel, denials, refusal)
    looks = context.eventLoop.scheduleRepeatedAsyncTask(
      initialDelay: Self.interval, delay: Self.interval
    ) { _ in
      NIOThreadPool.singleton.runIfActive(eventLoop: channel.eventLoop) { refusal(leaf) }
        .map { denial in
          guard let denial else { return }
          denials.note(denial)
          channel.close(promise: nil)
        }
    }
  }

  /// As often as what is known of revocations is read again.
  private static let interval = TimeAmount.seconds(5)

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    stall?.cancel()
    let channel = context.channel
    stall =
      channel.isWritable
      ? nil : context.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
    context.fireChannelWritabilityChanged()
  }

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { end() }

  private func end() {
    stall?.cancel()
    looks?.cancel()
    place = nil
  }
}
