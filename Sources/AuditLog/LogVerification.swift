public import CanonicalJSON
public import Merkle

/// The outcome of verifying a log's file: an answer, also when the file is bad.
public struct LogVerification: Hashable, Sendable {
  /// The identity of the log.
  public internal(set) var origin = ""
  /// The id of its node.
  public internal(set) var node = ""
  /// The size that the last checkpoint states.
  public internal(set) var size: UInt64 = 0
  /// The root that the last checkpoint states.
  public internal(set) var root = Hash.emptyTree
  /// For a peer's export, the peer: then the file holds single entries with their proofs.
  public internal(set) var peer: String?
  /// Whether the caller gave the key. Otherwise the file's own key was used, and whoever made the
  /// file may have made the key.
  public internal(set) var keyGiven = false
  /// The entries that were read.
  public internal(set) var entries: UInt64 = 0
  /// The checkpoints whose signature and root are right.
  public internal(set) var checkpoints = 0
  /// The cosignatures that verify by the key stored beside them.
  public internal(set) var cosignatures = 0
  /// The personal texts that are there and match their commitment.
  public internal(set) var personalPresent = 0
  /// The personal texts that are erased, by the rule under which an entry says so.
  public internal(set) var personalErased: [String: Int] = [:]
  /// The personal texts that entries commit to; what is neither present nor erased stayed elsewhere.
  public internal(set) var personalCommitted = 0
  /// Entries before this number were pruned, as an entry says; only their hashes are here.
  public internal(set) var prunedEntries: UInt64 = 0
  /// The checkpoints with a time-stamp token of RFC 3161.
  public internal(set) var timestamps = 0
  /// Whether the tokens were judged, or only counted.
  public internal(set) var timestampsJudged = false
  /// The first problems, at most ``LogLimits/problems``.
  public internal(set) var problems: [LogProblem] = []
  /// How many problems there are.
  public internal(set) var problemCount = 0
  /// The first entry that isn't what it was, or the first that may not be.
  public internal(set) var firstBadEntry: UInt64?

  /// Whether everything holds.
  public var isConsistent: Bool { problemCount == 0 }

  /// An outcome without findings yet.
  package static let empty = LogVerification()

  mutating func report(_ problem: LogProblem) {
    problemCount += 1
    if problems.count < LogLimits.problems { problems.append(problem) }
    if let index = problem.entry { firstBadEntry = min(firstBadEntry ?? index, index) }
  }
}

/// One thing that is wrong with a log's file.
public enum LogProblem: Hashable, Sendable {
  /// The entry's bytes don't have the stored hash.
  case entryChanged(UInt64)
  /// The entry isn't an object in canonical form with the fields that each has.
  case entryMalformed(UInt64)
  /// The entry with this number is missing.
  case entryMissing(UInt64)
  /// The entry is by another node.
  case entryOfOtherNode(UInt64)
  /// The entry doesn't concern the peer whose export it is in.
  case entryOfOtherPeer(UInt64)
  /// The entry's inclusion proof doesn't hold.
  case entryNotProven(UInt64)
  /// A stored hash isn't that of the hashes below it, which cover entries from `entry` on.
  case nodeChanged(level: Int, index: UInt64, entry: UInt64)
  /// The entries up to `size` have another root; up to `entry` an earlier checkpoint was right.
  case rootDiffers(size: UInt64, entry: UInt64)
  /// There is no last checkpoint.
  case noCheckpoint
  /// The checkpoint isn't readable, or not of this log.
  case checkpointMalformed(size: UInt64)
  /// The checkpoint's signature doesn't verify.
  case checkpointSignature(size: UInt64)
  /// There are fewer or more entries than the last checkpoint says.
  case entryCount(entries: UInt64, size: UInt64)
  /// A personal text isn't the one that was committed to.
  case personalChanged(UInt64, field: String)
  /// The table `transfers` doesn't name this entry's transfer, or names others.
  case transferIndex(UInt64)
  /// The index that reports are made with doesn't say of these entries what they say; this is the table.
  case auditIndex(table: String)
  /// A cosignature doesn't verify by the key beside it.
  case cosignature(size: UInt64)
  /// A time-stamp token isn't over the checkpoint of this size, or by nobody whom the caller trusts.
  case timestamp(size: UInt64)
  /// No key verifies the checkpoint, or the file names another than the caller.
  case key
  /// A tile is missing or has another length than its path says.
  case tile(String)
  /// SQLite calls the file damaged, with this result code.
  case fileDamaged(code: Int)

  /// The first entry that this puts in doubt.
  var entry: UInt64? {
    switch self {
    case .entryChanged(let index), .entryMalformed(let index), .entryMissing(let index),
      .entryOfOtherNode(let index), .entryOfOtherPeer(let index), .entryNotProven(let index),
      .nodeChanged(_, _, let index), .rootDiffers(_, let index), .personalChanged(let index, _):
      index
    case .entryCount(let entries, let size): min(entries, size)
    default: nil
    }
  }

