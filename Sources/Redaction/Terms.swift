public import CanonicalJSON
public import Merkle

/// What redaction reads from `terms.json`, the terms that are signed with the seal.
///
/// Other members are allowed and ignored here. Those that are read must be of the expected form.
public struct Terms: Hashable, Sendable {
  /// Whether one person may propose and approve.
  public var onePerson: Bool
  /// Who may redact; nobody named means the sealer alone.
  public var redactors: [Redactor]
  /// What must stay disclosed.
  public var locked: [Lock]

  /// A node that may redact, if its signature validates under this trust anchor.
  public struct Redactor: Hashable, Sendable {
    /// The node id.
    public var node: String
    /// The digest of the trust anchor.
    public var anchor: Hash

    /// A permitted redactor.
    public init(node: String, anchor: Hash) {
      self.node = node
      self.anchor = anchor
    }
  }

  /// An item, or a range of its content leaves, that stays.
  public struct Lock: Hashable, Sendable {
    /// The item's number, from 1.
    public var item: Int
    /// The content leaves; nil for all of the item.
    public var content: Range<UInt64>?

    /// A lock.
    public init(item: Int, content: Range<UInt64>? = nil) {
      self.item = item
      self.content = content
    }
  }

  /// Terms that lock nothing and name nobody, unless said otherwise.
  public init(onePerson: Bool = false, redactors: [Redactor] = [], locked: [Lock] = []) {
    self.onePerson = onePerson
    self.redactors = redactors
    self.locked = locked
  }

  /// Parses the canonical JSON of `terms.json`.
  public init(parsing bytes: some Collection<UInt8>) throws(RedactionError) {
    let json: JSON
    do { json = try JSON(canonical: bytes, limit: Self.maximumByteCount) } catch {
      throw .terms(.notCanonical)
    }
    try self.init(json)
  }

  /// Reads the members `onePerson`, `redactors` and `locked`, each optional.
  public init(_ json: JSON) throws(RedactionError) {
    guard let members = json.object else { throw .terms(.notCanonical) }
    self.init()
    if let member = members["onePerson"] {
      guard let value = member.bool else { throw .terms(.member("onePerson")) }
      onePerson = value
    }
    if let member = members["redactors"] {
      guard let list = member.array else { throw .terms(.member("redactors")) }
      for entry in list { redactors.append(try Redactor(entry)) }
    }
    if let member = members["locked"] {
      guard let list = member.array else { throw .terms(.member("locked")) }
      for entry in list { locked.append(try Lock(entry)) }
    }
  }

  /// A page of terms for each of a thousand nodes.
  public static let maximumByteCount = 1 << 20
}

extension Terms.Redactor {
  fileprivate init(_ json: JSON) throws(RedactionError) {
    guard let members = json.object, members.count == 2, let node = members["node"]?.string,
      isIdentifier(node[...]), let anchor = members["anchor"]?.string.flatMap({ Hash(base64: $0) })
    else { throw .terms(.member("redactors")) }
    self.init(node: node, anchor: anchor)
  }
}

extension Terms.Lock {
  fileprivate init(_ json: JSON) throws(RedactionError) {
    guard let members = json.object, let item = members["item"]?.integer,
      1...Int64(UInt32.max) ~= item
    else { throw .terms(.member("locked")) }
    guard let content = members["content"] else {
      guard members.count == 1 else { throw .terms(.member("locked")) }
      self.init(item: Int(item))
      return
    }
    let bounds = content.array?.compactMap(\.integer) ?? []
    guard members.count == 2, content.array?.count == 2, bounds.count == 2, bounds[0] >= 0,
      bounds[0] < bounds[1]
    else { throw .terms(.member("locked")) }
    self.init(item: Int(item), content: UInt64(bounds[0])..<UInt64(bounds[1]))
  }
}
