import CAdES
public import CanonicalJSON
import Federation
import NIOPosix
import Redaction

/// What a test of the link to a peer came to, step by step.
public struct PeerTest: Hashable, Sendable {
  /// One step of the test.
  public struct Step: Hashable, Sendable {
    /// A stable name: `directory`, `address`, `connection`, `tls`, `certificate`, `policy`, `health`,
    /// `clock`, `federation` or `checkpoints`, in this order.
    public let id: String
    /// Whether it passed.
    public let passed: Bool
    /// What was found, in words.
    public let detail: String
    /// What to do where it didn't pass; nil where it did.
    public let advice: String?
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
        steps.map { step in
          var object: [String: JSON] = [
            "id": .string(step.id), "result": .string(step.passed ? "pass" : "fail"),
            "detail": .string(step.detail),
          ]
          object["advice"] = step.advice.map { .string($0) }
          return .object(object)
        }),
    ])
  }

  /// For people.
  public var text: String {
    steps.map { step in
      let next = step.advice.map { "\n      what to do: \($0)" } ?? ""
      return "\(step.passed ? "pass" : "FAIL")  \(step.id): \(step.detail)\(next)"
    }.joined(separator: "\n")
  }
}

extension ExchangeNode {
  /// Tries the link to a peer: the directory, its address, both certificates, clocks, the directories'
  /// versions, and a swap of checkpoints.
  public func testPeer(_ id: String) async -> PeerTest {
    var run = PeerTestRun(node: self, id: id)
    do {
      try await run.run()
      return PeerTest(peer: id, steps: run.steps, isTemporary: false)
    } catch {
      run.fail(error)
      let isTemporary = (error as? ExchangeError)?.isTemporary ?? false
      return PeerTest(peer: id, steps: run.steps, isTemporary: isTemporary)
    }
  }
}

/// A test under way. A step that fails throws, and ends it.
private struct PeerTestRun {
  let node: ExchangeNode
  let id: String
  var steps: [PeerTest.Step] = []
  /// The step that is next to pass or fail.
  var current = "directory"
  /// How it is known that the peer's certificate isn't revoked.
  private var revocation = ""
  /// Who was asked about it, and gave no answer that counts.
  private var failures: [String] = []

  init(node: ExchangeNode, id: String) {
    self.node = node
    self.id = id
  }

  mutating func run() async throws {
    let peer = try node.peer(id)
    guard peer.card.delivery == .push else {
      pass("approved, and it fetches from here", next: "address")
      throw ExchangeError.unreachable(.fetches(id))
    }
    pass("approved, at \(peer.card.url)", next: "address")
    let chain = try await PeerProbe(node: node, card: peer.card).certificates()
    pass("\(peer.card.host) has one", next: "connection")
    pass("something listens there", next: "tls")
    pass("speaks TLS 1.3", next: "certificate")
    try await judge(chain, of: peer.card)
    let test = self
    let (talked, failure) = try await PeerLinks.with(node) { links in
      var run = test
      do {
        try await run.talk(links.link(to: peer), leaf: chain.first)
        return (run, nil as (any Error)?)
      } catch { return (run, error) }
    }
    self = talked
    if let failure { throw failure }
  }

  /// Judges what the peer shows, and notes how its revocation is known.
  private mutating func judge(_ chain: [Certificate], of card: PeerCard) async throws {
    let certificates = node.certificates
    failures = try await NIOThreadPool.singleton.runIfActive {
      certificates.ask(chain, of: card)
    }
    if let refusal = certificates.judge(chain, of: card, at: node.seconds).refusal {
      throw ExchangeError.unreachable(refusal.problem(host: card.host))
    }
    let source = certificates.revocationSource(chain, of: card, at: node.seconds)
    let unknown = ["nothing current is known of its revocation"] + failures
    revocation = source?.words ?? unknown.joined(separator: "; ")
  }

