import AuditLog
import CAdES
import CanonicalJSON
import Exchange
import Federation
import Foundation
import GRDB
import Redaction
import Testing

/// Every endpoint of Docs/Exchange.md, "Wire", asked by everybody: all are refused but the right peer, and
/// the refused leave nothing behind but `denied` entries.
struct AccessMatrixTests {
  /// One request of the protocol.
  private struct Endpoint {
    let method: String
    let path: String
    var body: [UInt8]?
    /// Whether it is about one transfer, which another peer mustn't learn of.
    var isAboutTransfer = false
    /// What the right peer is answered: well received, though the body may be none that makes sense.
    let allowed: Int
  }

  /// `id` came from the right peer, with `offer`; `sent` goes out to it.
  private func endpoints(_ id: String, _ offer: JSON, sent: String) -> [Endpoint] {
    let nothing = Array("{}".utf8)
    return [
      Endpoint(method: "GET", path: "/health", allowed: 200),
      Endpoint(method: "GET", path: "/directory", allowed: 200),
      Endpoint(method: "GET", path: "/checkpoints", allowed: 200),
      Endpoint(method: "POST", path: "/checkpoints", body: nothing, allowed: 400),
      Endpoint(
        method: "POST", path: "/checkpoints/history", body: Array(#"{"from":0,"to":1}"#.utf8),
        allowed: 200),
      Endpoint(
        method: "POST", path: "/witness/add-checkpoint", body: Array("old 0\n".utf8), allowed: 400),
      Endpoint(method: "POST", path: "/cosignatures", body: nothing, allowed: 400),
      Endpoint(
        method: "POST", path: "/transfers", body: offer.canonicalBytes, isAboutTransfer: true,
        allowed: 200),
      Endpoint(
        method: "HEAD", path: "/transfers/\(id)/content", isAboutTransfer: true, allowed: 200),
      // From an offset that isn't the one: 409 tells the right one, to the right peer alone.
      Endpoint(
        method: "PATCH", path: "/transfers/\(id)/content", body: [1], isAboutTransfer: true,
        allowed: 409),
      Endpoint(
        method: "GET", path: "/transfers/\(id)/receipts", isAboutTransfer: true, allowed: 200),
      Endpoint(
        method: "POST", path: "/transfers/\(sent)/receipts", body: Array(#"{"receipts":[]}"#.utf8),
        isAboutTransfer: true, allowed: 200),
    ]
  }

  private func ask(_ client: RawClient, _ endpoint: Endpoint) async throws -> Int {
    try await client.send(
      endpoint.method, "/exchange/v1" + endpoint.path, endpoint.body,
      headers: endpoint.method == "PATCH" ? [("Upload-Offset", "1")] : []
    ).status
  }

  /// Everything that a refused request mustn't change.
  private func state(_ node: TestNode) throws -> [String] {
    var lines: [String] = []
    for event in LogEvent.allCases where event != .denied {
      lines.append("\(event) \(try node.entries(event).count)")
    }
    for folder in ["quarantine", "inbox", "outbox"] {
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(node.folder)/\(folder)")
      lines.append("\(folder) \(names.sorted())")
    }
    let rows = try node.log.read { db in
      try String.fetchAll(
        db, sql: "SELECT id || phase || offset FROM exchange_transfers ORDER BY id")
    }
    return lines + rows
  }

  @Test func everybodyIsRefusedButTheRightPeer() async throws {
    var limits = ExchangeLimits.standard
    limits.deniedEntriesPerMinute = 1000
    let sender = try TestNode("pt-ipcu")
    let receiver = try TestNode("fi-nbi", limits: limits)
    let stranger = try TestNode("xx-none")
    let withdrawn = try TestNode("gone-node")
    let other = try TestNode("es-other")
    let revoked = try sender.useCertificate()
    receiver.lists.withLock { lists in
      lists = (try? [sender.revocationList(of: [revoked])]) ?? []
    }
    try TestDirectory().adopt(days: 30, in: receiver)
    try await receiver.serving {
      for peer in [sender, withdrawn, other] { try receiver.approve(peer.card) }
      try sender.approve(receiver.card)
      receiver.hold(
        withdrawn.card,
        .withdrawn(
          Withdrawal(at: try #require(StatementTime("2026-11-21T00:00:00Z")), reason: .left)))
      let queued = try sender.exchange().queue(
        bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
      let offer = try ExchangeTests.offer(queued.id, of: sender)

      // Clients read their certificates when they are made.
      let revokedClient = try RawClient(to: receiver, as: sender)
      try sender.useCertificate(by: stranger)
      let foreignClient = try RawClient(to: receiver, as: sender)
      try sender.useCertificate(from: -7200, to: -3600)
      let expiredClient = try RawClient(to: receiver, as: sender)
      try sender.useCertificate(from: 3600, to: 7200)
      let earlyClient = try RawClient(to: receiver, as: sender)
      try sender.useCertificate()
      let right = try RawClient(to: receiver, as: sender)
      #expect(
        try await right.send("POST", "/exchange/v1/transfers", offer.canonicalBytes).status == 201)

      let sent = try receiver.exchange().queue(
        bundleAt: receiver.sealBundle(), to: "pt-ipcu", approval: receiver.approval)
      let endpoints = endpoints(queued.id, offer, sent: sent.id)
      let before = try state(receiver)
      let strangers: [(who: String, client: RawClient, code: String)] = [
        ("no certificate", try RawClient(to: receiver, as: nil), "NO_CERTIFICATE"),
        ("unknown node", try RawClient(to: receiver, as: stranger), "UNKNOWN_CERTIFICATE"),
        ("the peer's key under a foreign authority", foreignClient, "CERTIFICATE_PATH"),
        ("expired", expiredClient, "CERTIFICATE_EXPIRED"),
        ("not yet valid", earlyClient, "CERTIFICATE_NOT_YET_VALID"),
        ("revoked", revokedClient, "CERTIFICATE_REVOKED"),
        ("withdrawn", try RawClient(to: receiver, as: withdrawn), "WITHDRAWN_PEER"),
      ]
      var refused = 0
      for (who, client, code) in strangers {
        for endpoint in endpoints {
          await #expect(throws: (any Error).self, "\(who): \(endpoint.method) \(endpoint.path)") {
            try await ask(client, endpoint)
          }
          refused += 1
        }
        try await client.client.shutdown()
        #expect(try await receiver.denials(containing: code) > 0, "\(who)")
      }
      let peer = try RawClient(to: receiver, as: other)
      for endpoint in endpoints where endpoint.isAboutTransfer {
        let status = try await ask(peer, endpoint)
        // A statement of somebody else isn't taken; of its transfer nothing is told.
        let expected = endpoint.method == "POST" && endpoint.path == "/transfers" ? 409 : 404
        #expect(status == expected, "another's: \(endpoint.method) \(endpoint.path)")
        refused += 1
      }
      try await peer.client.shutdown()
      #expect(try state(receiver) == before)
      for endpoint in endpoints {
        let status = try await ask(right, endpoint)
        #expect(status == endpoint.allowed, "right peer: \(endpoint.method) \(endpoint.path)")
      }
      try await right.client.shutdown()
      print("access: \(refused) requests refused, \(endpoints.count) of the right peer let in")
    }
  }

  @Test func aPeerThatIsWithdrawnOrRevokedLosesItsOpenConnection() async throws {
    try await withTwoNodes { sender, receiver in
      try await withClient(to: receiver, as: sender) { client in
        #expect(try await client.send("GET", "/exchange/v1/health").status == 200)
        receiver.lists.withLock { lists in
          lists = (try? [sender.revocationList(of: [sender.tlsCertificate])]) ?? []
        }
        // Lists are read again after five seconds.
        var isRefused = false
        for _ in 0..<100 where !isRefused {
          try await Task.sleep(for: .milliseconds(100))
          isRefused = await client.isRefused("CERTIFICATE")
        }
        #expect(isRefused)
        #expect(try await receiver.denials(containing: "CERTIFICATE_REVOKED") > 0)
      }
    }
  }

  @Test func aNodeThatRequiresListsRefusesWithoutOne() async throws {
    let (sender, receiver) = (try TestNode("pt-ipcu"), try TestNode("fi-nbi"))
    try await receiver.serving {
      try sender.approve(receiver.card)
      try receiver.approve(sender.card)
      let strict = sender.exchange(requiresRevocation: true)
      let test = await strict.testPeer("fi-nbi")
      #expect(test.steps.last?.id == "certificate")
      #expect(test.cause?.contains("nothing current is known") == true, "\(test.text)")
      sender.lists.withLock { lists in lists = (try? [receiver.revocationList()]) ?? [] }
      let again = await sender.exchange(requiresRevocation: true).testPeer("fi-nbi")
      #expect(again.passed, "\(again.text)")
    }
  }
}
