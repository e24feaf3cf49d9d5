import AuditLog
import CanonicalJSON
import Exchange
import Federation
import Foundation
import NIOCore
import NIOPosix
import Testing

/// What waits, in which order, until when, and why.
struct QueueTests {
  /// The transfers of a node's entries of one kind, in the order of the log.
  private func order(of event: AuditLog.LogEvent, _ node: TestNode) throws -> [String] {
    var ids: [String] = []
    try node.log.show(EntryFilter(event: event)) { entry in
      if let id = entry.fields["transfer"]?.string { ids.append(id) }
    }
    return ids
  }

  /// A port of a node that isn't there.
  private func closed(_ node: TestNode) -> PeerCard {
    var card = node.card
    card.url = "https://127.0.0.1:1"
    return card
  }

  @Test func urgentOnesFirstAndNeverOvertakingWhatIsUnderWay() async throws {
    try await withTwoNodes { sender, receiver in
      let low = try sender.queue(to: receiver, priority: .low)
      let first = try sender.queue(to: receiver, bytes: 5001)
      let second = try sender.queue(to: receiver, bytes: 5002)
      let high = try sender.queue(to: receiver, bytes: 5003, priority: .high)
      // The low one has sent a byte before the others came.
      let body = try offer(low.id, of: sender).canonicalBytes
      try await withClient(to: receiver, as: sender) { client in
        let answer = try await client.send("POST", "/exchange/v1/transfers", body)
        #expect(answer.status == 201)
      }
      try await sender.set("phase = 'waiting', send_logged = 1, attempts = 1", of: low.id)
      try await sender.serving(delivery: true, clockAhead: 16_000) {
        try await expectEventually {
          try [low, first, second, high].allSatisfy {
            try sender.summary($0.id).phase == .delivered
          }
        }
      }
      #expect(try order(of: .send, sender) == [high.id, first.id, second.id])
      let delivered = try receiver.exchange().inbox().sorted { $0.updated < $1.updated }.map(\.id)
      #expect(delivered == [low.id, high.id, first.id, second.id])
    }
  }

  /// The first one is still uploading when the second one is refused at its offer: the third one's bytes wait
  /// for the first one's all the same.
  @Test func oneThatIsRefusedDoesntGiveAwayTheTurnToUpload() async throws {
    var limits = ExchangeLimits.standard
    limits.maximumBundleBytes = 1_200_000
    let (sender, receiver) = (try TestNode("pt-ipcu"), try TestNode("fi-nbi", limits: limits))
    let held = HeldUpload(after: 300_000)
    try await withHeldLink(from: sender, to: receiver, held) {
      let slow = try sender.queue(to: receiver, bytes: 900_000)
      let refused = try sender.queue(to: receiver, bytes: 1_500_000)
      let next = try sender.queue(to: receiver)
      try await sender.serving(delivery: true, clockAhead: 16_000) {
        try await expectEventually {
          try held.isHolding && sender.summary(refused.id).waitsFor?.contains("413") == true
        }
        // Were the turn given away, its bytes would come in a moment.
        for _ in 0..<40 where (try? receiver.summary(next.id).phase) != .delivered {
          try await Task.sleep(for: .milliseconds(50))
        }
        held.release()
        try await expectEventually {
          try [slow, next].allSatisfy { try sender.summary($0.id).phase == .delivered }
        }
      }
      #expect(try order(of: .receive, receiver) == [slow.id, next.id])
    }
  }

  @Test func aDeadPeerKeepsItsOrder() async throws {
    let (sender, receiver) = (try TestNode("pt-ipcu"), try TestNode("fi-nbi"))
    try sender.approve(closed(receiver))
    let first = try sender.queue(to: receiver)
    let second = try sender.queue(to: receiver, bytes: 5001)
    try await sender.serving(delivery: true, clockAhead: 16_000) {
      try await expectEventually { try sender.summary(first.id).phase == .waiting }
    }
    let waiting = try sender.summary(first.id)
    #expect(waiting.attempts >= 1)
    #expect(waiting.lastAttempt != nil)
    #expect(waiting.waitsFor?.contains("nobody listens at 127.0.0.1:1") == true)
    #expect(waiting.text.contains("given up after"))
    // The second one isn't tried before the first has its turn again.
    let behind = try sender.summary(second.id)
    #expect(behind.attempts == 0)
    #expect(behind.nextAttempt == waiting.nextAttempt)
  }

