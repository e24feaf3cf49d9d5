public import CAdES
public import CanonicalJSON
import Crypto
public import Redaction

/// A federation's directory: which nodes there are, and who says so (Docs/Exchange.md, "Federation").
///
/// It says nothing about its signatures: those are ``SignedDirectory``'s.
public struct DirectoryDocument: Hashable, Sendable {
  /// The federation's id.
  public var federation: NodeID
  /// 1, then one more for each change.
  public var version: Int64
  /// ``digest`` of the version before; nil in the first.
  public var previous: [UInt8]?
  /// When this version was made.
  public var issued: StatementTime
  /// Until when it may be relied on.
  public var validUntil: StatementTime
  /// How many members have to sign: more than half of them, so that two contents of one version
  /// can't come into being without a member that signed both.
  public var threshold: Int
  /// Who signs, by id.
  public var members: [DirectoryMember]
  /// The nodes, by id.
  public var entries: [DirectoryEntry]

  /// A directory; members and entries are brought into order.
  ///
  /// - Throws: ``FederationError/badField(_:)`` for a threshold, version or list that can't be, and
  ///   ``FederationError/sharedAnchor(_:_:)``.
  public init(
    federation: NodeID, version: Int64, previous: [UInt8]?, issued: StatementTime,
    validUntil: StatementTime, threshold: Int, members: [DirectoryMember],
    entries: [DirectoryEntry]
  ) throws(FederationError) {
    self.federation = federation
    self.version = version
    self.previous = previous
    self.issued = issued
    self.validUntil = validUntil
    self.threshold = threshold
    self.members = members.sorted { $0.id < $1.id }
    self.entries = entries.sorted { $0.card.node < $1.card.node }
    try check()
  }

  /// A directory from its JSON, whose lists have to be in order.
  init(json: JSON) throws(FederationError) {
    let schema = json["schema"]?.string ?? ""
    guard schema == Self.schema else { throw .unknownSchema(String(schema.prefix(80))) }
    let fields = try Fields(json, "directory", keys: Self.keys)
    federation = try NodeID(fields.text("federation"))
    version = try fields.integer("version", in: 1...Self.maximumVersion)
    previous = json["previous"] == nil ? nil : try fields.digest("previous")
    issued = try fields.time("issued")
    validUntil = try fields.time("validUntil")
    threshold = Int(try fields.integer("threshold", in: 1...Int64(Self.maximumMembers)))
    members = []
    for row in try fields.array("members", count: 1...Self.maximumMembers) {
      members.append(try DirectoryMember(json: row))
    }
    entries = []
    for row in try fields.array("nodes", count: 1...Self.maximumNodes) {
      entries.append(try DirectoryEntry(json: row))
    }
    try check()
  }

  private func check() throws(FederationError) {
    guard (1...Self.maximumVersion).contains(version) else { throw .badField("version") }
    guard (version == 1) == (previous == nil) else { throw .badField("previous") }
    guard issued <= validUntil else { throw .badField("validUntil") }
    guard (1...Self.maximumMembers).contains(members.count), Self.ascends(members.map(\.id)) else {
      throw .badField("members")
    }
    guard threshold <= members.count, threshold * 2 > members.count else {
      throw .badField("threshold")
    }
    guard (1...Self.maximumNodes).contains(entries.count),
      Self.ascends(entries.map(\.card.node))
    else { throw .badField("nodes") }
    try checkAnchors()
    guard Set(entries.flatMap(\.card.tlsKeys)).count == entries.flatMap(\.card.tlsKeys).count
    else { throw .badField("tlsKey") }
  }

  /// An anchor vouches for one node, and for the member of the same id.
  private func checkAnchors() throws(FederationError) {
    var owners: [Certificate: NodeID] = [:]
    let claims =
      members.map { ($0.id, $0.signingAnchors) }
      + entries.map { ($0.card.node, $0.card.signingAnchors + $0.card.tlsAnchors) }
    for (id, anchors) in claims {
      for anchor in anchors {
        let owner = owners[anchor, default: id]
        guard owner == id else { throw .sharedAnchor(owner.text, id.text) }
        owners[anchor] = id
      }
    }
  }

