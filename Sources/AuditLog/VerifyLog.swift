import GRDB
import Merkle

/// Verifies the log in a SQLite file: a node's own, a copy of one, or a peer's export.
///
/// Every entry, stored hash, checkpoint, cosignature and personal text is read once, in constant
/// memory. `key` is the log's key as the caller knows it; without it, the one that the file names is
/// used, and the outcome says so. A file that isn't a log at all throws.
///
/// `token` judges a time-stamp token of RFC 3161 over a checkpoint's text; without it, tokens are
/// counted and not judged.
public func verifyLog(
  at path: String, key: VerifierKey? = nil, token: TokenJudge? = nil
) throws -> LogVerification {
  try verifyLog(at: path, key: key, token: token) { _, _ in }
}

/// Whether a token of RFC 3161 is over these bytes, and by an authority that the caller trusts.
public typealias TokenJudge = (_ token: [UInt8], _ content: [UInt8]) -> Bool

func verifyLog(
  at path: String, key: VerifierKey?, token: TokenJudge? = nil,
  visit: @escaping (UInt64, EntryForm) throws -> Void
) throws -> LogVerification {
  let queue = try openHostile(path)
  return try queue.read { db in
    var judge = DatabaseJudge(db: db, entries: EntryJudge(visit: visit), token: token)
    do {
      try judge.judge(key: key)
    } catch let error as DatabaseError where error.resultCode.isDamage {
      guard judge.isLog else { throw AuditLogError.notALog }
      judge.entries.result.report(.fileDamaged(code: Int(error.extendedResultCode.rawValue)))
    }
    return judge.entries.result
  }
}

/// Judges one SQLite file.
private struct DatabaseJudge {
  let db: Database
  var entries: EntryJudge
  var isLog = false
  var key: VerifierKey?
  private let token: TokenJudge?
  private var transfers: TransferIndexJudge?
  private var pruned: UInt64 = 0

  init(db: Database, entries: EntryJudge, token: TokenJudge?) {
    self.db = db
    self.entries = entries
    self.token = token
  }

  mutating func judge(key given: VerifierKey?) throws {
    for table in ["meta", "entries", "checkpoints"] where try !db.hasPlainTable(table) {
      throw AuditLogError.notALog
    }
    isLog = true
    if try db.hasPlainTable("transfers") { transfers = TransferIndexJudge() }
    try readMeta(given)
    let last = try db.latestCheckpoint()
    if let last {
      entries.result.size = last.size
      entries.result.root = last.root
    } else {
      entries.result.report(.noCheckpoint)
    }
    if entries.result.peer == nil {
      try judgeWhole(last)
    } else if let last {
      judge(last)
      try judgeProofs(last)
    }
    try transfers?.finish(db, &entries.result)
    try judgeCosignatures()
    try judgeTimestamps()
  }

  private mutating func readMeta(_ given: VerifierKey?) throws {
    func value(_ name: String) throws -> String? {
      let sql = "SELECT CAST(substr(value, 1, 1024) AS BLOB) FROM meta WHERE key = ?"
      return try Row.fetchOne(db, sql: sql, arguments: [name])?.bytes(0)
        .flatMap { String(validating: $0, as: UTF8.self) }
    }
    // What it means isn't known here, so that a log which holds must not be called a bad one.
    if let format = try value("format"), !Schema.formats.contains(format) {
      throw AuditLogError.newerFormat(printable(format))
    }
    entries.result.node = printable(try value("node") ?? "")
    entries.result.peer = try value("peer").map(printable)
    entries.result.keyGiven = given != nil
    let named = try value("vkey").flatMap { try? VerifierKey($0) }
    key = given ?? named
    if key == nil || key?.kind != .ed25519 || (given != nil && named != given) {
      entries.result.report(.key)
    }
    entries.result.origin = printable(key?.name ?? "")
  }

  /// Judges a checkpoint's note by itself.
  @discardableResult private mutating func judge(_ stored: StoredCheckpoint) -> Bool {
    guard let key else { return false }
    guard let note = try? SignedNote(parsing: stored.note),
      let stated = try? Checkpoint(parsing: note.text), stated.size == stored.size,
      stated.root == stored.root, stated.origin.utf8.elementsEqual(key.name.utf8)
    else {
      entries.result.report(.checkpointMalformed(size: stored.size))
      return false
    }
    guard (try? note.verify(key)) != nil else {
      entries.result.report(.checkpointSignature(size: stored.size))
      return false
    }
    entries.result.checkpoints += 1
    return true
  }

  // MARK: A whole log

