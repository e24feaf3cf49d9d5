import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A peer's TLS connection over which any bytes can be sent, well-formed or not.
final class WireClient: Sendable {
  private let channel: any Channel
  private let stream: AsyncStream<ByteBuffer>

  /// Connects to `server` with the certificate of `node`.
  init(to server: TestNode, as node: TestNode) async throws {
    var tls = try RawClient.tls(to: server, as: node)
    tls.certificateVerification = .noHostnameVerification
    let context = try NIOSSLContext(configuration: tls)
    let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
    self.stream = stream
    let port = Int(server.card.url.split(separator: ":").last ?? "") ?? 0
    channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers(
            NIOSSLClientHandler(context: context, serverHostname: nil),
            Collector(continuation))
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
  }

  /// Sends bytes; what the other side has closed by then takes nothing, and that is no error.
  func send(_ bytes: some Sequence<UInt8>) async {
    try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
  }

  func send(_ text: String) async { await send(text.utf8) }

  /// What was answered when the connection closed, or as soon as `isEnough` of it; nil after ten
  /// seconds without either.
  func answer(until isEnough: @escaping @Sendable (String) -> Bool = { _ in false }) async
    -> String?
  {
    let answer = await withTaskGroup(of: String?.self) { group in
      group.addTask { [stream] in
        var text = ""
        for await buffer in stream {
          text += String(decoding: buffer.readableBytesView, as: UTF8.self)
          if isEnough(text) { return text }
        }
        return Task.isCancelled ? nil : text
      }
      group.addTask {
        try? await Task.sleep(for: .seconds(10))
        return nil
      }
      defer { group.cancelAll() }
      return await group.next() ?? nil
    }
    return answer
  }

  func close() async { try? await channel.close().get() }
}

private final class Collector: ChannelInboundHandler, Sendable {
  typealias InboundIn = ByteBuffer
  private let continuation: AsyncStream<ByteBuffer>.Continuation

  init(_ continuation: AsyncStream<ByteBuffer>.Continuation) { self.continuation = continuation }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    continuation.yield(unwrapInboundIn(data))
  }

  func channelInactive(context: ChannelHandlerContext) { continuation.finish() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // The other side may end without TLS's closing words.
    context.close(promise: nil)
  }
}

/// Connects, sends, and returns everything that is answered until the connection closes, or `isEnough`.
func exchange(
  with server: TestNode, as node: TestNode, _ text: String,
  until isEnough: @escaping @Sendable (String) -> Bool = { _ in false }
) async throws -> String? {
  let client = try await WireClient(to: server, as: node)
  await client.send(text)
  let answer = await client.answer(until: isEnough)
  await client.close()
  return answer
}

/// Connects without TLS, sends, and says whether the other side closed within ten seconds.
func plainConnection(to server: TestNode, sending text: String) async throws -> Bool {
  let port = Int(server.card.url.split(separator: ":").last ?? "") ?? 0
  let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    .connect(host: "127.0.0.1", port: port).get()
  try? await channel.writeAndFlush(ByteBuffer(string: text)).get()
  let closed = await withTaskGroup(of: Bool.self) { group in
    group.addTask { (try? await channel.closeFuture.get()) != nil }
    group.addTask {
      try? await Task.sleep(for: .seconds(10))
      return false
    }
    defer { group.cancelAll() }
    return await group.next() ?? false
  }
  try? await channel.close().get()
  return closed
}
