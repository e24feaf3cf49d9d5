public import CAdES
public import CanonicalJSON
import Crypto

/// What one node tells another of itself: the hand-made form of a federation directory entry.
///
/// A card is public, carries no secret and proves nothing by itself: two people compare its
/// fingerprint over another channel before they approve it.
public struct PeerCard: Hashable, Sendable {
  /// The node's id.
  public var node: NodeID
  /// Its country, ISO 3166-1 alpha-2.
  public var country: String
  /// The authority that runs it, in words.
  public var authority: String
  /// Where it listens for peers, `https://host:port`; empty where a node that is never called has
  /// no address.
  public var url: String
  /// Who calls whom when something is for this node.
  public var delivery: Delivery
  /// The anchors that its TLS certificate chains to.
  public var tlsAnchors: [Certificate]
  /// SHA-256 of the SubjectPublicKeyInfo of its TLS certificate: the pin.
  public var tlsKey: [UInt8]
  /// The same of TLS keys that it changes to: accepted from now on, beside ``tlsKey``; at most four.
  public var nextTLSKeys: [[UInt8]]
  /// The anchors of its signing and time-stamping certificates. They vouch for this node alone.
  public var signingAnchors: [Certificate]
  /// Anchors of the time-stamp authorities that it asks; they vouch for time-stamps alone, so
  /// several nodes may have the same.
  public var timestampAnchors: [Certificate]
  /// Its age recipients, preferred first.
  public var recipients: [String]
  /// The verifier key of its log, C2SP vkey; the name in it is the log's origin.
  public var logKey: String
  /// The verifier key with which it cosigns the logs of others.
  public var cosignerKey: String
  /// Those that it changes to: their cosignatures count from now on, beside ``cosignerKey``'s; at most four.
  public var nextCosignerKeys: [String]

  /// How what is for a node gets there.
  public enum Delivery: String, Codable, Hashable, Sendable, CaseIterable {
    /// Peers call it at its URL.
    case push
    /// It isn't called: it fetches from its peers what waits for it there.
    case pull
  }

  /// A card with all its fields.
  public init(
    node: NodeID, country: String, authority: String, url: String, tlsAnchors: [Certificate],
    tlsKey: [UInt8], nextTLSKeys: [[UInt8]] = [], signingAnchors: [Certificate],
    timestampAnchors: [Certificate] = [], recipients: [String], logKey: String,
    cosignerKey: String, nextCosignerKeys: [String] = [], delivery: Delivery = .push
  ) {
    self.nextCosignerKeys = nextCosignerKeys
    self.nextTLSKeys = nextTLSKeys
    self.node = node
    self.country = country
    self.authority = authority
    self.url = url
    self.tlsAnchors = tlsAnchors
    self.tlsKey = tlsKey
    self.signingAnchors = signingAnchors
    self.timestampAnchors = timestampAnchors
    self.recipients = recipients
    self.logKey = logKey
    self.cosignerKey = cosignerKey
    self.delivery = delivery
  }

  /// Parses a card from its JSON.
  ///
  /// - Throws: ``FederationError`` naming the field that is missing or malformed.
  public init(parsing bytes: [UInt8]) throws(FederationError) {
    let json: JSON
    do {
      json = try JSON(parsing: bytes, limit: Self.maximumBytes)
    } catch { throw .notJSON }
    try self.init(json: json)
  }

