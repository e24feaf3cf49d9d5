import AuditLog
import CanonicalJSON
import Merkle

/// A receipt with everything that lets somebody check it without a node.
public struct ProvenReceipt: Hashable, Sendable {
  /// What it says, such as `DELIVERY`.
  public let kind: String
  /// The node that gave it.
  public let node: String
  /// The signed bytes.
  public let receipt: [UInt8]
  /// Their CAdES signature, detached.
  public let signature: [UInt8]
  /// The entry of that node's log that holds the receipt's digest.
  public let entry: [UInt8]
  /// The proof that the entry is in that log, C2SP tlog-proof.
  public let proof: [UInt8]
  /// The verifier key of that log; nothing where no approved card has it any more.
  public let logKey: String?
}

extension ExchangeNode {
  /// The receipts of a transfer, given and got, each with the entry and its proof.
  public func provenReceipts(of id: String) throws -> [ProvenReceipt] {
    let transfer = try transferID(id)
    let row = try store.row(transfer)
    return try store.receipts(transfer).map { stored in
      var (entry, proof) = (stored.entry ?? [], stored.proof ?? [])
      if stored.isIssuedHere {
        let proven = try log.provenEntry(at: stored.index)
        (entry, proof) = (proven.entry, proven.proof.serialized)
      }
      return ProvenReceipt(
        kind: stored.kind.rawValue, node: stored.isIssuedHere ? node.text : row.peer,
        receipt: stored.statement, signature: stored.signature, entry: entry, proof: proof,
        logKey: stored.isIssuedHere
          ? log.verifierKey.text : (try? peer(row.peer))?.card.logKey)
    }
  }
}

/// Whether an entry of a log is the one about a receipt: it holds the digest of its bytes.
public func isEntry(_ entry: [UInt8], about receipt: [UInt8]) -> Bool {
  guard let json = try? JSON(canonical: entry, limit: LogLimits.entryBytes) else { return false }
  return [LogEvent.receiptOut.rawValue, LogEvent.receiptIn.rawValue]
    .contains(json["event"]?.string) && json["receipt"]?.string == digest(receipt).base64
}
