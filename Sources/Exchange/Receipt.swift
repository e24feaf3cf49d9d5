import CanonicalJSON
public import Merkle
public import Redaction

/// What a node attests about a transfer, and signs (`rogatory-receipt/v1`).
public struct Receipt: Hashable, Sendable {
  /// The event, named as in ETSI EN 319 522 (ERDS evidence) and e-CODEX; the last two are our own,
  /// since neither knows a recall.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The offer was accepted; the bytes may come.
    case submissionAcceptance = "SUBMISSION_ACCEPTANCE"
    /// The offer was refused; no byte was asked for.
    case submissionRejection = "SUBMISSION_REJECTION"
    /// All bytes came, with the announced digest.
    case relayAcceptance = "RELAY_ACCEPTANCE"
    /// The bytes that came aren't those that were announced.
    case relayRejection = "RELAY_REJECTION"
    /// The bytes didn't come in time, or were taken back: nothing of them is kept.
    case relayFailure = "RELAY_FAILURE"
    /// It was decrypted, every check passed, and it is in the inbox.
    case delivery = "DELIVERY"
    /// A check failed; or, by the sender itself: it couldn't be brought to the peer in time.
    case nonDelivery = "NON_DELIVERY"
    /// A person opened it, with a reason.
    case retrieval = "RETRIEVAL"
    /// Nobody opened it for as long as the receiver's node allows. A later retrieval follows it.
    case nonRetrieval = "NON_RETRIEVAL"
    /// The bundle was erased: the certificate of that.
    case erasure = "ERASURE"
    /// The receiver doesn't erase what was recalled.
    case recallRefusal = "RECALL_REFUSAL"

