public import AuditLog
import CanonicalJSON
import Evidence
public import Federation
import GRDB

/// What people put a hold on.
public enum HoldTarget: Hashable, Sendable {
  /// A transfer, by its id: the bundle that it brought, in every transfer of it.
  case transfer(String)
  /// A case, by its reference.
  case caseReference(String)
}

// A hold forbids to erase what is here: by people, after a recall, and by the rules of the log. It binds
// this node alone, and no entry about it names a peer: whose copy of the log the peer gets needn't tell
// it of another order.
extension ExchangeNode {
  /// Places a hold. `until`: its end, milliseconds since 1970; nil: when it is lifted.
  ///
  /// - Throws: ``ExchangeError/wrongPhase(_:)`` for a transfer whose erasure is decided;
  ///   `AuditLogError.heldAlready` where the order holds it already, `AuditLogError.invalidField`.
  public func placeHold(
    on target: HoldTarget, order: String, until: Int64?, reason: String, approval: Approval
  ) async throws -> Hold {
    try await log.transaction { transaction in
      try transaction.place(
        transaction.holdOrder(order, on: target, until: until),
        personal: approval.people.merging(["reason": reason]) { $1 })
    }
  }

  /// Lifts the hold of an order.
  ///
  /// - Throws: `AuditLogError.notHeld` where the order holds nothing there.
  public func liftHold(
    on target: HoldTarget, order: String, reason: String, approval: Approval
  ) async throws -> Hold {
    try await log.transaction { transaction in
      try transaction.lift(
        transaction.holdOrder(order, on: target),
        personal: approval.people.merging(["reason": reason]) { $1 })
    }
  }

  /// Whether any hold is in force.
  public func hasHolds() throws -> Bool {
    let now = now()
    return try log.holds().contains { $0.isInForce(at: now) }
  }

  /// The holds in force on a transfer: on its bundle, or on one of its cases.
  public func holds(onTransfer id: String) throws -> [Hold] {
    let row = try store.row(transferID(id))
    return try log.read { try $0.holds(on: row, at: now()) }
  }
}

extension LogTransaction {
  /// Throws `AuditLogError.held` where a hold is in force on a transfer.
  func refuseHeld(_ row: TransferRow) throws {
    if let hold = try db.holds(on: row, at: milliseconds).first {
      throw AuditLogError.held(order: hold.order)
    }
  }

  fileprivate func holdOrder(
    _ number: String, on target: HoldTarget, until: Int64? = nil
  ) throws -> HoldOrder {
    switch target {
    case .caseReference(let reference):
      return try HoldOrder(number, on: .caseReference(reference), until: until)
    case .transfer(let text):
      let id = try transferID(text)
      guard let row = try db.transfer(id) else { throw ExchangeError.unknownTransfer(text) }
      let isGoing = row.state.direction == .in && [.erasing, .erased].contains(row.state.phase)
      guard !isGoing else { throw ExchangeError.wrongPhase(row.state.phase) }
      var fields: [String: JSON] = [
        "transfer": .string(text), "direction": .string(row.state.direction.rawValue),
      ]
      let terms = row.terms?.logFields(at: milliseconds / 1000) ?? [:]
      fields["case"] = terms["case"]
      // So that an auditor sees a hold that came after the time that the terms give.
      fields["delete-by"] = terms["delete-by"]
      return try HoldOrder(
        number, on: .bundle(row.statement.bundle), until: until, fields: fields)
    }
  }
}

extension TransferRow {
  fileprivate var terms: HandlingTerms? { try? HandlingTerms(parsing: offer.terms) }
}

extension Database {
  fileprivate func holds(on row: TransferRow, at now: Int64) throws -> [Hold] {
    try holds(
      onBundle: row.statement.bundle, cases: row.terms?.cases ?? [], at: now)
  }
}
