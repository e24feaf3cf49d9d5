import ASiC
import AuditLog
import CAdES
import Dispatch
import DurableFiles
public import Evidence
import Glibc
import Logging
import ServiceLifecycle

extension NodeHome {
  /// What completing a bundle came to.
  public struct Completion: Sendable {
    /// The bundle's id.
    public let bundleID: String
    /// How many signatures got a time-stamp or revocation data.
    public let raised: Int
    /// The verification of what was written.
    public let verification: Verification
  }

  /// Raises the signatures of a bundle to B-LT, and writes it under a name once it verifies.
  ///
  /// - Parameter replacing: puts it in the place of the file that waited.
  /// - Throws: ``EvidenceError/notVerified`` where it is bad, ``NodeError/stillWaiting(_:)`` where an
  ///   authority still lacks; then nothing was written.
  public func complete(
    bundleAt path: String, writing output: String, replacing: Bool, trust: TrustAnchors,
    at now: Int64
  ) throws -> Completion {
    let input = try FileReader(at: path, followingLinks: true)
    let container = try ContainerReader(fileDescriptor: input.fileDescriptor)
    let bundle = try EvidenceBundle(container)
    let (before, _) = verify(container, trust: trust, now: now)
    let file = try AtomicFile(at: output, mode: 0o644)
    let raised = try Evidence.complete(
      bundle, before, by: signatory(at: now), into: file.fileDescriptor)
    try input.checkUnchanged()
    let (after, _) = verify(
      try ContainerReader(fileDescriptor: file.fileDescriptor), trust: trust, now: currentTime())
    guard after.verdict != .notVerified else { throw EvidenceError.notVerified }
    let isComplete = after.signatures.allSatisfy { $0.validation.level >= .longTerm }
    guard isComplete else { throw NodeError.stillWaiting(bundle.seal.bundleID) }
    try file.commit(replacing: replacing)
    try waitingBundles.remove(bundle.seal.bundleID)
    return Completion(bundleID: bundle.seal.bundleID, raised: raised, verification: after)
  }

  /// Completes every bundle that waits, in its own place.
  ///
  /// - Returns: what happened to each, by id; nil for one that is done.
  public func completeWaiting(
    software: String, at now: Int64
  ) throws -> [(entry: WaitingBundles.Entry, failure: (any Error)?)] {
    var outcomes: [(entry: WaitingBundles.Entry, failure: (any Error)?)] = []
    let trust = try trust()
    for entry in try waitingBundles.entries() {
      do {
        // A file that was moved away is completed where it is now, by hand.
        let done = try complete(
          bundleAt: entry.path, writing: entry.path, replacing: true, trust: trust, at: now)
        try logCompletion(done, software: software)
        outcomes.append((entry, nil))
      } catch { outcomes.append((entry, error)) }
    }
    return outcomes
  }

  /// One log entry for a bundle that was completed.
  public func logCompletion(_ done: Completion, software: String) throws {
    let log = try openLog(software: software)
    _ = try log.append(
      LogDraft(
        .seal,
        [
          "bundle": .string(done.bundleID), "outcome": "completed",
          "code": "B-LT",
        ]))
    try log.close()
  }
}

/// Looks every minute whether bundles wait for an authority, and completes them.
struct CompletionService: Service {
  let home: NodeHome
  let software: String
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        // An authority may let us wait; that must not hold up what serves peers.
        await withCheckedContinuation { continuation in
          DispatchQueue.global(qos: .utility).async {
            finish()
            continuation.resume()
          }
        }
        try? await Task.sleep(for: .seconds(Self.interval))
      }
    }
  }

  private func finish() {
    do {
      for (entry, failure) in try home.completeWaiting(software: software, at: currentTime()) {
        if let failure {
          logger.warning("bundle \(entry.bundleID) still waits: \(failure)")
        } else {
          logger.info("bundle \(entry.bundleID) got its time stamps")
        }
      }
    } catch { logger.warning("bundles that wait can't be listed: \(error)") }
  }

  private static let interval = 60
}
