import AuditLog
public import CanonicalJSON

/// Everything that this node knows of a transfer.
public struct TransferLife: Sendable {
  /// Where it stands.
  public let summary: TransferSummary
  /// The receipts, issued here or come from the peer, in order.
  public let receipts: [JSON]
  /// The entries of this node's log about it, in order.
  public let entries: [JSON]

  /// For programs; keys are stable.
  public var json: JSON {
    var object = summary.json.object ?? [:]
    object["receipts"] = .array(receipts)
    object["entries"] = .array(entries)
    return .object(object)
  }

  /// For people.
  public var text: String {
    var lines = [summary.text]
    if !receipts.isEmpty { lines.append("receipts:") }
    lines += receipts.map { receipt in
      let why = receipt["code"]?.string.map { "  \($0)" } ?? ""
      return "  \(receipt["time"]?.string ?? "?")  \(receipt["kind"]?.string ?? "?")"
        + "  by \(receipt["node"]?.string ?? "?")\(why)"
    }
    if !entries.isEmpty { lines.append("log of this node:") }
    lines += entries.map { entry in
      let more = ["kind", "outcome", "code"].compactMap { entry[$0]?.string }.joined(separator: " ")
      return "  \(entry["index"]?.integer ?? 0)  \(entry["time"]?.string ?? "?")"
        + "  \(entry["event"]?.string ?? "?")  \(more)"
    }
    return lines.joined(separator: "\n")
  }
}

extension ExchangeNode {
  /// The life of a transfer as far as this node tells it: state, receipts, log entries.
  public func transfer(_ id: String) throws -> TransferLife {
    let id = try transferID(id)
    let row = try store.row(id)
    var entries: [JSON] = []
    try log.show(EntryFilter(transfer: id.text, limit: Self.maximumEntries)) { entry in
      var fields = entry.fields
      fields["index"] = .integer(Int64(clamping: entry.index))
      fields["nonce"] = nil
      entries.append(.object(fields))
    }
    let receipts = try store.receipts(id).map { receipt in
      let json = try JSON(parsing: receipt.statement, limit: WireLimits.statement)
      var object = json.object ?? [:]
      object["issuedHere"] = .bool(receipt.isIssuedHere)
      object["entry"] = .integer(Int64(clamping: receipt.index))
      object["digest"] = .string(digest(receipt.statement).base64)
      return JSON.object(object)
    }
    return TransferLife(summary: row.summary, receipts: receipts, entries: entries)
  }

  /// A transfer has about ten entries; each opening adds one.
  private static let maximumEntries = 10_000
}
