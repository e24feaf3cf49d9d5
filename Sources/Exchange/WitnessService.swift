import AuditLog
import ServiceLifecycle

/// Has the log witnessed beyond the swaps with peers: by the witnesses that the policy gives an
/// address, by a time stamp each day; and says so when the policy's quorum isn't met, or when
/// something else about the log is due.
struct WitnessService: Service {
  let node: ExchangeNode

  /// Works until the node shuts down.
  func run() async {
    await cancelWhenGracefulShutdown {
      var pause = Self.firstPause
      while !Task.isCancelled {
        guard (try? await Task.sleep(for: pause)) != nil else { return }
        await round()
        pause = .seconds(Int64(node.limits.heartbeatSeconds))
      }
    }
  }

  private func round() async {
    do {
      if let policy = try node.policy.value() { try await witness(policy) }
    } catch { note("the log isn't witnessed", error) }
    do {
      try await node.timestampCheckpoint()
    } catch { note("the log isn't time-stamped", error) }
    do {
      for alarm in try node.alarms() { node.logger.error("\(alarm)") }
    } catch { note("what is due can't be read", error) }
  }

  private func witness(_ policy: WitnessPolicy) async throws {
    for (name, why) in try await node.askWitnesses(policy) {
      node.logger.warning(
        "a witness doesn't cosign", metadata: ["witness": "\(name)", "why": "\(why)"])
    }
    guard let cosigned = try node.log.cosignedCheckpoint() else {
      node.logger.error("no witness has cosigned this log")
      return
    }
    do {
      _ = try policy.check(cosigned.note, key: node.log.verifierKey)
    } catch AuditLogError.noQuorum {
      node.logger.error(
        "the newest cosigned checkpoint lacks the policy's quorum",
        metadata: ["size": "\(cosigned.checkpoint.size)"])
    }
  }

  private func note(_ what: String, _ error: any Error) {
    guard !(error is CancellationError) else { return }
    let words = (error as? ExchangeError)?.words ?? "\(error)"
    node.logger.warning("\(what)", metadata: ["why": "\(words)"])
  }

  /// The first swaps with peers come before, and a node that is started for a moment asks nobody.
  private static let firstPause = Duration.seconds(20)
}
