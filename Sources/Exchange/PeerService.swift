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
  let reception: Reception

  init(_ node: ExchangeNode, _ reception: Reception) {
    self.node = node
    self.reception = reception
  }

  /// Listens until the node shuts down.
  func run() async throws {
    let limits = node.limits
    let denials = DenialLog(log: node.log, entriesPerMinute: limits.deniedEntriesPerMinute)
    let gate = PeerGate(node: node, denials: denials)
    let connections = Places<[UInt8]>(limit: limits.connectionsPerPeer)
    let tls = TLSChannelConfiguration(
      tlsConfiguration: try node.tls.value().serverConfiguration(current: node.tls),
      customAsyncVerificationCallback: { try await gate.judge($0) })
    let router = PeerRoutes(
      node: node, offers: reception.offers,
      uploads: UploadDesk(node: node, intake: reception.intake), downloads: DownloadDesk(node),
      mailbox: MailboxDesk(node: node)
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
                denials, patience: .seconds(Int64(limits.firstRequestSeconds))),
              ConnectionWatch(
                connections, denials, patience: .seconds(Int64(limits.slowestSeconds)),
                refusal: gate.refusal(ofConnected:)),
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
    application.addServices(denials, reception.quarantine)
    let listening = application
    try await Listener.peers.run(host: node.host, port: node.port) { try await listening.run() }
  }
}

/// The routes of Docs/Exchange.md, "Wire".
struct PeerRoutes: Sendable {
  let node: ExchangeNode
  let offers: OfferDesk
  let uploads: UploadDesk
  let downloads: DownloadDesk
  let mailbox: MailboxDesk

  func router(_ identity: PeerIdentity) -> Router<PeerContext> {
    let router = Router(context: PeerContext.self)
    router.add(middleware: identity)
    router.add(middleware: RequestRules(node: node))
    router.get("exchange/v1/health") { _, context in
      Response(.ok, try node.health(to: context.requirePeer()))
    }
    router.get("exchange/v1/directory") { request, _ in try await node.answerDirectory(request) }
    router.post("exchange/v1/checkpoints") { request, context in
      let json = try await request.json(limit: WireLimits.checkpoint, node.limits)
      return Response(
        .ok, try await node.answerCheckpoint(json, from: context.requirePeer().card))
    }
    router.get("exchange/v1/checkpoints") { _, context in
      Response(.ok, try node.answerHeld(to: context.requirePeer().card))
    }
    router.post("exchange/v1/checkpoints/history") { request, _ in
      let json = try await request.json(limit: WireLimits.checkpoint, node.limits)
      return Response(.ok, try node.answerHistory(json))
    }
    router.post("exchange/v1/witness/add-checkpoint") { request, _ in
      try await WitnessDesk(node: node).answer(request)
    }
    router.post("exchange/v1/cosignatures") { request, context in
      let json = try await request.json(limit: WireLimits.checkpoint, node.limits)
      try await node.acceptCosignature(json, from: context.requirePeer().card)
      return Response(.ok, [:])
    }
    router.post("exchange/v1/transfers") { request, context in
      let json = try await request.json(limit: WireLimits.offer, node.limits)
      return try await offers.answer(json, from: context.requirePeer())
    }
    router.head("exchange/v1/transfers/:id/content") { _, context in
      let row = try node.transfer(context.transferID(), of: context.requirePeer().card.node.text)
      return row.state.direction == .in ? uploads.offset(row) : try downloads.facts(row)
    }
    router.get("exchange/v1/transfers/:id/content") { request, context in
      let peer = try context.requirePeer()
      let row = try node.transfer(context.transferID(), of: peer.card.node.text)
      guard row.state.direction == .out else { throw PeerAnswer(.notFound, "TRANSFER") }
      return try await downloads.answer(request, row, to: peer, over: context.channel)
    }
    router.get("exchange/v1/mailbox") { request, context in
      let after = request.uri.queryParameters["after"].map { TransferID(String($0)) }
      if case .some(.none) = after { throw PeerAnswer(.badRequest, "FORMAT") }
      return try await mailbox.answer(
        to: context.requirePeer().card.node, after: after ?? nil, waiting: request.longPoll)
    }
    router.post("exchange/v1/mailbox/taken") { request, context in
      let json = try await request.json(limit: WireLimits.checkpoint, node.limits)
      return try await mailbox.taken(json, by: context.requirePeer().card.node)
    }
    router.post("exchange/v1/mailbox/declined") { request, context in
      let json = try await request.json(limit: WireLimits.checkpoint, node.limits)
      return try await mailbox.declined(json, by: context.requirePeer().card.node)
    }
    router.patch("exchange/v1/transfers/:id/content") { request, context in
      try await uploads.append(request, to: context.transferID(), from: context.requirePeer())
    }
    router.get("exchange/v1/transfers/:id/receipts") { request, context in
      try await receipts(
        context.transferID(), to: context.requirePeer().card.node.text, waiting: request.longPoll)
    }
    router.post("exchange/v1/transfers/:id/recall") { request, context in
      let json = try await request.json(limit: WireLimits.receipts, node.limits)
      return Response(
        .ok,
        try await node.acceptRecall(
          json, context.transferID(), from: context.requirePeer().card))
    }
    router.get("exchange/v1/transfers/:id/standing") { _, context in
      Response(
        .ok, try node.answerStanding(context.transferID(), to: context.requirePeer().card))
    }
    router.post("exchange/v1/transfers/:id/receipts") { request, context in
      let json = try await request.json(limit: WireLimits.receipts, node.limits)
      return try await late(json, context.transferID(), from: context.requirePeer())
    }
    return router
  }

