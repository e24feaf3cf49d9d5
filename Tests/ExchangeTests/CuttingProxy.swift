import Federation
import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// Runs `body` with the URL of a TCP proxy to a node, which cuts its first connection once so many
/// bytes of the node's have passed.
func withCuttingProxy<T>(
  to card: PeerCard, after count: Int, _ body: (_ url: String) async throws -> T
) async throws -> T {
  let port = Int(card.url.split(separator: ":").last ?? "") ?? 0
  let budget = CutBudget(count)
  let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    .childChannelOption(ChannelOptions.autoRead, value: false)
    .childChannelInitializer { client in
      ClientBootstrap(group: client.eventLoop)
        .channelInitializer { node in
          node.eventLoop.makeCompletedFuture {
            try node.pipeline.syncOperations.addHandler(Forward(to: client, budget: budget))
          }
        }
        .connect(host: "127.0.0.1", port: port)
        .flatMap { node in
          client.eventLoop.makeCompletedFuture {
            try client.pipeline.syncOperations.addHandler(Forward(to: node, budget: nil))
          }
        }
        .flatMap { client.setOption(ChannelOptions.autoRead, value: true) }
    }
    .bind(host: "127.0.0.1", port: 0).get()
  do {
    let result = try await body("https://127.0.0.1:\(server.localAddress?.port ?? 0)")
    try await server.close()
    return result
  } catch {
    try await server.close()
    throw error
  }
}

/// How many bytes still pass before the one cut.
private final class CutBudget: Sendable {
  private let left: Mutex<Int?>

  init(_ count: Int) { left = Mutex(count) }

  /// Whether these bytes may pass.
  func takes(_ count: Int) -> Bool {
    left.withLock { left in
      guard let before = left else { return true }
      left = before > count ? before - count : nil
      return left != nil
    }
  }
}

private final class Forward: ChannelInboundHandler, Sendable {
  typealias InboundIn = ByteBuffer
  private let target: any Channel
  private let budget: CutBudget?

  init(to target: any Channel, budget: CutBudget?) {
    self.target = target
    self.budget = budget
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    guard budget?.takes(buffer.readableBytes) ?? true else {
      target.close(promise: nil)
      return context.close(promise: nil)
    }
    target.writeAndFlush(buffer, promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) { target.close(promise: nil) }
}
