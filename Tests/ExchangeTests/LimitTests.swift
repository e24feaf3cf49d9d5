import AsyncHTTPClient
import Exchange
import Foundation
import Logging
import ServiceLifecycle
import Testing

/// What one peer may ask of a node, and how patient the node is.
struct LimitTests {
  /// Sends a queued transfer's offer by hand; returns the status and code.
  func offer(
    _ sender: TestNode, to receiver: TestNode, bytes: Int = 5000
  ) async throws -> (status: Int, code: String?) {
    let queued = try sender.exchange().queue(
      bundleAt: sender.sealBundle(bytes: bytes), to: "fi-nbi", approval: sender.approval)
    let body = try ExchangeTests.offer(queued.id, of: sender).canonicalBytes
    return try await withClient(to: receiver, as: sender) { client in
      let answer = try await client.send("POST", "/exchange/v1/transfers", body)
      return (answer.status, answer.json?["code"]?.string)
    }
  }

  func limits(_ change: (inout ExchangeLimits) -> Void) -> ExchangeLimits {
    var limits = ExchangeLimits.standard
    change(&limits)
    return limits
  }

  @Test func quotasRefuseBefore() async throws {
    // Room for one bundle of 5 kB in its encrypted form, not for two.
    for (limits, status, code) in [
      (limits { $0.quarantineBytesPerPeer = 30_000 }, 429, "OPEN_BYTES"),
      (limits { $0.quarantineBytes = 30_000 }, 507, "QUARANTINE"),
      (limits { $0.bytesPerDayPerPeer = 30_000 }, 429, "BYTES_PER_DAY"),
      (limits { $0.openTransfersPerPeer = 1 }, 429, "OPEN_TRANSFERS"),
    ] {
      try await withTwoNodes(limits: limits) { sender, receiver in
        let first = try await offer(sender, to: receiver)
        #expect(first.status == 201, "\(code): \(first)")
        let bytes = try #require(try receiver.exchange().inbox().first?.bytes)
        #expect(bytes > 15_000 && bytes < 30_000, "the test's own figure: \(bytes)")
        let second = try await offer(sender, to: receiver)
        #expect(second.status == status)
        #expect(second.code == code)
        #expect(try receiver.exchange().inbox().count == 1)
      }
    }
  }

  @Test func aFullDiskRefusesOffersAndStopsUploads() async throws {
    try await withTwoNodes(limits: limits { $0.freeDiskFloorBytes = .max / 2 }) {
      sender, receiver in
      let answer = try await offer(sender, to: receiver)
      #expect(answer.status == 507)
      #expect(answer.code == "DISK")
    }
  }

  @Test func requestsAMinute() async throws {
    try await withTwoNodes(limits: limits { $0.requestsPerMinute = 3 }) { sender, receiver in
      try await withClient(to: receiver, as: sender) { client in
        var statuses: [Int] = []
        for _ in 0..<8 {
          statuses.append(try await client.send("GET", "/exchange/v1/health").status)
        }
        // A minute may end in between.
        #expect(statuses.first == 200)
        #expect(statuses.contains(429))
      }
    }
  }

  @Test func connectionsOfOnePeer() async throws {
    try await withTwoNodes(limits: limits { $0.connectionsPerPeer = 2 }) { sender, receiver in
      let other = try TestNode("es-other")
      try receiver.approve(other.card)
      try await Task.sleep(for: .milliseconds(1100))
      let health = "GET /exchange/v1/health HTTP/1.1\r\nHost: x\r\n\r\n"
      let held = [
        try await WireClient(to: receiver, as: sender),
        try await WireClient(to: receiver, as: sender),
      ]
      for client in held {
        await client.send(health)
        let answer = await client.answer { $0.contains("}") }
        #expect(answer.map(statuses) == [200])
      }
      // The third is closed without an answer; another peer isn't concerned.
      #expect(try await exchange(with: receiver, as: sender, health) == "")
      try await expectServes(receiver, other)
      for client in held { await client.close() }
      for _ in 0..<100 {
        let answer = try await exchange(
          with: receiver, as: sender, health, until: { $0.contains("}") })
        if answer.map(statuses) == [200] { return }
        try await Task.sleep(for: .milliseconds(20))
      }
      Issue.record("a closed connection still counts")
    }
  }