  @Test func aDeadlineThatPassesIsAttestedByTheSender() async throws {
    let (sender, receiver) = (try TestNode("pt-ipcu"), try TestNode("fi-nbi"))
    try sender.approve(closed(receiver))
    let queued = try sender.queue(
      to: receiver, deadline: TransferDeadline(seconds: 1, after: systemMilliseconds()))
    #expect(queued.deadline != nil)
    let entry = try #require(sender.entries(.queue).first)
    #expect(entry.contains(#""deadline":"PT1S""#) && entry.contains(#""due":"2"#))
    try await sender.serving(delivery: true, clockAhead: 16_000) {
      try await expectEventually { try sender.summary(queued.id).phase == .undeliverable }
    }
    let life = try sender.exchange().transfer(queued.id)
    #expect(life.summary.code == "DEADLINE")
    #expect(life.receipts.map { $0["kind"] } == ["NON_DELIVERY"])
    #expect(life.receipts.first?["node"] == "pt-ipcu")
    #expect(life.receipts.first?["issuedHere"] == true)
    #expect(life.text.contains("receipt NON_DELIVERY, signed by pt-ipcu, given, DEADLINE"))
    #expect(try sender.files("outbox") == [])
    #expect(try sender.entries(.send) == [])
    // Nothing was exchanged, so the logs have nothing to tell differently.
    let result = try reconcile(ours: sender.logPath, theirs: receiver.logPath)
    #expect(result.isClean, "\(result.text)")
  }

  @Test func theDeliveryMeetsItsDeadline() async throws {
    try await withTwoNodes { sender, receiver in
      let queued = try sender.queue(to: receiver)
      _ = try await sender.exchange().deliver(queued.id)
      var queue: UInt64?
      var met: [Int64?] = []
      try sender.log.show(EntryFilter(transfer: queued.id)) { entry in
        if entry.fields["event"] == "queue" { queue = entry.index }
        if entry.fields["kind"] == "DELIVERY" { met.append(entry.fields["meets"]?.integer) }
      }
      #expect(met == [queue.map { Int64($0) }])
    }
  }

  /// Offer, bytes and outcome: what one of these brings is one commit at each end.
  @Test func aDeliveryTakesThreeCommitsAtEachEnd() async throws {
    try await withTwoNodes { sender, receiver in
      let queued = try sender.queue(to: receiver)
      let before = (try sender.log.checkpointCount(), try receiver.log.checkpointCount())
      let delivered = try await sender.exchange().deliver(queued.id)
      #expect(delivered.phase == .delivered && delivered.attempts == 1)
      #expect(try sender.log.checkpointCount() == before.0 + 3)
      #expect(try receiver.log.checkpointCount() == before.1 + 3)
      // The receipt of the offer and `send` are of one commit, in this order.
      var indexes: [String: UInt64] = [:]
      try sender.log.show(EntryFilter(transfer: queued.id)) { entry in
        let name = entry.fields["kind"]?.string ?? entry.fields["event"]?.string ?? "?"
        indexes[name] = entry.index
      }
      let accepted = try #require(indexes["SUBMISSION_ACCEPTANCE"])
      #expect(indexes["send"] == accepted + 1)
      #expect(try sender.log.signedCheckpoint(size: accepted + 1) == nil)
    }
  }

