import CAdES
import CanonicalJSON
public import Merkle
public import Redaction

/// What a sender says of a transfer, and signs (`rogatory-transfer/v1`).
///
/// age doesn't authenticate senders: this statement does, by naming the encrypted file.
public struct TransferStatement: Hashable, Sendable {
  /// The transfer.
  public var transfer: TransferID
  /// The bundle's id.
  public var bundle: String
  /// The digest of its seal statement.
  public var seal: Hash
  /// The id of the view that is sent.
  public var view: Hash
  /// The digest of the last redaction record; nil where nothing is redacted.
  public var record: Hash?
  /// SHA-256 of the encrypted file.
  public var ciphertext: Hash
  /// Its length in bytes.
  public var byteCount: UInt64
  /// The sender's node id.
  public var sender: String
  /// The recipients' node ids.
  public var recipients: [String]
  /// SHA-256 of `terms.json`.
  public var terms: Hash
  /// SHA-256 of `release.json`.
  public var release: Hash
  /// When it was released.
  public var time: StatementTime

  /// A statement of these parts.
  public init(
    transfer: TransferID, bundle: String, seal: Hash, view: Hash, record: Hash?, ciphertext: Hash,
    byteCount: UInt64, sender: String, recipients: [String], terms: Hash, release: Hash,
    time: StatementTime
  ) {
    self.transfer = transfer
    self.bundle = bundle
    self.seal = seal
    self.view = view
    self.record = record
    self.ciphertext = ciphertext
    self.byteCount = byteCount
    self.sender = sender
    self.recipients = recipients
    self.terms = terms
    self.release = release
    self.time = time
  }

  /// Parses the bytes that were signed.
  ///
  /// - Throws: ``ExchangeError/malformed(_:)`` naming the key.
  public init(parsing bytes: [UInt8]) throws(ExchangeError) {
    var fields = try StatementFields(parsing: bytes, schema: Self.schema)
    transfer = try fields.transfer("transfer")
    bundle = try fields.bundleID("bundle")
    seal = try fields.hash("seal")
    view = try fields.hash("view")
    record = try fields.optionalHash("record")
    ciphertext = try fields.hash("ciphertext")
    byteCount = try fields.count("bytes")
    sender = try fields.text("sender", limit: 64)
    recipients = try fields.texts("recipients", limit: WireLimits.recipients)
    terms = try fields.hash("terms")
    release = try fields.hash("release")
    time = try fields.time("time")
    try fields.finish()
  }

  /// The bytes that are signed: RFC 8785.
  public var bytes: [UInt8] {
    var object: [String: JSON] = [
      "schema": .string(Self.schema), "transfer": .string(transfer.text),
      "bundle": .string(bundle), "seal": .string(seal.base64), "view": .string(view.base64),
      "ciphertext": .string(ciphertext.base64), "bytes": .integer(Int64(clamping: byteCount)),
      "sender": .string(sender), "recipients": .array(recipients.map { .string($0) }),
      "terms": .string(terms.base64), "release": .string(release.base64),
      "time": .string(time.text),
    ]
    object["record"] = record.map { .string($0.base64) }
    return JSON.object(object).canonicalBytes
  }

  /// What a log entry says of the transfer (the fields that `reconcile` compares).
  func logFields(peer: String) -> [String: JSON] {
    var fields: [String: JSON] = [
      "transfer": .string(transfer.text), "peer": .string(peer), "bundle": .string(bundle),
      "seal": .string(seal.base64), "view": .string(view.base64),
      "ciphertext": .string(ciphertext.base64), "bytes": .integer(Int64(clamping: byteCount)),
    ]
    fields["record"] = record.map { .string($0.base64) }
    return fields
  }

  static let schema = "rogatory-transfer/v1"
}

/// A statement or receipt whose signature holds. Only ``SignatureCheck`` makes one.
struct Signed<Statement: Sendable>: Sendable {
  let statement: Statement
  let bytes: [UInt8]
  let signature: [UInt8]

  fileprivate init(statement: Statement, bytes: [UInt8], signature: [UInt8]) {
    self.statement = statement
    self.bytes = bytes
    self.signature = signature
  }
}

/// How far a peer's clock may be ahead of ours, in seconds: its time-stamps and revocation lists seem
/// to come from the future then, though nothing is wrong with them.
let clockTolerance: Int64 = 300

/// How a statement's signature is checked: only anchors of that node count.
struct SignatureCheck {
  let anchors: [Certificate]
  let timestampAnchors: [Certificate]
  /// Unix seconds.
  let now: Int64

  func statement(
    _ bytes: [UInt8], signature: [UInt8]
  ) throws(ExchangeError) -> Signed<TransferStatement> {
    let statement = try TransferStatement(parsing: bytes)
    try check(bytes, signature, .proofOfSender)
    return Signed(statement: statement, bytes: bytes, signature: signature)
  }

  func receipt(_ bytes: [UInt8], signature: [UInt8]) throws(ExchangeError) -> Signed<Receipt> {
    let receipt = try Receipt(parsing: bytes)
    try check(bytes, signature, .proofOfReceipt)
    return Signed(statement: receipt, bytes: bytes, signature: signature)
  }

  func recall(
    _ bytes: [UInt8], signature: [UInt8]
  ) throws(ExchangeError) -> Signed<RecallStatement> {
    let recall = try RecallStatement(parsing: bytes)
    try check(bytes, signature, .proofOfSender)
    return Signed(statement: recall, bytes: bytes, signature: signature)
  }

  private func check(
    _ bytes: [UInt8], _ signature: [UInt8], _ commitment: Commitment
  ) throws(ExchangeError) {
    guard signature.count <= WireLimits.signature else { throw .malformed("signature") }
    let validation = validate(
      signature: signature, content: bytes, anchors: anchors,
      timestampAnchors: timestampAnchors, now: now + clockTolerance)
    guard case .passed = validation.result else {
      throw .badReceipt("signature: \(validation.result.subIndication?.rawValue ?? "?")")
    }
    guard validation.commitment == commitment else { throw .badReceipt("commitment") }
  }
}
