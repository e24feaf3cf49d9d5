import CanonicalJSON
public import Merkle
public import Redaction

/// What a sender says when it takes a transfer back, and signs (`rogatory-recall/v1`).
///
/// It asks; whether law lets the receiver erase is for people of the receiver to say.
public struct RecallStatement: Hashable, Sendable {
  /// The transfer.
  public var transfer: TransferID
  /// The bundle's id.
  public var bundle: String
  /// SHA-256 of the encrypted file.
  public var ciphertext: Hash
  /// Its length in bytes.
  public var byteCount: UInt64
  /// The node that sent it and asks.
  public var sender: String
  /// The node that is asked.
  public var recipient: String
  /// Why.
  public var reason: ReasonCode
  /// When it was decided.
  public var time: StatementTime

  /// The recall of a transfer from one recipient.
  public init(
    _ statement: TransferStatement, from recipient: String, reason: ReasonCode,
    time: StatementTime
  ) {
    transfer = statement.transfer
    bundle = statement.bundle
    ciphertext = statement.ciphertext
    byteCount = statement.byteCount
    sender = statement.sender
    self.recipient = recipient
    self.reason = reason
    self.time = time
  }

  /// Parses the bytes that were signed.
  ///
  /// - Throws: ``ExchangeError/malformed(_:)`` naming the key.
  public init(parsing bytes: [UInt8]) throws(ExchangeError) {
    var fields = try StatementFields(parsing: bytes, schema: Self.schema)
    transfer = try fields.transfer("transfer")
    bundle = try fields.bundleID("bundle")
    ciphertext = try fields.hash("ciphertext")
    byteCount = try fields.count("bytes")
    sender = try fields.text("sender", limit: 64)
    recipient = try fields.text("recipient", limit: 64)
    reason = try fields.reason("reason")
    time = try fields.time("time")
    try fields.finish()
  }

  /// The bytes that are signed: RFC 8785.
  public var bytes: [UInt8] {
    JSON.object([
      "schema": .string(Self.schema), "transfer": .string(transfer.text),
      "bundle": .string(bundle), "ciphertext": .string(ciphertext.base64),
      "bytes": .integer(Int64(clamping: byteCount)), "sender": .string(sender),
      "recipient": .string(recipient), "reason": .string(reason.text), "time": .string(time.text),
    ]).canonicalBytes
  }

  /// Whether it is about exactly this transfer, by its sender, to this node.
  func takesBack(_ statement: TransferStatement, from recipient: String) -> Bool {
    self == RecallStatement(statement, from: recipient, reason: reason, time: time)
  }

  static let schema = "rogatory-recall/v1"
}