  private mutating func judgeWhole(_ last: StoredCheckpoint?) throws {
    pruned = try readPruned()
    var walk = TreeWalk(nodes: try reader("nodes", "SELECT pos, hash FROM nodes ORDER BY pos"))
    var personal = try PersonalWalk(
      reader("personal", "SELECT idx, field, salt, text FROM personal ORDER BY idx, field"))
    let checkpoints = try RowReader(
      db, sql: "SELECT size, root, note FROM checkpoints ORDER BY size")
    var next = try checkpoints.next() ? StoredCheckpoint(checkpoints) : nil
    let rows = try RowReader(db, sql: "SELECT idx, body FROM entries ORDER BY idx")
    var isRow = try rows.next()
    while true {
      while let checkpoint = next, checkpoint.size <= walk.tree.size {
        if judge(checkpoint) { walk.compare(checkpoint, &entries.result) }
        next = try checkpoints.next() ? StoredCheckpoint(checkpoints) : nil
      }
      guard isRow else { break }
      guard let index = rows.unsigned(0), index >= walk.tree.size, index < LogLimits.treeSize
      else {
        entries.result.report(.entryMalformed(walk.tree.size))
        break
      }
      if index > walk.tree.size {
        // The stored hash stands in for the missing entry, so that the others are still judged.
        if walk.tree.size >= pruned { entries.result.report(.entryMissing(walk.tree.size)) }
        guard try walk.skipEntry(&entries.result) else { break }
        continue
      }
      let body = rows.bytes(1, limit: LogLimits.entryBytes) ?? []
      let form = try entries.judge(body, index: index)
      try personal.judge(form, index: index, &entries.result)
      if let form { transfers?.add(form, index: index) }
      try walk.append(Hash(leaf: body), &entries.result)
      isRow = try rows.next()
    }
    try personal.finish(&entries.result)
    judgePruning()
    if let last, last.size != walk.tree.size {
      entries.result.report(.entryCount(entries: walk.tree.size, size: last.size))
    }
  }

  private func reader(_ table: String, _ sql: String) throws -> RowReader? {
    try db.hasPlainTable(table) ? RowReader(db, sql: sql) : nil
  }

  // MARK: Pruned entries

  private func readPruned() throws -> UInt64 {
    guard let rows = try reader("pruned", "SELECT max(size) FROM pruned"), try rows.next() else {
      return 0
    }
    return rows.unsigned(0) ?? 0
  }

  /// What the table says must be what an entry of the log says: else whoever has the file could
  /// delete what he likes.
  private mutating func judgePruning() {
    entries.result.prunedEntries = pruned
    if pruned > entries.prunedClaim { entries.result.report(.entryMissing(entries.prunedClaim)) }
  }

  // MARK: A peer's export

  private mutating func judgeProofs(_ last: StoredCheckpoint) throws {
    guard try db.hasPlainTable("proofs") else { throw AuditLogError.notALog }
    let rows = try RowReader(db, sql: Self.provenEntries)
    while try rows.next() {
      guard let index = rows.unsigned(0), let body = rows.bytes(1, limit: LogLimits.entryBytes)
      else {
        entries.result.report(.entryMalformed(entries.result.entries))
        continue
      }
      if let form = try entries.judge(body, index: index) { transfers?.add(form, index: index) }
      let path = rows.bytes(2, limit: LogLimits.proofHashes * 32).flatMap { hashes($0) } ?? []
      do {
        try InclusionProof(path: path).check(
          leaf: Hash(leaf: body), index: index, size: last.size, root: last.root)
      } catch {
        entries.result.report(.entryNotProven(index))
      }
    }
  }

  private func hashes(_ bytes: [UInt8]) -> [Hash]? {
    guard bytes.count % 32 == 0, bytes.count / 32 <= LogLimits.proofHashes else { return nil }
    return stride(from: 0, to: bytes.count, by: 32).compactMap {
      Hash(bytes: bytes[$0..<$0 + 32])
    }
  }

  // MARK: Cosignatures

  private mutating func judgeCosignatures() throws {
    guard try db.hasPlainTable("cosignatures") else { return }
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT size, CAST(vkey AS BLOB), CAST(line AS BLOB) FROM cosignatures ORDER BY size
        """)
    while let row = try rows.next() {
      let size = row.unsigned(0) ?? 0
      let text = { (column: Int) in String(decoding: row.bytes(column) ?? [], as: UTF8.self) }
      guard let key = try? VerifierKey(text(1)), key.kind == .cosignature,
        let line = try? NoteSignature(line: text(2)), let stored = try db.checkpoint(size: size),
        let note = try? SignedNote(parsing: stored.note), line.isValid(over: note.text, key: key)
      else {
        entries.result.report(.cosignature(size: size))
        continue
      }
      entries.result.cosignatures += 1
    }
  }

  // MARK: Time stamps

  private mutating func judgeTimestamps() throws {
    guard
      let rows = try reader("timestamps", "SELECT size, token FROM timestamps ORDER BY size")
    else { return }
    while try rows.next() {
      let size = rows.unsigned(0) ?? 0
      guard let bytes = rows.bytes(1, limit: LogLimits.tokenBytes),
        let stored = try db.checkpoint(size: size),
        let note = try? SignedNote(parsing: stored.note),
        token?(bytes, Array(note.text.utf8)) ?? true
      else {
        entries.result.report(.timestamp(size: size))
        continue
      }
      entries.result.timestamps += 1
    }
    entries.result.timestampsJudged = token != nil
  }

  private static let provenEntries = """
    SELECT e.idx, e.body, p.path FROM entries e LEFT JOIN proofs p ON p.idx = e.idx ORDER BY e.idx
    """
}