  @Test func anAttemptIsCountedOnceWhateverBecomesOfIt() async throws {
    try await withTwoNodes { sender, receiver in
      let queued = try sender.queue(to: receiver)
      try sender.approve(closed(receiver))
      await #expect(throws: ExchangeError.self) {
        _ = try await sender.exchange().deliver(queued.id)
      }
      let waiting = try sender.summary(queued.id)
      #expect(waiting.phase == .waiting && waiting.attempts == 1)
      #expect(waiting.lastAttempt != nil)
      try sender.approve(receiver.card)
      let delivered = try await sender.exchange().deliver(queued.id)
      #expect(delivered.phase == .delivered && delivered.attempts == 2)
      #expect(try sender.entries(.send).map { $0.contains("\"attempt\":2") } == [true])
    }
  }

  @Test func aWithdrawnPeersQueueIsHeldAndGoesOnLater() async throws {
    try await withTwoNodes { sender, receiver in
      let queued = try sender.queue(
        to: receiver, deadline: TransferDeadline(seconds: 1, after: systemMilliseconds()))
      sender.withdraw(receiver.id)
      await #expect(throws: ExchangeError.self) {
        _ = try await sender.exchange().deliver(queued.id)
      }
      #expect(try sender.summary(queued.id).phase == .held)
      #expect(try sender.summary(queued.id).waitsFor?.contains("withdrawn") == true)
      try await sender.serving(delivery: true, clockAhead: 16_000) {
        // Its deadline is over, and it is held all the same: the service has looked at it by the time
        // that another one is given up.
        let other = try TestNode("es-other")
        try sender.approve(closed(other))
        let late = try sender.queue(
          to: other, deadline: TransferDeadline(seconds: 1, after: systemMilliseconds()))
        try await expectEventually { try sender.summary(late.id).phase == .undeliverable }
        #expect(try sender.summary(queued.id).phase == .held)
        try sender.approve(receiver.card)
        try await expectEventually { try sender.summary(queued.id).phase == .delivered }
      }
    }
  }

  /// The only place is taken by a peer that accepts connections and says nothing.
  @Test func aStalledPeerDelaysNobodyForLong() async throws {
    var limits = ExchangeLimits.standard
    limits.concurrentDeliveries = 1
    limits.deliveryTurnSeconds = 1
    limits.connectTimeoutSeconds = 15
    let silence = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelOption(.autoRead, value: false).bind(host: "127.0.0.1", port: 0).get()
    let sender = try TestNode("pt-ipcu", limits: limits)
    let (stalled, receiver) = (try TestNode("es-stalled"), try TestNode("fi-nbi"))
    var card = stalled.card
    card.url = "https://127.0.0.1:\(silence.localAddress?.port ?? 0)"
    try sender.approve(card)
    try await receiver.serving {
      try sender.approve(receiver.card)
      try receiver.approve(sender.card)
      let first = try sender.queue(to: stalled)
      let second = try sender.queue(to: receiver, bytes: 5001)
      try await sender.serving(delivery: true, clockAhead: 16_000) {
        try await expectEventually { try sender.summary(second.id).phase == .delivered }
        // It was broken off for the other: its own patience hadn't ended yet.
        let broken = try sender.summary(first.id)
        #expect(broken.attempts >= 1 && broken.waitsFor?.contains("no answer") != true)
      }
      #expect(try sender.entries(.send).count == 1)
    }
    try await silence.close()
  }

  @Test func theSameContentUnderANewIdIsTakenAndBothAreTold() async throws {
    try await withTwoNodes { sender, receiver in
      let bundle = try sender.sealBundle()
      let pt = sender.exchange()
      func send() async throws -> TransferSummary {
        let queued = try pt.queue(bundleAt: bundle, to: "fi-nbi", approval: sender.approval)
        return try await pt.deliver(queued.id)
      }
      let first = try await send()
      let second = try await send()
      #expect(first.sameAs == nil)
      #expect(second.phase == .delivered && second.sameAs == first.id)
      let got = try receiver.summary(second.id)
      #expect(got.phase == .delivered && got.sameAs == first.id)
      #expect(got.text.contains("the same content as \(first.id)"))
      let field = "\"same-content\":\"\(first.id)\""
      #expect(try receiver.entries(.offer).map { $0.contains(field) } == [false, true])
      #expect(try sender.entries(.release).map { $0.contains(field) } == [false, true])
    }
  }
}
