import CAdES
import CanonicalJSON

/// A directory with its members' signatures, as one file.
///
/// The signatures are detached CAdES signatures over ``DirectoryDocument/bytes``.
public struct SignedDirectory: Hashable, Sendable {
  /// What is signed.
  public let document: DirectoryDocument
  /// The signatures by their member, not yet judged.
  public private(set) var signatures: [NodeID: [UInt8]] = [:]

  /// A directory that nobody has signed.
  public init(_ document: DirectoryDocument) { self.document = document }

  /// Parses the file: RFC 8785, byte for byte.
  public init(parsing bytes: [UInt8]) throws(FederationError) {
    let json: JSON
    do {
      json = try JSON(canonical: bytes, limit: Self.maximumBytes)
    } catch { throw .notJSON }
    let schema = json["schema"]?.string ?? ""
    guard schema == Self.schema else { throw .unknownSchema(String(schema.prefix(80))) }
    let fields = try Fields(json, "file", keys: ["schema", "directory", "signatures"])
    guard let inner = json["directory"] else { throw .badField("directory") }
    document = try DirectoryDocument(json: inner)
    let rows = try fields.array("signatures", count: 0...2 * DirectoryDocument.maximumMembers)
    for row in rows {
      let fields = try Fields(row, "signatures", keys: ["member", "signature"])
      let member = try NodeID(fields.text("member"))
      guard let signature = row["signature"]?.string.flatMap(Base64.decode),
        (1...Self.maximumSignature).contains(signature.count)
      else { throw .badField("signature") }
      guard signatures[member] == nil else { throw .memberTwice(member.text) }
      signatures[member] = signature
    }
  }

  /// The file.
  public var bytes: [UInt8] {
    let rows = signatures.sorted { $0.key < $1.key }.map { member, signature in
      ["member": .string(member.text), "signature": .string(Base64.encode(signature))] as JSON
    }
    return JSON.object([
      "schema": .string(Self.schema), "directory": document.json, "signatures": .array(rows),
    ]).canonicalBytes
  }

  /// Adds a member's signature, in place of one that it made before.
  public mutating func add(_ signature: [UInt8], by member: NodeID) {
    signatures[member] = signature
  }

  /// Takes over the signatures of another file of the same document, such as another member sends back.
  ///
  /// - Throws: ``FederationError/otherDocument``.
  public mutating func merge(_ other: SignedDirectory) throws(FederationError) {
    guard other.document == document else { throw .otherDocument }
    signatures.merge(other.signatures) { own, _ in own }
  }

  /// Checks whether this version may follow another: content, order and signatures.
  ///
  /// - Parameters:
  ///   - previous: the version before it, which was verified when it was adopted; nil where this is
  ///     the first that a node sees, and people compare it.
  ///   - now: Unix seconds.
  /// - Throws: ``FederationError`` with the first reason against it.
  public func verified(
    after previous: DirectoryDocument?, at now: Int64
  ) throws(FederationError) -> VerifiedDirectory {
    if let previous { try document.check(after: previous) }
    let members = document.members + (previous?.members ?? [])
    if let stranger = signatures.keys.filter({ id in !members.contains { $0.id == id } }).min() {
      throw .notAMember(stranger.text)
    }
    let signers = try signers(of: document, at: now, besides: [])
    guard signers.count >= document.threshold else {
      throw .tooFewSignatures(
        signers.count, threshold: document.threshold, version: document.version)
    }
    if let previous {
      let former = try self.signers(of: previous, at: now, besides: signers)
      guard former.count >= previous.threshold else {
        throw .tooFewSignatures(
          former.count, threshold: previous.threshold, version: previous.version)
      }
    }
    guard document.issued.unixSeconds <= now + Self.clockTolerance else {
      throw .issuedLater(document.issued.text)
    }
    guard now <= document.validUntil.unixSeconds else {
      throw .directoryExpired(document.validUntil.text)
    }
    return VerifiedDirectory(signed: self, signers: signers)
  }

  /// Whether a threshold of another document's members signed this one, whatever else is wrong with
  /// it: two such contents of one version are a fork.
  public func hasQuorum(of other: DirectoryDocument, at now: Int64) -> Bool {
    let count = other.members.count { member in
      signatures[member.id].map { reason(against: $0, of: member, at: now) == nil } ?? false
    }
    return count >= other.threshold
  }

  /// Those members of a version whose signature holds; one that doesn't is an error, unless it is
  /// `known` to hold under the member's new keys.
  private func signers(
    of version: DirectoryDocument, at now: Int64, besides known: [NodeID]
  ) throws(FederationError) -> [NodeID] {
    var signers: [NodeID] = []
    for member in version.members {
      guard let signature = signatures[member.id] else { continue }
      if let reason = reason(against: signature, of: member, at: now) {
        if known.contains(member.id) { continue }
        throw .badSignature(member: member.id.text, reason: reason)
      }
      signers.append(member.id)
    }
    return signers
  }

  /// Why a signature doesn't count as this member's; nil where it does.
  private func reason(
    against signature: [UInt8], of member: DirectoryMember, at now: Int64
  ) -> String? {
    let validation = validate(
      signature: signature, content: document.bytes, anchors: member.signingAnchors,
      timestampAnchors: member.timestampAnchors, now: now + Self.clockTolerance)
    guard case .passed = validation.result else {
      return validation.result.subIndication?.rawValue ?? "FAILED"
    }
    return validation.commitment == .proofOfApproval ? nil : "COMMITMENT"
  }

  static let schema = "rogatory-signed-directory/v1"
  /// As many seconds as the clocks of two members may differ.
  static let clockTolerance: Int64 = 600
  /// A signature with its chain and revocation lists; those of a large authority have hundreds of kB.
  static let maximumSignature = 1 << 20
  /// A thousand nodes with 32 signatures of the usual size, three times over.
  public static let maximumBytes = 32 << 20
}

/// A directory that holds what it must to be adopted. Only ``SignedDirectory/verified(after:at:)``
/// makes one.
public struct VerifiedDirectory: Sendable {
  /// The file.
  public let signed: SignedDirectory
  /// The members of this version whose signatures count.
  public let signers: [NodeID]

  fileprivate init(signed: SignedDirectory, signers: [NodeID]) {
    self.signed = signed
    self.signers = signers
  }
}

extension DirectoryDocument {
  /// Whether this version is the next after another; signatures are another question.
  public func check(after previous: DirectoryDocument) throws(FederationError) {
    guard federation == previous.federation else { throw .otherFederation(federation.text) }
    guard version >= previous.version else {
      throw .versionBack(adopted: previous.version, offered: version)
    }
    guard version > previous.version else { throw .directoryFork(version: version) }
    guard version == previous.version + 1 else {
      throw .versionSkipped(adopted: previous.version, offered: version)
    }
    guard self.previous == previous.digest, issued >= previous.issued else {
      throw .otherPredecessor(version: version)
    }
    // Who goes is withdrawn for all to see before it is left out.
    let gone = previous.entries.first { entry in
      entry.withdrawal == nil && self.entry(entry.card.node) == nil
    }
    if let gone { throw .nodeVanished(gone.card.node.text) }
  }
}