  /// One byte now and then, for a body of JSON and for an upload.
  @Test func aBodyThatTricklesIsCut() async throws {
    let limits = limits {
      $0.slowestSeconds = 1
      $0.slowestBytesPerSecond = 100
    }
    try await withTwoNodes(limits: limits) { sender, receiver in
      let accepted = try await offer(sender, to: receiver)
      #expect(accepted.status == 201)
      let id = try #require(try receiver.exchange().inbox().first?.id)
      for head in [
        "POST /exchange/v1/cosignatures HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n",
        "PATCH /exchange/v1/transfers/\(id)/content HTTP/1.1\r\nHost: x\r\nUpload-Offset: 0\r\n"
          + "Content-Length: 5000\r\n\r\n",
      ] {
        let client = try await WireClient(to: receiver, as: sender)
        await client.send(head)
        let answer = await withTaskGroup(of: String?.self) { group in
          group.addTask {
            while (try? await Task.sleep(for: .milliseconds(50))) != nil {
              await client.send([0x20])
            }
            return nil
          }
          group.addTask { await client.answer { $0.contains("}") } }
          let first = await group.next() ?? nil
          group.cancelAll()
          return first
        }
        #expect(answer.map(statuses) == [408], "\(answer ?? "nothing")")
        #expect(answer?.contains("TOO_SLOW") == true)
        await client.close()
      }
      // What had come of the upload is kept.
      #expect(try (receiver.exchange().inbox().first?.offset ?? 0) > 0)
    }
  }

  /// A handshake that doesn't begin, headers that don't end, and a body that stops.
  @Test func whoeverSendsNothingIsCutOff() async throws {
    let limits = limits {
      $0.firstRequestSeconds = 1
      $0.idleTimeoutSeconds = 1
    }
    try await withTwoNodes(limits: limits) { sender, receiver in
      for beginning in [
        "", "GET /exchange/v1/health HTTP/1.1\r\nHost: x\r\nX-A: ",
        "POST /exchange/v1/cosignatures HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{",
      ] {
        let answer = try await exchange(with: receiver, as: sender, beginning)
        #expect(answer != nil, "the connection stays open")
      }
      #expect(try await plainConnection(to: receiver, sending: ""))
      #expect(try await plainConnection(to: receiver, sending: "\u{16}\u{3}\u{1}"))
      try await expectServes(receiver, sender)
    }
  }

  @Test func theListenersAreApart() async throws {
    try await withTwoNodes { sender, receiver in
      try await withClient(to: receiver, as: sender) { client in
        for path in ["/metrics", "/healthz", "/readyz", "/readyz/log", "/", "/exchange/v2/health"] {
          let answer = try await client.send("GET", path)
          #expect(answer.status == 404)
        }
      }
    }
  }

  @Test func theOtherListenerHasNothingOfPeers() async throws {
    let ready = AsyncStream.makeStream(of: Int.self)
    var logger = Logger(label: "status")
    logger.logLevel = .critical
    let status = StatusService(
      host: "127.0.0.1", port: 0, logger: logger, metrics: { "" }, checks: { [] },
      onListening: { ready.continuation.yield($0) })
    let group = ServiceGroup(
      configuration: .init(services: [.init(service: status)], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      var port = 0
      for await value in ready.stream {
        port = value
        break
      }
      let id = "01234567-89ab-7fff-bfff-ffffffffffff"
      for path in [
        "health", "checkpoints", "transfers", "mailbox", "transfers/\(id)/content",
        "transfers/\(id)/receipts", "witness/add-checkpoint", "cosignatures",
      ] {
        for method in ["GET", "POST", "PATCH", "HEAD"] {
          var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/exchange/v1/\(path)")
          request.method = .init(rawValue: method)
          let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
          #expect(answer.status.code == 404, "\(method) \(path)")
        }
      }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
  }

  @Test func howSlowIsTooSlow() {
    var limits = ExchangeLimits.standard
    (limits.slowestSeconds, limits.slowestBytesPerSecond) = (10, 100)
    var pace = Pace(limits)
    func took(_ bytes: Int, _ wait: Duration) -> Bool { pace.took(bytes, after: wait) }
    // Nothing counts but the waiting.
    #expect(took(1, .seconds(9)))
    #expect(!took(1, .seconds(1)))
    // A window that brought enough begins a new one.
    #expect(took(1000, .seconds(30)))
    #expect(took(0, .seconds(9)))
    #expect(took(1000, .seconds(5)))
    #expect(!took(999, .seconds(10)))
    for _ in 0..<1000 { #expect(took(1, .zero)) }
  }
}
