public import CanonicalJSON
import GRDB

/// Evidence that a log contradicts itself: what its key signed, twice.
public struct ForkEvidence: Hashable, Sendable {
  /// The log.
  public let origin: String
  /// The note that we held, and the one that was shown.
  public let held: String
  /// The note that was shown, and doesn't continue the other.
  public let shown: String
  /// The proof that came with it and failed: hashes in base64, one a line; empty where there is none.
  public let proof: String
  /// When it was found, in milliseconds since 1970.
  public let milliseconds: Int64

  /// For programs; the keys are stable.
  public var json: JSON {
    [
      "origin": .string(printable(origin)), "held": .string(held), "shown": .string(shown),
      "proof": .string(proof), "time": .string(Timestamp.text(milliseconds)),
    ]
  }

  /// Who is accused of what, in plain words.
  public var text: String {
    func facts(_ note: String) -> String {
      guard let signed = try? SignedNote(parsing: note.utf8),
        let checkpoint = try? Checkpoint(parsing: signed.text)
      else { return "an unreadable note" }
      return "size \(checkpoint.size), root \(checkpoint.root.base64)"
    }
    return """
      \(printable(origin)) contradicts itself; found \(Timestamp.text(milliseconds))
        it signed once:  \(facts(held))
        and also:        \(facts(shown))
        No honest log has both: its node was restored from an old copy, or its history was rewritten.
      """
  }
}

extension NodeLog {
  /// The evidence against logs that this node holds, the newest first.
  public func forks(limit: Int = 1000) throws -> [ForkEvidence] {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: "SELECT origin, held, shown, proof, time FROM forks ORDER BY id DESC LIMIT ?",
        arguments: [limit])
      return rows.map {
        ForkEvidence(origin: $0[0], held: $0[1], shown: $0[2], proof: $0[3], milliseconds: $0[4])
      }
    }
  }
}
