import AuditLog
public import CanonicalJSON
import Evidence

/// Everything that this node knows of a transfer, and what the other says of it.
public struct TransferLife: Sendable {
  /// What the other node says.
  public enum Peer: Sendable {
    /// It wasn't asked.
    case notAsked
    /// Where it stands there.
    case says(PeerStanding)
    /// Why it couldn't be asked, in words.
    case unreached(String)
  }

  /// Where it stands.
  public let summary: TransferSummary
  /// The receipts, issued here or come from the peer, in order.
  public let receipts: [JSON]
  /// The entries of this node's log about it, in order.
  public let entries: [JSON]
  /// What the other node says of it.
  public var peer = Peer.notAsked

  /// For programs; keys are stable.
  public var json: JSON {
    var object = summary.json.object ?? [:]
    object["receipts"] = .array(receipts)
    object["entries"] = .array(entries)
    switch peer {
    case .notAsked: break
    case .says(let standing): object["peerSays"] = standing.json
    case .unreached(let why): object["peerUnreached"] = .string(why)
    }
    return .object(object)
  }

  /// For people: where it stands, then its life as a dated list, then the other node.
  public var text: String {
    var lines = [summary.text, ""]
    lines += entries.map { entry in
      "\(entry["time"]?.string?.prefix(19) ?? "?")Z  entry \(entry["index"]?.integer ?? 0): "
        + LifeWords(entry: entry, peer: summary.peer, receipts: receipts).text
    }
    lines.append("")
    switch peer {
    case .notAsked: lines.append("\(summary.peer) wasn't asked; its receipts say what it attests.")
    case .unreached(let why): lines.append("\(summary.peer) isn't reached now: \(why)")
    case .says(let standing): lines += words(of: standing)
    }
    return lines.joined(separator: "\n")
  }

  private func words(of standing: PeerStanding) -> [String] {
    var line = "\(summary.peer) says now: \(standing.phase.rawValue)"
    if !standing.phase.isFinal { line += ", with \(standing.offset) of \(summary.bytes) bytes" }
    let here = Set(receipts.compactMap { $0["digest"]?.string })
    let there = Set(standing.receipts.map(\.digest))
    // What is given up or withdrawn here concerns this node alone.
    let given = receipts.filter { receipt in
      summary.direction == .in || receipt["issuedHere"] != true
    }
    let missingThere = given.filter { !there.contains($0["digest"]?.string ?? "") }
    let missingHere = standing.receipts.filter { !here.contains($0.digest) }
    let kinds = standing.receipts.map(\.kind).joined(separator: ", ")
    var lines = [
      line,
      "It holds \(counted(standing.receipts.count, "receipt"))\(kinds.isEmpty ? "" : ": \(kinds)").",
    ]
    if !missingThere.isEmpty {
      let names = missingThere.compactMap { $0["kind"]?.string }.joined(separator: ", ")
      lines.append("Not there yet: \(names).")
    }
    if !missingHere.isEmpty {
      lines.append("Not here yet: \(missingHere.map(\.kind).joined(separator: ", ")).")
    }
    return lines
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

  /// The same, with what the other node says now; where it isn't reached, why.
  public func transferOnBothNodes(_ id: String) async throws -> TransferLife {
    var life = try transfer(id)
    do {
      life.peer = .says(try await peerStanding(id))
    } catch let error as ExchangeError {
      life.peer = .unreached(error.words)
    }
    return life
  }

  /// What this node expected and found when it refused a transfer; nil where it didn't, or where the
  /// text was erased. It stands in the personal layer, since it may quote the bundle.
  public func refusalDetail(of id: String) throws -> String? {
    let id = try transferID(id)
    var detail: String?
    try log.show(
      EntryFilter(event: .reject, transfer: id.text, limit: Self.maximumEntries),
      personal: true
    ) { entry in detail = entry.personal["detail"] ?? detail }
    return detail
  }

  /// Whether a receipt or recall of this transfer still has to be brought to the other node.
  public func isWaitingForPeer(_ id: String) throws -> Bool {
    let row = try store.row(transferID(id))
    return try log.read { try $0.waitingMessages(for: row.peer, now: .max) }
      .contains { $0.id == row.id }
  }

  /// A transfer has about ten entries; each opening adds one.
  private static let maximumEntries = 10_000
}

/// One entry of a transfer's life in words.
private struct LifeWords {
  let entry: JSON
  let peer: String
  let receipts: [JSON]

  var text: String {
    let code = entry["code"]?.string.map { ", \($0)" } ?? ""
    switch LogEvent(rawValue: entry["event"]?.string ?? "") {
    case .release: return "released to \(peer)"
    case .queue: return "queued" + line
    case .offer: return "offered by \(peer)" + same
    case .send: return "sending to \(peer) began" + attempt
    case .receive: return "all bytes are here"
    case .verify: return "checked: \(entry["outcome"]?.string ?? "?")"
    case .deliver: return "in the inbox"
    case .retrieve: return "opened by a person"
    case .reject: return "\(entry["outcome"]?.string ?? "refused")\(code)"
    case .recall: return "recalled by \(sender)\(code)"
    case .hold:
      return "hold by order \(entry["order"]?.string ?? "?") \(entry["outcome"]?.string ?? "")"
    case .erase: return "erasure \(entry["outcome"]?.string ?? "")\(code)"
    case .receiptIn: return "\(receipt) came\(code)"
    case .receiptOut: return "\(receipt) given\(code)"
    case let event: return event?.rawValue ?? "?"
    }
  }

  private var line: String {
    let priority = entry["priority"]?.string.map { ", priority \($0)" } ?? ""
    let due = entry["due"]?.string.map { ", given up after \($0)" } ?? ""
    return priority + due
  }

  private var same: String {
    entry["same-content"]?.string.map { ", the same content as \($0)" } ?? ""
  }

  private var attempt: String {
    entry["attempt"]?.integer.map { " at attempt \($0)" } ?? ""
  }

  private var sender: String {
    entry["direction"]?.string == TransferState.Direction.out.rawValue ? "this node" : peer
  }

  /// The receipt's name, with whose signature it bears.
  private var receipt: String {
    let found = receipts.first { $0["digest"]?.string == entry["receipt"]?.string }
    let node = found?["node"]?.string ?? "?"
    let item = entry["item"]?.integer.map { " about item \($0)" } ?? ""
    return "receipt \(entry["kind"]?.string ?? "?")\(item), signed by \(node),"
  }
}
