import Exchange
import Testing

/// Bytes that two parsers could read differently. Each is refused with its connection, or read in the
/// one way that the standard says; what stands behind it is never taken for a request by mistake.
struct SmugglingTests {
  /// A request, and how it is answered: the statuses in order; the connection closes after them where
  /// `closes`.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var request: String
    var statuses: [Int]
    var closes = true

    var testDescription: String { name }
  }

  /// The request that would be answered with our node's name, were it read as one.
  static let second = "GET /exchange/v1/health HTTP/1.1\r\nHost: x\r\n\r\n"

  static func post(_ fields: String, _ body: String) -> String {
    "POST /exchange/v1/cosignatures HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\r\n\(body)"
  }

  static let cases: [Case] = [
    Case(
      name: "length and chunks",
      request: post("Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\n" + second),
      statuses: [400]),
    Case(
      name: "chunks and length",
      request: post("Transfer-Encoding: chunked\r\nContent-Length: 6", "0\r\n\r\n" + second),
      statuses: [400]),
    Case(
      name: "two lengths",
      request: post("Content-Length: 2\r\nContent-Length: 60", "{}" + second), statuses: [400]),
    Case(
      name: "a list of lengths", request: post("Content-Length: 2, 2", "{}" + second),
      statuses: [400]),
    Case(
      name: "a length with a sign", request: post("Content-Length: +2", "{}" + second),
      statuses: [400]),
    Case(
      name: "a length that is too large",
      request: post("Content-Length: 99999999999999999999", "{}" + second), statuses: [400]),
    Case(
      name: "a space before the colon", request: post("Content-Length : 2", "{}" + second),
      statuses: [400]),
    Case(
      name: "a folded field", request: post("X-Long: a\r\n b\r\nContent-Length: 2", "{}" + second),
      statuses: [400]),
    Case(
      name: "a folded length", request: post("Content-Length:\r\n 2", "{}" + second),
      statuses: [400]),
    Case(
      name: "lines that end with LF alone",
      request: "GET /exchange/v1/health HTTP/1.1\nHost: x\n\n" + second, statuses: [400]),
    Case(
      name: "another coding behind chunks",
      request: post("Transfer-Encoding: chunked, identity", "0\r\n\r\n" + second),
      statuses: [400]),
    Case(
      name: "a coding that nobody knows",
      request: post("Transfer-Encoding: xchunked", "0\r\n\r\n" + second), statuses: [400]),
    Case(
      name: "chunks said twice",
      request: post(
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n" + second),
      statuses: [400]),
    Case(
      name: "an absurd chunk size",
      request: post("Transfer-Encoding: chunked", "FFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n" + second),
      statuses: [400]),
    Case(
      name: "a negative chunk size",
      request: post("Transfer-Encoding: chunked", "-2\r\n{}\r\n0\r\n\r\n" + second),
      statuses: [400]),
    Case(
      name: "a chunk size with 0x",
      request: post("Transfer-Encoding: chunked", "0x2\r\n{}\r\n0\r\n\r\n" + second),
      statuses: [400]),
    Case(
      name: "a chunk that ends with LF alone",
      request: post("Transfer-Encoding: chunked", "2\n{}\n0\n\n" + second), statuses: [400]),
    Case(
      name: "a chunk longer than it says",
      request: post("Transfer-Encoding: chunked", "1\r\n{}\r\n0\r\n\r\n" + second),
      statuses: [400]),
    Case(
      name: "NUL in a value", request: post("X-A: a\0b\r\nContent-Length: 2", "{}" + second),
      statuses: [400]),
    Case(
      name: "CR in a value", request: post("X-A: a\rb\r\nContent-Length: 2", "{}" + second),
      statuses: [400]),
    Case(
      name: "a field without a name", request: post(": a\r\nContent-Length: 2", "{}" + second),
      statuses: [400]),
    Case(
      name: "nonsense before a good request", request: "nonsense\r\n\r\n" + second, statuses: [400]),
    Case(
      name: "no such method", request: "SMUGGLE /exchange/v1/health HTTP/1.1\r\nHost: x\r\n\r\n",
      statuses: [400]),
    Case(
      name: "the preface of HTTP/2", request: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", statuses: [400]),
    Case(
      name: "an unknown version", request: "GET /exchange/v1/health HTTP/9.9\r\nHost: x\r\n\r\n",
      statuses: [400]),
    Case(
      name: "a version without a number", request: "GET /exchange/v1/health\r\n\r\n" + second,
      statuses: [400]),
  ]

  @Test(arguments: cases) func refusedWithItsConnection(_ one: Case) async throws {
    try await withTwoNodes { sender, receiver in
      let answer = try await exchange(with: receiver, as: sender, one.request)
      let text = try #require(answer, "the connection stays open: \(one.name)")
      // A coding that is named in the head is refused before its frames are found to be none.
      #expect(statuses(text).filter { $0 != 501 } == one.statuses, "\(text)")
      #expect(!text.contains("fi-nbi"), "\(text)")
      try await expectServes(receiver, sender)
    }
  }

  /// Well-formed, though seldom seen: read in the one way there is.
  @Test func oneReadingIsNotMisread() async throws {
    try await withTwoNodes { sender, receiver in
      let twice = Self.second + Self.second
      let chunked = Self.post(
        "Transfer-Encoding: chunked", "2;extension=\"\r\n\"\r\n{}\r\n0\r\n\r\n")
      let plain = Self.post("Transfer-Encoding: chunked", "2;a=b\r\n{}\r\n0\r\nX: y\r\n\r\n")
      for (request, wanted) in [
        (twice, [200, 200]), (plain + Self.second, [400, 200]),
        // Framed as chunks, but of something that we can't read.
        (
          Self.post("Transfer-Encoding: gzip, chunked", "2\r\n{}\r\n0\r\n\r\n") + Self.second,
          [501, 200]
        ),
        (Self.post("Content-Length: 2", "{}") + Self.second, [400, 200]),
      ] {
        let count = wanted.count
        let answer = try await exchange(
          with: receiver, as: sender, request,
          until: { statuses($0).count == count && $0.hasSuffix("}") })
        #expect(answer.map(statuses) == wanted, "\(answer ?? "nothing")")
      }
      // A quoted line end in an extension is what parsers differ about.
      let answer = try await exchange(with: receiver, as: sender, chunked + Self.second)
      #expect(answer.map(statuses) == [400], "\(answer ?? "nothing")")
    }
  }

  @Test func whatIsTooLongIsCutOff() async throws {
    try await withTwoNodes { sender, receiver in
      let long = String(repeating: "a", count: 1 << 20)
      for request in [
        String(repeating: "A", count: 1 << 16) + " / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /\(long) HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX: \(long)\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\(long): x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n"
          + (0..<65).map { "X-\($0): x\r\n" }.joined() + "\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n"
          + (0..<10).map { "X-\($0): \(long.prefix(2000))\r\n" }.joined() + "\r\n",
        Self.post("Transfer-Encoding: chunked", "0\r\nX: \(long)\r\n\r\n"),
        Self.post("Transfer-Encoding: chunked", String(repeating: "0", count: 1 << 20)),
        Self.post("Transfer-Encoding: chunked", "1;" + long),
      ] {
        let answer = try await exchange(with: receiver, as: sender, request + Self.second)
        let text = try #require(answer, "the connection stays open: \(request.prefix(60))")
        #expect(
          [[400], [431], [414], []].contains(statuses(text)), "\(request.prefix(60)) \(text)")
        #expect(!text.contains("fi-nbi"))
      }
      try await expectServes(receiver, sender)
    }
  }

  @Test func theOldVersionIsAnsweredAndClosed() async throws {
    try await withTwoNodes { sender, receiver in
      let answer = try await exchange(
        with: receiver, as: sender, "GET /exchange/v1/health HTTP/1.0\r\n\r\n",
        until: { $0.contains("}") })
      #expect(answer.map(statuses) == [200], "\(answer ?? "nothing")")
    }
  }
}

/// The statuses of the answers in a text, in order.
func statuses(_ text: String) -> [Int] {
  text.matches(of: #/HTTP/1\.[01] (\d{3}) /#).compactMap { Int($0.output.1) }
}

/// Whatever one connection brought, another is served.
func expectServes(_ node: TestNode, _ peer: TestNode) async throws {
  try await withClient(to: node, as: peer) { client in
    let answer = try await client.send("GET", "/exchange/v1/health")
    #expect(answer.status == 200)
  }
}
