import CanonicalJSON
import Evidence
import Federation
import Redaction
import Report

// A directory and its changes, for people and for programs.

extension DirectoryDocument {
  /// What it is, for programs.
  var summary: JSON {
    [
      "federation": .string(federation.text), "version": .integer(version),
      "issued": .string(issued.text), "validUntil": .string(validUntil.text),
      "threshold": .integer(Int64(threshold)),
      "members": .array(
        members.map {
          [
            "member": .string($0.id.text), "authority": .string($0.authority),
            "words": .string($0.words),
          ]
        }), "digest": .string(digest.base64), "words": .string(words),
    ]
  }

  /// One line for people.
  var line: String {
    "\(federation), version \(version), \(issued.text) to \(validUntil.text), "
      + "\(counted(entries.count, "node")), signed by \(threshold) of \(members.count)"
  }

  /// Members and nodes, a few lines each.
  func telling(at now: Int64) -> [String] {
    members.map { "member  \($0.id)  \(printable($0.authority))\n    \($0.words)" }
      + entries.map { $0.telling(at: now) }
  }
}

extension DirectoryEntry {
  /// A few lines for people.
  func telling(at now: Int64) -> String {
    let facts: [(String, [String])] = [
      ("units", units.map(\.telling)), ("instruments", instruments), ("languages", languages),
      ("stores in", [region].compactMap { $0 }),
    ]
    var lines = ["node  \(card.line)", state(at: now), card.words]
    for (name, texts) in facts where !texts.isEmpty {
      lines.append("\(name): \(printable(texts.joined(separator: ", ")))")
    }
    return lines.joined(separator: "\n    ")
  }

  /// Whether it is in force, in words.
  func state(at now: Int64) -> String {
    if let withdrawal {
      return "withdrawn on \(withdrawal.at.text) (\(withdrawal.reason.rawValue))"
    }
    if now < validFrom.unixSeconds { return "in force from \(validFrom.text) on" }
    return now > validUntil.unixSeconds
      ? "ended on \(validUntil.text)" : "in force until \(validUntil.text)"
  }

  func summary(at now: Int64) -> [String: JSON] {
    card.compared.merging([
      "node": .string(card.node.text), "country": .string(card.country),
      "authority": .string(card.authority), "url": .string(card.url),
      "status": withdrawal == nil ? "active" : "withdrawn", "state": .string(state(at: now)),
    ]) { $1 }
  }
}

extension DirectoryEntry.Unit {
  var telling: String {
    roles.isEmpty ? name : "\(name) (\(roles.joined(separator: ", ")))"
  }
}

extension DirectoryDiff {
  func text(from old: DirectoryDocument?, to new: DirectoryDocument) -> String {
    var lines = [
      old.map { "From version \($0.version) to version \(new.version) of \(new.federation)" }
        ?? "The first version seen here: \(new.line)"
    ]
    lines += members.map { "member  \($0.member.id) \($0.change)\n    \($0.member.words)" }
    if thresholds.count == 2 { lines.append("threshold  \(thresholds[0]) -> \(thresholds[1])") }
    if ends.count == 2 { lines.append("valid until  \(ends[0]) -> \(ends[1])") }
    lines += nodes.map(\.text)
    if isEmpty { lines.append("Nothing else changes") }
    if nodes.contains(where: \.hasNewKeys) {
      lines.append("Compare the eight words of each new key with its node over another channel.")
    }
    return lines.joined(separator: "\n")
  }

  func json(from old: DirectoryDocument?, to new: DirectoryDocument) -> JSON {
    .object(
      known: [
        "federation": .string(new.federation.text), "from": old.map { .integer($0.version) },
        "to": .integer(new.version), "words": .string(new.words),
        "members": .array(
          members.map {
            [
              "member": .string($0.member.id.text), "change": .string($0.change),
              "words": .string($0.member.words),
            ]
          }),
        "threshold": thresholds.isEmpty ? nil : .array(thresholds.map { .integer(Int64($0)) }),
        "validUntil": ends.isEmpty ? nil : .array(ends.map { .string($0) }),
        "nodes": .array(
          nodes.map { node in
            .object(
              known: [
                "node": .string(node.entry.card.node.text), "change": .string(node.change.word),
                "fields": node.change.fields.isEmpty
                  ? nil : .array(node.change.fields.map { .string($0) }),
                "newKeys": .bool(node.hasNewKeys), "words": .string(node.entry.card.words),
              ])
          }),
      ])
  }
}

extension DirectoryDiff.Node {
  var text: String {
    let what =
      switch change {
      case .came: "came: \(entry.card.line)"
      case .went: "is left out; it was withdrawn before"
      case .withdrawn(let withdrawal):
        "is withdrawn since \(withdrawal.at.text) (\(withdrawal.reason.rawValue))"
      case .returned: "is no longer withdrawn"
      case .changed(let fields): "changes \(fields.joined(separator: ", "))"
      }
    let words = hasNewKeys ? "\n    new keys, compare: \(entry.card.words)" : ""
    return "node  \(entry.card.node) \(what)\(words)"
  }
}

extension DirectoryDiff.NodeChange {
  /// For programs and the log.
  var word: String {
    switch self {
    case .came: "added"
    case .went: "removed"
    case .withdrawn: "withdrawn"
    case .returned: "returned"
    case .changed: "changed"
    }
  }

  var fields: [String] { if case .changed(let fields) = self { fields } else { [] } }
}
