import GRDB
import Merkle

/// The tables and views of a log's file. Names and columns are documented for auditors, and stay.
enum Schema {
  /// What every log file has: a node's own, and exports.
  ///
  /// `entries.body` is TEXT, so that `sqlite3` shows it and `json_extract` reads it; SQLite keeps
  /// the bytes of a text as they are. `nodes` holds the hashes of complete subtrees in the order in
  /// which they become complete (``nodePosition(level:index:)``), so the table only grows at its end:
  /// `hash` is one hash or a run of them, of which `pos` numbers the first (``HashRuns``).
  /// `checkpoints.time` is in milliseconds since 1970.
  ///
  /// `transfers` finds the entries of a transfer. It is no index over `json_extract`, since a file
  /// with one can't be opened without trusting its schema, which a judge doesn't.
  ///
  /// An export's entries are not STRICT, so that whoever wants to see a changed byte caught can
  /// change one with any tool.
  static func tables(isExport: Bool = false) -> String {
    """
    CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE entries(idx INTEGER PRIMARY KEY, body TEXT NOT NULL)\(isExport ? "" : " STRICT");
    CREATE TABLE nodes(pos INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
    CREATE TABLE checkpoints(
      size INTEGER PRIMARY KEY, root BLOB NOT NULL, note TEXT NOT NULL, time INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE cosignatures(
      size INTEGER NOT NULL, vkey TEXT NOT NULL, line TEXT NOT NULL, time INTEGER NOT NULL,
      PRIMARY KEY(size, vkey)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE personal(
      idx INTEGER NOT NULL, field TEXT NOT NULL, salt BLOB NOT NULL, text TEXT NOT NULL,
      PRIMARY KEY(idx, field)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE transfers(
      transfer TEXT NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY(transfer, idx)
    ) STRICT, WITHOUT ROWID;
    """
  }

  /// What only a node's own file has: what it holds of its peers.
  static let peerTables = """
    CREATE TABLE peer_checkpoints(
      origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL,
      time INTEGER NOT NULL, PRIMARY KEY(origin, size)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE forks(
      id INTEGER PRIMARY KEY, origin TEXT NOT NULL, size INTEGER NOT NULL, held TEXT NOT NULL,
      shown TEXT NOT NULL, proof TEXT NOT NULL, time INTEGER NOT NULL, UNIQUE(origin, shown)
    ) STRICT;
    """

  /// What only a peer's export has: a proof for each entry, its hashes one after the other.
  static let proofTables =
    "CREATE TABLE proofs(idx INTEGER PRIMARY KEY, path BLOB NOT NULL) STRICT;"

  /// They guard against our own mistakes; whoever owns the file can drop them, and the tree tells.
  static var triggers: String {
    let fixed = ["entries", "nodes", "checkpoints", "cosignatures", "transfers", "meta", "forks"]
    let unchanged = (fixed + ["personal"]).map { table in
      """
      CREATE TRIGGER \(table)_no_update BEFORE UPDATE ON \(table)
        BEGIN SELECT RAISE(ABORT, '\(table) only grows'); END;
      """
    }
    let kept = fixed.map { table in
      """
      CREATE TRIGGER \(table)_no_delete BEFORE DELETE ON \(table)
        BEGIN SELECT RAISE(ABORT, '\(table) only grows'); END;
      """
    }
    let gapless = [("entries", "idx"), ("nodes", "pos")].map { table, column in
      """
      CREATE TRIGGER \(table)_no_gap BEFORE INSERT ON \(table)
        WHEN NEW.\(column) IS NOT (SELECT coalesce(max(\(column)), -1) + 1 FROM \(table))
        BEGIN SELECT RAISE(ABORT, '\(table) has no gaps'); END;
      """
    }
    let growing = """
      CREATE TRIGGER checkpoints_grow BEFORE INSERT ON checkpoints
        WHEN NEW.size IS NOT (SELECT coalesce(max(idx), -1) + 1 FROM entries)
          OR NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints)
        BEGIN SELECT RAISE(ABORT, 'a checkpoint is of all entries'); END;
      """
    return (unchanged + kept + gapless + [growing]).joined(separator: "\n")
  }

  /// The views for auditors (``AuditViews``).
  static var views: String { AuditViews.overEntries }

  static let firstFormat = "rogatory-log-1"
  static let secondFormat = "rogatory-log-2"
  /// The format that this program writes. A file of an earlier one is upgraded when it is opened:
  /// tables are added, triggers replaced, and no entry, hash or checkpoint is touched.
  static let format = "rogatory-log-3"
  /// The formats that this program reads.
  static let formats = [firstFormat, secondFormat, format]

