public import Merkle

/// The records of a bundle, each of which names its seal, its predecessor and its number.
///
/// Their signatures are the caller's to check, before a record is appended here.
public struct RecordChain: Sendable {
  /// The seal that they are about.
  public let seal: SealStatement
  /// The terms that were sealed.
  public let terms: Terms
  /// The records so far, in order.
  public private(set) var records: [RedactionRecord] = []
  /// SHA-256 of the last record's text, or of the seal's: `previous` of the next record.
  public private(set) var lastDigest: Hash
  private let sealDigest: Hash

  /// A chain without records.
  public init(seal: SealStatement, terms: Terms) {
    self.seal = seal
    self.terms = terms
    sealDigest = seal.digest
    lastDigest = sealDigest
  }

  /// Whether the last record says that none may follow.
  public var isClosed: Bool { records.last?.isClosed ?? false }

  /// The number of the next record.
  public var nextSequence: UInt64 { UInt64(records.count) + 1 }

  /// Appends the next record, if it follows and if the terms permit it.
  ///
  /// - Parameter anchors: digests of the trust anchors under which the record's signature
  ///   validates; nil where keys are their own anchors.
  public mutating func append(
    _ record: RedactionRecord, anchors: Set<Hash>? = nil
  ) throws(RedactionError) {
    let sequence = nextSequence
    guard !isClosed else { throw .chain(.afterClosed(sequence: sequence)) }
    guard record.seal == sealDigest else { throw .chain(.seal(sequence: sequence)) }
    guard record.previous == lastDigest else { throw .chain(.previous(sequence: sequence)) }
    guard record.sequence == sequence else { throw .chain(.sequence(record.sequence)) }
    guard isPermitted(record.redactor, anchors: anchors ?? [record.redactor.key]) else {
      throw .permission(.redactor, sequence: sequence)
    }
    // A grant withholds nothing, so the view stays.
    guard record.grants.isEmpty || records.last.map({ $0.view == record.view }) ?? true else {
      throw .chain(.view)
    }
    guard record.approver != record.proposer, record.approver != nil || terms.onePerson else {
      throw .permission(.approver, sequence: sequence)
    }
    records.append(record)
    lastDigest = record.digest
  }

  private func isPermitted(_ redactor: SignerName, anchors: Set<Hash>) -> Bool {
    let named = terms.redactors + records.flatMap(\.grants)
    if named.contains(where: { $0.node == redactor.node && anchors.contains($0.anchor) }) {
      return true
    }
    return terms.redactors.isEmpty && redactor == seal.sealer
  }

  /// Checks that the seal and the last record are about this view.
  public func check(view: View) throws(RedactionError) {
    guard view.itemCount == seal.itemCount else {
      throw .view(.itemCount(UInt64(view.itemCount)))
    }
    if let last = records.last, last.view != view.id { throw .chain(.view) }
  }
}
