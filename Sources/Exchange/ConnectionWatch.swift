import CAdES
import CanonicalJSON
import NIOCore
import NIOSSL
import NIOTLS

/// Watches one connection of a peer from its handshake on: whether the peer has too many, and whether
/// it takes what we answer.
///
/// What it sends too slowly is found where it is read (``Pace``); headers that trickle, by the
/// time-outs until a first request and between requests.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny
  private let places: Places<[UInt8]>
  private let denials: DenialLog
  private let patience: TimeAmount
  private var place: Places<[UInt8]>.Place?
  private var stall: Scheduled<Void>?

  /// `patience`: how long the peer may take nothing that is written.
  init(_ places: Places<[UInt8]>, _ denials: DenialLog, patience: TimeAmount) {
    self.places = places
    self.denials = denials
    self.patience = patience
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted? = event as? TLSUserEvent { count(context) }
    context.fireUserInboundEventTriggered(event)
  }

  /// Counted by TLS key: the gate has let only keys of approved peers through.
  private func count(_ context: ChannelHandlerContext) {
    let certificate = try? context.pipeline.syncOperations
      .handler(type: NIOSSLServerHandler.self).peerCertificate
    guard let der = try? certificate?.toDERBytes(),
      let key = try? Certificate(der: der).spkiSHA256
    else { return }
    place = places.take(key)
    guard place == nil else { return }
    denials.note(
      DenialLog.Denial(code: "CONNECTIONS", fields: ["tlsKey": .string(Base64.encode(key))]))
    context.close(promise: nil)
  }

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
    place = nil
  }
}
