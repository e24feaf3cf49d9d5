// What a page can bear: a hostile bundle can hold a hundred thousand failures.

extension ReportTable {
  /// The table with at most so many rows, those about something wrong first to stay, and a note that
  /// tells how many are left out.
  func shortened(to limit: Int, _ say: Phrases) -> ReportTable {
    guard rows.count > limit else { return self }
    let bad = rows.count(where: \.isBad)
    var (badRoom, room) = (min(bad, limit), max(0, limit - bad))
    var table = self
    table.rows = Rows(
      rows.filter { row in
        if row.isBad {
          badRoom -= 1
          return badRoom >= 0
        }
        room -= 1
        return room >= 0
      })
    table.note = say(
      bad > limit ? .badRowsOmitted : .rowsOmitted, String(rows.count - table.rows.count))
    return table
  }
}

extension [ReportText] {
  /// The first of a long list, and how many more there are.
  func shortened(to limit: Int, _ say: Phrases) -> [ReportText] {
    count > limit
      ? Array(prefix(limit)) + [.words(say(.andMore, String(count - limit)))] : self
  }
}