    /// Whether it says that the receiver doesn't have the bundle; such a receipt has a code.
    public var isRefusal: Bool {
      switch self {
      case .submissionRejection, .relayRejection, .relayFailure, .nonDelivery: true
      case .submissionAcceptance, .relayAcceptance, .delivery, .retrieval, .nonRetrieval,
        .erasure, .recallRefusal:
        false
      }
    }
  }

  /// The event.
  public var kind: Kind
  /// The transfer.
  public var transfer: TransferID
  /// The bundle's id.
  public var bundle: String
  /// SHA-256 of the encrypted file, as the sender announced it.
  public var ciphertext: Hash
  /// Its length in bytes.
  public var byteCount: UInt64
  /// The node that attests.
  public var node: String
  /// The node that it attests to.
  public var peer: String
  /// When it happened.
  public var time: StatementTime
  /// Why it was refused.
  public var code: TransferCode?
  /// The number of the item that a refusal is about.
  public var item: Int?
  /// SHA-256 of the recall that it answers: with ``Kind/recallRefusal``, and with
  /// ``Kind/erasure`` where there was one.
  public var recall: Hash?
  /// Why a recall is refused.
  public var reason: ReasonCode?
  /// What was erased, with ``Kind/erasure``.
  public var erasure: Erasure?

  /// What a certificate of erasure says beyond the transfer.
  public struct Erasure: Hashable, Sendable {
    /// The digest of the seal of what was erased.
    public var seal: Hash
    /// The authority that erased it, as its card names it.
    public var authority: String
    /// How: ``filesRemoved``.
    public var method: String

    /// The bundle's files of inbox and quarantine were removed, and the disk knows. Copies that people
    /// made outside of the node, and backups, aren't covered.
    public static let filesRemoved = "FILES_REMOVED"

    /// An erasure by this node's one method.
    public init(seal: Hash, authority: String, method: String = filesRemoved) {
      self.seal = seal
      self.authority = authority
      self.method = method
    }
  }

  /// A receipt about a transfer.
  public init(
    _ kind: Kind, of statement: TransferStatement, node: String, time: StatementTime,
    code: TransferCode? = nil, item: Int? = nil, recall: Hash? = nil, reason: ReasonCode? = nil,
    erasure: Erasure? = nil
  ) {
    self.kind = kind
    transfer = statement.transfer
    bundle = statement.bundle
    ciphertext = statement.ciphertext
    byteCount = statement.byteCount
    self.node = node
    peer = statement.sender
    self.time = time
    self.code = code
    self.item = item
    self.recall = recall
    self.reason = reason
    self.erasure = erasure
  }

  /// Parses the bytes that were signed.
  ///
  /// - Throws: ``ExchangeError/malformed(_:)`` naming the key.
  public init(parsing bytes: [UInt8]) throws(ExchangeError) {
    var fields = try StatementFields(parsing: bytes, schema: Self.schema)
    guard let kind = Kind(rawValue: try fields.text("kind")) else { throw .malformed("kind") }
    self.kind = kind
    transfer = try fields.transfer("transfer")
    bundle = try fields.bundleID("bundle")
    ciphertext = try fields.hash("ciphertext")
    byteCount = try fields.count("bytes")
    node = try fields.text("node", limit: 64)
    peer = try fields.text("peer", limit: 64)
    time = try fields.time("time")
    if let text = try fields.optionalText("code") {
      guard let code = TransferCode(rawValue: text), kind.isRefusal else {
        throw .malformed("code")
      }
      self.code = code
    }
    if let number = try fields.optionalCount("item") {
      guard (1...Self.maximumItem).contains(number), kind.isRefusal else {
        throw .malformed("item")
      }
      item = Int(number)
    }
    switch kind {
    case .recallRefusal:
      recall = try fields.hash("recall")
      reason = try fields.reason("reason")
    case .erasure:
      recall = try fields.optionalHash("recall")
      erasure = Erasure(
        seal: try fields.hash("seal"), authority: try fields.words("authority"),
        method: try fields.text("method", limit: 64))
    default: break
    }
    try fields.finish()
  }

  /// The bytes that are signed: RFC 8785.
  public var bytes: [UInt8] {
    var object: [String: JSON] = [
      "schema": .string(Self.schema), "kind": .string(kind.rawValue),
      "transfer": .string(transfer.text), "bundle": .string(bundle),
      "ciphertext": .string(ciphertext.base64), "bytes": .integer(Int64(clamping: byteCount)),
      "node": .string(node), "peer": .string(peer), "time": .string(time.text),
    ]
    object["code"] = code.map { .string($0.rawValue) }
    object["item"] = item.map { .integer(Int64($0)) }
    object["recall"] = recall.map { .string($0.base64) }
    object["reason"] = reason.map { .string($0.text) }
    object["seal"] = erasure.map { .string($0.seal.base64) }
    object["authority"] = erasure.map { .string($0.authority) }
    object["method"] = erasure.map { .string($0.method) }
    return JSON.object(object).canonicalBytes
  }

  /// Whether it is about exactly this transfer, from this peer to this node.
  func answers(_ statement: TransferStatement, from peer: String) -> Bool {
    transfer == statement.transfer && bundle == statement.bundle
      && ciphertext == statement.ciphertext && byteCount == statement.byteCount
      && node == peer && self.peer == statement.sender
      && (erasure.map { $0.seal == statement.seal } ?? true)
  }

  static let schema = "rogatory-receipt/v1"
  /// No seal has more items.
  private static let maximumItem: UInt64 = 1_000_000
}

/// A receipt or a recall as it travels: beside it the entry of its node's log that holds its digest, and
/// the proof that the entry is in that log.
struct ReceiptEnvelope: Hashable, Sendable {
  var receipt: [UInt8]
  var signature: [UInt8]
  var entry: [UInt8]
  var proof: [UInt8]

  init(receipt: [UInt8], signature: [UInt8], entry: [UInt8], proof: [UInt8]) {
    self.receipt = receipt
    self.signature = signature
    self.entry = entry
    self.proof = proof
  }

  /// `key` is what the statement itself is called: `receipt`, or `recall`.
  init(json: JSON, _ key: String = "receipt") throws(ExchangeError) {
    func bytes(_ key: String, limit: Int) throws(ExchangeError) -> [UInt8] {
      guard let text = json[key]?.string, let bytes = Base64.decode(text), bytes.count <= limit
      else { throw .malformed(key) }
      return bytes
    }
    receipt = try bytes(key, limit: WireLimits.statement)
    signature = try bytes("signature", limit: WireLimits.signature)
    entry = try bytes("entry", limit: WireLimits.document)
    proof = try bytes("proof", limit: WireLimits.document)
  }

  var json: JSON { json("receipt") }

  func json(_ key: String) -> JSON {
    [
      key: .string(Base64.encode(receipt)), "signature": .string(Base64.encode(signature)),
      "entry": .string(Base64.encode(entry)), "proof": .string(Base64.encode(proof)),
    ]
  }
}
