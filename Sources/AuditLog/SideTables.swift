import GRDB
import Merkle

/// Compares the personal texts with what the entries commit to, both in the order of the entries.
struct PersonalWalk {
  private let rows: RowReader?
  /// The entry of the text that the reader is at; nil after the last.
  private var index: UInt64?

  init(_ rows: RowReader?) throws {
    self.rows = rows
    try advance()
  }

  /// Judges the texts of the next entry; `form` is nil where it can't be read.
  mutating func judge(
    _ form: EntryForm?, index entry: UInt64, _ result: inout LogVerification
  ) throws {
    guard let index, index <= entry else { return }
    let commitments = form?.commitments ?? []
    while let rows, let index = self.index, index <= entry {
      let field = printable(String(decoding: rows.bytes(1) ?? [], as: UTF8.self))
      let salt = rows.bytes(2, limit: PersonalCommitment.saltBytes) ?? []
      let commitment = Hash(leaf: salt + (rows.bytes(3) ?? [])).base64
      if index == entry, salt.count == PersonalCommitment.saltBytes,
        commitments.contains(where: { $0.field == field && $0.commitment == commitment })
      {
        result.personalPresent += 1
      } else {
        result.report(.personalChanged(index, field: field))
      }
      try advance()
    }
  }

  /// Reports the texts of entries that there are not.
  mutating func finish(_ result: inout LogVerification) throws {
    while let rows, let index {
      let field = printable(String(decoding: rows.bytes(1) ?? [], as: UTF8.self))
      result.report(.personalChanged(index, field: field))
      try advance()
    }
  }

  private mutating func advance() throws {
    guard let rows, try rows.next() else {
      index = nil
      return
    }
    // What is no number belongs to no entry.
    index = rows.unsigned(0) ?? LogLimits.treeSize
  }
}

/// Compares the table that finds the entries of a transfer with the entries themselves.
///
/// Both sides are summed up: the same pairs in any order give the same sum, and other pairs don't,
/// since the hash of each is keyed with randomness of this process. Only where the sums differ is
/// the table asked for each entry, which takes longer than everything else.
struct TransferIndexJudge {
  private var count = 0
  private var sum: UInt = 0

  /// Adds what an entry says.
  mutating func add(_ form: EntryForm, index: UInt64) {
    guard let transfer = form.text("transfer") else { return }
    count += 1
    sum &+= Self.hash(Array(transfer.utf8), index)
  }

  /// Compares with the table.
  func finish(_ db: Database, _ result: inout LogVerification) throws {
    var rest = (count: count, sum: sum)
    let rows = try RowReader(db, sql: "SELECT transfer, idx FROM transfers")
    while try rows.next() {
      rest.count -= 1
      rest.sum &-= Self.hash(rows.bytes(0) ?? [], rows.unsigned(1) ?? LogLimits.treeSize)
    }
    guard rest.count != 0 || rest.sum != 0 else { return }
    let before = result.problemCount
    try nameEntries(db, &result)
    // Every entry is found, so the table names others besides.
    if result.problemCount == before { result.report(.transferIndex(result.size)) }
  }

  private func nameEntries(_ db: Database, _ result: inout LogVerification) throws {
    let rows = try RowReader(db, sql: "SELECT idx, body FROM entries ORDER BY idx")
    let find = try db.makeStatement(sql: "SELECT 1 FROM transfers WHERE transfer = ? AND idx = ?")
    while try rows.next() {
      guard let index = rows.unsigned(0), let body = rows.bytes(1, limit: LogLimits.entryBytes),
        let transfer = (try? EntryForm(body))?.text("transfer")
      else { continue }
      let isThere = try Row.fetchOne(find, arguments: [transfer, Int64(clamping: index)])
      if isThere == nil { result.report(.transferIndex(index)) }
    }
  }

  private static func hash(_ transfer: [UInt8], _ index: UInt64) -> UInt {
    var hasher = Hasher()
    transfer.withUnsafeBytes { hasher.combine(bytes: $0) }
    hasher.combine(transfer.count)
    hasher.combine(index)
    return UInt(bitPattern: hasher.finalize())
  }
}