  /// The receipts of a transfer, as soon as the bundle is checked or the wait is over.
  private func receipts(
    _ id: TransferID, to peer: String, waiting seconds: Int
  ) async throws -> Response {
    let end = ContinuousClock.now + .seconds(seconds)
    return try await node.bell.listening(to: id) { hearing in
      while true {
        let left = end - .now
        let standing: JSON? = try node.log.read { db in
          let row = try node.incoming(id, from: peer, db)
          return row.state.isFinal || left <= .zero ? try node.standing(row, db) : nil
        }
        if let standing { return Response(.ok, standing) }
        // Another program of this node may check it, and rings no bell here.
        try await hearing.wait(atMost: min(left, .milliseconds(500)))
      }
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

/// What every request has to keep to: the peer's number in a minute, and no transfer coding but chunks,
/// since we would take the coded bytes for the content.
private struct RequestRules: RouterMiddleware {
  let node: ExchangeNode
  let count: MinuteCount

  init(node: ExchangeNode) {
    self.node = node
    count = MinuteCount(limit: node.limits.requestsPerMinute)
  }

  func handle(
    _ request: Request, context: PeerContext,
    next: (Request, PeerContext) async throws -> Response
  ) async throws -> Response {
    guard count.admits(try context.requirePeer().card.node, at: node.seconds) else {
      throw PeerAnswer(.tooManyRequests, "REQUESTS_PER_MINUTE")
    }
    if let coding = request.headers[.transferEncoding], coding.lowercased() != "chunked" {
      throw PeerAnswer(.notImplemented, "TRANSFER_CODING")
    }
    return try await next(request, context)
  }
}

extension Request {
  /// Seconds that the peer lets us wait before we answer.
  fileprivate var longPoll: Int {
    let asked = uri.queryParameters["wait"].flatMap { Int($0) } ?? 0
    return min(max(asked, 0), PeerLinks.longestPoll)
  }

  /// The body as JSON; a longer one than `limit` bytes gets 413, one that trickles 408.
  fileprivate func json(limit: Int, _ limits: ExchangeLimits) async throws -> JSON {
    var buffer = ByteBuffer()
    var pace = Pace(limits)
    var parts = body.makeAsyncIterator()
    while case (let part?, let wait) = try await timed({ try await parts.next() }) {
      guard buffer.readableBytes + part.readableBytes <= limit else {
        throw PeerAnswer(.contentTooLarge, "BODY")
      }
      guard pace.took(part.readableBytes, after: wait) else {
        throw PeerAnswer(.requestTimeout, "TOO_SLOW")
      }
      buffer.writeImmutableBuffer(part)
    }
    guard let json = try? JSON(parsing: buffer.readableBytesView, limit: limit) else {
      throw PeerAnswer(.badRequest, "FORMAT")
    }
    return json
  }
}