  /// The stable name of the problem in JSON, and its numbers.
  var facts: (name: String, numbers: [(String, JSON)]) {
    func number(_ value: UInt64) -> JSON { .count(value) }
    switch self {
    case .entryChanged(let index): return ("entry-changed", [("entry", number(index))])
    case .entryMalformed(let index): return ("entry-malformed", [("entry", number(index))])
    case .entryMissing(let index): return ("entry-missing", [("entry", number(index))])
    case .entryOfOtherNode(let index): return ("entry-of-other-node", [("entry", number(index))])
    case .entryOfOtherPeer(let index): return ("entry-of-other-peer", [("entry", number(index))])
    case .entryNotProven(let index): return ("entry-not-proven", [("entry", number(index))])
    case .nodeChanged(let level, let index, let entry):
      let numbers = [
        ("entry", number(entry)), ("level", .count(level)), ("index", number(index)),
      ]
      return ("hash-changed", numbers)
    case .rootDiffers(let size, let entry):
      return ("root-differs", [("size", number(size)), ("entry", number(entry))])
    case .noCheckpoint: return ("no-checkpoint", [])
    case .checkpointMalformed(let size): return ("checkpoint-malformed", [("size", number(size))])
    case .checkpointSignature(let size): return ("checkpoint-signature", [("size", number(size))])
    case .entryCount(let entries, let size):
      return ("entry-count", [("entries", number(entries)), ("size", number(size))])
    case .personalChanged(let index, let field):
      return ("personal-changed", [("entry", number(index)), ("field", .string(field))])
    case .transferIndex(let index): return ("transfer-index", [("entry", number(index))])
    case .auditIndex(let table): return ("audit-index", [("table", .string(table))])
    case .cosignature(let size): return ("cosignature", [("size", number(size))])
    case .timestamp(let size): return ("timestamp", [("size", number(size))])
    case .key: return ("key", [])
    case .tile(let path): return ("tile", [("path", .string(path))])
    case .fileDamaged(let code): return ("file-damaged", [("code", .count(code))])
    }
  }
}

extension LogVerification {
  /// The outcome for programs; the keys are stable.
  public var json: JSON {
    var object: [String: JSON] = [
      "result": .string(isConsistent ? "consistent" : "inconsistent"),
      "origin": .string(origin), "node": .string(node), "size": .count(size),
      "root": .string(root.base64), "keyGiven": .bool(keyGiven),
      "entries": .count(entries),
      "checkpoints": .count(checkpoints), "cosignatures": .count(cosignatures),
      "problemCount": .count(problemCount),
      "problems": .array(
        problems.map { problem in
          let (name, numbers) = problem.facts
          return .object(
            Dictionary(uniqueKeysWithValues: numbers + [("problem", .string(name))]))
        }),
      "personal": [
        "committed": .count(personalCommitted),
        "present": .count(personalPresent),
        "erased": .object(personalErased.mapValues { .count($0) }),
      ],
    ]
    if let peer { object["peer"] = .string(peer) }
    if prunedEntries > 0 { object["pruned"] = .count(prunedEntries) }
    if timestamps > 0 {
      object["timestamps"] = ["count": .count(timestamps), "judged": .bool(timestampsJudged)]
    }
    if let firstBadEntry {
      object["firstBadEntry"] = .count(firstBadEntry)
    }
    return .object(object)
  }

  /// The outcome for people. Numbers stand behind what they count, so that no word depends on them.
  public var text: String {
    var lines = [
      "\(origin): \(isConsistent ? "consistent" : "INCONSISTENT")",
      "  \(numbered(entries, "entry", "entries")) read, checkpoint of size \(size), root "
        + root.base64,
      "  \(numbered(checkpoints, "checkpoint", "checkpoints")) verified, "
        + numbered(cosignatures, "cosignature", "cosignatures"),
    ]
    if let peer { lines.append("  entries that concern \(peer), each by its inclusion proof") }
    if prunedEntries > 0 {
      lines.append("  entries before \(prunedEntries) were pruned; their hashes are here")
    }
    if timestamps > 0 {
      lines.append(
        "  \(numbered(timestamps, "checkpoint", "checkpoints")) with a time stamp"
          + (timestampsJudged ? "" : ", not judged"))
    }
    if !keyGiven { lines.append("  verified by the key that the file names itself") }
    if personalCommitted > 0 {
      lines.append("  personal texts: \(personalCommitted), of which here: \(personalPresent)")
    }
    for (rule, count) in personalErased.sorted(by: { $0.key < $1.key }) {
      lines.append(
        "  \(numbered(count, "personal text", "personal texts")) erased under \(rule)")
    }
    if let firstBadEntry { lines.append("  first bad entry: \(firstBadEntry)") }
    for problem in problems {
      let (name, numbers) = problem.facts
      let facts = numbers.map { "\($0) \($1.string ?? $1.integer.map { String($0) } ?? "")" }
      lines.append("  " + ([name] + facts).joined(separator: " "))
      if case .auditIndex = problem {
        lines.append(
          "  the entries are whole; reports made with the index aren't to be believed. Keep a copy of it as "
            + "evidence, then delete it: the next report makes one of the entries")
      }
    }
    if problemCount > problems.count {
      lines.append("  and \(problemCount - problems.count) more")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// A count with the noun that belongs to it.
func numbered(_ count: some BinaryInteger, _ one: String, _ many: String) -> String {
  "\(count) \(count == 1 ? one : many)"
}
