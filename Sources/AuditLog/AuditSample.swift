import GRDB
import Merkle

/// Transfers drawn at random for a spot check, so that anybody draws the same again.
public struct AuditSample: Hashable, Sendable {
  /// The seed that the draw was made with.
  public let seed: String
  /// How many transfers were there to draw from.
  public let population: Int
  /// The transfers drawn, in the order of the draw.
  public let transfers: [Drawn]

  /// One of them.
  public struct Drawn: Hashable, Sendable {
    /// The transfer.
    public let transfer: String
    /// The values of `transfer_view`, by column.
    public let values: [AuditValue]
    /// The numbers of its entries, for `log prove`.
    public let entries: [UInt64]
  }

  /// The columns of ``Drawn/values``.
  public let columns: [String]

  /// Draws `count` of the transfers that the filters of `request` let through.
  ///
  /// The order of the draw is that of `SHA-256(seed ‖ 0A ‖ transfer)` in hexadecimal, which no one can
  /// steer who doesn't know the seed: choose it after the log's checkpoint is fixed.
  public init(of log: AuditedLog, _ request: AuditRequest, seed: String, count: Int) throws {
    self.seed = seed
    var drawn: [(rank: String, transfer: String)] = []
    var population = 0
    try log.forEachRow("SELECT transfer FROM transfer_view WHERE \(request.filter())") { row in
      guard case .text(let transfer)? = row.first else { return }
      population += 1
      let rank = hexadecimal(Hash(digestOf: Array("\(seed)\n\(transfer)".utf8)).bytes)
      // Only as many are kept as are wanted: the last gives way to a smaller one.
      if drawn.count == count, let last = drawn.last, last.rank < rank { return }
      let place = drawn.firstIndex { rank < $0.rank } ?? drawn.count
      drawn.insert((rank, transfer), at: place)
      if drawn.count > count { drawn.removeLast() }
    }
    self.population = population
    columns = try log.columnNames(of: "transfer_view")
    transfers = try drawn.map { _, transfer in
      var values: [AuditValue] = []
      try log.forEachRow("SELECT * FROM transfer_view WHERE transfer = \(transfer)") { values = $0 }
      var entries: [UInt64] = []
      try log.forEachRow("SELECT idx FROM entry_view WHERE transfer = \(transfer) ORDER BY idx") {
        if case .integer(let index)? = $0.first { entries.append(UInt64(clamping: index)) }
      }
      return Drawn(transfer: transfer, values: values, entries: entries)
    }
  }

  /// The most transfers in one sample: more is no spot check.
  public static let limit = 1000
}

extension AuditedLog {
  fileprivate func columnNames(of view: String) throws -> [String] {
    try index.queue.read { db in
      try db.makeStatement(sql: "SELECT * FROM \(view)").columnNames
    }
  }
}
