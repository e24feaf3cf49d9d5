// Who is who: Docs/Exchange.md, "Federation", in its hand-made form. A node is known by its card,
// handed over by a person, compared by its fingerprint and approved by two officers. The signed
// m-of-n directory gives the same entries and comes later. `FederationTests` proves the formats.

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
}