  /// What a file of any log has since the second format.
  ///
  /// `pruned`: entries before `size` were deleted, as entry `entry` says. `timestamps`: a token of
  /// RFC 3161 over the note text of the checkpoint of that size.
  static let secondTables = """
    CREATE TABLE pruned(
      size INTEGER PRIMARY KEY, entry INTEGER NOT NULL, rule TEXT NOT NULL, time INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE timestamps(
      size INTEGER PRIMARY KEY, token BLOB NOT NULL, time INTEGER NOT NULL
    ) STRICT;
    """

  /// From the first format to the second. `gossip` holds what peers passed on of third logs until it
  /// is proven; only a node's own file has it.
  static var upgradeToSecond: String {
    let grow = ["pruned", "timestamps"].map { table in
      """
      CREATE TRIGGER \(table)_no_update BEFORE UPDATE ON \(table)
        BEGIN SELECT RAISE(ABORT, '\(table) only grows'); END;
      CREATE TRIGGER \(table)_no_delete BEFORE DELETE ON \(table)
        BEGIN SELECT RAISE(ABORT, '\(table) only grows'); END;
      """
    }
    let prunable = ["entries", "transfers"].map { table in
      """
      DROP TRIGGER \(table)_no_delete;
      CREATE TRIGGER \(table)_no_delete BEFORE DELETE ON \(table)
        WHEN OLD.idx >= (SELECT coalesce(max(size), 0) FROM pruned)
        BEGIN SELECT RAISE(ABORT, '\(table) only grows'); END;
      """
    }
    let rest = """
      CREATE TABLE gossip(
        origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL,
        source TEXT NOT NULL, time INTEGER NOT NULL, PRIMARY KEY(origin, size, root)
      ) STRICT, WITHOUT ROWID;
      """
    return ([secondTables] + grow + prunable + [rest, naming(secondFormat)]).joined(
      separator: "\n")
  }

  /// From the second format to the third: a row of `nodes` may hold a run of hashes. Rows of one hash,
  /// as they stand in older files, are runs too.
  static var upgradeToThird: String {
    """
    DROP TRIGGER nodes_no_gap;
    CREATE TRIGGER nodes_no_gap BEFORE INSERT ON nodes
      WHEN length(NEW.hash) = 0 OR length(NEW.hash) % \(Hash.byteCount) <> 0 OR NEW.pos IS NOT
        coalesce((SELECT pos + length(hash) / \(Hash.byteCount) FROM nodes ORDER BY pos DESC LIMIT 1), 0)
      BEGIN SELECT RAISE(ABORT, 'nodes has no gaps'); END;
    \(naming(format))
    """
  }

  /// The step of an upgrade that names the new format.
  private static func naming(_ format: String) -> String {
    """
    DROP TRIGGER meta_no_update;
    UPDATE meta SET value = '\(format)' WHERE key = 'format';
    CREATE TRIGGER meta_no_update BEFORE UPDATE ON meta
      BEGIN SELECT RAISE(ABORT, 'meta only grows'); END;
    """
  }

  /// The number of the hash of complete subtree `index` of those with 2^level leaves.
  ///
  /// A tree of n leaves has 2n - (bits set in n) complete subtrees, and one is complete with its
  /// last leaf, after the smaller ones that end there.
  static func nodePosition(level: Int, index: UInt64) -> Int64 {
    let lastLeaf = ((index + 1) << UInt64(level)) - 1
    return Int64(2 * lastLeaf) - Int64(lastLeaf.nonzeroBitCount) + Int64(level)
  }
}

extension Database {
  /// The largest size with a checkpoint, and its row.
  func latestCheckpoint() throws -> StoredCheckpoint? {
    let statement = try cachedStatement(
      sql: "SELECT size, root, note FROM checkpoints ORDER BY size DESC LIMIT 1")
    return try statement.readOnce { StoredCheckpoint($0) } ?? nil
  }

  func checkpoint(size: UInt64) throws -> StoredCheckpoint? {
    guard let size = Int64(exactly: size) else { return nil }
    let statement = try cachedStatement(
      sql: "SELECT size, root, note FROM checkpoints WHERE size = ?")
    statement.bind(size, at: 1)
    return try statement.readOnce { StoredCheckpoint($0) } ?? nil
  }

  /// A value of the table `meta`.
  func meta(_ key: String) throws -> String? {
    try String.fetchOne(self, sql: "SELECT value FROM meta WHERE key = ?", arguments: [key])
  }

  func setMeta(_ values: [String: String]) throws {
    for (key, value) in values.sorted(by: { $0.key < $1.key }) {
      try execute(sql: "INSERT INTO meta(key, value) VALUES(?, ?)", arguments: [key, value])
    }
  }
}
