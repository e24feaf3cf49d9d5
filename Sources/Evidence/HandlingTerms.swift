public import CanonicalJSON
import Merkle
import Redaction

/// `terms.json`: handling terms that travel with a bundle, and that nodes enforce
/// (Docs/Bundle.md, "terms.json").
///
/// The sealer gives everything but the bundle's id, which is added when it is sealed. Keys that we
/// don't know are refused when a bundle is made and kept, unread, when one is received.
public struct HandlingTerms: Hashable, Sendable {
  /// The terms as JSON, the bundle's id included.
  public let json: JSON

  /// Terms as they stand in a bundle.
  ///
  /// - Throws: ``EvidenceError/malformed(_:)`` unless the bytes are a canonical JSON object of our
  ///   schema.
  public init(parsing bytes: [UInt8]) throws(EvidenceError) {
    do {
      json = try JSON(canonical: bytes, limit: Self.maximumBytes)
    } catch { throw .malformed(Layout.terms) }
    guard json.object != nil, json["schema"]?.string == Self.schema, json["bundle"]?.string != nil
    else { throw .malformed(Layout.terms) }
  }

  /// Terms for a new bundle, from what a person wrote; nil gives the default terms, which let the
  /// sealer redact and lock nothing.
  ///
  /// - Throws: ``EvidenceError/badTerms(key:)`` naming the first key that isn't one of ours.
  public init(
    template: JSON?, bundleID: String, caseReference: String?
  ) throws(EvidenceError) {
    var object: [String: JSON] = [:]
    if let template {
      guard let given = template.object else { throw .badTerms(key: "the document itself") }
      if let schema = given["schema"], schema.string != Self.schema {
        throw .badTerms(key: "schema")
      }
      if let unknown = given.keys.sorted().first(where: { !Self.keys.contains($0) }) {
        throw .badTerms(key: unknown)
      }
      object = given
    }
    object["schema"] = .string(Self.schema)
    object["bundle"] = .string(bundleID)
    if let caseReference {
      let others = object["cases"]?.array ?? []
      object["cases"] = .array([.string(caseReference)] + others)
    }
    json = .object(object)
    do {
      _ = try Terms(json)
    } catch { throw .badTerms(key: "redactors, locked or onePerson") }
  }

  /// The bytes of `terms.json`.
  public var bytes: [UInt8] { json.canonicalBytes }
  /// The bundle that the terms speak of.
  public var bundleID: String { json["bundle"]?.string ?? "" }
  /// The cases that the evidence belongs to.
  public var cases: [String] { json["cases"]?.array?.compactMap(\.string) ?? [] }
  /// The legal basis, an object with `instrument`, `article`, `authorisation`, ….
  public var legalBasis: JSON? { json["legalBasis"] }
  /// What the evidence may be used for.
  public var purpose: String? { json["purpose"]?.string }
  /// The Traffic Light Protocol 2.0 label.
  public var tlp: String? { json["tlp"]?.string }
  /// RFC 3339 date or time after which the evidence is to be deleted.
  public var deleteBy: String? { json["retention"]?["deleteBy"]?.string }
  /// Whether it may be given on: `forbidden`, `consent` or `listed`.
  public var onward: String? { json["onward"]?["rule"]?.string ?? json["onward"]?.string }

  /// Our schema's name.
  public static let schema = "rogatory-terms/v1"
  /// A page of terms has a few kilobytes; locked ranges can make it longer.
  package static let maximumBytes = 1 << 20

  static let keys: Set<String> = [
    "schema", "bundle", "relations", "cases", "legalBasis", "purpose", "necessity", "tlp",
    "handling", "retention", "onward", "region", "redactors", "onePerson", "locked", "conditions",
    "userNotice", "title", "languages", "sourceEvaluation", "informationEvaluation",
  ]
}

/// `release.json`: the terms of one release to one or more recipients, never wider than the seal's.
public struct Release: Hashable, Sendable {
  /// The release as JSON.
  public let json: JSON

  /// A release of a bundle by one node to another, for one transfer.
  public init(
    bundleID: String, transfer: String, sender: String, recipients: [String], time: String,
    narrower: [String: JSON] = [:]
  ) {
    var object = narrower
    object["schema"] = .string(Self.schema)
    object["bundle"] = .string(bundleID)
    object["transfer"] = .string(transfer)
    object["sender"] = .string(sender)
    object["recipients"] = .array(recipients.map { .string($0) })
    object["releasedAt"] = .string(time)
    json = .object(object)
  }

  /// A release as it stands in a bundle.
  public init(parsing bytes: [UInt8]) throws(EvidenceError) {
    do {
      json = try JSON(canonical: bytes, limit: HandlingTerms.maximumBytes)
    } catch { throw .malformed(Layout.release) }
    guard json["schema"]?.string == Self.schema, json["bundle"]?.string != nil,
      json["transfer"]?.string != nil, json["sender"]?.string != nil,
      let recipients = json["recipients"]?.array, !recipients.isEmpty,
      recipients.allSatisfy({ $0.string != nil })
    else { throw .malformed(Layout.release) }
  }

  /// The bytes of `release.json`.
  public var bytes: [UInt8] { json.canonicalBytes }
  /// SHA-256 of the bytes, by which a record names the release that it was made for.
  var digest: Hash { Hash(digestOf: bytes) }
  /// The bundle that is released.
  public var bundleID: String { json["bundle"]?.string ?? "" }
  /// The transfer that it is released for, a UUIDv7.
  public var transfer: String { json["transfer"]?.string ?? "" }
  /// The node that releases it.
  public var sender: String { json["sender"]?.string ?? "" }
  /// The nodes that it is released to.
  public var recipients: [String] { json["recipients"]?.array?.compactMap(\.string) ?? [] }

  static let schema = "rogatory-release/v1"
}
