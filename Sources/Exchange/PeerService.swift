import AuditLog
import CanonicalJSON
import Federation
import HTTPTypes
import Hummingbird
import HummingbirdTLS
import NIOCore
import NIOSSL
import ServiceLifecycle

/// The node's listener for peers, with the checks of what comes in.
struct PeerService: Service {
  let node: ExchangeNode

  init(_ node: ExchangeNode) { self.node = node }

  /// Listens until the node shuts down.
  func run() async throws {
    let limits = node.limits
    let denials = DenialLog(log: node.log, entriesPerMinute: limits.deniedEntriesPerMinute)
    let gate = PeerGate(node: node, denials: denials)
    let quarantine = Quarantine(node)
    let tls = TLSChannelConfiguration(
      tlsConfiguration: try node.tls.value().serverConfiguration(current: node.tls),
      customAsyncVerificationCallback: { try await gate.judge($0) })
    let router = PeerRoutes(
      node: node, offers: OfferDesk(node), uploads: UploadDesk(node, quarantine)
    ).router(
      PeerIdentity(
        node: node, denials: denials, crowd: Crowd(limit: limits.concurrentRequestsPerPeer)))
    var application = Application(
      router: router,
      server: try .tls(
        .http1(
          configuration: .init(
            additionalChannelHandlers: [
              HandshakeWatch(
                denials, patience: .seconds(Int64(limits.firstRequestSeconds)))
            ],
            idleTimeout: .seconds(Int64(limits.idleTimeoutSeconds)),
            httpDecoderConfiguration: .init(
              maxHeaderFieldSize: 8192, maxHeaderListSize: 16384, maxHeaderFieldCount: 64))),
        configuration: tls),
      configuration: ApplicationConfiguration(
        address: .hostname(node.host, port: node.port), serverName: nil,
        availableConnectionsDelegate: .maximum(limits.connections, logger: node.logger)),
      onServerRunning: { [node] in node.onListening($0.localAddress?.port ?? node.port) },
      logger: node.logger)
    application.addServices(denials, quarantine)
    try await application.run()
  }
}

/// The routes of Docs/Exchange.md, "Wire".
struct PeerRoutes: Sendable {
  let node: ExchangeNode
  let offers: OfferDesk
  let uploads: UploadDesk

  func router(_ identity: PeerIdentity) -> Router<PeerContext> {
    let router = Router(context: PeerContext.self)
    router.add(middleware: identity)
    router.get("exchange/v1/health") { _, context in
      Response(.ok, try node.health(to: context.requirePeer()))
    }
    router.get("exchange/v1/directory") { request, _ in try await node.answerDirectory(request) }
    router.post("exchange/v1/checkpoints") { request, context in
      let json = try await request.json(limit: WireLimits.checkpoint)
      return Response(
        .ok, try await node.answerCheckpoint(json, from: context.requirePeer().card))
    }
    router.get("exchange/v1/checkpoints") { _, context in
      Response(.ok, try node.answerHeld(to: context.requirePeer().card))
    }
    router.post("exchange/v1/checkpoints/history") { request, _ in
      let json = try await request.json(limit: WireLimits.checkpoint)
      return Response(.ok, try node.answerHistory(json))
    }
    router.post("exchange/v1/witness/add-checkpoint") { request, _ in
      try await WitnessDesk(node: node).answer(request)
    }
    router.post("exchange/v1/cosignatures") { request, context in
      let json = try await request.json(limit: WireLimits.checkpoint)
      try await node.acceptCosignature(json, from: context.requirePeer().card)
      return Response(.ok, [:])
    }
    router.post("exchange/v1/transfers") { request, context in
      let json = try await request.json(limit: WireLimits.offer)
      return try await offers.answer(json, from: context.requirePeer())
    }
    router.head("exchange/v1/transfers/:id/content") { _, context in
      try uploads.offset(context.transferID(), from: context.requirePeer())
    }
    router.patch("exchange/v1/transfers/:id/content") { request, context in
      try await uploads.append(request, to: context.transferID(), from: context.requirePeer())
    }
    router.get("exchange/v1/transfers/:id/receipts") { request, context in
      let wait = request.uri.queryParameters["wait"].flatMap { Int($0) } ?? 0
      return try await receipts(
        context.transferID(), to: context.requirePeer().card.node.text,
        waiting: min(max(wait, 0), PeerLinks.longestPoll))
    }
    router.post("exchange/v1/transfers/:id/receipts") { request, context in
      let json = try await request.json(limit: WireLimits.receipts)
      return try await late(json, context.transferID(), from: context.requirePeer())
    }
    return router
  }

  /// The receipts of a transfer, as soon as the bundle is checked or the wait is over.
  private func receipts(
    _ id: TransferID, to peer: String, waiting seconds: Int
  ) async throws -> Response {
    let end = ContinuousClock.now + .seconds(seconds)
    var pause = Duration.milliseconds(4)
    while true {
      let row = try node.incoming(id, from: peer)
      if row.state.isFinal || ContinuousClock.now >= end {
        return Response(.ok, try node.standing(row))
      }
      // Most are checked within milliseconds; a large one is asked about five times a second.
      try await Task.sleep(for: pause)
      pause = min(pause * 3 / 2, .milliseconds(200))
    }
  }

  /// A receipt that comes later than the exchange: somebody opened the bundle there.
  private func late(_ json: JSON, _ id: TransferID, from peer: Peer) async throws -> Response {
    guard let rows = json["receipts"]?.array, rows.count <= WireLimits.receiptsPerTransfer else {
      throw PeerAnswer(.badRequest, "FORMAT")
    }
    let known = try node.log.read { try $0.transfer(id) }
    guard let known, known.peer == peer.card.node.text, known.state.direction == .out else {
      throw PeerAnswer(.notFound, "TRANSFER")
    }
    do {
      for row in rows {
        try await node.acceptReceipt(ReceiptEnvelope(json: row), id, from: peer.card)
      }
    } catch ExchangeError.unknownTransfer {
      throw PeerAnswer(.notFound, "TRANSFER")
    } catch let error as ExchangeError {
      node.logger.notice("a receipt is refused", metadata: ["why": "\(error.words)"])
      throw PeerAnswer(.forbidden, "RECEIPT")
    }
    return Response(.ok, [:])
  }
}

extension Request {
  /// The body as JSON; a longer one than `limit` bytes gets 413.
  fileprivate func json(limit: Int) async throws -> JSON {
    let buffer = try await body.collect(upTo: limit)
    guard let json = try? JSON(parsing: buffer.readableBytesView, limit: limit) else {
      throw PeerAnswer(.badRequest, "FORMAT")
    }
    return json
  }
}

extension ExchangeNode {
  /// A transfer that this peer sends us; others don't learn that it exists.
  func incoming(_ id: TransferID, from peer: String) throws -> TransferRow {
    let row = try log.read { try $0.transfer(id) }
    guard let row, row.peer == peer, row.state.direction == .in else {
      throw PeerAnswer(.notFound, "TRANSFER")
    }
    return row
  }

  /// What the sender may know of a transfer: how much is here, and the receipts.
  func standing(_ row: TransferRow) throws -> JSON {
    [
      "state": .string(row.state.phase.rawValue),
      "offset": .integer(Int64(clamping: row.state.offset)),
      "receipts": .array(try store.envelopes(row.id).map(\.json)),
    ]
  }
}
