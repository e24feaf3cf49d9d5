public import AuditLog
import CanonicalJSON
import Evidence
import Redaction

/// An entry of a node's log with the proof that it is there, as a caller hands both in beside a
/// bundle (C2SP tlog-proof, Docs/AuditLog.md).
public struct LogAnchor: Sendable {
  /// The proof's path as the caller gave it.
  let path: String
  /// The entry's number.
  let index: UInt64
  /// The entry; nil where its bytes are no JSON object.
  let entry: JSON?
  /// The checkpoint that the proof leads to; nil where the proof doesn't hold.
  let checkpoint: Checkpoint?

  /// Reads and checks a proof. That it doesn't hold is an answer, not an error.
  ///
  /// - Parameter keys: the keys of logs that the caller trusts; the one that has the log's name counts.
  /// - Throws: `AuditLogError` for bytes that are no proof.
  public init(
    path: String, proof bytes: [UInt8], entry: [UInt8], keys: [VerifierKey]
  ) throws(AuditLogError) {
    let proof = try TlogProof(parsing: bytes)
    self.path = path
    index = proof.index
    self.entry = (try? JSON(canonical: entry, limit: Self.maximumEntry)).flatMap {
      $0.object == nil ? nil : $0
    }
    checkpoint = keys.lazy.compactMap { try? proof.check(entry: entry, key: $0) }.first
  }

  /// An entry of a log is a line.
  private static let maximumEntry = 1 << 16
}

// Point 12, and what it adds to points 2 and 7.
extension ReportBuilder {
  var logAnchor: [ReportBlock] {
    var blocks: [ReportBlock] =
      order.logAnchors.isEmpty ? [paragraph(.logAbsent)] : [paragraph(.logMeaning)]
    blocks += order.logAnchors.map { anchor in
      .facts(facts(of: anchor), caption: say(.logCaption, clipped(anchor.path)))
    }
    blocks.append(paragraph(.logHow))
    if let transfer = verification.release?.transfer, isTransferID(transfer) {
      blocks.append(
        .commands([RepeatCommand(command: "rogatory transfer show \(shellQuoted(transfer))")]))
    }
    return blocks
  }

  private func facts(of anchor: LogAnchor) -> [ReportFact] {
    let holds = anchor.checkpoint != nil
    var facts = [
      ReportFact(say[.logProof], words(holds ? .logHolds : .logFails)),
      ReportFact(say[.logRow], .code(String(anchor.index))),
    ]
    // What a proof that doesn't hold says is nobody's word.
    guard let checkpoint = anchor.checkpoint else { return facts }
    facts += [
      ReportFact(say[.logOrigin], .given(checkpoint.origin)),
      ReportFact(say[.logSize], .code(String(checkpoint.size))),
      ReportFact(say[.logRoot], .code(checkpoint.root.base64)),
      ReportFact(say[.logEvent], given(anchor.entry?["event"]?.string)),
      ReportFact(say[.logTime], given(anchor.entry?["time"]?.string)),
      ReportFact(say[.logSubject], subject(of: anchor)),
    ]
    return facts
  }

  /// Which statement of this bundle the entry names, by digest.
  private func subject(of anchor: LogAnchor) -> ReportText {
    guard let seal = verification.seal, let id = anchor.entry?["bundle"]?.string else {
      return words(.logNoBundle)
    }
    guard id == seal.bundleID else { return words(.logOtherBundle, id) }
    if let record = anchor.entry?["record"]?.string,
      let step = verification.records.firstIndex(where: { $0.digest.base64 == record })
    {
      return words(.logSameRecord, String(step + 1))
    }
    return anchor.entry?["seal"]?.string == seal.digest.base64
      ? words(.logSameSeal) : words(.logSameBundle)
  }

  /// Proofs that don't hold.
  var brokenAnchors: [ReportText] {
    order.logAnchors.filter { $0.checkpoint == nil }.map {
      words(.logBroken, clipped($0.path))
    }
  }

  /// What stands in a command must be what it seems.
  private func isTransferID(_ text: String) -> Bool {
    text.utf8.count == 36
      && text.utf8.allSatisfy { byte in
        byte == UInt8(ascii: "-") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
          || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte
      }
  }
}
