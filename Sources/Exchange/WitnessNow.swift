public import AuditLog
public import CanonicalJSON

/// Who cosigned the newest checkpoint when they were asked at once.
public struct WitnessOutcome: Hashable, Sendable {
  /// The size of the checkpoint that was shown.
  public internal(set) var size: UInt64 = 0
  /// The names of the keys that cosigned it.
  public internal(set) var cosigned: [String] = []
  /// Who didn't, and why in words.
  public internal(set) var failures: [String: String] = [:]
  /// The size that was time-stamped now, or nothing.
  public internal(set) var timestamped: UInt64?
  /// Whether the policy's quorum is met; true where there is no policy.
  public internal(set) var hasQuorum = true
  /// Whether there is a policy.
  public internal(set) var hasPolicy = false

  /// For programs; keys are stable.
  public var json: JSON {
    var object: [String: JSON] = [
      "size": .integer(Int64(clamping: size)),
      "cosigned": .array(cosigned.map { .string($0) }),
      "failures": .object(failures.mapValues { .string($0) }),
    ]
    if let timestamped { object["timestamped"] = .integer(Int64(clamping: timestamped)) }
    if hasPolicy { object["quorum"] = .bool(hasQuorum) }
    return .object(object)
  }

  /// For people.
  public var text: String {
    var lines = ["Checkpoint of \(size) entries"]
    lines += cosigned.map { "  cosigned by \($0)" }
    lines += failures.sorted { $0.key < $1.key }.map { "  not by \($0.key): \($0.value)" }
    if let timestamped { lines.append("  size \(timestamped) time-stamped") }
    if hasPolicy { lines.append(hasQuorum ? "  the policy's quorum is met" : "  NO QUORUM") }
    return lines.joined(separator: "\n")
  }
}

extension ExchangeNode {
  /// Has the newest checkpoint cosigned by all peers and by the policy's witnesses, and stamped.
  public func witnessNow(_ policy: WitnessPolicy?) async throws -> WitnessOutcome {
    var outcome = WitnessOutcome()
    // Before the checkpoint is read: what is found out on the way is logged, and cosigned as well.
    do { outcome.timestamped = try await timestampCheckpoint(force: true) } catch {
      outcome.failures["time stamp"] = "\(error)"
    }
    let peers = try directory.value().peers.values.sorted { $0.card.node.text < $1.card.node.text }
    try await PeerLinks.with(self) { links in
      for peer in peers {
        do { try await swapCheckpoints(links.link(to: peer)) } catch {
          outcome.failures[peer.card.node.text] = (error as? ExchangeError)?.words ?? "\(error)"
        }
      }
    }
    if let policy {
      outcome.failures.merge(try await askWitnesses(policy)) { $1 }
      outcome.hasPolicy = true
    }
    let newest = try log.checkpoint()
    outcome.size = newest.checkpoint.size
    outcome.cosigned = newest.note.signatures.map(\.name).filter { $0 != log.origin }
    if let policy {
      outcome.hasQuorum = (try? policy.check(newest.note, key: log.verifierKey)) != nil
    }
    return outcome
  }
}
