import Foundation
import GRDB

extension NodeLog {
  /// The newest checkpoint when it has no time stamp and none was made in the last `seconds`;
  /// nothing when there is no need for one.
  public func checkpointToTimestamp(every seconds: Int64) throws -> SignedCheckpoint? {
    let last = try read { db in
      try Row.fetchOne(db, sql: "SELECT size, time FROM timestamps ORDER BY size DESC LIMIT 1")
        .map { (size: $0[0] as Int64, time: $0[1] as Int64) }
    }
    let newest = try checkpoint()
    guard newest.checkpoint.size > 0 else { return nil }
    if let last {
      guard Int64(newest.checkpoint.size) > last.size,
        settings.clock().milliseconds - last.time >= seconds * 1000
      else { return nil }
    }
    return newest
  }

  /// Stores a token of RFC 3161 over the text of the checkpoint of that size, which the caller has
  /// judged. One for each size; a second is not stored.
  public func storeTimestamp(_ token: [UInt8], size: UInt64) throws {
    guard token.count <= LogLimits.tokenBytes else {
      throw AuditLogError.tooLarge(limit: LogLimits.tokenBytes)
    }
    try transaction { transaction in
      guard try transaction.db.checkpoint(size: size) != nil else {
        throw AuditLogError.noSuchSize(size)
      }
      try transaction.db.execute(
        sql: "INSERT OR IGNORE INTO timestamps(size, token, time) VALUES(?, ?, ?)",
        arguments: [Int64(size), Data(token), transaction.milliseconds])
    }
  }

  /// When the last time stamp was stored, in milliseconds since 1970.
  public func lastTimestamp() throws -> Int64? {
    try read { try Int64.fetchOne($0, sql: "SELECT max(time) FROM timestamps") }
  }
}
