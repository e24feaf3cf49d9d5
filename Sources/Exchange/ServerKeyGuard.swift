import CAdES
import Federation
import NIOCore
import NIOSSL

/// Lets nothing out to a server whose certificate isn't the peer's: the pin, and the revocation of what
/// the TLS library verified (path, time and host name).
///
/// The HTTP client has no place for a verification of ours, and crashes where a connection fails while
/// it is made. So the guard sits in the pipeline of the finished connection, in front of TLS: the first
/// write of a request meets it, fails, and closes the connection. No byte of a request leaves before.
final class ServerKeyGuard: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let judge: @Sendable (Certificate) -> PeerProblem?
  private var judged: NIODeadline?

  init(_ judge: @escaping @Sendable (Certificate) -> PeerProblem?) { self.judge = judge }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if let error = refusal(context) {
      promise?.fail(error)
    } else {
      context.write(data, promise: promise)
    }
  }

  /// A download is one long answer, in which nothing is written.
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if refusal(context) == nil { context.fireChannelRead(data) }
  }

  /// Why the connection ends here; nil where it goes on.
  private func refusal(_ context: ChannelHandlerContext) -> ExchangeError? {
    guard isDue else { return nil }
    guard let problem = problem(context) else {
      judged = .now()
      return nil
    }
    let error = ExchangeError.unreachable(problem)
    context.fireErrorCaught(error)
    context.close(promise: nil)
    return error
  }

  /// A connection lives long: who is revoked meanwhile gets nothing more.
  private var isDue: Bool { judged.map { .now() - $0 > Self.lifetime } ?? true }

  private func problem(_ context: ChannelHandlerContext) -> PeerProblem? {
    guard let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate(),
      let leaf = try? Certificate(der: certificate.toDERBytes())
    else { return .tls("the server's certificate can't be read") }
    return judge(leaf)
  }

  /// As often as lists are read again.
  private static let lifetime = TimeAmount.seconds(5)

  /// Puts a guard into a connection to a peer, right behind TLS.
  static func install(
    in channel: any Channel, _ judge: @escaping @Sendable (Certificate) -> PeerProblem?
  ) -> EventLoopFuture<Void> {
    channel.eventLoop.makeCompletedFuture {
      let pipeline = channel.pipeline.syncOperations
      try pipeline.addHandler(
        ServerKeyGuard(judge), position: .after(pipeline.handler(type: NIOSSLClientHandler.self)))
    }
  }
}
