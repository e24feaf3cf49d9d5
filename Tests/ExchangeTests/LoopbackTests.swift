import AuditLog
import CanonicalJSON
import DurableFiles
import Evidence
import Exchange
import Federation
import Foundation
import Testing

/// Two nodes over real TLS sockets on loopback.
struct LoopbackTests {
  @Test func sentDeliveredOpenedAndReconciled() async throws {
    try await withTwoNodes { sender, receiver in
      let (pt, fi) = (sender.exchange(), receiver.exchange())
      let queued = try pt.queue(
        bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
      #expect(queued.phase == .queued)
      let sent = try await pt.deliver(queued.id)
      #expect(sent.phase == .delivered)
      #expect(sent.offset == sent.bytes)
      let inbox = try fi.inbox()
      #expect(inbox.map(\.id) == [queued.id])
      #expect(inbox.first?.phase == .delivered)
      let kinds = try pt.transfer(queued.id).receipts.map { $0["kind"]?.string }
      #expect(kinds == ["SUBMISSION_ACCEPTANCE", "RELAY_ACCEPTANCE", "DELIVERY"])
      // The encrypted file has done its work; the plaintext never had a name.
      #expect(try FileManager.default.contentsOfDirectory(atPath: sender.folder + "/outbox") == [])
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: receiver.folder + "/quarantine") == [])

      // The sender listens now, so the receipt of retrieval reaches it.
      try await sender.serving {
        try receiver.approve(sender.card)
        try await Task.sleep(for: .milliseconds(1100))
        let opened = try await fi.open(
          queued.id, reason: "case 12/2026", by: receiver.officers.officers[0])
        #expect(opened.isReceiptDelivered)
        #expect(try facts(ofFile: opened.path).size > 0)
        let again = try await fi.open(queued.id, reason: "again", by: receiver.officers.officers[1])
        #expect(again.summary.phase == .retrieved)
      }
      let life = try pt.transfer(queued.id)
      #expect(life.summary.phase == .retrieved)
      #expect(life.receipts.count == 4)
      #expect(try receiver.entries(.retrieve).count == 2)
      #expect(try sender.entries(.send).count == 1)
      let result = try reconcile(
        ours: sender.logPath, theirs: receiver.logPath,
        ourKey: sender.log.verifierKey, theirKey: receiver.log.verifierKey)
      #expect(result.isClean, "\(result.text)")
      #expect(result.matched == 1)
    }
  }

  @Test func eachHoldsTheOthersCheckpointCosigned() async throws {
    try await withTwoNodes { sender, receiver in
      let test = await sender.exchange().testPeer("fi-nbi")
      #expect(test.passed, "\(test.text)")
      let again = await sender.exchange().testPeer("fi-nbi")
      #expect(again.passed, "\(again.text)")
      for (own, other) in [(sender.log, receiver.log), (receiver.log, sender.log)] {
        let held = try own.peerCheckpoint(origin: other.origin)
        #expect(held != nil)
        let signatures = try own.checkpoint().note.signatures
        #expect(signatures.count == 2)
      }
    }
  }

  @Test func nobodyListening() async throws {
    let sender = try TestNode("pt-ipcu")
    let receiver = try TestNode("fi-nbi")
    var card = receiver.card
    card.url = "https://127.0.0.1:1"
    try sender.approve(card)
    let pt = sender.exchange()
    let queued = try pt.queue(
      bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
    do {
      _ = try await pt.deliver(queued.id)
      Issue.record("delivered to nobody")
    } catch ExchangeError.unreachable(let problem) {
      #expect(problem == .refused("127.0.0.1:1"), "\(problem)")
    }
    let summary = try pt.transfer(queued.id).summary
    #expect(summary.phase == .waiting)
    #expect(summary.nextAttempt != nil)
    #expect(try sender.entries(.send) == [])
    // Nothing was exchanged, so there is nothing that the logs could tell differently.
    let result = try reconcile(ours: sender.logPath, theirs: receiver.logPath)
    #expect(result.isClean, "\(result.text)")
    // A person may think again, and the file goes.
    let cancelled = try await pt.cancel(queued.id, by: sender.officers.officers[0])
    #expect(cancelled.phase == .cancelled)
    #expect(try FileManager.default.contentsOfDirectory(atPath: sender.folder + "/outbox") == [])
  }

  @Test func aFlippedByteIsRejectedWithAReceipt() async throws {
    try await withTwoNodes { sender, receiver in
      let (pt, fi) = (sender.exchange(), receiver.exchange())
      let queued = try pt.queue(
        bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
      let path = sender.folder + "/outbox/\(queued.id).age"
      var bytes = try readSmallFile(path, limit: 1 << 20)
      bytes[bytes.count / 2] ^= 1
      try AtomicFile.write(bytes, to: path, replacing: true)
      let sent = try await pt.deliver(queued.id)
      #expect(sent.phase == .rejected)
      #expect(sent.code == "CIPHERTEXT_DIGEST")
      #expect(try fi.inbox().first?.phase == .rejected)
      #expect(try FileManager.default.contentsOfDirectory(atPath: receiver.folder + "/inbox") == [])
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: receiver.folder + "/quarantine") == [])
      let result = try reconcile(ours: sender.logPath, theirs: receiver.logPath)
      #expect(result.isClean, "\(result.text)")
      #expect(result.refused == 1)
    }
  }

  @Test func aBundleSealedByAnUnknownNodeIsNotDelivered() async throws {
    try await withTwoNodes { sender, receiver in
      // The sender trusts a third node that the receiver doesn't know.
      let third = try TestNode("sg-cid")
      try sender.approve(third.card)
      let pt = sender.exchange()
      let queued = try pt.queue(
        bundleAt: third.sealBundle(), to: "fi-nbi", approval: sender.approval)
      let sent = try await pt.deliver(queued.id)
      #expect(sent.phase == .rejected)
      #expect(sent.code == "CANNOT_BE_DECIDED")
      #expect(try FileManager.default.contentsOfDirectory(atPath: receiver.folder + "/inbox") == [])
      let result = try reconcile(ours: sender.logPath, theirs: receiver.logPath)
      #expect(result.isClean, "\(result.text)")
    }
  }

  @Test(arguments: [-100, 100])
  func clocksThatDifferALittleDontMatter(by seconds: Int64) async throws {
    try await withTwoNodes(clockAhead: seconds) { sender, _ in
      let pt = sender.exchange()
      let queued = try pt.queue(
        bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
      let sent = try await pt.deliver(queued.id)
      #expect(sent.phase == .delivered, "\(sent.text)")
    }
  }

  @Test func expiredTermsAreNotEvenTried() async throws {
    let sender = try TestNode("pt-ipcu")
    try sender.approve(TestNode("fi-nbi").card)
    let bundle = try sender.sealBundle(
      terms: #"{"legalBasis": {"instrument": "EIO", "validUntil": "2026-01-31"}}"#)
    do {
      _ = try sender.exchange().queue(bundleAt: bundle, to: "fi-nbi", approval: sender.approval)
      Issue.record("released after the end of its legal basis")
    } catch ExchangeError.refusedByTerms(let code) {
      #expect(code == .expired)
    }
  }

  @Test func theServiceDeliversWhatWaits() async throws {
    try await withTwoNodes { sender, receiver in
      let pt = sender.exchange()
      let queued = try pt.queue(
        bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
      // The first attempt belongs to whoever queued it, for 15 seconds.
      try await sender.serving(delivery: true, clockAhead: 16_000) {
        for _ in 0..<400 {
          if try pt.transfer(queued.id).summary.phase == .delivered { break }
          try await Task.sleep(for: .milliseconds(50))
        }
      }
      #expect(try pt.transfer(queued.id).summary.phase == .delivered)
    }
  }
}
