import Exchange
import Foundation
import Testing

/// What time does: offers without bytes, bundles that nobody opens, and what a crash broke off.
struct LapseTests {
  @Test func anOfferWhoseBytesNeverComeIsGivenUp() async throws {
    var limits = ExchangeLimits.standard
    limits.offerExpirySeconds = 0
    try await withTwoNodes(limits: limits) { sender, receiver in
      let queued = try sender.queue(to: receiver)
      let body = try offer(queued.id, of: sender).canonicalBytes
      try await withClient(to: receiver, as: sender) { client in
        #expect(try await client.send("POST", "/exchange/v1/transfers", body).status == 201)
        _ = try await client.send(
          "PATCH", "/exchange/v1/transfers/\(queued.id)/content", [1, 2, 3],
          headers: [("Upload-Offset", "0")])
      }
      try await receiver.serving(delivery: true) {
        try await expectEventually { try receiver.summary(queued.id).phase == .undeliverable }
        try await expectEventually { try receiver.files("quarantine") == [] }
        // The sender, which knows nothing of it, is told at its next attempt.
        try sender.approve(receiver.card)
        let end = try await sender.exchange().deliver(queued.id)
        #expect(end.phase == .undeliverable && end.code == "DEADLINE")
        #expect(try sender.kinds(queued.id) == ["SUBMISSION_ACCEPTANCE", "RELAY_FAILURE"])
        #expect(try sender.files("outbox") == [])
        #expect(try sender.entries(.send) == [])
      }
    }
  }

  @Test func nobodyOpensItAndThenSomebodyDoes() async throws {
    var limits = ExchangeLimits.standard
    limits.retrievalSeconds = 0
    try await withTwoNodes(limits: limits) { sender, receiver in
      let queued = try sender.queue(to: receiver)
      #expect(try await sender.exchange().deliver(queued.id).phase == .delivered)
      try await sender.serving {
        try receiver.approve(sender.card)
        for _ in 0..<2 {
          try await receiver.serving(delivery: true) {
            try await expectEventually { try sender.kinds(queued.id).last == "NON_RETRIEVAL" }
          }
        }
        #expect(try sender.summary(queued.id).phase == .delivered)
        let opened = try await receiver.exchange().open(
          queued.id, reason: "CASE-WORK", by: receiver.officers.officers[0])
        #expect(opened.isReceiptDelivered)
      }
      #expect(try sender.summary(queued.id).phase == .retrieved)
      #expect(
        try sender.kinds(queued.id) == [
          "SUBMISSION_ACCEPTANCE", "RELAY_ACCEPTANCE", "DELIVERY", "NON_RETRIEVAL", "RETRIEVAL",
        ])
    }
  }

  /// Crashes around an erasure: the decision is logged and the file is there, or gone already.
  @Test(arguments: [true, false])
  func anErasureThatACrashBrokeOffIsFinished(isFileThere: Bool) async throws {
    try await withTwoNodes { sender, receiver in
      let queued = try sender.queue(to: receiver)
      #expect(try await sender.exchange().deliver(queued.id).phase == .delivered)
      try await receiver.set("phase = 'erasing'", of: queued.id)
      let path = "\(receiver.folder)/inbox/\(queued.id).asice"
      if !isFileThere { try FileManager.default.removeItem(atPath: path) }
      try await receiver.serving(delivery: true) {
        try await expectEventually { try receiver.summary(queued.id).phase == .erased }
      }
      #expect(try receiver.files("inbox") == [])
      #expect(try receiver.kinds(queued.id).last == "ERASURE")
    }
  }

  /// A crash after the transaction that takes it back, and before its files are gone.
  @Test func whatWasTakenBackLeavesNothing() async throws {
    let (receiver, id) = try await withTwoNodes { sender, receiver in
      let queued = try sender.queue(to: receiver)
      #expect(try await sender.exchange().deliver(queued.id).phase == .delivered)
      return (receiver, queued.id)
    }
    try await receiver.set("phase = 'cancelled'", of: id)
    try await receiver.serving {
      try await expectEventually { try receiver.files("inbox") == [] }
    }
  }
}
