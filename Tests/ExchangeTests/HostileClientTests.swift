import AsyncHTTPClient
import CAdES
import CanonicalJSON
import DurableFiles
import Exchange
import Federation
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Testing

/// Clients that aren't our own: without a certificate, with an unknown one, breaking off, repeating.
struct HostileClientTests {
  @Test func anUnknownCertificateIsRefusedAndLogged() async throws {
    try await withTwoNodes { _, receiver in
      let stranger = try TestNode("xx-none")
      try await withClient(to: receiver, as: stranger) { client in
        await #expect(throws: (any Error).self) {
          _ = try await client.send("GET", "/exchange/v1/health")
        }
      }
      #expect(try await receiver.denials(containing: "UNKNOWN_CERTIFICATE") == 1)
    }
  }

  @Test func noCertificateIsRefusedAndLogged() async throws {
    try await withTwoNodes { _, receiver in
      try await withClient(to: receiver, as: nil) { client in
        await #expect(throws: (any Error).self) {
          _ = try await client.send("GET", "/exchange/v1/health")
        }
      }
      #expect(try await receiver.denials(containing: "NO_CERTIFICATE") == 1)
    }
  }

  @Test func theRightKeyWithAnotherAuthoritysCertificateIsRefused() async throws {
    try await withTwoNodes { sender, receiver in
      // The card says that the key belongs to a certificate of another authority.
      var card = sender.card
      card.tlsAnchors = [receiver.anchor]
      try receiver.approve(card)
      try await Task.sleep(for: .milliseconds(1100))
      try await withClient(to: receiver, as: sender) { client in
        await #expect(throws: (any Error).self) {
          _ = try await client.send("GET", "/exchange/v1/health")
        }
      }
      #expect(try await receiver.denials(containing: "CERTIFICATE_PATH") == 1)
    }
  }

  @Test func aWithdrawnPeerIsRefusedOnAnOpenConnection() async throws {
    try await withTwoNodes { sender, receiver in
      try await withClient(to: receiver, as: sender) { client in
        #expect(try await client.send("GET", "/exchange/v1/health").status == 200)
        receiver.withdraw(sender.id)
        try await Task.sleep(for: .milliseconds(1100))
        #expect(await client.isRefused("PEER"))
      }
    }
  }

  @Test func refusalsDontFillTheLog() async throws {
    var limits = ExchangeLimits.standard
    limits.deniedEntriesPerMinute = 3
    try await withTwoNodes(limits: limits) { _, receiver in
      let stranger = try TestNode("xx-none")
      for _ in 0..<8 {
        try await withClient(to: receiver, as: stranger) { client in
          _ = try? await client.send("GET", "/exchange/v1/health")
        }
      }
      try await Task.sleep(for: .milliseconds(200))
      let entries = try receiver.entries(.denied)
      #expect(entries.count == 3)
    }
  }

  @Test func aRepeatedOfferGetsTheSameReceipts() async throws {
    try await withTwoNodes { sender, receiver in
      let pt = sender.exchange()
      let queued = try pt.queue(
        bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
      let offer = try ExchangeTests.offer(queued.id, of: sender)
      _ = try await pt.deliver(queued.id)
      let entries = try receiver.log.checkpoint().checkpoint.size
      try await withClient(to: receiver, as: sender) { client in
        let first = try await client.send("POST", "/exchange/v1/transfers", offer.canonicalBytes)
        let second = try await client.send("POST", "/exchange/v1/transfers", offer.canonicalBytes)
        #expect(first.status == 200)
        func receipts(_ json: JSON?) -> [String?] {
          (json?["receipts"]?.array ?? []).map { $0["receipt"]?.string }
        }
        #expect(receipts(first.json).count == 3)
        #expect(receipts(first.json) == receipts(second.json))
        // Bytes for a transfer that is settled change nothing.
        let late = try await client.send(
          "PATCH", "/exchange/v1/transfers/\(queued.id)/content", [1, 2, 3],
          headers: [("Upload-Offset", "0")])
        #expect(late.status == 200)
        #expect(receipts(late.json) == receipts(first.json))
      }
      #expect(try receiver.log.checkpoint().checkpoint.size == entries)
      #expect(try receiver.entries(.receive).count == 1)
    }
  }

  @Test func wrongOffersAreRefused() async throws {
    try await withTwoNodes { sender, receiver in
      let queued = try sender.exchange().queue(
        bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
      let offer = try ExchangeTests.offer(queued.id, of: sender)
      let other = try TestNode("es-other")
      try receiver.approve(other.card)
      try await Task.sleep(for: .milliseconds(1100))
      try await withClient(to: receiver, as: other) { client in
        // Somebody else's statement, however well signed.
        let answer = try await client.send("POST", "/exchange/v1/transfers", offer.canonicalBytes)
        #expect(answer.status == 403)
      }
      try await withClient(to: receiver, as: sender) { client in
        var changed = try #require(offer.object)
        changed["terms"] = .string(Data("{}".utf8).base64EncodedString())
        let refused = try await client.send(
          "POST", "/exchange/v1/transfers", JSON.object(changed).canonicalBytes)
        #expect(refused.status == 403)
        #expect(refused.json?["code"] == "RELEASE")
        #expect(refused.json?["receipts"]?.array?.count == 1)
        for body in [[], Array("{".utf8), Array("[1]".utf8), Array(#"{"statement": 1}"#.utf8)] {
          let answer = try await client.send("POST", "/exchange/v1/transfers", body)
          #expect(answer.status == 400)
        }
        let unknown = "/exchange/v1/transfers/01234567-89ab-7fff-bfff-ffffffffffff"
        #expect(try await client.send("HEAD", unknown + "/content").status == 404)
        #expect(try await client.send("GET", unknown + "/receipts").status == 404)
        #expect(
          try await client.send("GET", "/exchange/v1/transfers/..%2f..%2fx/receipts").status == 404)
        #expect(
          try await client.send(
            "POST", "/exchange/v1/checkpoints", [UInt8](repeating: 0x20, count: 1 << 20)
          ).status == 413)
      }
    }
  }

  @Test func anUploadGoesOnWhereItBroke() async throws {
    try await withTwoNodes { sender, receiver in
      let pt = sender.exchange()
      let queued = try pt.queue(
        bundleAt: sender.sealBundle(bytes: 3 << 20), to: "fi-nbi", approval: sender.approval)
      let offer = try ExchangeTests.offer(queued.id, of: sender)
      let file = try readSmallFile(sender.folder + "/outbox/\(queued.id).age", limit: 8 << 20)
      let content = "/exchange/v1/transfers/\(queued.id)/content"
      try await withClient(to: receiver, as: sender) { client in
        let accepted = try await client.send("POST", "/exchange/v1/transfers", offer.canonicalBytes)
        #expect(accepted.status == 201)
        #expect(accepted.headers["location"] == content)
        // Says that the rest follows, and hangs up after the first half.
        var request = HTTPClientRequest(url: client.url + content)
        request.method = .PATCH
        request.headers.add(name: "Upload-Offset", value: "0")
        let half = Array(file[..<(file.count / 2)])
        request.body = .stream(HalfBody(bytes: half), length: .known(Int64(file.count)))
        request.tlsConfiguration = client.tls
        await #expect(throws: (any Error).self) {
          _ = try await client.client.execute(request, timeout: .seconds(5))
        }
      }
      try await withClient(to: receiver, as: sender) { client in
        var offset = 0
        try await expectEventually {
          let head = try await client.send("HEAD", content)
          #expect(head.headers["upload-complete"] == "?0")
          offset = Int(head.headers["upload-offset"] ?? "") ?? 0
          return offset > 0
        }
        #expect(offset > 0)
        #expect(offset <= file.count / 2)
        let wrong = try await client.send(
          "PATCH", content, Array(file[..<10]), headers: [("Upload-Offset", "1")])
        #expect(wrong.status == 409)
        #expect(wrong.headers["upload-offset"] == String(offset))
      }
      let sent = try await pt.deliver(queued.id)
      #expect(sent.phase == .delivered)
      #expect(try receiver.entries(.receive).count == 1)
    }
  }
}

/// The first half of a body whose second half never comes.
private struct HalfBody: AsyncSequence, Sendable {
  typealias Element = ByteBuffer
  struct Broken: Error {}
  let bytes: [UInt8]

  struct AsyncIterator: AsyncIteratorProtocol {
    var bytes: [UInt8]?
    mutating func next() async throws -> ByteBuffer? {
      guard let now = bytes else {
        try await Task.sleep(for: .milliseconds(300))
        throw Broken()
      }
      bytes = nil
      return ByteBuffer(bytes: now)
    }
  }

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(bytes: bytes) }
}
