import Foundation
import GRDB
import Merkle

extension NodeLog {
  /// Writes the log as static tiles, C2SP tlog-tiles, to a folder that doesn't exist yet.
  ///
  /// `checkpoint`, `tile/…` with the partial tiles of this size, uncompressed, and `vkey`, the key
  /// that verifies the checkpoint. An empty folder of that name is replaced.
  public func exportTiles(to directory: String) throws {
    if exists(directory) {
      // Only an empty folder goes, and only then.
      guard rmdir(directory) == 0 else { throw AuditLogError.fileExists(directory) }
    }
    let name = try TemporaryName(for: directory)
    do {
      try pool.read { db in
        guard let stored = try db.latestCheckpoint() else {
          throw AuditLogError.damaged(.noCheckpoint)
        }
        try TileExport(db: db, size: stored.size, root: name.path).write()
        let note = try self.signed(stored, db).serialized
        try writeFile(name.path + "/vkey", Array((self.verifierKey.text + "\n").utf8))
        try writeFile(name.path + "/checkpoint", note)
        // Not of C2SP: which entry bundles aren't here, since their entries were pruned.
        let pruned = try db.prunedSize()
        if pruned > 0 { try writeFile(name.path + "/pruned", Array("\(pruned)\n".utf8)) }
      }
      try name.commitFolder()
    } catch {
      name.discard()
      throw error
    }
  }

  /// Writes a copy of the log as a SQLite file that doesn't exist yet.
  ///
  /// With `peer`, only the entries whose field `peer` is that node, each with its inclusion proof
  /// in the newest checkpoint: what one node hands to another. Personal texts stay here unless
  /// `personal` says otherwise, which a peer's copy never does.
  public func exportSQLite(to path: String, peer: String? = nil, personal: Bool = false) throws {
    let name = try TemporaryName(for: path)
    do {
      let output = try DatabaseQueue(path: name.path)
      let schema = [Schema.tables(isExport: true), Schema.secondTables, Schema.views].joined(
        separator: "\n")
      try output.write { try $0.execute(sql: schema) }
      try pool.read { db in
        try output.write { output in
          let export = DatabaseExport(from: db, to: output)
          if let peer {
            try export.copyEntries(of: peer)
          } else {
            try export.copyAll(personal: personal)
          }
        }
      }
      try output.close()
      try name.commitFile()
    } catch {
      name.discard()
      throw error
    }
  }
}

/// Writes tiles from the stored hashes of a tree.
private struct TileExport {
  let db: Database
  let size: UInt64
  let root: String

  func write() throws {
    try makeFolder(root)
    var level = 0
    while level < 8, size >> UInt64(8 * level) > 0 {
      try writeHashes(level: level, count: size >> UInt64(8 * level))
      level += 1
    }
    try writeEntries()
  }

  private func writeHashes(level: Int, count: UInt64) throws {
    for start in stride(from: 0, to: count, by: TilePath.fullWidth) {
      guard let path = TilePath(level: level, holding: start, of: count) else { return }
      var bytes: [UInt8] = []
      for index in start..<start + UInt64(path.width) {
        bytes += try db.nodeHash(level: 8 * level, index: index).bytes
      }
      try write(path, bytes)
    }
  }

  private func writeEntries() throws {
    let rows = try Row.fetchCursor(db, sql: "SELECT idx, body FROM entries ORDER BY idx")
    var bundle: [UInt8] = []
    while let row = try rows.next() {
      let index = UInt64(row[0] as Int64)
      let body: Data = row[1]
      guard let path = TilePath(level: nil, holding: index, of: size) else { return }
      bundle += [UInt8(body.count >> 8), UInt8(body.count & 255)] + body
      if Int(index % 256) + 1 == path.width {
        try write(path, bundle)
        bundle = []
      }
    }
  }

  private func write(_ path: TilePath, _ bytes: [UInt8]) throws {
    let file = root + "/" + path.text
    try makeFolder(String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)]))
    try writeFile(file, bytes)
  }

  private func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
}

/// Copies a log, or what concerns one peer, to another file.
private struct DatabaseExport {
  let source: Database
  let output: Database

  init(from source: Database, to output: Database) {
    self.source = source
    self.output = output
  }

  func copyAll(personal: Bool) throws {
    try copyMeta([:])
    try copy("entries", columns: 2)
    try copy("nodes", columns: 2)
    try copy("transfers", columns: 2)
    try copy("checkpoints", columns: 4)
    try copy("cosignatures", columns: 4)
    try copy("pruned", columns: 4)
    try copy("timestamps", columns: 3)
    if personal { try copy("personal", columns: 4) }
  }

  func copyEntries(of peer: String) throws {
    try output.execute(sql: Schema.proofTables)
    try copyMeta(["peer": peer])
    guard let last = try source.latestCheckpoint() else {
      throw AuditLogError.damaged(.noCheckpoint)
    }
    try copy("checkpoints", columns: 4, where: "size = \(last.size)")
    try copy("cosignatures", columns: 4, where: "size = \(last.size)")
    let (condition, arguments) = EntryFilter(peer: peer).sql
    let rows = try Row.fetchCursor(
      source, sql: "SELECT idx, body FROM entries \(condition)", arguments: arguments)
    while let row = try rows.next() {
      let index: Int64 = row[0]
      let proof = try source.inclusionProof(index: UInt64(index), size: last.size)
      try output.execute(
        sql: "INSERT INTO entries(idx, body) VALUES(?, ?)", arguments: [index, row[1] as String])
      try output.execute(
        sql: """
          INSERT INTO transfers SELECT json_extract(body, '$.transfer'), idx FROM entries
          WHERE idx = ? AND json_type(body, '$.transfer') = 'text'
          """, arguments: [index])
      try output.execute(
        sql: "INSERT INTO proofs(idx, path) VALUES(?, ?)",
        arguments: [index, proof.path.reduce(into: Data()) { $0 += $1.data }])
    }
  }

  private func copyMeta(_ more: [String: String]) throws {
    var values = more
    for key in ["format", "node", "origin", "vkey", "cosigner"] {
      values[key] = try source.meta(key)
    }
    try output.setMeta(values)
  }

  private func copy(_ table: String, columns: Int, where condition: String = "TRUE") throws {
    let rows = try Row.fetchCursor(
      source, sql: "SELECT * FROM \(table) WHERE \(condition) ORDER BY 1")
    let marks = Array(repeating: "?", count: columns).joined(separator: ", ")
    let insert = try output.cachedStatement(sql: "INSERT INTO \(table) VALUES(\(marks))")
    while let row = try rows.next() {
      try insert.execute(arguments: StatementArguments(row.databaseValues))
    }
  }
}
