public import CanonicalJSON
public import Redaction

/// That two officers adopted a version of the federation's directory.
public struct DirectoryAdoption: Hashable, Sendable {
  /// The federation.
  public let federation: NodeID
  /// The version in force here.
  public let version: Int64
  /// Its SHA-256.
  public let digest: [UInt8]
  /// Until when it may be relied on.
  public let validUntil: StatementTime
  /// Who proposed, who approved, and when (RFC 3339).
  public let proposedBy, approvedBy, approvedAt: String

  /// The adoption of a directory that was verified.
  public init(_ verified: VerifiedDirectory, approval: Approval, at time: String) {
    self.init(
      verified.signed.document,
      (approval.proposer.id.text, approval.approver.id.text, time))
  }

  private init(_ document: DirectoryDocument, _ approval: (String, String, String)) {
    federation = document.federation
    version = document.version
    digest = document.digest
    validUntil = document.validUntil
    (proposedBy, approvedBy, approvedAt) = approval
  }

  /// The stored form, with the document that it speaks of.
  ///
  /// - Throws: ``FederationError/otherDocument`` where the document is another than was adopted.
  public init(json: JSON, document: DirectoryDocument) throws(FederationError) {
    let fields = Fields(json)
    self.init(document, try Self.approval(json))
    guard try fields.digest("digest") == digest, try fields.text("federation") == federation.text,
      try Self.version(in: json) == version
    else { throw .otherDocument }
  }

  /// The version that a stored form speaks of.
  public static func version(in json: JSON) throws(FederationError) -> Int64 {
    try Fields(json).integer("version", in: 1...DirectoryDocument.maximumVersion)
  }

  /// The stored form.
  public var json: JSON {
    [
      "federation": .string(federation.text), "version": .integer(version),
      "digest": .string(Base64.encode(digest)), "proposedBy": .string(proposedBy),
      "approvedBy": .string(approvedBy), "approvedAt": .string(approvedAt),
    ]
  }

  /// Two different people, and when.
  static func approval(_ json: JSON) throws(FederationError) -> (String, String, String) {
    guard let proposer = json["proposedBy"]?.string, let approver = json["approvedBy"]?.string,
      proposer != approver
    else { throw .badField("approvedBy") }
    guard let time = json["approvedAt"]?.string else { throw .badField("approvedAt") }
    return (proposer, approver, time)
  }
}
