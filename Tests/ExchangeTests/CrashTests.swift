import DurableFiles
import Exchange
import Foundation
import GRDB
import Redaction
import Testing

/// What a crash of the receiver leaves, made by hand: restart and continue, nothing lost or twice.
struct CrashTests {
  /// A transfer whose offer the receiver accepted, with all its bytes in quarantine.
  func interrupted(
    _ sender: TestNode, _ receiver: TestNode, phase: String
  ) async throws -> String {
    let queued = try await receiver.serving {
      try sender.approve(receiver.card)
      try receiver.approve(sender.card)
      let queued = try sender.exchange().queue(
        bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
      let body = try offer(queued.id, of: sender).canonicalBytes
      try await withClient(to: receiver, as: sender) { client in
        let answer = try await client.send("POST", "/exchange/v1/transfers", body)
        #expect(answer.status == 201)
      }
      return queued
    }
    let bytes = try readSmallFile(sender.folder + "/outbox/\(queued.id).age", limit: 1 << 20)
    try AtomicFile.write(
      bytes, to: receiver.folder + "/quarantine/\(queued.id).part", replacing: true)
    var digest = Digest256()
    digest.update(bytes)
    let state = digest.savedState
    try await receiver.log.transaction { transaction in
      try transaction.db.execute(
        sql: "UPDATE exchange_transfers SET phase = ?, offset = ?, digest_state = ? WHERE id = ?",
        arguments: [phase, bytes.count, Data(state), queued.id])
    }
    return queued.id
  }

  @Test func afterTheLastByteAndBeforeItsReceipt() async throws {
    let (sender, receiver) = (try TestNode("pt-ipcu"), try TestNode("fi-nbi"))
    let id = try await interrupted(sender, receiver, phase: "receiving")
    try await receiver.serving {
      try sender.approve(receiver.card)
      try await Task.sleep(for: .milliseconds(1100))
      let sent = try await sender.exchange().deliver(id)
      #expect(sent.phase == .delivered)
    }
    #expect(try receiver.entries(.receive).count == 1)
    #expect(try sender.entries(.send).count == 1)
  }

  @Test func betweenTheReceiptAndTheInbox() async throws {
    let (sender, receiver) = (try TestNode("pt-ipcu"), try TestNode("fi-nbi"))
    let id = try await interrupted(sender, receiver, phase: "received")
    let quarantine = receiver.folder + "/quarantine"
    // Half of a decryption, a file half-written, and one of a transfer that never was.
    for name in [
      "\(id).asice", ".\(id).asice.partial-1", "01234567-89ab-7fff-bfff-ffffffffffff.part",
    ] {
      try AtomicFile.write([1, 2, 3], to: "\(quarantine)/\(name)", replacing: true)
    }
    let fi = receiver.exchange()
    try await receiver.serving {
      for _ in 0..<200 {
        if try fi.inbox().first?.phase == .delivered { break }
        try await Task.sleep(for: .milliseconds(20))
      }
    }
    #expect(try fi.inbox().first?.phase == .delivered)
    #expect(try FileManager.default.contentsOfDirectory(atPath: quarantine) == [])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: receiver.folder + "/inbox").count == 1)
    #expect(try receiver.entries(.deliver).count == 1)
  }

  /// The file was in the inbox before the transaction; at the next start the bundle can't be decided.
  @Test func whatWasNearlyDeliveredIsTakenBackWhereItIsRefused() async throws {
    let (sender, receiver) = (try TestNode("pt-ipcu"), try TestNode("fi-nbi"))
    let id = try await interrupted(sender, receiver, phase: "received")
    try AtomicFile.write([1, 2, 3], to: receiver.folder + "/inbox/\(id).asice", replacing: true)
    receiver.withdraw(sender.id)
    let fi = receiver.exchange()
    try await receiver.serving {
      for _ in 0..<200 {
        if try fi.inbox().first?.phase == .rejected { break }
        try await Task.sleep(for: .milliseconds(20))
      }
    }
    #expect(try fi.inbox().first?.phase == .rejected)
    for folder in ["/inbox", "/quarantine"] {
      #expect(try FileManager.default.contentsOfDirectory(atPath: receiver.folder + folder) == [])
    }
  }

  /// The bundle has its name in the inbox, and the transaction that says so is missing.
  @Test func betweenTheInboxAndItsTransaction() async throws {
    let (sender, receiver) = (try TestNode("pt-ipcu"), try TestNode("fi-nbi"))
    let id = try await interrupted(sender, receiver, phase: "received")
    try AtomicFile.write([1, 2, 3], to: "\(receiver.folder)/inbox/\(id).asice", replacing: true)
    try await receiver.serving {
      try await expectEventually { try receiver.summary(id).phase == .delivered }
    }
    #expect(try receiver.files("inbox") == ["\(id).asice"])
    #expect(try facts(ofFile: "\(receiver.folder)/inbox/\(id).asice").size > 3)
    #expect(try receiver.entries(.deliver).count == 1)
    #expect(try receiver.kinds(id).filter { $0 == "DELIVERY" }.count == 1)
  }

  /// At the sender: a file whose transfer was never stored, one of a transfer that is settled, and one
  /// that another program may be about to name.
  @Test func filesThatNothingNeedsGoAtTheNextStart() async throws {
    try await withTwoNodes { sender, receiver in
      let queued = try sender.queue(to: receiver)
      #expect(try await sender.exchange().deliver(queued.id).phase == .delivered)
      let young = "01234567-89ab-7fff-bfff-ffffffffffff.age"
      let old = "01234567-89ab-7fff-bfff-fffffffffffe.age"
      for name in ["\(queued.id).age", young, old] {
        try AtomicFile.write([1, 2, 3], to: "\(sender.folder)/outbox/\(name)", replacing: true)
      }
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -2 * 86_400)],
        ofItemAtPath: "\(sender.folder)/outbox/\(old)")
      try await sender.serving(delivery: true) {
        try await expectEventually { try sender.files("outbox") == [young] }
      }
    }
  }

  @Test func aTransferBelongsToOneProgramAtATime() async throws {
    let (sender, receiver) = (try TestNode("pt-ipcu"), try TestNode("fi-nbi"))
    try sender.approve(receiver.card)
    let pt = sender.exchange()
    let queued = try pt.queue(
      bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
    let file = try FileReader(at: sender.folder + "/outbox/\(queued.id).age")
    #expect(flock(file.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
    do {
      _ = try await pt.deliver(queued.id)
      Issue.record("two programs deliver the same transfer")
    } catch ExchangeError.busy(let id) {
      #expect(id == queued.id)
    }
    #expect(try pt.transfer(queued.id).summary.phase == .queued)
  }
}
