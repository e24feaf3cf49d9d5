import CanonicalJSON
import HTTPTypes
import Hummingbird
public import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle

/// The listener for those who watch the node, apart from that for peers: plain HTTP, on loopback unless
/// the configuration says otherwise. It tells figures and states, takes nothing in, and names no person,
/// case or transfer.
///
///     GET /metrics         the figures, in Prometheus's text format 0.0.4
///     GET /healthz         200 while the program runs
///     GET /readyz          200 or 503, with every check that decides it
///     GET /readyz/<id>     one of these checks
public struct StatusService: Service {
  /// One check of whether the node can do its work.
  public struct Check: Hashable, Sendable {
    /// What was looked at, such as `log`.
    public let id: String
    /// Whether it holds.
    public let holds: Bool

    /// A check and its outcome.
    public init(id: String, holds: Bool) {
      self.id = id
      self.holds = holds
    }
  }

  private let host: String
  private let port: Int
  private let logger: Logger
  // However often somebody asks, the log is looked at once a second.
  private let metrics: Cached<String>
  private let checks: Cached<[Check]>
  private let onListening: @Sendable (Int) -> Void

  /// A listener at `host` and `port`; with port 0 the system chooses, and `onListening` tells.
  ///
  /// `metrics` and `checks` may block: they run on threads of their own.
  public init(
    host: String, port: Int, logger: Logger, metrics: @escaping @Sendable () throws -> String,
    checks: @escaping @Sendable () -> [Check],
    onListening: @escaping @Sendable (_ port: Int) -> Void = { _ in }
  ) {
    self.host = host
    self.port = port
    self.logger = logger
    self.metrics = Cached(for: .seconds(1), metrics)
    self.checks = Cached(for: .seconds(1), checks)
    self.onListening = onListening
  }

  /// Listens until the node shuts down.
  ///
  /// - Throws: ``ExchangeError/cannotListen(_:)`` where somebody else has the port.
  public func run() async throws {
    let application = Application(
      router: router(),
      server: .http1(
        configuration: .init(
          idleTimeout: .seconds(30),
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 8192, maxHeaderListSize: 16384, maxHeaderFieldCount: 64))),
      configuration: ApplicationConfiguration(
        address: .hostname(host, port: port), serverName: nil,
        availableConnectionsDelegate: .maximum(Self.connections, logger: logger)),
      onServerRunning: { [onListening, port] in onListening($0.localAddress?.port ?? port) },
      logger: logger)
    try await Listener.metrics.run(host: host, port: port) { try await application.run() }
  }

  /// Those who watch are few; others must not take the node's descriptors.
  private static let connections = 32

  private func router() -> Router<BasicRequestContext> {
    let router = Router()
    router.get("metrics") { [metrics] _, _ in
      let text = try await NIOThreadPool.singleton.runIfActive { try metrics.value() }
      return Response(
        status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
    router.get("healthz") { _, _ in Response(.ok, ["result": "pass"]) }
    router.get("readyz") { [checks] _, _ in
      let found = try await NIOThreadPool.singleton.runIfActive { try checks.value() }
      let rows = found.map { ["id": .string($0.id), "result": $0.word] as JSON }
      let isReady = found.allSatisfy(\.holds)
      return Response(
        isReady ? .ok : .serviceUnavailable,
        ["result": isReady ? "pass" : "fail", "checks": .array(rows)])
    }
    router.get("readyz/:id") { [checks] _, context in
      let id = context.parameters.get("id") ?? ""
      let found = try await NIOThreadPool.singleton.runIfActive { try checks.value() }
      guard let check = found.first(where: { $0.id == id }) else {
        return Response(.notFound, ["result": "unknown"])
      }
      return Response(check.holds ? .ok : .serviceUnavailable, ["result": check.word])
    }
    return router
  }
}

extension StatusService.Check {
  fileprivate var word: JSON { holds ? "pass" : "fail" }
}
