import AuditLog
import CanonicalJSON
import DurableFiles
public import Exchange
public import Federation
import Glibc

/// A log of a new origin that a node began because its old one must not grow any more.
public struct NewOrigin: Sendable {
  /// The new log's identity.
  public let origin: String
  /// Where the old log lies now.
  public let oldLog: String
  /// The old log's identity.
  public let oldOrigin: String
  /// How many receipts were logged again, so that they have proofs in the new log; 0 where that was
  /// done before an interruption.
  public internal(set) var receipts = 0
}

extension NodeHome {
  /// Begins a log of a new origin: a restored or damaged log is a fork, or would become one.
  ///
  /// The old log and its key stay beside the new ones, never used again. What this node holds of its
  /// peers and the state of transfers go over. Two people decide. A crash in between is harmless: the
  /// next call goes on where it ended.
  ///
  /// - Parameter planned: the old log is whole, and only its key is to be another: its last entry names the
  ///   new key. (After a crash there may be two such entries; the last one counts.)
  /// - Throws: ``NodeError/logInUse`` while another program has the log open.
  public func beginNewOrigin(
    software: String, holdings: [PeerHolding], approval: Approval, planned: Bool = false
  ) throws -> NewOrigin {
    if let finished = try finishSwitch() { return finished }
    _ = try AtomicFile.removeLeftovers(in: file("keys"))
    guard !isLogOpenElsewhere() else { throw NodeError.logInUse }
    let old = try logSigner()
    let number = Self.number(of: old.verifierKey.name) + 1
    let origin = NodeLog.origin(of: id.text) + "-\(number)"
    let signer = try NoteSigner.generate(name: origin, kind: .ed25519)
    try writeKey(Self.nextKey, signer.secretText() + "\n", replacing: true)

    if planned { try end(openLog(software: software), with: signer.verifierKey, approval) }
    try removeUnfinished()
    let log = try NodeLog(
      NodeLog.Settings(
        path: file(Self.making), node: id.text, origin: origin, signer: signer,
        cosigner: cosigner(), software: software, configuration: configurationText(),
        tables: TransferStore.tables))
    let draft = try LogDraft(
      .keyChange, newOriginFields(old, holdings, planned: planned), personal: approval.people)
    if try originOfLog(at: logPath) != nil {
      _ = try log.takeOver(from: logPath, tablesNamed: TransferStore.prefix, as: draft)
    } else {
      let _: LogEntry = try log.append(draft)
    }
    let receipts = try TransferStore.logReceiptsAgain(in: log)
    try log.logHoldsAgain()
    try log.close()
    try makeOneFile(at: file(Self.making))
    try move(Self.making, to: Self.nextLog)
    guard var new = try finishSwitch() else { throw NodeError.recoveryUnfinished }
    new.receipts = receipts
    return new
  }

  /// Writes the last entry of a log, which names the key and origin of the log that follows it.
  private func end(_ log: NodeLog, with next: VerifierKey, _ approval: Approval) throws {
    let _: LogEntry = try log.append(
      LogDraft(
        .keyChange,
        ["code": "LOG_KEY_RENEWED", "outcome": "closed", "next-log-key": .string(next.text)],
        personal: approval.people))
    try log.close()
  }

  /// What the first entry of the new log says of the old one.
  private func newOriginFields(
    _ old: NoteSigner, _ holdings: [PeerHolding], planned: Bool
  ) throws -> [String: JSON] {
    var fields: [String: JSON] = [
      "code": planned ? "LOG_KEY_RENEWED" : "NEW_ORIGIN", "outcome": "created",
      "origin": .string(old.verifierKey.name),
    ]
    if let last = try? verifyLog(at: logPath, key: old.verifierKey) {
      fields["size"] = .string(String(last.size))
      fields["root"] = .string(last.root.base64)
      fields["consistent"] = .bool(last.isConsistent)
    }
    fields["held"] = .array(
      holdings.filter { $0.note != nil }.prefix(64).map { holding in
        [
          "peer": .string(holding.peer), "size": .string(String(holding.size)),
          "state": .string(holding.state.rawValue),
          "note": .string(String(decoding: holding.note?.serialized ?? [], as: UTF8.self)),
        ]
      })
    return fields
  }

  /// Puts a finished new log in the place of the old one; nothing where there is none.
  ///
  /// The finished file under its own name is the point of no return: until then the old log is the
  /// node's, and from then on ``openLog(software:)`` refuses to open either until this is through.
  private func finishSwitch() throws -> NewOrigin? {
    guard exists(Self.nextKey) else { return nil }
    guard isSwitchUnfinished else {
      // An attempt that ended before its log was finished.
      try removeDurably(file(Self.nextKey))
      if exists(Self.nextPublic) { try removeDurably(file(Self.nextPublic)) }
      return nil
    }
    let new = try VerifierKey(verifierKey("log-next")).name
    let number = Self.number(of: new) - 1
    if exists(Self.nextLog) {
      for suffix in ["-wal", "-shm", ""] where exists("log.sqlite" + suffix) {
        try move("log.sqlite" + suffix, to: "log-\(number).sqlite" + suffix)
      }
      try move(Self.nextLog, to: "log.sqlite")
    }
    if exists("keys/log.key") { try move("keys/log.key", to: "keys/log-\(number).key") }
    if exists(Self.nextPublic) { try move(Self.nextPublic, to: "keys/log.pub", replacing: true) }
    try move(Self.nextKey, to: "keys/log.key")
    let old = NodeLog.origin(of: id.text) + (number > 1 ? "-\(number)" : "")
    return NewOrigin(origin: new, oldLog: file("log-\(number).sqlite"), oldOrigin: old)
  }

  /// Whether a switch to a new log was broken off where no log may be opened.
  var isSwitchUnfinished: Bool {
    guard exists(Self.nextKey) else { return false }
    if exists(Self.nextLog) { return true }
    let next = try? VerifierKey(verifierKey("log-next")).name
    let present = try? originOfLog(at: logPath)
    return next != nil && next == present
  }

  /// Whether another program has the log open: each connection of SQLite's WAL mode holds a lock on
  /// the file beside the log, on the byte that SQLite calls the dead man's switch.
  private func isLogOpenElsewhere() -> Bool {
    let descriptor = open(file("log.sqlite-shm"), O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = 128
    lock.l_len = 1
    return fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
  }

  /// 1 for a node's first log, whose name has no number.
  private static func number(of origin: String) -> Int {
    guard let end = origin.lastIndex(of: "-"), let slash = origin.lastIndex(of: "/"), end > slash,
      let number = Int(origin[origin.index(after: end)...])
    else { return 1 }
    return number
  }

  private func exists(_ name: String) -> Bool { access(file(name), F_OK) == 0 }

  private func move(_ name: String, to target: String, replacing: Bool = false) throws {
    guard replacing || !exists(target) else { throw FileError.alreadyExists(path: file(target)) }
    guard rename(file(name), file(target)) == 0 else {
      throw FileError.failed(.rename, path: file(target), errno: errno)
    }
    try syncDirectory(path)
    try syncDirectory(file("keys"))
  }

  /// What an attempt that was broken off has left.
  private func removeUnfinished() throws {
    for suffix in ["", "-wal", "-shm", "-journal"] where exists(Self.making + suffix) {
      try removeDurably(file(Self.making + suffix))
    }
  }

  private static let making = "log-making.sqlite"
  private static let nextLog = "log-next.sqlite"
  private static let nextKey = "keys/log-next.key"
  private static let nextPublic = "keys/log-next.pub"
}
