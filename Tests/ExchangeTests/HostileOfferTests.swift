import CanonicalJSON
import Exchange
import Foundation
import Testing

/// Offers whose every part is absurd. None gets further than its form or its signature, and nothing of it
/// is kept.
struct HostileOfferTests {
  /// What is no value of any field.
  static let absurd: [JSON] = [
    .integer(-1), .integer(.max), .bool(true), "", .string(String(repeating: "a", count: 20_000)),
    [], [:], "../../etc/passwd", "\u{0}", "\u{202E}", "AAAA",
    .array(Array(repeating: "x", count: 65)),
    ["pt-ipcu", "pt-ipcu"],
  ]

  @Test func everyFieldOfAStatement() async throws {
    try await withTwoNodes { sender, receiver in
      let offer = try await realOffer(sender)
      let statement = try #require(
        offer["statement"]?.string.flatMap { Data(base64Encoded: $0) })
      let fields = try #require(
        try JSON(parsing: Array(statement), limit: 1 << 16).object)
      var bodies: [[UInt8]] = []
      for key in fields.keys.sorted() {
        for value in Self.absurd {
          bodies.append(JSON.object(fields.merging([key: value]) { $1 }).canonicalBytes)
        }
        var without = fields
        without[key] = nil
        bodies.append(JSON.object(without).canonicalBytes)
      }
      bodies.append(JSON.object(fields.merging(["more": "x"]) { $1 }).canonicalBytes)
      // Not canonical: a space, a key twice, another order.
      bodies.append(Array("{ ".utf8) + statement.dropFirst())
      bodies.append(Array(#"{"bundle":"x","#.utf8) + statement.dropFirst())
      bodies.append(Array(statement) + [10])
      try await withClient(to: receiver, as: sender) { client in
        for body in bodies {
          let changed = offer.merging([
            "statement": .string(Data(body).base64EncodedString())
          ]) { $1 }
          let answer = try await client.send(
            "POST", "/exchange/v1/transfers", JSON.object(changed).canonicalBytes)
          let text = String(decoding: body.prefix(300), as: UTF8.self)
          #expect([400, 403, 413].contains(answer.status), "\(answer.status) \(text)")
        }
      }
      #expect(try receiver.exchange().inbox() == [])
      #expect(try receiver.entries(.offer) == [])
      try await expectServes(receiver, sender)
    }
  }

  @Test func everyFieldOfAnOffer() async throws {
    try await withTwoNodes { sender, receiver in
      let offer = try await realOffer(sender)
      let nested = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
      let text = String(decoding: JSON.object(offer).canonicalBytes, as: UTF8.self)
      var bodies: [String] = [
        nested, String(repeating: "[", count: 200_000),
        String(repeating: #"{"a":"#, count: 100_000),
        #"{"statement":"AA==","# + text.dropFirst(), text + text, text + "x", "\u{FEFF}" + text,
        "null", "1e400", "\"\\ud800\"", "{}",
      ]
      for key in offer.keys.sorted() {
        let value = offer[key]?.string ?? ""
        for other in [
          value + "=", value + " ", " " + value, value.replacing("+", with: "-"), "A", "AB==",
          String(repeating: "A", count: 4 << 20),
        ] where other != value {
          bodies.append(
            String(
              decoding: JSON.object(offer.merging([key: .string(other)]) { $1 }).canonicalBytes,
              as: UTF8.self))
        }
      }
      try await withClient(to: receiver, as: sender) { client in
        for body in bodies {
          let answer = try await client.send("POST", "/exchange/v1/transfers", Array(body.utf8))
          #expect([400, 403, 413].contains(answer.status), "\(answer.status) \(body.prefix(200))")
        }
        let long = [UInt8](repeating: 0x20, count: 6 << 20)
        // The answer comes before all is sent, so the client may see the end of the connection instead.
        let answer = try? await client.send("POST", "/exchange/v1/transfers", long)
        #expect(answer.map { $0.status == 413 } ?? true)
      }
      #expect(try receiver.exchange().inbox().filter { $0.phase != .rejected } == [])
      try await expectServes(receiver, sender)
    }
  }

  private func realOffer(_ sender: TestNode) async throws -> [String: JSON] {
    let queued = try sender.exchange().queue(
      bundleAt: sender.sealBundle(), to: "fi-nbi", approval: sender.approval)
    return try #require(try offer(queued.id, of: sender).object)
  }
}
