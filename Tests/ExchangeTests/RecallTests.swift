import AuditLog
import CanonicalJSON
import DurableFiles
import Exchange
import Foundation
import GRDB
import Testing

/// A transfer taken back: before the inbox, from the inbox, with the peer away, by others.
struct RecallTests {
  private let reason = ReasonCode("WRONG-RECIPIENT")
  private let hold = ReasonCode("LEGAL-HOLD")

  /// Two nodes that both listen, with one bundle delivered.
  private func withDelivered(
    terms: String? = nil,
    _ body: @Sendable (_ sender: TestNode, _ receiver: TestNode, _ id: String) async throws -> Void
  ) async throws {
    try await withTwoNodes { sender, receiver in
      try await sender.serving {
        try receiver.approve(sender.card)
        let queued = try sender.queue(to: receiver, terms: terms)
        #expect(try await sender.exchange().deliver(queued.id).phase == .delivered)
        try await body(sender, receiver, queued.id)
        let result = try reconcile(ours: sender.logPath, theirs: receiver.logPath)
        #expect(result.isClean, "\(result.text)")
      }
    }
  }

  private func receipts(_ json: JSON?) -> [String?] {
    (json?["receipts"]?.array ?? []).map { $0["receipt"]?.string }
  }

  @Test func erasedWithACertificate() async throws {
    let reason = try #require(reason)
    try await withDelivered { sender, receiver, id in
      let asked = try await sender.exchange().recall(id, reason: reason, approval: sender.approval)
      #expect(asked.phase == .recalled)
      #expect(try !sender.exchange().isWaitingForPeer(id))
      let fi = receiver.exchange()
      #expect(try receiver.summary(id).phase == .recalled)
      #expect(try receiver.summary(id).recallReason == "WRONG-RECIPIENT")
      // Nobody opens it until people have decided.
      await #expect(throws: ExchangeError.self) {
        _ = try await fi.open(id, reason: "CASE-WORK", by: receiver.officers.officers[0])
      }
      let offer = try ExchangeTests.offer(id, of: sender)
      let before = try await withClient(to: receiver, as: sender) { client in
        receipts(
          try await client.send("POST", "/exchange/v1/transfers", offer.canonicalBytes).json)
      }
      let erased = try await fi.erase(id, reason: reason, approval: receiver.approval)
      #expect(erased.phase == .erased)
      #expect(try receiver.files("inbox") == [])
      #expect(try sender.summary(id).phase == .erased)
      #expect(try sender.kinds(id).last == "ERASURE")
      let certificate = try #require(sender.exchange().transfer(id).receipts.last)
      #expect(certificate["method"] == "FILES_REMOVED")
      #expect(certificate["authority"] == "Unit")
      #expect(certificate["seal"] != nil && certificate["recall"] != nil)
      #expect(try receiver.entries(.erase).count == 2)
      // The memory of it outlives it: the same offer gets the same receipts, and nothing new.
      try await withClient(to: receiver, as: sender) { client in
        let again = try await client.send("POST", "/exchange/v1/transfers", offer.canonicalBytes)
        #expect(again.status == 200 && again.json?["state"] == "erased")
        #expect(receipts(again.json).starts(with: before))
        #expect(receipts(again.json).count == before.count + 1)
      }
      #expect(try receiver.files("quarantine") == [])
      await #expect(throws: ExchangeError.self) {
        _ = try await fi.erase(id, reason: reason, approval: receiver.approval)
      }
    }
  }

  /// An order forbids it: the recall can be refused only, until the hold is lifted.
  @Test(arguments: [true, false]) func whatIsHeldIsNotErased(byCase: Bool) async throws {
    let (reason, hold) = (try #require(reason), try #require(hold))
    try await withDelivered(terms: #"{"cases": ["C-1", "PT-2026-17"]}"#) { sender, receiver, id in
      let fi = receiver.exchange()
      let target = byCase ? HoldTarget.caseReference("PT-2026-17") : .transfer(id)
      let placed = try await fi.placeHold(
        on: target, order: "7 Ds 1/26", until: nil, reason: "order", approval: receiver.approval)
      #expect(try fi.holds(onTransfer: id) == [placed])
      #expect(try fi.hasHolds())
      await #expect(throws: AuditLogError.held(order: "7 Ds 1/26")) {
        _ = try await fi.erase(id, reason: reason, approval: receiver.approval)
      }
      _ = try await sender.exchange().recall(id, reason: reason, approval: sender.approval)
      await #expect(throws: AuditLogError.held(order: "7 Ds 1/26")) {
        _ = try await fi.erase(id, reason: reason, approval: receiver.approval)
      }
      #expect(try receiver.summary(id).phase == .recalled)
      #expect(try receiver.files("inbox").count == 1)
      #expect(try receiver.entries(.erase).isEmpty)
      let kept = try await fi.refuseRecall(id, reason: hold, approval: receiver.approval)
      #expect(kept.phase == .recallRefused)
      await #expect(throws: AuditLogError.notHeld(order: "8")) {
        _ = try await fi.liftHold(
          on: target, order: "8", reason: "over", approval: receiver.approval)
      }
      _ = try await fi.liftHold(
        on: target, order: "7 Ds 1/26", reason: "over", approval: receiver.approval)
      #expect(
        try await fi.erase(id, reason: reason, approval: receiver.approval).phase == .erased)
      await #expect(throws: ExchangeError.self) {
        _ = try await fi.placeHold(
          on: .transfer(id), order: "9", until: nil, reason: "late", approval: receiver.approval)
      }
      // The peer's copy of this log tells it of no order.
      #expect(try receiver.entries(.hold).allSatisfy { !$0.contains("\"peer\"") })
    }
  }

  @Test func refusedWithACode() async throws {
    let (reason, hold) = (try #require(reason), try #require(hold))
    try await withDelivered { sender, receiver, id in
      _ = try await sender.exchange().recall(id, reason: reason, approval: sender.approval)
      let fi = receiver.exchange()
      let kept = try await fi.refuseRecall(id, reason: hold, approval: receiver.approval)
      #expect(kept.phase == .recallRefused)
      #expect(try sender.summary(id).phase == .recallRefused)
      #expect(try sender.entries(.receiptIn).last?.contains("LEGAL-HOLD") == true)
      // It may be opened again, and its sender learns that.
      let opened = try await fi.open(
        id, reason: "CASE-WORK", by: receiver.officers.officers[0])
      #expect(opened.isReceiptDelivered)
      #expect(try sender.kinds(id).last == "RETRIEVAL")
      #expect(try sender.summary(id).phase == .recallRefused)
      // When the hold is over, it goes after all.
      _ = try await fi.erase(id, reason: reason, approval: receiver.approval)
      #expect(try sender.summary(id).phase == .erased)
    }
  }

  @Test func erasedWithoutBeingAsked() async throws {
    let reason = try #require(ReasonCode("RETENTION"))
    try await withDelivered { sender, receiver, id in
      _ = try await receiver.exchange().erase(id, reason: reason, approval: receiver.approval)
      #expect(try sender.summary(id).phase == .erased)
      #expect(try sender.exchange().transfer(id).receipts.last?["recall"] == nil)
    }
  }

  @Test func cancelledOnBothNodesBeforeTheInbox() async throws {
    let reason = try #require(reason)
    try await withTwoNodes { sender, receiver in
      let queued = try sender.queue(to: receiver)
      let body = try offer(queued.id, of: sender).canonicalBytes
      let content = "/exchange/v1/transfers/\(queued.id)/content"
      try await withClient(to: receiver, as: sender) { client in
        #expect(try await client.send("POST", "/exchange/v1/transfers", body).status == 201)
        _ = try await client.send("PATCH", content, [1, 2, 3], headers: [("Upload-Offset", "0")])
      }
      #expect(try receiver.files("quarantine").count == 1)
      try await sender.set("phase = 'waiting', send_logged = 1", of: queued.id)
      let end = try await sender.exchange().recall(
        queued.id, reason: reason, approval: sender.approval)
      #expect(end.phase == .cancelled)
      #expect(try sender.kinds(queued.id) == ["SUBMISSION_ACCEPTANCE", "RELAY_FAILURE"])
      #expect(try receiver.summary(queued.id).phase == .cancelled)
      #expect(try receiver.files("quarantine") == [])
      #expect(try sender.files("outbox") == [])
      try await withClient(to: receiver, as: sender) { client in
        let late = try await client.send(
          "PATCH", content, [4, 5, 6], headers: [("Upload-Offset", "3")])
        #expect(late.status == 200 && late.json?["state"] == "cancelled")
      }
      #expect(try receiver.files("quarantine") == [])
    }
  }

  @Test func whatWasNeverSentIsCancelledAlone() async throws {
    let reason = try #require(reason)
    let (sender, receiver) = (try TestNode("pt-ipcu"), try TestNode("fi-nbi"))
    try sender.approve(receiver.card)
    let queued = try sender.queue(to: receiver)
    let end = try await sender.exchange().recall(
      queued.id, reason: reason, approval: sender.approval)
    #expect(end.phase == .cancelled)
    #expect(try sender.entries(.recall) == [])
    #expect(try sender.entries(.reject).first?.contains("WRONG-RECIPIENT") == true)
    #expect(try sender.files("outbox") == [])
  }

  @Test func aPeerThatIsAwayIsAskedLater() async throws {
    let reason = try #require(reason)
    let (sender, receiver) = (try TestNode("pt-ipcu"), try TestNode("fi-nbi"))
    let id = try await receiver.serving {
      try sender.approve(receiver.card)
      try receiver.approve(sender.card)
      let queued = try sender.queue(to: receiver)
      return try await sender.exchange().deliver(queued.id).id
    }
    let asked = try await sender.exchange().recall(id, reason: reason, approval: sender.approval)
    #expect(asked.phase == .recalled)
    #expect(try sender.exchange().isWaitingForPeer(id))
    #expect(try receiver.summary(id).phase == .delivered)
    try await receiver.serving {
      try sender.approve(receiver.card)
      try await sender.serving(delivery: true, clockAhead: 30_000) {
        try await expectEventually { try receiver.summary(id).phase == .recalled }
        try await expectEventually { try !sender.exchange().isWaitingForPeer(id) }
      }
    }
    #expect(try receiver.entries(.recall).count == 1)
  }

  @Test func onlyTheSendersOwnRecallCounts() async throws {
    let reason = try #require(reason)
    try await withDelivered { sender, receiver, id in
      // Signed and logged, and not taken by the receiver yet: made on a copy of its state.
      try await receiver.set("phase = 'rejected'", of: id)
      _ = try await sender.exchange().recall(id, reason: reason, approval: sender.approval)
      try await receiver.log.transaction {
        try $0.db.execute(sql: "DELETE FROM exchange_recalls")
      }
      try await receiver.set("phase = 'delivered'", of: id)
      let body = try recall(id, of: sender)
      let path = "/exchange/v1/transfers/\(id)/recall"
      let other = try TestNode("es-other")
      try receiver.approve(other.card)
      try await Task.sleep(for: .milliseconds(1100))
      try await withClient(to: receiver, as: other) { client in
        let answer = try await client.send("POST", path, JSON.object(body).canonicalBytes)
        #expect(answer.status == 404)
      }
      try await withClient(to: receiver, as: sender) { client in
        for key in body.keys {
          var changed = body
          var bytes = try #require(Data(base64Encoded: body[key]?.string ?? ""))
          // Of a proof, a hash: who else has cosigned its checkpoint isn't asked.
          bytes[bytes.count / (key == "proof" ? 4 : 2)] ^= 1
          changed[key] = .string(bytes.base64EncodedString())
          let answer = try await client.send("POST", path, JSON.object(changed).canonicalBytes)
          #expect(answer.status == 403 && answer.json?["code"] == "RECALL", "\(key)")
          changed[key] = nil
          #expect(
            try await client.send("POST", path, JSON.object(changed).canonicalBytes).status == 400)
        }
        #expect(try receiver.summary(id).phase == .delivered)
        for _ in 0..<2 {
          let answer = try await client.send("POST", path, JSON.object(body).canonicalBytes)
          #expect(answer.status == 200 && answer.json?["state"] == "recalled")
        }
        var second = body
        second["recall"] = .string(Data("{}".utf8).base64EncodedString())
        let answer = try await client.send("POST", path, JSON.object(second).canonicalBytes)
        #expect(answer.status == 409 && answer.json?["code"] == "DIFFERENT")
      }
    }
  }

  /// The recall of a transfer as it travels.
  private func recall(_ id: String, of node: TestNode) throws -> [String: JSON] {
    let row = try #require(
      try node.log.read { db in
        try Row.fetchOne(
          db, sql: "SELECT statement, signature, idx FROM exchange_recalls WHERE transfer = ?",
          arguments: [id])
      })
    let index = UInt64(row["idx"] as Int64)
    func text(_ bytes: some Sequence<UInt8>) -> JSON { .string(Data(bytes).base64EncodedString()) }
    return [
      "recall": text(row["statement"] as Data), "signature": text(row["signature"] as Data),
      "entry": text(try node.log.entry(at: index)),
      "proof": text(try node.log.tlogProof(index: index).serialized),
    ]
  }

  @Test func transferShowTellsBothNodes() async throws {
    let reason = try #require(reason)
    try await withDelivered { sender, receiver, id in
      _ = try await sender.exchange().recall(id, reason: reason, approval: sender.approval)
      let here = try await sender.exchange().transferOnBothNodes(id)
      guard case .says(let standing) = here.peer else {
        Issue.record("the peer wasn't asked")
        return
      }
      #expect(standing.phase == .recalled)
      #expect(standing.receipts.map(\.kind) == (try sender.kinds(id)))
      #expect(here.text.contains("fi-nbi says now: recalled"))
      #expect(here.text.contains("receipt DELIVERY, signed by fi-nbi, came"))
      #expect(here.text.contains("recalled by this node, WRONG-RECIPIENT"))
      let there = try await receiver.exchange().transferOnBothNodes(id)
      #expect(there.text.contains("recalled by pt-ipcu, WRONG-RECIPIENT"))
      #expect(there.text.contains("pt-ipcu says now: recalled"))
      #expect(there.json["peerSays"]?["state"] == "recalled")
    }
  }
}
