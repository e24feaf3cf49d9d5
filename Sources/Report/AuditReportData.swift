public import AuditLog
public import CanonicalJSON

// The report for programs and spreadsheets.
extension AuditReportDocument {
  /// One JSON object; a value that isn't known is an absent key. `tables` holds an array for each table.
  public func writeJSON(to sink: Sink) throws {
    var head: [String: JSON] = [
      "report": .string(report.request.question.id),
      "title": .string(report.request.question.title), "log": report.log.json,
      "filters": .object(
        Dictionary(
          uniqueKeysWithValues: report.request.filters.map { ($0.name, .string($0.value)) })),
      "asOf": .string(Timestamp.text(report.request.now)), "madeAt": .string(Timestamp.text(time)),
      "notShown": .array(report.limits.map { .string($0) }),
    ]
    head["theirs"] = report.theirs?.json
    // Rows may be a million: the object is written in pieces, each of them JSON of its own.
    try sink(String(JSON.object(head).line.dropLast()) + ",\n\"tables\":{")
    for (number, heading) in try report.headings().enumerated() {
      try sink((number == 0 ? "\n" : ",\n") + JSON.string(heading.name).line + ":[")
      var isFirst = true
      try report.forEachRow(of: heading.name) { row in
        try sink((isFirst ? "\n" : ",\n") + row.json(heading.columns).line)
        isFirst = false
      }
      try sink("]")
    }
    try sink("}}\n")
  }

  /// One table as a CSV file (RFC 4180) with a header row: the one of this name, or the first.
  ///
  /// Returns false, and writes nothing, where there is no table of that name.
  public func writeCSV(table name: String?, to sink: Sink) throws -> Bool {
    let headings = try report.headings()
    guard let heading = name.map({ name in headings.first { $0.name == name } }) ?? headings.first
    else { return false }
    try sink(SpreadsheetRow(heading.columns).text)
    try report.forEachRow(of: heading.name) { try sink(SpreadsheetRow($0).text) }
    return true
  }

  /// The names of the tables.
  public func tableNames() throws -> [String] { try report.headings().map(\.name) }
}

extension AuditedLog {
  fileprivate var json: JSON {
    var object: [String: JSON] = [
      "origin": .string(origin), "node": .string(node), "size": .integer(Int64(clamping: size)),
      "root": .string(root.base64), "time": .string(Timestamp.text(time)),
    ]
    object["peer"] = peer.map { .string($0) }
    object["verified"] = (verification?.isConsistent).map { .bool($0) }
    return .object(object)
  }
}

extension [AuditValue] {
  /// A row as an object.
  public func json(_ columns: [String]) -> JSON {
    var object: [String: JSON] = [:]
    for (column, value) in zip(columns, self) {
      switch value {
      case .none: break
      case .integer(let number):
        let range = JSON.integerRange
        object[column] = .integer(Swift.min(Swift.max(number, range.lowerBound), range.upperBound))
      case .text(let text): object[column] = .string(text)
      }
    }
    return .object(object)
  }
}

extension JSON {
  fileprivate var line: String { String(decoding: canonicalBytes, as: UTF8.self) }
}

extension SpreadsheetRow {
  /// A row of values; numbers stay numbers.
  init(_ values: [AuditValue]) {
    let cells = values.map { value in
      switch value {
      case .none: ""
      case .integer(let number): String(number)
      case .text(let text): Self.quoted(text)
      }
    }
    self.init(line: cells.joined(separator: ","))
  }
}
