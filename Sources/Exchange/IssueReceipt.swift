import AuditLog
import CAdES
import CanonicalJSON
import Merkle
import NIOPosix
import Redaction

/// A receipt of this node, signed and not yet in its log.
struct SignedReceipt: Sendable {
  let receipt: Receipt
  let bytes: [UInt8]
  let signature: [UInt8]
}

extension ExchangeNode {
  /// Signs a receipt, on a thread that may block.
  func sign(
    _ kind: Receipt.Kind, of statement: TransferStatement, code: TransferCode? = nil,
    recall: Hash? = nil, reason: ReasonCode? = nil, erasure: Receipt.Erasure? = nil
  ) async throws -> SignedReceipt {
    try await NIOThreadPool.singleton.runIfActive {
      try signed(
        kind, of: statement, code: code, recall: recall, reason: reason, erasure: erasure)
    }
  }

  /// A signed receipt. Blocks, since an authority is asked for the time.
  ///
  /// The receipt is signed first; then one transaction logs its digest and stores it. A crash in
  /// between loses a receipt that nobody has seen.
  func signed(
    _ kind: Receipt.Kind, of statement: TransferStatement, code: TransferCode? = nil,
    item: Int? = nil, recall: Hash? = nil, reason: ReasonCode? = nil,
    erasure: Receipt.Erasure? = nil
  ) throws -> SignedReceipt {
    let seconds = seconds
    guard let time = StatementTime(unixSeconds: seconds) else {
      throw ExchangeError.malformed("time")
    }
    let receipt = Receipt(
      kind, of: statement, node: node.text, time: time, code: code, item: item, recall: recall,
      reason: reason, erasure: erasure)
    let bytes = receipt.bytes
    let signature = try signatory.value().sign(bytes, commitment: .proofOfReceipt, at: seconds)
    return SignedReceipt(receipt: receipt, bytes: bytes, signature: signature)
  }
}

extension LogTransaction {
  /// Logs the receipt's digest and stores the receipt. `personal`: the people who decided it.
  mutating func issue(
    _ signed: SignedReceipt, for row: TransferRow, personal: [String: String] = [:]
  ) throws {
    var fields: [String: JSON] = [
      "kind": .string(signed.receipt.kind.rawValue),
      "receipt": .string(digest(signed.bytes).base64),
    ]
    fields["code"] = signed.receipt.code.map { .string($0.rawValue) }
    fields["item"] = signed.receipt.item.map { .integer(Int64($0)) }
    // A recall's refusal has a code of its own kind.
    if let reason = signed.receipt.reason { fields["code"] = .string(reason.text) }
    let entry = try append(row.draft(.receiptOut, fields, personal: personal))
    try db.insert(
      ReceiptRow(
        transfer: row.id, kind: signed.receipt.kind, isIssuedHere: true, statement: signed.bytes,
        signature: signed.signature, index: entry.index, time: milliseconds))
  }
}
