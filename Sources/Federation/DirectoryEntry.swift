public import CanonicalJSON
public import Redaction

/// What a federation's directory says of one node.
public struct DirectoryEntry: Hashable, Sendable {
  /// The node's card, as it would hand it over itself.
  public var card: PeerCard
  /// The units of the authority, and the roles that people have there.
  public var units: [Unit]
  /// The legal instruments that it accepts requests under, such as `EIO`.
  public var instruments: [String]
  /// The languages that it reads, BCP 47, preferred first.
  public var languages: [String]
  /// Where it stores what it gets, in words or a code; nil where that isn't said.
  public var region: String?
  /// From when to when others may exchange with it.
  public var validFrom, validUntil: StatementTime
  /// Set where the federation withdrew it.
  public var withdrawal: Withdrawal?

  /// A part of an authority.
  public struct Unit: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// The roles that its people have.
    public var roles: [String]

    /// A unit.
    public init(name: String, roles: [String]) {
      self.name = name
      self.roles = roles
    }
  }

  /// An entry that is in force between two times.
  public init(
    card: PeerCard, units: [Unit] = [], instruments: [String] = [], languages: [String] = [],
    region: String? = nil, validFrom: StatementTime, validUntil: StatementTime,
    withdrawal: Withdrawal? = nil
  ) {
    self.card = card
    self.units = units
    self.instruments = instruments
    self.languages = languages
    self.region = region
    self.validFrom = validFrom
    self.validUntil = validUntil
    self.withdrawal = withdrawal
  }

  init(json: JSON) throws(FederationError) {
    let fields = try Fields(json, "nodes", keys: Self.keys)
    guard let inner = json["card"] else { throw .badField("card") }
    card = try PeerCard(json: inner)
    units = []
    for row in try fields.array("units", count: 0...Self.maximumRows) {
      let unit = try Fields(row, "units", keys: ["name", "roles"])
      units.append(
        Unit(
          name: try unit.text("name"),
          roles: try unit.texts("roles", count: 0...Self.maximumRows, limit: 128)))
    }
    instruments = try fields.texts("instruments", count: 0...Self.maximumRows, limit: 128)
    languages = try fields.texts("languages", count: 0...Self.maximumRows, limit: 35)
    region = json["region"] == nil ? nil : try fields.text("region", limit: 128)
    validFrom = try fields.time("validFrom")
    validUntil = try fields.time("validUntil")
    guard validFrom <= validUntil else { throw .badField("validUntil") }
    let status = try fields.text("status", limit: 16)
    guard status == (json["withdrawn"] == nil ? Self.active : Self.withdrawn) else {
      throw .badField("status")
    }
    withdrawal = try json["withdrawn"].map { json throws(FederationError) in
      try Withdrawal(json: json)
    }
    // The card is read leniently where a person hands it over; what is signed holds nothing unread.
    guard self.json == json else { throw .badField("card") }
  }

  /// The entry as it stands in a directory.
  public var json: JSON {
    var object: [String: JSON] = [
      "card": card.json,
      "units": .array(
        units.map { ["name": .string($0.name), "roles": .array($0.roles.map { .string($0) })] }),
      "instruments": .array(instruments.map { .string($0) }),
      "languages": .array(languages.map { .string($0) }),
      "validFrom": .string(validFrom.text), "validUntil": .string(validUntil.text),
      "status": .string(withdrawal == nil ? Self.active : Self.withdrawn),
    ]
    object["region"] = region.map { .string($0) }
    object["withdrawn"] = withdrawal?.json
    return .object(object)
  }

  /// The entry with some of its fields replaced: `units`, `instruments`, `languages`, `region`,
  /// `validFrom`, `validUntil`, in the form that they have in ``json``.
  public func changed(by changes: JSON) throws(FederationError) -> DirectoryEntry {
    let fields = try Fields(
      changes, "details", keys: Self.keys.subtracting(["card", "status", "withdrawn"]))
    let object = json.object ?? [:]
    return try DirectoryEntry(
      json: .object(object.merging(fields.json.object ?? [:]) { _, new in new }))
  }

  private static let active = "active"
  private static let withdrawn = "withdrawn"
  private static let keys: Set = [
    "card", "units", "instruments", "languages", "region", "validFrom", "validUntil", "status",
    "withdrawn",
  ]
  /// Units of an authority, roles of a unit, instruments, languages: a large authority has dozens.
  private static let maximumRows = 64
}

/// That a node isn't exchanged with any more.
public struct Withdrawal: Hashable, Sendable {
  /// Why, as far as it matters to others.
  public enum Reason: String, Hashable, Sendable, CaseIterable {
    /// It left, or is out of service: what it signed stays as good as it was.
    case left
    /// Somebody else may have its keys: nothing that only its anchors vouch for counts any more.
    case compromised
  }

  /// Since when.
  public let at: StatementTime
  /// Why.
  public let reason: Reason

  /// A withdrawal.
  public init(at time: StatementTime, reason: Reason) {
    at = time
    self.reason = reason
  }

  init(json: JSON) throws(FederationError) {
    let fields = try Fields(json, "withdrawn", keys: ["at", "reason"])
    at = try fields.time("at")
    guard let reason = Reason(rawValue: try fields.text("reason", limit: 16)) else {
      throw .badField("reason")
    }
    self.reason = reason
  }

  var json: JSON { ["at": .string(at.text), "reason": .string(reason.rawValue)] }
}