  private static func ascends(_ ids: [NodeID]) -> Bool {
    zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 }
  }

  /// The directory as JSON.
  public var json: JSON {
    var object: [String: JSON] = [
      "schema": .string(Self.schema), "federation": .string(federation.text),
      "version": .integer(version), "issued": .string(issued.text),
      "validUntil": .string(validUntil.text), "threshold": .integer(Int64(threshold)),
      "members": .array(members.map(\.json)), "nodes": .array(entries.map(\.json)),
    ]
    object["previous"] = previous.map { .string(Base64.encode($0)) }
    return .object(object)
  }

  /// What members sign: the RFC 8785 form.
  public var bytes: [UInt8] { json.canonicalBytes }

  /// SHA-256 of ``bytes``.
  public var digest: [UInt8] { Array(SHA256.hash(data: bytes)) }

  /// What people read to each other to compare it: the first 88 bits of ``digest``.
  public var words: String { spokenWords(for: digest) }

  /// The entry of a node.
  public func entry(_ node: NodeID) -> DirectoryEntry? {
    entries.first { $0.card.node == node }
  }

  /// The member of this id.
  public func member(_ id: NodeID) -> DirectoryMember? { members.first { $0.id == id } }

  static let schema = "rogatory-directory/v1"
  private static let keys: Set = [
    "schema", "federation", "version", "previous", "issued", "validUntil", "threshold", "members",
    "nodes",
  ]
  /// A change each second for 30 years; and RFC 8785 writes it exactly.
  static let maximumVersion: Int64 = 1_000_000_000
  /// One authority per State of a large federation signs.
  static let maximumMembers = 32
  /// A node per authority of a large federation; each takes about 5 kB.
  static let maximumNodes = 1024
}

/// An authority whose signature counts for a directory.
public struct DirectoryMember: Hashable, Sendable {
  /// The id of the node that signs for it.
  public var id: NodeID
  /// The authority's name.
  public var authority: String
  /// The anchors of its signing certificate. For a change with overlap a version names old and new.
  public var signingAnchors: [Certificate]
  /// Anchors of the time-stamp authorities that it asks.
  public var timestampAnchors: [Certificate]

  /// A member.
  public init(
    id: NodeID, authority: String, signingAnchors: [Certificate],
    timestampAnchors: [Certificate] = []
  ) {
    self.id = id
    self.authority = authority
    self.signingAnchors = signingAnchors
    self.timestampAnchors = timestampAnchors
  }

  /// The member that a node's card describes.
  public init(_ card: PeerCard) {
    self.init(
      id: card.node, authority: card.authority, signingAnchors: card.signingAnchors,
      timestampAnchors: card.timestampAnchors)
  }

  init(json: JSON) throws(FederationError) {
    let fields = try Fields(
      json, "members", keys: ["id", "authority", "signingAnchors", "timestampAnchors"])
    let count = 1...PeerCard.maximumKeys
    id = try NodeID(fields.text("id"))
    authority = try fields.text("authority")
    signingAnchors = try fields.certificates("signingAnchors", count: count)
    timestampAnchors =
      json["timestampAnchors"] == nil
      ? [] : try fields.certificates("timestampAnchors", count: count)
    // PEM has more than one form of the same; what is signed is ours.
    guard self.json == json else { throw .badCertificate("members") }
  }

  var json: JSON {
    var object: [String: JSON] = [
      "id": .string(id.text), "authority": .string(authority),
      "signingAnchors": signingAnchors.json,
    ]
    if !timestampAnchors.isEmpty { object["timestampAnchors"] = timestampAnchors.json }
    return .object(object)
  }

  /// What people read to each other to compare the keys that speak for it.
  public var words: String {
    spokenWords(for: Array(SHA256.hash(data: json.canonicalBytes)))
  }
}
