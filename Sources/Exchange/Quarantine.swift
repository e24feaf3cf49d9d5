import AuditLog
import CanonicalJSON
import DurableFiles
import Evidence
import Glibc
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Decrypts and checks what has come in, a few at a time; hostile content never leaves it.
///
/// The queue is the database: whatever is `received` is to be checked, also after a crash.
final class Quarantine: Service {
  private let node: ExchangeNode
  private let work = Mutex(Work())
  private let wakeups = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

  private struct Work {
    /// What is being checked, in the order in which that began.
    var running: [(id: TransferID, peer: String)] = []
    /// What failed for a reason of this node's own, until it is tried again.
    var failed: Set<TransferID> = []
  }

  init(_ node: ExchangeNode) { self.node = node }

  /// Says that there is something to check.
  func wake() { wakeups.continuation.yield() }

  /// Checks until the node shuts down.
  func run() async throws {
    let claim = try QuarantineClaim(node.folders.quarantine, ifAlone: removeLeftovers)
    wake()
    let pool = NIOThreadPool(numberOfThreads: node.limits.concurrentVerifications)
    pool.start()
    await withGracefulShutdownHandler {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { [self] in
          // What failed for a local reason, a full disk for example, is tried again.
          while (try? await Task.sleep(for: .seconds(15))) != nil {
            work.withLock { $0.failed = [] }
            wake()
          }
        }
        await check(on: pool) { true }
        group.cancelAll()
      }
    } onGracefulShutdown: {
      self.wakeups.continuation.finish()
    }
    try? await pool.shutdownGracefully()
    withExtendedLifetime(claim) {}
  }

  /// Removes what a crash has left: files half-written, and those of transfers that are settled.
  private func removeLeftovers() throws {
    let folder = node.folders.quarantine
    try AtomicFile.removeLeftovers(in: folder)
    for name in try names(inFolder: folder) {
      let stem = name.prefix { $0 != "." }
      guard let id = TransferID(String(stem)) else { continue }
      let row = try node.log.read { try $0.transfer(id) }
      let isNeeded = row.map { $0.state.direction == .in && !$0.state.isFinal } ?? false
      if !isNeeded { try removeDurably("\(folder)/\(name)") }
    }
    // Of what was taken back or erased, nothing is left in the inbox; others' files aren't touched.
    for name in try names(inFolder: node.folders.inbox) {
      guard let id = TransferID(String(name.prefix { $0 != "." })) else { continue }
      let phase = try node.log.read { try $0.transfer(id) }?.state.phase
      if phase == .cancelled || phase == .erased {
        try removeDurably("\(node.folders.inbox)/\(name)")
      }
    }
  }

  /// Checks what waits, once, for a program that doesn't serve.
  func checkNow() async throws {
    let claim = try QuarantineClaim(node.folders.quarantine, ifAlone: {})
    work.withLock { $0.failed = [] }
    wake()
    await check(on: NIOThreadPool.singleton) { self.work.withLock { !$0.running.isEmpty } }
    withExtendedLifetime(claim) {}
  }

  /// Checks what waits whenever there is something new, so that a large bundle delays no other one, for
  /// as long as `goesOn` says after each look.
  private func check(on pool: NIOThreadPool, while goesOn: () -> Bool) async {
    await withDiscardingTaskGroup { group in
      for await _ in wakeups.stream {
        for (row, previous) in waiting() {
          group.addTask { [self] in
            let isDone = await check(row, after: previous, pool)
            work.withLock { work in
              work.running.removeAll { $0.id == row.id }
              if !isDone { work.failed.insert(row.id) }
            }
            node.bell.ring(row.id)
            wake()
          }
        }
        if !goesOn() { break }
      }
    }
  }

  /// What may be checked now, noted as being checked, each with the one of the same peer before it.
  private func waiting() -> [(row: TransferRow, previous: TransferID?)] {
    guard !Task.isShuttingDownGracefully else { return [] }
    let (known, free) = work.withLock { work in
      let known = work.failed.union(work.running.map(\.id))
      return (known, node.limits.concurrentVerifications - work.running.count)
    }
    guard free > 0, let found = try? node.store.received(limit: known.count + free) else {
      return []
    }
    return work.withLock { work in
      found.filter { !known.contains($0.id) }.prefix(free).map { row in
        let previous = work.running.last { $0.peer == row.peer }?.id
        work.running.append((row.id, row.peer))
        return (row, previous)
      }
    }
  }

  /// Waits for the transfer before to be settled, so that what a peer sends gets into the inbox in its
  /// order; but no longer than a sender waits before it goes on to its next one.
  private func wait(for previous: TransferID?) async throws {
    guard let previous else { return }
    try await node.bell.listening(to: previous) { hearing in
      let isRunning = work.withLock { $0.running.contains { $0.id == previous } }
      if isRunning { try await hearing.wait(atMost: .seconds(5)) }
    }
  }

  /// The right to check a transfer, waited for: the request that brought the last byte wakes this a
  /// moment before it lets go of the file.
  private func claimInTime(_ row: TransferRow) async throws -> PartLock? {
    for _ in 0..<Self.lockAttempts {
      do {
        return try claim(row)
      } catch ExchangeError.busy { try await Task.sleep(for: .milliseconds(10)) }
    }
    return try claim(row)
  }

  /// Half a second, far more than a request takes to end; who holds it longer is another program.
  private static let lockAttempts = 50

  /// Checks one transfer; false where that failed for a reason of our own.
  private func check(
    _ row: TransferRow, after previous: TransferID?, _ pool: NIOThreadPool
  ) async -> Bool {
    do {
      // Another program may be checking it, or have done so since it was listed.
      guard let lock = try await claimInTime(row) else { return true }
      defer { lock.release() }
      let (finding, receipt) = try await pool.runIfActive { [node] in
        let finding = try Inspection(node: node, row: row).run()
        return (finding, try node.signed(finding, of: row.statement))
      }
      switch finding {
      case .accepted(let verdict): try await accept(row, verdict, receipt, after: previous)
      case .refused(let refusal): try await refuse(row, refusal, receipt)
      }
      return true
    } catch ExchangeError.busy {
      return false
    } catch ExchangeError.wrongPhase(.cancelled) {
      // Its sender took it back while it was checked: nobody has seen it.
      for path in [node.inboxPath(row.id), node.checkPath(row.id), node.partPath(row.id)] {
        unlink(path)
      }
      return true
    } catch {
      node.logger.error(
        "a transfer can't be checked now", metadata: ["transfer": "\(row.id)", "error": "\(error)"])
      return false
    }
  }

  /// The right to check a transfer; nil where another program has done so meanwhile.
  private func claim(_ row: TransferRow) throws -> PartLock? {
    func isOpen() throws -> Bool { try node.store.row(row.id).state.phase == .received }
    do {
      let lock = try PartLock(node.partPath(row.id), row.id, creating: false)
      return try isOpen() ? lock : nil
    } catch let error as FileError {
      if error.isNotFound, try !isOpen() { return nil }
      throw error
    }
  }

  /// The file is in the inbox under its name already; the transaction makes it a fact.
  private func accept(
    _ row: TransferRow, _ verdict: Verdict, _ receipt: SignedReceipt, after previous: TransferID?
  ) async throws {
    try await wait(for: previous)
    try await node.store.advance(row.id, .verified) { transaction, row, _ in
      _ = try transaction.append(
        row.draft(.verify, ["outcome": .string(verdict.rawValue)]))
      _ = try transaction.append(row.draft(.deliver, ["outcome": "delivered"]))
      try transaction.issue(receipt, for: row)
    }
    unlink(node.partPath(row.id))
  }

  /// The sender learns a code and an item; what was found stays in this node's personal layer.
  private func refuse(
    _ row: TransferRow, _ refusal: Inspection.Refusal, _ receipt: SignedReceipt
  ) async throws {
    try await node.store.advance(row.id, .refused) { transaction, row, _ in
      row.code = refusal.code
      row.item = refusal.item
      var fields: [String: JSON] = ["code": .string(refusal.code.rawValue), "outcome": "refused"]
      fields["item"] = refusal.item.map { .integer(Int64($0)) }
      _ = try transaction.append(
        row.draft(.reject, fields, personal: ["detail": String(refusal.detail.prefix(2000))]))
      try transaction.issue(receipt, for: row)
    }
    unlink(node.checkPath(row.id))
    unlink(node.partPath(row.id))
    // A crash may have come right after an earlier check had passed, and trust ended since.
    unlink(node.inboxPath(row.id))
  }
}

extension ExchangeNode {
  /// The receipt of what an inspection found.
  fileprivate func signed(
    _ finding: Inspection.Finding, of statement: TransferStatement
  ) throws -> SignedReceipt {
    switch finding {
    case .accepted: try signed(.delivery, of: statement)
    case .refused(let refusal):
      try signed(.nonDelivery, of: statement, code: refusal.code, item: refusal.item)
    }
  }
}

/// The right to work in quarantine, shared by the programs of a node. Whoever has it alone, at its
/// start, removes what others have left.
private final class QuarantineClaim: Sendable {
  private let descriptor: Int32

  init(_ folder: String, ifAlone clean: () throws -> Void) throws {
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.failed(.open, path: folder, errno: errno) }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { try clean() }
    flock(descriptor, LOCK_SH)
  }

  deinit { close(descriptor) }
}
