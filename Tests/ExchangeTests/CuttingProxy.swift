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
  let budget = CutBudget(count)
  return try await withProxy(
    to: card, fromNode: { Forward(to: $0, budget: budget) }, fromClient: { Forward(to: $0) }, body)
}

/// Runs the receiver, with both as peers over a link that lets go on, until it is told to, none but the first
/// bytes of one upload.
func withHeldLink<T: Sendable>(
  from sender: TestNode, to receiver: TestNode, _ held: HeldUpload,
  _ body: @Sendable () async throws -> T
) async throws -> T {
  try await receiver.serving {
    try receiver.approve(sender.card)
    return try await withProxy(
      to: receiver.card, fromNode: { Forward(to: $0) }, fromClient: { Forward(to: $0, held: held) }
    ) { url in
      var card = receiver.card
      card.url = url
      try sender.approve(card)
      return try await body()
    }
  }
}

private func withProxy<T>(
  to card: PeerCard, fromNode: @escaping @Sendable (any Channel) -> Forward,
  fromClient: @escaping @Sendable (any Channel) -> Forward,
  _ body: (_ url: String) async throws -> T
) async throws -> T {
  let port = Int(card.url.split(separator: ":").last ?? "") ?? 0
  let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    .childChannelOption(ChannelOptions.autoRead, value: false)
    .childChannelInitializer { client in
      ClientBootstrap(group: client.eventLoop)
        .channelInitializer { node in
          node.eventLoop.makeCompletedFuture {
            try node.pipeline.syncOperations.addHandler(fromNode(client))
          }
        }
        .connect(host: "127.0.0.1", port: port)
        .flatMap { node in
          client.eventLoop.makeCompletedFuture {
            try client.pipeline.syncOperations.addHandler(fromClient(node))
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

/// The first connection that has brought so many bytes: what comes after them is kept until it is released.
final class HeldUpload: Sendable {
  private struct State {
    var counts: [ObjectIdentifier: Int] = [:]
    var holder: ObjectIdentifier?
    var kept: [(any Channel, ByteBuffer)] = []
    var isReleased = false
  }
  private let count: Int
  private let state = Mutex(State())

  init(after count: Int) { self.count = count }

  /// Whether there is one.
  var isHolding: Bool { state.withLock { $0.holder != nil && !$0.isReleased } }

  func release() {
    let kept = state.withLock { state in
      defer { (state.isReleased, state.kept) = (true, []) }
      return state.kept
    }
    for (channel, buffer) in kept { channel.writeAndFlush(buffer, promise: nil) }
  }

  fileprivate func takes(_ buffer: ByteBuffer, of forward: Forward, to channel: any Channel) -> Bool
  {
    state.withLock { state in
      guard !state.isReleased else { return true }
      let id = ObjectIdentifier(forward)
      state.counts[id, default: 0] += buffer.readableBytes
      if state.holder == nil, state.counts[id, default: 0] > count { state.holder = id }
      guard state.holder == id else { return true }
      state.kept.append((channel, buffer))
      return false
    }
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
  private let held: HeldUpload?

  init(to target: any Channel, budget: CutBudget? = nil, held: HeldUpload? = nil) {
    self.target = target
    self.budget = budget
    self.held = held
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    guard budget?.takes(buffer.readableBytes) ?? true else {
      target.close(promise: nil)
      return context.close(promise: nil)
    }
    guard held?.takes(buffer, of: self, to: target) ?? true else { return }
    let target = target
    // Behind what another thread has just released.
    target.eventLoop.execute { target.writeAndFlush(buffer, promise: nil) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    let target = target
    target.eventLoop.execute { target.close(promise: nil) }
  }
}
