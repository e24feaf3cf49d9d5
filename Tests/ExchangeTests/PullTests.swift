import CanonicalJSON
import DurableFiles
import Exchange
import Federation
import Foundation
import GRDB
import Testing

/// A node that isn't called, and fetches from its peer's mailbox.
struct PullTests {
  /// A sender that listens, and a receiver whose card says that it fetches.
  @discardableResult
  func withMailbox<T: Sendable>(
    limits: ExchangeLimits = .standard,
    _ body: @Sendable (_ sender: TestNode, _ receiver: TestNode) async throws -> T
  ) async throws -> T {
    let sender = try TestNode("pt-ipcu")
    let receiver = try TestNode("fi-nbi", limits: limits, delivery: .pull)
    return try await sender.serving {
      try sender.approve(receiver.card)
      try receiver.approve(sender.card)
      return try await body(sender, receiver)
    }
  }

  func isEmpty(_ folder: String) throws -> Bool {
    try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty
  }

  @Test func fetchedCheckedAndReceipted() async throws {
    try await withMailbox { sender, receiver in
      let (pt, fi) = (sender.exchange(), receiver.exchange())
      let queued = try pt.queue(
        bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
      // Nobody calls it: the transfer stays where it is, and that is no failure.
      #expect(try await pt.deliver(queued.id).phase == .queued)
      #expect(try sender.entries(.send) == [])

      let reports = try await fi.pull(from: nil)
      #expect(reports.first?.transfers.map(\.id) == [queued.id])
      #expect(reports.first?.transfers.first?.phase == .delivered)
      let life = try pt.transfer(queued.id)
      #expect(life.summary.phase == .delivered)
      #expect(life.summary.offset == queued.bytes)
      let kinds = life.receipts.compactMap { $0["kind"]?.string }
      #expect(Set(["RELAY_ACCEPTANCE", "DELIVERY"]).isSubset(of: kinds), "\(kinds)")
      #expect(try isEmpty(sender.folder + "/outbox"))
      #expect(try isEmpty(receiver.folder + "/quarantine"))

      // Again changes nothing, on either side.
      #expect(try await fi.pull(from: ["pt-ipcu"]).first?.transfers.isEmpty == true)
      #expect(try sender.entries(.send).count == 1)
      #expect(try receiver.entries(.receive).count == 1)
      #expect(try receiver.entries(.deliver).count == 1)
      try expectReconciled(sender, receiver)
    }
  }

  @Test func laterReceiptsTravelBothWays() async throws {
    try await withMailbox { sender, receiver in
      let (pt, fi) = (sender.exchange(), receiver.exchange())
      let queued = try pt.queue(
        bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
      _ = try await fi.pull(from: nil)
      let opened = try await fi.open(
        queued.id, reason: "case 12/2026", by: receiver.officers.officers[0])
      #expect(opened.isReceiptDelivered)
      #expect(try pt.transfer(queued.id).summary.phase == .retrieved)

      // What it sends is opened there; nobody can call it to say so.
      let sent = try fi.queue(
        bundleAt: receiver.sealBundle(), to: "pt-ipcu", approval: receiver.approval)
      #expect(try await fi.deliver(sent.id).phase == .delivered)
      let other = try await pt.open(
        sent.id, reason: "case 12/2026", by: sender.officers.officers[0])
      #expect(!other.isReceiptDelivered)
      #expect(try await fi.pull(from: nil).first?.receipts == 1)
      #expect(try fi.transfer(sent.id).summary.phase == .retrieved)
      #expect(try await fi.pull(from: nil).first?.receipts == 0)
    }
  }

  @Test func aRecallLiesInTheMailboxToo() async throws {
    try await withMailbox { sender, receiver in
      let (pt, fi) = (sender.exchange(), receiver.exchange())
      let queued = try sender.queue(to: receiver)
      _ = try await fi.pull(from: nil)
      let reason = try #require(ReasonCode("WRONG-RECIPIENT"))
      let recalled = try await pt.recall(queued.id, reason: reason, approval: sender.approval)
      #expect(recalled.phase == .recalled)
      #expect(try await fi.pull(from: nil).first?.recalls == 1)
      #expect(try receiver.summary(queued.id).phase == .recalled)
      #expect(try await fi.pull(from: nil).first?.recalls == 0)
      _ = try await fi.erase(queued.id, reason: reason, approval: receiver.approval)
      #expect(try sender.summary(queued.id).phase == .erased)
      #expect(try receiver.files("inbox") == [])
      try expectReconciled(sender, receiver)
    }
  }

  /// What finds no room there is told here, with the code; as soon as there is room it comes.
  @Test func anOfferWithoutRoomIsTold() async throws {
    var limits = ExchangeLimits.standard
    limits.freeDiskFloorBytes = .max / 4
    try await withMailbox(limits: limits) { sender, receiver in
      let queued = try sender.queue(to: receiver)
      let report = try #require(try await receiver.exchange().pull(from: nil).first)
      #expect(report.declined == [queued.id: "DISK"])
      let told = try sender.summary(queued.id)
      #expect(told.phase == .waiting)
      #expect(told.waitsFor == "the peer to have room: it declined for now (DISK)")
      #expect(told.text.contains("waits for: the peer to have room"))
      // Once more says the same; nothing was sent, and nothing is refused for good.
      _ = try await receiver.exchange().pull(from: nil)
      #expect(try sender.summary(queued.id).phase == .waiting)
      #expect(try sender.summary(queued.id).attempts == 2)
      #expect(try sender.entries(.send).isEmpty)
      // Somebody else can't say so of a transfer that isn't theirs, nor in words.
      try await withClient(to: sender, as: receiver) { client in
        for body in [
          #"{"declined": [{"transfer": "x", "code": "DISK"}]}"#,
          #"{"declined": [{"transfer": "\#(queued.id)", "code": "no room"}]}"#, "{}",
        ] {
          let answer = try await client.send(
            "POST", "/exchange/v1/mailbox/declined", Array(body.utf8))
          #expect(answer.status == 400)
        }
      }
    }
  }

  /// By priority, then as they were queued, over more than one page.
  @Test func theMailboxIsInOrder() async throws {
    try await withMailbox { sender, receiver in
      var expected: [TransferPriority: [String]] = [:]
      for number in 0..<36 {
        let priority = [TransferPriority.low, .normal, .high][number % 3]
        let queued = try sender.queue(to: receiver, bytes: 100, priority: priority)
        expected[priority, default: []].append(queued.id)
      }
      let report = try #require(try await receiver.exchange().pull(from: nil).first)
      let order = [TransferPriority.high, .normal, .low].flatMap { expected[$0] ?? [] }
      #expect(report.transfers.map(\.id) == order)
      #expect(report.transfers.allSatisfy { $0.phase == .delivered })
    }
  }

  @Test func aRefusalIsBroughtBackSigned() async throws {
    try await withMailbox { sender, receiver in
      let queued = try sender.exchange().queue(
        bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
      // Other terms than the statement says.
      try await sender.log.transaction { transaction in
        try transaction.db.execute(
          sql: "UPDATE exchange_transfers SET terms = ? WHERE id = ?",
          arguments: [Data("{}".utf8), queued.id])
      }
      let report = try #require(try await receiver.exchange().pull(from: nil).first)
      #expect(report.transfers.first?.phase == .rejected)
      let life = try sender.exchange().transfer(queued.id)
      #expect(life.summary.phase == .rejected)
      #expect(life.summary.code == "RELEASE")
      #expect(life.receipts.compactMap { $0["kind"]?.string } == ["SUBMISSION_REJECTION"])
      // No byte was asked for.
      #expect(try sender.entries(.send) == [])
    }
  }

  @Test func whatFindsNoRoomWaits() async throws {
    var limits = ExchangeLimits.standard
    limits.quarantineBytesPerPeer = 100
    try await withMailbox(limits: limits) { sender, receiver in
      let queued = try sender.exchange().queue(
        bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
      let report = try #require(try await receiver.exchange().pull(from: nil).first)
      #expect(report.declined == [queued.id: "OPEN_BYTES"])
      #expect(try receiver.exchange().inbox().isEmpty)
      #expect(try sender.exchange().transfer(queued.id).summary.phase == .waiting)
    }
  }

  @Test func aDownloadGoesOnWhereItBroke() async throws {
    var limits = ExchangeLimits.standard
    limits.syncIntervalBytes = 256 << 10
    try await withMailbox(limits: limits) { sender, receiver in
      let queued = try sender.exchange().queue(
        bundleAt: sender.sealBundle(bytes: 3 << 20), to: "fi-nbi", approval: sender.approval)
      let fi = receiver.exchange()
      try await withCuttingProxy(to: sender.card, after: 2 << 20) { url in
        var card = sender.card
        card.url = url
        try receiver.approve(card)
        try await Task.sleep(for: .milliseconds(1100))
        await #expect(throws: ExchangeError.self) { try await fi.pull(from: nil) }
        let half = try #require(try fi.inbox().first)
        #expect(half.phase == .receiving)
        #expect(half.offset > 0 && half.offset < half.bytes)
        // The proxy lets the second connection live, and the rest is asked for alone.
        #expect(try await fi.pull(from: nil).first?.transfers.first?.phase == .delivered)
      }
      #expect(try sender.exchange().transfer(queued.id).summary.phase == .delivered)
      #expect(try sender.entries(.send).count == 1)
      #expect(try receiver.entries(.receive).count == 1)
      try expectReconciled(sender, receiver)
    }
  }

  @Test func aMailboxOfSeveralPages() async throws {
    try await withMailbox { sender, receiver in
      let bundle = try sender.sealBundle(bytes: 100)
      var ids: [String] = []
      for _ in 0..<35 {
        ids.append(
          try sender.exchange().queue(bundleAt: bundle, to: "fi-nbi", approval: sender.approval).id)
      }
      let report = try #require(try await receiver.exchange().pull(from: nil).first)
      #expect(report.transfers.map(\.id) == ids)
      #expect(report.transfers.allSatisfy { $0.phase == .delivered })
      #expect(try sender.exchange().outbox().allSatisfy { $0.phase == .delivered })
    }
  }

  @Test func othersSeeNothingOfIt() async throws {
    try await withMailbox { sender, receiver in
      let third = try TestNode("es-other")
      try sender.approve(third.card)
      let queued = try sender.exchange().queue(
        bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
      try await Task.sleep(for: .milliseconds(1100))
      let content = "/exchange/v1/transfers/\(queued.id)/content"
      try await withClient(to: sender, as: third) { client in
        let mailbox = try await client.send("GET", "/exchange/v1/mailbox")
        #expect(mailbox.json?["offers"]?.array == [])
        #expect(try await client.send("GET", content).status == 404)
        #expect(try await client.send("HEAD", content).status == 404)
        // Nor can it make us forget a receipt that waits for another.
        let body = Array(#"{"messages":[{"transfer":"\#(queued.id)","kind":"RETRIEVAL"}]}"#.utf8)
        #expect(try await client.send("POST", "/exchange/v1/mailbox/taken", body).status == 200)
      }
      try await withClient(to: sender, as: receiver) { client in
        #expect(try await client.send("GET", "/exchange/v1/mailbox?after=x").status == 400)
        #expect(
          try await client.send("GET", "/exchange/v1/mailbox").json?["offers"]?.array?.count == 1)
        _ = try await sender.exchange().cancel(queued.id, by: sender.officers.officers[0])
        #expect(try await client.send("GET", content).status == 410)
        #expect(try await client.send("HEAD", content).status == 410)
        #expect(
          try await client.send("GET", "/exchange/v1/mailbox").json?["offers"]?.array == [])
      }
    }
  }

  @Test func itWaitsUntilThereIsSomething() async throws {
    try await withMailbox { sender, receiver in
      let bundle = try sender.sealBundle()
      try await withClient(to: sender, as: receiver) { client in
        async let asked = client.send("GET", "/exchange/v1/mailbox?wait=9")
        let queued = try sender.exchange().queue(
          bundleAt: bundle, to: "fi-nbi", approval: sender.approval)
        let offer = try ExchangeTests.offer(queued.id, of: sender)
        #expect(try await asked.json?["offers"]?.array == [offer])
      }
    }
  }

  @Test func theServiceFetchesWhatWaits() async throws {
    try await withMailbox { sender, receiver in
      let queued = try sender.exchange().queue(
        bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
      try await receiver.serving(delivery: true) {
        for _ in 0..<400 {
          if try sender.exchange().transfer(queued.id).summary.phase == .delivered { break }
          try await Task.sleep(for: .milliseconds(50))
        }
      }
      #expect(try sender.exchange().transfer(queued.id).summary.phase == .delivered)
      #expect(try receiver.entries(.deliver).count == 1)
    }
  }
}
