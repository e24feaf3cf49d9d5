// Who is who: Docs/Exchange.md, "Federation". A node is known by its card. A person hands one over, or
// it stands in a directory that m of n authorities sign; either way two officers approve it here, and
// the same `Directory` says who may connect. `FederationTests` proves formats and rules.

/// Why a federation document isn't one that we accept.
public enum FederationError: Error, Equatable {
  /// The text isn't a node, officer or role id: `[a-z0-9][a-z0-9._-]{0,63}`.
  case badIdentifier(String)
  /// The document isn't JSON in canonical form, or too long.
  case notJSON
  /// A required key is absent or of another type than it must be.
  case badField(String)
  /// The document is of another schema than we know.
  case unknownSchema(String)
  /// The card's certificates can't be read.
  case badCertificate(String)
  /// An officer with this id isn't in the list.
  case unknownOfficer(String)
  /// The same person would propose and approve.
  case onePersonTwice(String)
  /// The officer's role doesn't allow the act: an auditor reads the log, and handles no evidence.
  case auditorOnly(String)
  /// Fewer than two officers are in the list, so nobody can approve what another proposes.
  case noSecondOfficer
  /// An officer with this id is in the list already.
  case officerExists(String)
  /// A document has a key that this version doesn't know.
  case unknownKey(String)
  /// An anchor vouches for two: each could sign in the other's name.
  case sharedAnchor(String, String)

  /// The directory isn't one of the federation whose directory was adopted.
  case otherFederation(String)
  /// A version below the one that was adopted.
  case versionBack(adopted: Int64, offered: Int64)
  /// A version between the adopted one and this one is missing.
  case versionSkipped(adopted: Int64, offered: Int64)
  /// It isn't made from the version that was adopted here.
  case otherPredecessor(version: Int64)
  /// Enough members signed two contents of one version.
  case directoryFork(version: Int64)
  /// Two files with signatures are of different documents.
  case otherDocument
  /// A node of the version before is neither there nor was it withdrawn.
  case nodeVanished(String)
  /// The same member signs twice.
  case memberTwice(String)
  /// Who signed is no member, neither of this version nor of the one before.
  case notAMember(String)
  /// A member's signature doesn't hold; the validation's sub-indication.
  case badSignature(member: String, reason: String)
  /// Fewer members signed than the threshold of this version asks for.
  case tooFewSignatures(Int, threshold: Int, version: Int64)
  /// The directory says that it comes into force later.
  case issuedLater(String)
  /// The directory isn't valid any more.
  case directoryExpired(String)
  /// The directory doesn't name this node.
  case noSuchNode(String)
}
