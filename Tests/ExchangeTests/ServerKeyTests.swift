import CAdES
import DurableFiles
import Exchange
import Federation
import Foundation
import Testing

/// The client's side of the pin: a server gets nothing unless its key is on the peer's card.
struct ServerKeyTests {
  private func expectHeld(
    _ problem: PeerProblem, change: (_ sender: TestNode, _ receiver: TestNode) throws -> Void
  ) async throws {
    let (sender, receiver) = (try TestNode("pt-ipcu"), try TestNode("fi-nbi"))
    try change(sender, receiver)
    try await receiver.serving {
      try sender.approve(receiver.card)
      try receiver.approve(sender.card)
      let pt = sender.exchange()
      let queued = try pt.queue(
        bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
      // Again and again: a refused connection leaves nothing behind that the next one stumbles over.
      for _ in 0..<10 {
        do {
          _ = try await pt.deliver(queued.id)
          Issue.record("it was delivered")
        } catch ExchangeError.unreachable(let found) {
          #expect("\(found)".prefix { $0 != "(" } == "\(problem)".prefix { $0 != "(" })
        }
      }
      #expect(try pt.transfer(queued.id).summary.phase == .queued || pt.outbox().count == 1)
      #expect(try !pt.outbox()[0].isFinal)
      // Not a request came through: no checkpoint was shown, nothing offered.
      #expect(try receiver.entries(.offer).isEmpty)
      #expect(try receiver.log.peerCheckpoint(origin: sender.log.origin) == nil)
      #expect(try sender.entries(.send).isEmpty)
    }
  }

  @Test func anotherKeyOfTheSameAuthorityGetsNothing() async throws {
    try await expectHeld(.otherKey("")) { _, receiver in
      try receiver.useCertificate(newKey: true)
    }
  }

  @Test func aRevokedServerGetsNothing() async throws {
    try await expectHeld(.revoked("")) { sender, receiver in
      let list = try receiver.revocationList(of: [receiver.tlsCertificate])
      sender.lists.withLock { $0 = [list] }
    }
  }

  /// The next key is announced; then the server changes to it, without a moment of refusal.
  @Test func aKeyChangesWithOverlap() async throws {
    let (sender, receiver) = (try TestNode("pt-ipcu"), try TestNode("fi-nbi"))
    let old = try receiver.tlsCertificate
    let oldKey = try readSmallFile(receiver.folder + "/tls.key", limit: 1 << 16)
    let new = try receiver.useCertificate(newKey: true)
    let newKey = try readSmallFile(receiver.folder + "/tls.key", limit: 1 << 16)
    for (certificate, key) in [(old, oldKey), (new, newKey)] {
      try AtomicFile.write(key, to: receiver.folder + "/tls.key", replacing: true)
      try AtomicFile.write(
        Array(certificate.pem.utf8), to: receiver.folder + "/tls.pem", replacing: true)
      try await receiver.serving {
        var card = receiver.card
        card.nextTLSKeys = [new.spkiSHA256]
        try sender.approve(card)
        try receiver.approve(sender.card)
        let test = await sender.exchange().testPeer("fi-nbi")
        #expect(test.passed, "\(test.text)")
        // And as a client of the other.
        try await sender.serving {
          try receiver.approve(sender.card)
          var card = receiver.card
          card.nextTLSKeys = [new.spkiSHA256]
          try sender.approve(card)
          let back = await receiver.exchange().testPeer("pt-ipcu")
          #expect(back.passed, "\(back.text)")
        }
      }
    }
  }

  @Test func theLogSaysHowTheConnectionStood() async throws {
    let (sender, receiver) = (try TestNode("pt-ipcu"), try TestNode("fi-nbi"))
    let list = try receiver.revocationList()
    sender.lists.withLock { $0 = [list] }
    try await receiver.serving {
      try sender.approve(receiver.card)
      try receiver.approve(sender.card)
      let pt = sender.exchange()
      let queued = try pt.queue(
        bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
      #expect(try await pt.deliver(queued.id).phase == .delivered)
      let sent = try #require(try sender.entries(.send).first)
      #expect(sent.contains(#""tls":"TLSv1.3""#))
      #expect(sent.contains(#""tls-revocation":"good""#))
      // The other side knows no list of the sender's authority.
      let received = try #require(try receiver.entries(.receive).first)
      #expect(received.contains(#""tls-revocation":"unknown""#))
    }
  }
}