  /// A card from JSON that was parsed already.
  public init(json: JSON) throws(FederationError) {
    let fields = Fields(json)
    func text(_ key: String, limit: Int = 512) throws(FederationError) -> String {
      try fields.text(key, limit: limit)
    }
    let schema = try text("schema")
    guard schema == Self.schema else { throw .unknownSchema(schema) }
    node = try NodeID(text("node"))
    country = try text("country", limit: 2)
    authority = try text("authority")
    guard
      let delivery = json["delivery"] == nil
        ? .push : json["delivery"]?.string.flatMap(Delivery.init)
    else { throw .badField("delivery") }
    self.delivery = delivery
    url = delivery == .pull && json["url"] == nil ? "" : try text("url")
    guard url.isEmpty || url.hasPrefix("https://") else { throw .badField("url") }
    tlsKey = try fields.digest("tlsKey")
    nextTLSKeys = try Self.nextKeys(fields, besides: tlsKey)
    tlsAnchors = try fields.certificates("tlsAnchors", count: 1...Self.maximumKeys)
    signingAnchors = try fields.certificates("signingAnchors", count: 1...Self.maximumKeys)
    timestampAnchors =
      json["timestampAnchors"] == nil
      ? [] : try fields.certificates("timestampAnchors", count: 1...Self.maximumKeys)
    recipients = try fields.texts("recipients", count: 1...Self.maximumKeys, limit: 4096)
    logKey = try text("logKey")
    cosignerKey = try text("cosignerKey")
    // A card whose keys are named after another node would speak in that node's name.
    // A node that lost entries goes on in a log of a new origin, `log-2`.
    let log = #/(.+)\.rogatory\.example/log(-[1-9][0-9]{0,5})?\+.*/#
    guard let match = try? log.wholeMatch(in: logKey), match.output.1 == node.text else {
      throw .badField("logKey")
    }
    nextCosignerKeys =
      json["nextCosignerKeys"] == nil
      ? [] : try fields.texts("nextCosignerKeys", count: 1...Self.maximumNextKeys, limit: 512)
    let witness = "\(node).rogatory.example/witness+"
    guard cosignerKey.hasPrefix(witness) else { throw .badField("cosignerKey") }
    guard nextCosignerKeys.allSatisfy({ $0.hasPrefix(witness) }),
      Set(cosignerKeys).count == cosignerKeys.count
    else { throw .badField("nextCosignerKeys") }
  }

  /// The card as JSON.
  public var json: JSON {
    var object: [String: JSON] = [
      "schema": .string(Self.schema),
      "node": .string(node.text),
      "country": .string(country),
      "authority": .string(authority),
      "tlsAnchors": tlsAnchors.json,
      "tlsKey": .string(Base64.encode(tlsKey)),
      "signingAnchors": signingAnchors.json,
      "recipients": .array(recipients.map { .string($0) }),
      "logKey": .string(logKey),
      "cosignerKey": .string(cosignerKey),
    ]
    if !timestampAnchors.isEmpty {
      object["timestampAnchors"] = timestampAnchors.json
    }
    if !nextTLSKeys.isEmpty {
      object["nextTLSKeys"] = .array(nextTLSKeys.map { .string(Base64.encode($0)) })
    }
    if !nextCosignerKeys.isEmpty {
      object["nextCosignerKeys"] = .array(nextCosignerKeys.map { .string($0) })
    }
    if !url.isEmpty { object["url"] = .string(url) }
    if delivery != .push { object["delivery"] = .string(delivery.rawValue) }
    return .object(object)
  }

  /// Every TLS key that the node may come with now.
  public var tlsKeys: [[UInt8]] { [tlsKey] + nextTLSKeys }

  /// Every key that the node may cosign with now.
  public var cosignerKeys: [String] { [cosignerKey] + nextCosignerKeys }

  /// SHA-256 of the card's RFC 8785 form.
  public var digest: [UInt8] { Array(SHA256.hash(data: json.canonicalBytes)) }

  /// What two people read to each other over another channel: the first 88 bits of ``digest``.
  public var words: String { spokenWords(for: digest) }

  /// What two people compare over another channel: the card's SHA-256 in eight groups of hex.
  public var fingerprint: String {
    let digest = digest
    return stride(from: 0, to: 32, by: 4).map { start in
      digest[start..<start + 4].map { byte in
        let text = String(byte, radix: 16)
        return text.count == 1 ? "0" + text : text
      }.joined()
    }.joined(separator: " ")
  }

  private static func nextKeys(
    _ fields: Fields, besides key: [UInt8]
  ) throws(FederationError) -> [[UInt8]] {
    let name = "nextTLSKeys"
    guard fields.json[name] != nil else { return [] }
    var keys: [[UInt8]] = []
    for text in try fields.texts(name, count: 1...maximumNextKeys) {
      keys.append(try Fields.digest(text, name))
    }
    guard Set(keys + [key]).count == keys.count + 1 else { throw .badField(name) }
    return keys
  }

  static let schema = "rogatory-card/v1"
  /// A card holds a handful of certificates and keys; four times what the largest one needs.
  static let maximumBytes = 256 * 1024
  /// Certificates or keys of one kind: a change with overlap needs two or three.
  static let maximumKeys = 16
  /// A change needs one; a node that changes twice in the life of a card, and its spare, a few more.
  static let maximumNextKeys = 4
}