  private mutating func talk(_ link: PeerLink, leaf: Certificate?) async throws {
    let answer: PeerLink.Answer
    do {
      answer = try await link.get(Route.health, limit: WireLimits.statement)
    } catch ExchangeError.unreachable(.certificate(let host)) {
      // Everything else of the certificate was judged above: what is left is the name in it.
      throw ExchangeError.unreachable(.wrongName(host, names: leaf?.dnsNames ?? []))
    } catch ExchangeError.unreachable(.closed(let host)) {
      pass("is the peer's, by key, authority and time; \(revocation)", next: "policy")
      throw ExchangeError.unreachable(.closed(host))
    }
    pass("is the peer's, by key, authority, name and time; \(revocation)", next: "policy")
    guard answer.status == 200 else {
      throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
    }
    pass("the peer lets this node in", next: "health")
    let json = try answer.json(limit: WireLimits.statement)
    guard json["node"]?.string == id, json["peer"]?.string == node.node.text else {
      throw ExchangeError.badAnswer("node")
    }
    pass("answers as \(id) over TLS 1.3, and knows this node", next: "clock")
    try checkClock(json["time"]?.integer)
    try checkFederation(json["directory"])
    try await node.swapCheckpoints(link)
    let offset = node.swaps.clockOffset(of: id) ?? 0
    pass(
      "both logs only grew; each holds the other's newest checkpoint, cosigned"
        + (abs(offset) > 1
          ? "; its clock is \(abs(offset)) s \(offset > 0 ? "ahead of" : "behind") ours" : ""),
      next: "")
  }

  /// The peer's clock as its health answer tells it, within the time that the answer took.
  private mutating func checkClock(_ time: Int64?) throws {
    guard let time else { return pass("the peer doesn't tell its time", next: "federation") }
    let offset = time - node.seconds
    guard abs(offset) <= Self.clockTolerance else { throw ExchangeError.clocksDiffer(offset) }
    pass("both clocks agree within \(abs(offset) + 1) s", next: "federation")
  }

  private mutating func checkFederation(_ theirs: JSON?) throws {
    let ours = try node.directory.value().adoption
    let version = theirs?["version"]?.integer
    switch (ours, version) {
    case (nil, nil):
      pass("neither node has a directory; peers are approved by hand", next: "checkpoints")
    case (nil, let version?):
      pass("the peer has version \(version) of a directory, this node none", next: "checkpoints")
    case (let ours?, nil):
      pass(
        "this node has version \(ours.version) of the directory, the peer none",
        next: "checkpoints")
    case (let ours?, let version?):
      guard theirs?["federation"]?.string == ours.federation.text else {
        return pass("the peer's directory is another federation's", next: "checkpoints")
      }
      guard version == ours.version else {
        let newer = version > ours.version
        let advice = newer ? "; `rogatory directory fetch --from \(id)` gets the next one" : ""
        return pass(
          "the peer has version \(version) of the directory, this node \(ours.version)\(advice)",
          next: "checkpoints")
      }
      guard theirs?["digest"]?.string == Base64.encode(ours.digest) else {
        throw ExchangeError.directoriesDiffer(version: version)
      }
      pass("both nodes have version \(version) of the directory", next: "checkpoints")
    }
  }

  private mutating func pass(_ detail: String, next: String) {
    steps.append(PeerTest.Step(id: current, passed: true, detail: detail, advice: nil))
    current = next
  }

  /// Ends the test with what went wrong, at the step that the error belongs to.
  mutating func fail(_ error: any Error) {
    let known = error as? ExchangeError
    if case .unreachable(let problem)? = known {
      let order = ["address", "connection", "tls", "certificate"]
      while let place = order.firstIndex(of: current), let target = problem.step,
        let goal = order.firstIndex(of: target), place < goal
      {
        pass(Self.reached[current] ?? "", next: order[place + 1])
      }
    }
    var detail = known?.words ?? "\(error)"
    if case .unreachable(.revocationUnknown)? = known {
      detail = ([detail] + failures).joined(separator: "; ")
    }
    steps.append(
      PeerTest.Step(
        id: current, passed: false, detail: detail,
        advice: known?.advice(peer: id)))
  }

  private static let reached = [
    "address": "the host has one", "connection": "something listens there",
    "tls": "speaks TLS 1.3",
  ]

  /// Further apart, signatures and cosignatures of one look to the other as made in the future.
  private static let clockTolerance: Int64 = 600
}

extension RevocationSource {
  /// From where and of when it is known that a certificate isn't revoked.
  package var words: String {
    let time = StatementTime(unixSeconds: thisUpdate)?.text ?? "?"
    let next = nextUpdate.flatMap { StatementTime(unixSeconds: $0)?.text }
    return "not revoked as of \(time), by "
      + (isResponse ? "an OCSP responder" : "its authority's list")
      + (next.map { ", which is good until \($0)" } ?? "")
  }
}

extension PeerProblem {
  /// The step of a test that it shows in; nil where it may be any.
  fileprivate var step: String? {
    switch self {
    case .unknownHost: "address"
    case .refused, .noConnection: "connection"
    case .tls: "tls"
    case .certificate, .wrongName, .otherKey, .expired, .notYetValid, .revoked,
      .revocationUnknown:
      "certificate"
    case .closed, .silent: "tls"
    case .fetches, .other: nil
    }
  }
}
