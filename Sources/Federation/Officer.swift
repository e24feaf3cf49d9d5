public import CanonicalJSON

/// A person who acts for the node: acts are done by officers, not by the machine.
public struct Officer: Hashable, Sendable {
  /// The id that stands in records and in the log's personal layer.
  public let id: NodeID
  /// What the person is allowed to be called: `investigator`, `releasing-authority`, ….
  public let role: String
  /// The unit the person belongs to.
  public let unit: String

  /// Whether the person audits the node: reads its log, all of it and with a reason, and neither opens,
  /// redacts nor sends evidence. The role `auditor` says so.
  public var isAuditor: Bool { role == "auditor" }

  /// An officer with this id, role and unit.
  public init(id: NodeID, role: String, unit: String) {
    self.id = id
    self.role = role
    self.unit = unit
  }
}

/// Two different officers of this node: one proposed an act, the other approved it.
///
/// Only ``OfficerList/approval(by:approvedBy:)`` makes one, so code that holds it knows that two
/// people on the list stand behind the act.
public struct Approval: Hashable, Sendable {
  /// Who proposed.
  public let proposer: Officer
  /// Who approved: never the proposer.
  public let approver: Officer

  /// The two ids, for the personal layer of an entry.
  package var people: [String: String] {
    ["actor": proposer.id.text, "approver": approver.id.text]
  }

  fileprivate init(proposer: Officer, approver: Officer) {
    self.proposer = proposer
    self.approver = approver
  }
}

/// The officers of a node, in the order in which they were added.
public struct OfficerList: Hashable, Sendable {
  /// The officers.
  public private(set) var officers: [Officer] = []

  /// A list of nobody.
  public init() {}

  /// The list in a stored document, or a ``FederationError``.
  public init(json: JSON) throws(FederationError) {
    guard let rows = json["officers"]?.array else { throw .badField("officers") }
    for row in rows {
      guard let id = row["id"]?.string, let role = row["role"]?.string,
        let unit = row["unit"]?.string
      else { throw .badField("officers") }
      try add(Officer(id: NodeID(id), role: role, unit: unit))
    }
  }

  /// The stored form.
  public var json: JSON {
    .object([
      "officers": .array(
        officers.map {
          .object([
            "id": .string($0.id.text), "role": .string($0.role), "unit": .string($0.unit),
          ])
        })
    ])
  }

  /// Adds an officer; an id that is taken throws ``FederationError/officerExists(_:)``.
  public mutating func add(_ officer: Officer) throws(FederationError) {
    guard !officers.contains(where: { $0.id == officer.id }) else {
      throw .officerExists(officer.id.text)
    }
    officers.append(officer)
  }

  /// Removes the officer with this id, or throws ``FederationError/unknownOfficer(_:)``.
  public mutating func remove(_ id: NodeID) throws(FederationError) {
    guard let index = officers.firstIndex(where: { $0.id == id }) else {
      throw .unknownOfficer(id.text)
    }
    officers.remove(at: index)
  }

  /// The officer with this id.
  public func officer(_ id: String) throws(FederationError) -> Officer {
    guard let officer = officers.first(where: { $0.id.text == id }) else {
      throw .unknownOfficer(id)
    }
    return officer
  }

  /// The officers who may handle evidence: all but auditors.
  public var handling: [Officer] { officers.filter { !$0.isAuditor } }

  /// The officer with this id, who is to handle evidence.
  ///
  /// - Throws: ``FederationError/auditorOnly(_:)`` for an auditor,
  ///   ``FederationError/unknownOfficer(_:)`` where nobody on the list has the id.
  public func handlingOfficer(_ id: String) throws(FederationError) -> Officer {
    let officer = try officer(id)
    guard !officer.isAuditor else { throw .auditorOnly(id) }
    return officer
  }

  /// The approval of an act by two officers of the list.
  ///
  /// - Throws: ``FederationError/onePersonTwice(_:)`` where the two ids are one person's,
  ///   ``FederationError/unknownOfficer(_:)`` where one isn't on the list,
  ///   ``FederationError/auditorOnly(_:)`` where one is an auditor.
  public func approval(by: String, approvedBy: String) throws(FederationError) -> Approval {
    let proposer = try handlingOfficer(by)
    let approver = try handlingOfficer(approvedBy)
    guard proposer.id != approver.id else { throw .onePersonTwice(proposer.id.text) }
    return Approval(proposer: proposer, approver: approver)
  }

  /// The first two officers, for a development node that names nobody.
  public func developmentApproval() throws(FederationError) -> Approval {
    let officers = handling
    guard officers.count >= 2 else { throw .noSecondOfficer }
    return Approval(proposer: officers[0], approver: officers[1])
  }
}
