import CAdES
import CanonicalJSON
import Exchange
import Federation
import Foundation
import NIOCore
import NIOPosix
import Redaction
import Testing

/// `peer test` names what is wrong with a link: each cause with a real socket.
struct PeerTestCausesTests {
  private func expect(
    _ test: PeerTest, _ step: String, _ words: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(!test.passed, sourceLocation: sourceLocation)
    #expect(test.steps.last?.id == step, "\(test.text)", sourceLocation: sourceLocation)
    #expect(
      test.cause?.contains(words) == true, "\(test.text)", sourceLocation: sourceLocation)
    #expect(test.steps.last?.advice != nil, sourceLocation: sourceLocation)
    let before = test.steps.dropLast().filter { !$0.passed }
    #expect(before.isEmpty, sourceLocation: sourceLocation)
  }

  /// A test of a node that serves, after both were changed before it began to.
  private func test(
    clockAhead: Int64 = 0, _ change: (_ sender: TestNode, _ receiver: TestNode) throws -> Void,
    approved: Bool = true, card edit: @Sendable (inout PeerCard) -> Void = { _ in }
  ) async throws -> PeerTest {
    let sender = try TestNode("pt-ipcu")
    let receiver = try TestNode("fi-nbi", clockAhead: clockAhead)
    try change(sender, receiver)
    return try await receiver.serving {
      var card = receiver.card
      edit(&card)
      try sender.approve(card)
      if approved { try receiver.approve(sender.card) }
      return await sender.exchange().testPeer("fi-nbi")
    }
  }

  @Test func everythingIsFine() async throws {
    let test = try await test { _, _ in }
    #expect(test.passed, "\(test.text)")
    #expect(
      test.steps.map(\.id) == [
        "directory", "address", "connection", "tls", "certificate", "policy", "health", "clock",
        "federation", "checkpoints",
      ])
  }

  @Test func directory() async throws {
    let sender = try TestNode("pt-ipcu")
    expect(await sender.exchange().testPeer("fi-nbi"), "directory", "no approved peer")
    let receiver = try TestNode("fi-nbi")
    sender.hold(
      receiver.card, .directoryExpired(at: try #require(StatementTime("2026-01-31T00:00:00Z"))))
    expect(await sender.exchange().testPeer("fi-nbi"), "directory", "ended on 2026-01-31")
  }

  @Test func address() async throws {
    let test = try await test({ _, _ in }, card: { $0.url = "https://no-such-node.invalid:8443" })
    expect(test, "address", "DNS")
  }

  @Test func connection() async throws {
    let test = try await test({ _, _ in }, card: { $0.url = "https://127.0.0.1:1" })
    expect(test, "connection", "refused")
  }

  @Test func tls() async throws {
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(PlainAnswer())
        }
      }.bind(host: "127.0.0.1", port: 0).get()
    let port = server.localAddress?.port ?? 0
    let test = try await test({ _, _ in }, card: { $0.url = "https://127.0.0.1:\(port)" })
    expect(test, "tls", "TLS")
    try await server.close()
  }

  @Test func expiredCertificate() async throws {
    let test = try await test { _, receiver in
      try receiver.useCertificate(from: -7200, to: -3600)
    }
    expect(test, "certificate", "expired")
  }

  @Test func certificateOfTheFuture() async throws {
    let test = try await test { _, receiver in try receiver.useCertificate(from: 3600, to: 7200) }
    expect(test, "certificate", "isn't valid yet")
  }

  @Test func certificateForAnotherName() async throws {
    let test = try await test { _, receiver in
      try receiver.useCertificate(dnsNames: ["elsewhere.example"], ipAddresses: [])
    }
    expect(test, "certificate", "elsewhere.example")
  }

  @Test func certificateWithAnotherKey() async throws {
    let test = try await test { _, receiver in try receiver.useCertificate(newKey: true) }
    expect(test, "certificate", "isn't the one on the peer's card")
  }

  @Test func certificateOfAnotherAuthority() async throws {
    let test = try await test { sender, receiver in try receiver.useCertificate(by: sender) }
    expect(test, "certificate", "vouches")
  }

  @Test func revokedCertificate() async throws {
    let test = try await test { sender, receiver in
      let list = try receiver.revocationList(of: [receiver.tlsCertificate])
      sender.lists.withLock { $0 = [list] }
    }
    expect(test, "certificate", "revoked")
  }

  @Test(arguments: [1200, -1200] as [Int64])
  func clock(ahead: Int64) async throws {
    let test = try await test(clockAhead: ahead) { _, _ in }
    expect(test, "clock", ahead > 0 ? "ahead of ours" : "behind ours")
  }

  @Test func policy() async throws {
    let test = try await test({ _, _ in }, approved: false)
    expect(test, "policy", "may not have approved")
  }

  @Test func anotherContentOfTheSameDirectory() async throws {
    let file = try TestDirectory()
    let same = try await test { sender, receiver in
      try file.adopt(days: 30, in: sender)
      try file.adopt(days: 30, in: receiver)
    }
    #expect(same.passed, "\(same.text)")
    #expect(same.steps.contains { $0.id == "federation" && $0.detail.contains("version 1") })
    let test = try await test { sender, receiver in
      try file.adopt(days: 30, in: sender)
      try file.adopt(days: 31, in: receiver)
    }
    expect(test, "federation", "another version 1")
  }
}

/// Answers whatever comes as a server of something else would.
private final class PlainAnswer: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.writeAndFlush(
      NIOAny(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")),
      promise: nil)
  }
}

/// A directory with one member that signs, a node that takes no part.
struct TestDirectory {
  private let member: TestNode

  init() throws { member = try TestNode("na-office") }

  func adopt(days: Int64, in node: TestNode) throws {
    let now = Int64(Date().timeIntervalSince1970)
    let issued = now / 86_400 * 86_400
    let start = try #require(StatementTime(unixSeconds: issued))
    let end = try #require(StatementTime(unixSeconds: issued + days * 86_400))
    let document = try DirectoryDocument(
      federation: NodeID("eu-ip"), version: 1, previous: nil, issued: start, validUntil: end,
      threshold: 1, members: [DirectoryMember(member.card)],
      entries: [DirectoryEntry(card: member.card, validFrom: start, validUntil: end)])
    var signed = SignedDirectory(document)
    signed.add(
      try member.signatory.sign(document.bytes, commitment: .proofOfApproval, at: now),
      by: member.id)
    let adoption = DirectoryAdoption(
      try signed.verified(after: nil, at: now), approval: try node.approval,
      at: "2026-11-21T00:00:00Z")
    node.adopted.withLock { $0 = (adoption, signed.bytes) }
  }
}
