import CAdES
import Exchange
import Federation
import Foundation
import Testing

/// What OCSP responses about peers' TLS certificates do to connections (RFC 6960).
struct PeerRevocationTests {
  private static let now = Int64(Date().timeIntervalSince1970)

  /// What a responder says of a node's TLS certificate.
  private func response(
    about node: TestNode, by responder: TestNode? = nil, revoked: Bool = false,
    from: Int64 = now - 60, to: Int64 = now + 3600
  ) throws -> OCSPResponse {
    let certificate = try node.tlsCertificate
    let entry = try Development.Revocation(
      certificate: certificate, time: Self.now - 60, reason: .superseded)
    return try Development.ocspResponse(
      about: [certificate], of: node.anchor, by: (responder ?? node).tlsIssuer, thisUpdate: from,
      nextUpdate: to, revoked: revoked ? [entry] : [])
  }

  /// The phase that one delivery to the receiver ends in, where the sender requires to know.
  private func deliver(
    knowing responses: [OCSPResponse], _ sender: TestNode, _ receiver: TestNode
  ) async throws -> TransferPhase {
    sender.responses.withLock { $0 = responses }
    let pt = sender.exchange(requiresRevocation: true)
    let queued = try sender.queue(to: receiver)
    do {
      return try await pt.deliver(queued.id).phase
    } catch ExchangeError.unreachable {
      return try pt.transfer(queued.id).summary.phase
    }
  }

  @Test func aCurrentGoodAnswerIsWhatIsRequired() async throws {
    try await withTwoNodes { sender, receiver in
      let answer = try response(about: receiver)
      #expect(try await deliver(knowing: [answer], sender, receiver) == .delivered)
      let sent = try #require(try sender.entries(.send).first)
      #expect(sent.contains(#""tls-revocation":"good""#))
      let test = await sender.exchange(requiresRevocation: true).testPeer("fi-nbi")
      #expect(test.passed)
      #expect(test.text.contains("by an OCSP responder, which is good until"), "\(test.text)")
    }
  }

  @Test func nothingElseIs() async throws {
    try await withTwoNodes { sender, receiver in
      let none: [(String, [OCSPResponse])] = [
        ("none", []),
        ("by a stranger", [try response(about: receiver, by: sender)]),
        ("about another", [try response(about: sender)]),
        ("over", [try response(about: receiver, from: Self.now - 7200, to: Self.now - 3600)]),
        ("early", [try response(about: receiver, from: Self.now + 1200, to: Self.now + 3600)]),
        ("revoked", [try response(about: receiver, revoked: true)]),
        (
          "revoked, whatever else says",
          [try response(about: receiver), try response(about: receiver, revoked: true)]
        ),
      ]
      for (name, responses) in none {
        let phase = try await deliver(knowing: responses, sender, receiver)
        #expect(phase == (name.hasPrefix("revoked") ? .held : .waiting), "\(name)")
      }
      #expect(try receiver.entries(.offer).isEmpty)
      // Where it isn't required, only a revocation stops.
      sender.responses.withLock { $0 = [] }
      let queued = try sender.queue(to: receiver)
      #expect(try await sender.exchange().deliver(queued.id).phase == .delivered)
    }
  }

  /// An upload is one request, as long as it takes: the revocation counts in the middle of it.
  @Test func aRevocationEndsAnUploadUnderWay() async throws {
    let (sender, receiver) = (try TestNode("pt-ipcu"), try TestNode("fi-nbi"))
    let held = HeldUpload(after: 300_000)
    try await withHeldLink(from: sender, to: receiver, held) {
      let queued = try sender.queue(to: receiver, bytes: 900_000)
      let pt = sender.exchange()
      async let delivery = pt.deliver(queued.id)
      try await expectEventually { held.isHolding }
      let revoked = try response(about: sender, revoked: true)
      receiver.responses.withLock { $0 = [revoked] }
      do {
        let phase = try await delivery.phase
        Issue.record("it is \(phase)")
      } catch ExchangeError.unreachable {}
      #expect(try await receiver.denials(containing: "CERTIFICATE_REVOKED") > 0)
      await #expect(throws: ExchangeError.self) { try await pt.deliver(queued.id) }
      #expect(try !sender.summary(queued.id).isFinal)
      // Held, not lost.
      receiver.responses.withLock { $0 = [] }
      held.release()
      try await expectEventually {
        (try? await pt.deliver(queued.id).phase) == .delivered
      }
    }
    try expectReconciled(sender, receiver)
  }
}
