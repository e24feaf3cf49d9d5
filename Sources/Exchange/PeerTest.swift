public import CanonicalJSON

/// What a test of the link to a peer came to, step by step.
public struct PeerTest: Hashable, Sendable {
  /// One step of the test.
  public struct Step: Hashable, Sendable {
    /// A stable name: `directory`, `health`, `identity` or `checkpoints`.
    public let id: String
    /// Whether it passed.
    public let passed: Bool
    /// What was found, in words.
    public let detail: String
  }

  /// The peer.
  public let peer: String
  /// The steps as far as they got.
  public let steps: [Step]
  /// Whether a later attempt may succeed, where one failed.
  public let isTemporary: Bool

  /// Whether every step passed.
  public var passed: Bool { steps.allSatisfy(\.passed) }
  /// What is wrong, in words; nil where nothing is.
  public var cause: String? { steps.first { !$0.passed }?.detail }

  /// For programs; keys are stable.
  public var json: JSON {
    .object([
      "peer": .string(peer), "result": .string(passed ? "pass" : "fail"),
      "steps": .array(
        steps.map {
          .object([
            "id": .string($0.id), "result": .string($0.passed ? "pass" : "fail"),
            "detail": .string($0.detail),
          ])
        }),
    ])
  }

  /// For people.
  public var text: String {
    steps.map { "\($0.passed ? "pass" : "FAIL")  \($0.id): \($0.detail)" }.joined(separator: "\n")
  }
}

extension ExchangeNode {
  /// Tries the link to a peer: its address, both certificates, its name, and a swap of checkpoints.
  public func testPeer(_ id: String) async -> PeerTest {
    var steps: [PeerTest.Step] = []
    do {
      let peer = try peer(id)
      steps.append(
        PeerTest.Step(id: "directory", passed: true, detail: "approved, at \(peer.card.url)"))
      try await PeerLinks.with(self) { links in
        let link = try links.link(to: peer)
        steps.append(try await health(link, of: id))
        try await swapCheckpoints(link)
      }
      let offset = swaps.clockOffset(of: id) ?? 0
      let detail =
        "both logs only grew; each holds the other's newest checkpoint, cosigned"
        + (abs(offset) > 1
          ? "; its clock is \(abs(offset)) s \(offset > 0 ? "ahead of" : "behind") ours" : "")
      steps.append(PeerTest.Step(id: "checkpoints", passed: true, detail: detail))
      return PeerTest(peer: id, steps: steps, isTemporary: false)
    } catch {
      let names = ["directory", "health", "checkpoints"]
      let exchange = error as? ExchangeError
      steps.append(
        PeerTest.Step(
          id: names[min(steps.count, names.count - 1)], passed: false,
          detail: exchange?.words ?? "\(error)"))
      return PeerTest(peer: id, steps: steps, isTemporary: exchange?.isTemporary ?? false)
    }
  }

  private func health(_ link: PeerLink, of id: String) async throws -> PeerTest.Step {
    let answer = try await link.get(Route.health, limit: WireLimits.statement)
    guard answer.status == 200 else {
      throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
    }
    let json = try answer.json(limit: WireLimits.statement)
    guard json["node"]?.string == id, json["peer"]?.string == node.text else {
      throw ExchangeError.badAnswer("node")
    }
    return PeerTest.Step(
      id: "health", passed: true, detail: "answers as \(id) over TLS 1.3, and knows this node")
  }
}
