import GRDB

extension LogVerification {
  /// Compares the index that reports on a log are made with, all of it, with the entries of the log.
  ///
  /// The index is made once more, in a temporary file; that takes some 20 microseconds an entry. One that the
  /// next report would make anew, as that of another release, says nothing and isn't compared; nor is one
  /// that isn't there.
  ///
  /// - Throws: ``AuditLogError`` for a log or an index that can't be read.
  public mutating func compareIndex(at path: String, ofLogAt log: String) throws {
    guard exists(path), problemCount == 0 else { return }
    do {
      if let table = try AuditIndex.firstDifference(between: path, andLogAt: log) {
        report(.auditIndex(table: table))
      }
    } catch AuditLogError.notALog {
      report(.auditIndex(table: "sqlite_schema"))
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
      report(.auditIndex(table: "sqlite_schema"))
    }
  }
}

extension AuditIndex {
  /// The first table in which the index kept at `path` differs from one that is made of the entries now; nil
  /// where all rows are the same, or a report would make it anew.
  fileprivate static func firstDifference(
    between path: String, andLogAt log: String
  ) throws -> String? {
    guard let size = try keptSize(at: path, of: log) else { return nil }
    let fresh = try AuditIndex(of: log, at: nil, upTo: size)
    return try fresh.queue.inDatabase { db in
      try db.execute(sql: "ATTACH DATABASE ? AS kept", arguments: [readOnlyURI(path)])
      return try comparedTables.first { table in
        let (fresh, kept) = ("SELECT * FROM main.\(table)", "SELECT * FROM kept.\(table)")
        let sql = """
          SELECT EXISTS (\(fresh) EXCEPT \(kept)) OR EXISTS (\(kept) EXCEPT \(fresh))
            OR (SELECT count(*) FROM (\(fresh))) <> (SELECT count(*) FROM (\(kept)))
          """
        return try Bool.fetchOne(db, sql: sql) ?? true
      }
    }
  }

  /// Up to which entry the index at `path` goes, if it is one of this log that a report would believe.
  private static func keptSize(at path: String, of log: String) throws -> Int64? {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(60)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON")
    }
    return try DatabaseQueue(path: path, configuration: configuration).inDatabase { db in
      try db.execute(sql: "ATTACH DATABASE ? AS log", arguments: [readOnlyURI(log)])
      return try believable(db)
    }
  }
}
