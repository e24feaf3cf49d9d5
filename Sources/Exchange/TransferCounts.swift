public import AuditLog
import GRDB

/// How many transfers of one direction are in one state.
public struct TransferCount: Hashable, Sendable {
  /// Out or in.
  public let direction: TransferState.Direction
  /// The state.
  public let phase: TransferPhase
  /// How many.
  public let count: Int
}

extension ExchangeNode {
  /// The figures of the node's log.
  public func logFigures() throws -> LogFigures { try log.figures() }

  /// The transfers of this node by direction and state.
  public func transferCounts() throws -> [TransferCount] {
    try log.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT direction, phase, count(*) FROM exchange_transfers GROUP BY 1, 2 ORDER BY 1, 2
          """
      ).compactMap { row in
        guard let direction = TransferState.Direction(rawValue: row[0]),
          let phase = TransferPhase(rawValue: row[1])
        else { return nil }
        return TransferCount(direction: direction, phase: phase, count: row[2])
      }
    }
  }
}
