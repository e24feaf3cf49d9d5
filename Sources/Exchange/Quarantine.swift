import AuditLog
import CanonicalJSON
import DurableFiles
import Evidence
import Glibc
import NIOPosix
import ServiceLifecycle

/// Decrypts and checks what has come in, a few at a time; hostile content never leaves it.
///
/// The queue is the database: whatever is `received` is to be checked, also after a crash.
final class Quarantine: Service {
  private let node: ExchangeNode
  private let wakeups = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

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
          while (try? await Task.sleep(for: .seconds(15))) != nil { wake() }
        }
        for await _ in wakeups.stream { await checkWaiting(pool) }
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
    await checkWaiting(NIOThreadPool.singleton)
    withExtendedLifetime(claim) {}
  }

  private func checkWaiting(_ pool: NIOThreadPool) async {
    let limit = node.limits.concurrentVerifications
    var failed: Set<TransferID> = []
    while !Task.isShuttingDownGracefully {
      let found = (try? node.store.due(.in, [.received], now: .max)) ?? []
      let waiting = found.filter { !failed.contains($0.id) }
      if waiting.isEmpty { return }
      await withTaskGroup(of: TransferID?.self) { group in
        for (index, row) in waiting.enumerated() {
          if index >= limit, let id = await group.next() ?? nil { failed.insert(id) }
          group.addTask { await self.check(row, pool) ? nil : row.id }
        }
        for await id in group { if let id { failed.insert(id) } }
      }
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
  private func check(_ row: TransferRow, _ pool: NIOThreadPool) async -> Bool {
    do {
      // Another program may be checking it, or have done so since it was listed.
      guard let lock = try await claimInTime(row) else { return true }
      defer { lock.release() }
      let inspection = Inspection(node: node, row: row)
      let finding = try await pool.runIfActive { try inspection.run() }
      switch finding {
      case .accepted(let verdict): try await accept(row, verdict)
      case .refused(let refusal): try await refuse(row, refusal)
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
  private func accept(_ row: TransferRow, _ verdict: Verdict) async throws {
    let receipt = try await node.sign(.delivery, of: row.statement)
    try await node.store.advance(row.id, .verified) { transaction, row, _ in
      _ = try transaction.append(
        row.draft(.verify, ["outcome": .string(verdict.rawValue)]))
      _ = try transaction.append(row.draft(.deliver, ["outcome": "delivered"]))
      try transaction.issue(receipt, for: row)
    }
    unlink(node.partPath(row.id))
  }

  /// The sender learns a code and an item; what was found stays in this node's personal layer.
  private func refuse(_ row: TransferRow, _ refusal: Inspection.Refusal) async throws {
    let receipt = try await node.sign(
      .nonDelivery, of: row.statement, code: refusal.code, item: refusal.item)
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
