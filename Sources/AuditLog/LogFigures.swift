import GRDB

/// The figures of a log that somebody watches: whether it grows, and whether others see that it does.
public struct LogFigures: Hashable, Sendable {
  /// How far something is known, and since when.
  public struct Mark: Hashable, Sendable {
    /// The size of the tree.
    public let size: UInt64
    /// The moment, in milliseconds since 1970.
    public let time: Int64
  }

  /// The newest checkpoint.
  public let checkpoint: Mark
  /// The newest checkpoint that each witness cosigned, and when we got that, by the witness's name.
  public let cosigned: [String: Mark]
  /// The newest checkpoint of each peer's log that we hold, and when we got that, by origin.
  public let held: [String: Mark]
  /// The newest checkpoint with a time stamp (RFC 3161), and when it was made; nothing before the first.
  public let timestamp: Mark?
  /// How many contradictions of peers' logs are kept.
  public let forks: Int
  /// How many entries were pruned.
  public let pruned: UInt64
}

extension NodeLog {
  /// The figures of this moment, from one snapshot.
  public func figures() throws -> LogFigures {
    try read { db in
      func mark(_ sql: String) throws -> LogFigures.Mark? {
        try Row.fetchOne(db, sql: sql).flatMap { LogFigures.Mark($0, 0) }
      }
      func marks(_ sql: String) throws -> [String: LogFigures.Mark] {
        let rows = try Row.fetchAll(db, sql: sql)
        let pairs = rows.compactMap { row -> (String, LogFigures.Mark)? in
          guard let name: String = row[0], let mark = LogFigures.Mark(row, 1) else { return nil }
          return (printable(name), mark)
        }
        return Dictionary(pairs) { one, other in one.size < other.size ? other : one }
      }
      guard
        let checkpoint = try mark(
          "SELECT size, time FROM checkpoints ORDER BY size DESC LIMIT 1")
      else { throw AuditLogError.damaged(.noCheckpoint) }
      return LogFigures(
        checkpoint: checkpoint,
        cosigned: try marks(
          """
          SELECT substr(vkey, 1, instr(vkey, '+') - 1), max(size), max(time) FROM cosignatures
          GROUP BY vkey
          """),
        held: try marks(
          "SELECT origin, max(size), max(time) FROM peer_checkpoints GROUP BY origin"),
        timestamp: try mark("SELECT size, time FROM timestamps ORDER BY size DESC LIMIT 1"),
        forks: try Int.fetchOne(db, sql: "SELECT count(*) FROM forks") ?? 0,
        pruned: UInt64(try Int64.fetchOne(db, sql: "SELECT max(size) FROM pruned") ?? 0))
    }
  }
}

extension LogFigures.Mark {
  fileprivate init?(_ row: Row, _ column: Int) {
    guard let size = row.unsigned(column), let time = row.integer(column + 1) else { return nil }
    self.init(size: size, time: time)
  }
}
