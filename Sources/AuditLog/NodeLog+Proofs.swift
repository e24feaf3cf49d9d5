package import GRDB
public import Merkle

extension NodeLog {
  /// The newest checkpoint, with the cosignatures of it that are known.
  public func checkpoint() throws -> SignedCheckpoint {
    try read { db in
      guard let stored = try db.latestCheckpoint() else {
        throw AuditLogError.damaged(.noCheckpoint)
      }
      return try self.signed(stored, db)
    }
  }

  /// The newest checkpoint that a witness has cosigned, if there is one.
  public func cosignedCheckpoint() throws -> SignedCheckpoint? {
    try read { db in
      let size = try Int64.fetchOne(db, sql: "SELECT max(size) FROM cosignatures")
      guard let size, let stored = try db.checkpoint(size: UInt64(size)) else { return nil }
      return try self.signed(stored, db)
    }
  }

  /// The checkpoint of that size, or nothing when none was signed.
  public func signedCheckpoint(size: UInt64) throws -> SignedCheckpoint? {
    try read { db in try db.checkpoint(size: size).map { try self.signed($0, db) } }
  }

  /// The root of the tree over the first `size` entries; nothing when the log has fewer.
  public func root(size: UInt64) throws -> Hash? {
    try read { db in
      guard let last = try db.latestCheckpoint()?.size, size <= last else { return nil }
      return try treeRoot(size: size, hash: db.nodeHash)
    }
  }

  /// How many checkpoints were signed: commits that appended, and the one of size 0.
  public func checkpointCount() throws -> Int {
    try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM checkpoints") ?? 0 }
  }

  /// The proof that entry `index` is in the tree of `size` entries.
  public func inclusionProof(index: UInt64, size: UInt64) throws -> InclusionProof {
    try read { try $0.inclusionProof(index: index, size: size) }
  }

  /// The proof that the log of `old` entries begins the one of `new` entries; empty from 0.
  public func consistencyProof(from old: UInt64, to new: UInt64) throws -> ConsistencyProof {
    try read { db in
      guard old <= new, let size = try db.latestCheckpoint()?.size, new <= size else {
        throw AuditLogError.noSuchSize(max(old, new))
      }
      if old == 0 { return ConsistencyProof(path: []) }
      return try Merkle.consistencyProof(from: old, to: new, hash: db.nodeHash)
    }
  }

  /// The proof that entry `index` is in the log, with the checkpoint of `size` or the newest one.
  public func tlogProof(index: UInt64, size: UInt64? = nil) throws -> TlogProof {
    try read { try tlogProof(index: index, size: size, $0) }
  }

  /// The exact bytes of an entry.
  public func entry(at index: UInt64) throws -> [UInt8] {
    try read { try entry(at: index, $0) }
  }

  /// The exact bytes of an entry, with the proof that it is in the log of the newest checkpoint.
  public func provenEntry(at index: UInt64) throws -> (entry: [UInt8], proof: TlogProof) {
    try read { try provenEntry(at: index, $0) }
  }

  /// The same in a snapshot that the caller reads more from.
  package func provenEntry(
    at index: UInt64, _ db: Database
  ) throws -> (entry: [UInt8], proof: TlogProof) {
    (try entry(at: index, db), try tlogProof(index: index, size: nil, db))
  }

  private func entry(at index: UInt64, _ db: Database) throws -> [UInt8] {
    guard let body = try db.entryBody(index) else { throw AuditLogError.noSuchEntry(index) }
    return body
  }

  private func tlogProof(index: UInt64, size: UInt64?, _ db: Database) throws -> TlogProof {
    let stored = try size.map { try db.checkpoint(size: $0) } ?? db.latestCheckpoint()
    guard let stored else { throw AuditLogError.noSuchSize(size ?? 0) }
    guard index < stored.size else { throw AuditLogError.noSuchEntry(index) }
    let proof = try Merkle.inclusionProof(index: index, size: stored.size, hash: db.nodeHash)
    return TlogProof(index: index, path: proof.path, note: try signed(stored, db).note)
  }

  func signed(_ stored: StoredCheckpoint, _ db: Database) throws -> SignedCheckpoint {
    var note = try SignedNote(parsing: stored.note)
    let lines = try String.fetchAll(
      db.cachedStatement(
        sql: "SELECT line FROM cosignatures WHERE size = ? ORDER BY vkey LIMIT ?"),
      arguments: [Int64(stored.size), LogLimits.cosignatures])
    for line in lines { note.add(try NoteSignature(line: line)) }
    return try SignedCheckpoint(note: note, of: settings.signer)
  }
}

extension Database {
  func inclusionProof(index: UInt64, size: UInt64) throws -> InclusionProof {
    guard index < size, let last = try latestCheckpoint()?.size, size <= last else {
      throw AuditLogError.noSuchEntry(index)
    }
    return try Merkle.inclusionProof(index: index, size: size, hash: nodeHash)
  }
}
