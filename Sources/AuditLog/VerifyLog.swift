import GRDB
import Merkle

/// Verifies the log in a SQLite file: a node's own, a copy of one, or a peer's export.
///
/// Every entry, stored hash, checkpoint, cosignature and personal text is read once, in constant
/// memory. `key` is the log's key as the caller knows it; without it, the one that the file names is
/// used, and the outcome says so. A file that isn't a log at all throws.
public func verifyLog(at path: String, key: VerifierKey? = nil) throws -> LogVerification {
  try verifyLog(at: path, key: key) { _, _ in }
}

func verifyLog(
  at path: String, key: VerifierKey?, visit: @escaping (UInt64, EntryForm) throws -> Void
) throws -> LogVerification {
  let queue = try openHostile(path)
  return try queue.read { db in
    var judge = DatabaseJudge(db: db, entries: EntryJudge(visit: visit))
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
  private var indexesTransfers = false
  private var transfers: Int64 = 0

  init(db: Database, entries: EntryJudge) {
    self.db = db
    self.entries = entries
  }

  mutating func judge(key given: VerifierKey?) throws {
    for table in ["meta", "entries", "checkpoints"] where try !db.hasPlainTable(table) {
      throw AuditLogError.notALog
    }
    isLog = true
    indexesTransfers = try db.hasPlainTable("transfers")
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
    try judgeCosignatures()
  }

  private mutating func readMeta(_ given: VerifierKey?) throws {
    func value(_ name: String) throws -> String? {
      let sql = "SELECT CAST(substr(value, 1, 1024) AS BLOB) FROM meta WHERE key = ?"
      return try Row.fetchOne(db, sql: sql, arguments: [name])?.bytes(0)
        .flatMap { String(validating: $0, as: UTF8.self) }
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
    var walk = TreeWalk(nodes: try nodes(), personal: try db.hasPlainTable("personal"))
    let checkpoints = try Row.fetchCursor(
      db, sql: "SELECT size, root, CAST(note AS BLOB) FROM checkpoints ORDER BY size")
    var next = try checkpoints.next().flatMap { StoredCheckpoint($0) }
    let rows = try Row.fetchCursor(db, sql: Self.allEntries)
    var row = try rows.next()
    while true {
      while let checkpoint = next, checkpoint.size <= walk.tree.size {
        if judge(checkpoint) { walk.compare(checkpoint, &entries.result) }
        next = try checkpoints.next().flatMap { StoredCheckpoint($0) }
      }
      guard let current = row else { break }
      guard let index = current.unsigned(0), index >= walk.tree.size,
        index < LogLimits.treeSize
      else {
        entries.result.report(.entryMalformed(walk.tree.size))
        break
      }
      if index > walk.tree.size {
        // The stored hash stands in for the missing entry, so that the others are still judged.
        entries.result.report(.entryMissing(walk.tree.size))
        guard try walk.skipEntry(&entries.result) else { break }
        continue
      }
      let body = current.bytes(1) ?? []
      if let form = try entries.judge(body, index: index) {
        if walk.hasPersonal { try judgePersonal(form, index: index) }
        try judgeTransfer(form, index: index)
      }
      try walk.append(Hash(leaf: body), &entries.result)
      row = try rows.next()
    }
    try judgeTransferCount(walk.tree.size)
    if let last, last.size != walk.tree.size {
      entries.result.report(.entryCount(entries: walk.tree.size, size: last.size))
    }
  }

  private func nodes() throws -> RowCursor? {
    guard try db.hasPlainTable("nodes") else { return nil }
    return try Row.fetchCursor(db, sql: "SELECT pos, hash FROM nodes ORDER BY pos")
  }

  private mutating func judgePersonal(_ form: EntryForm, index: UInt64) throws {
    let commitments = form.commitments
    guard !commitments.isEmpty else { return }
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT CAST(field AS BLOB), salt, CAST(text AS BLOB) FROM personal WHERE idx = ? LIMIT ?
          """), arguments: [Int64(clamping: index), LogLimits.personalFields])
    for row in rows {
      let field = String(decoding: row.bytes(0) ?? [], as: UTF8.self)
      let opened = (row.bytes(1) ?? []) + (row.bytes(2) ?? [])
      let commitment = Hash(leaf: opened).base64
      if row.bytes(1)?.count == PersonalCommitment.saltBytes,
        commitments.contains(where: { $0.field == field && $0.commitment == commitment })
      {
        entries.result.personalPresent += 1
      } else {
        entries.result.report(.personalChanged(index, field: printable(field)))
      }
    }
  }

  // MARK: The table that finds transfers

  private mutating func judgeTransfer(_ form: EntryForm, index: UInt64) throws {
    guard indexesTransfers, let transfer = form.fields["transfer"]?.string else { return }
    transfers += 1
    let isThere = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT 1 FROM transfers WHERE transfer = ? AND idx = ?"),
      arguments: [transfer, Int64(clamping: index)])
    if isThere == nil { entries.result.report(.transferIndex(index)) }
  }

  private mutating func judgeTransferCount(_ size: UInt64) throws {
    guard indexesTransfers else { return }
    let count = try Row.fetchOne(db, sql: "SELECT count(*) FROM transfers")?.integer(0)
    if count != transfers { entries.result.report(.transferIndex(size)) }
  }

  // MARK: A peer's export

  private mutating func judgeProofs(_ last: StoredCheckpoint) throws {
    guard try db.hasPlainTable("proofs") else { throw AuditLogError.notALog }
    let rows = try Row.fetchCursor(db, sql: Self.provenEntries)
    while let row = try rows.next() {
      guard let index = row.unsigned(0), let body = row.bytes(1) else {
        entries.result.report(.entryMalformed(entries.result.entries))
        continue
      }
      if let form = try entries.judge(body, index: index) {
        try judgeTransfer(form, index: index)
      }
      let path = row.bytes(2).flatMap { hashes($0) } ?? []
      do {
        try InclusionProof(path: path).check(
          leaf: Hash(leaf: body), index: index, size: last.size, root: last.root)
      } catch {
        entries.result.report(.entryNotProven(index))
      }
    }
    try judgeTransferCount(last.size)
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

  /// A body that is too long comes as nothing, which is malformed.
  private static let allEntries = """
    SELECT idx, CASE WHEN length(CAST(body AS BLOB)) <= \(LogLimits.entryBytes)
      THEN CAST(body AS BLOB) END FROM entries ORDER BY idx
    """
  private static let provenEntries = """
    SELECT e.idx, CASE WHEN length(CAST(e.body AS BLOB)) <= \(LogLimits.entryBytes)
      THEN CAST(e.body AS BLOB) END, CASE WHEN length(p.path) <= 2048 THEN p.path END
    FROM entries e LEFT JOIN proofs p ON p.idx = e.idx ORDER BY e.idx
    """
}
