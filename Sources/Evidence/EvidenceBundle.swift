public import ASiC
import CanonicalJSON
public import Redaction

/// A bundle that was opened: its container is well-formed and its statements parse. Nothing about
/// its signatures or contents is known yet; ``verify(_:trust:at:now:)`` judges them.
public final class EvidenceBundle: Sendable {
  /// The container.
  public let container: ContainerReader
  /// The seal statement.
  public let seal: SealStatement
  /// The sealer's handling terms.
  public let terms: HandlingTerms
  /// The terms as redaction reads them.
  public let redactionTerms: Terms
  /// Who may redact by name: those of the terms, and those whom a record lets.
  var namedRedactors: [Terms.Redactor] { redactionTerms.redactors + records.flatMap(\.grants) }
  /// This release's narrower terms, where the bundle was released.
  public let release: Release?
  /// What is disclosed.
  public let view: View
  /// The redaction records, oldest first.
  public let records: [RedactionRecord]
  /// What the records cut.
  public let claims: Claims

  /// Opens the bundle in a container.
  ///
  /// - Throws: ``EvidenceError/notABundle`` where there is no seal, ``EvidenceError/missing(_:)``,
  ///   ``EvidenceError/malformed(_:)``, ``EvidenceError/itemCount(seal:view:)``, or the errors of
  ///   the parts.
  public init(_ container: ContainerReader) throws {
    self.container = container
    guard try Self.bytes(container, Layout.seal, limit: Self.maximumStatement) != nil else {
      throw EvidenceError.notABundle
    }
    seal = try SealStatement(
      parsing: Self.required(container, Layout.seal, limit: Self.maximumStatement))
    let termsBytes = try Self.required(
      container, Layout.terms, limit: HandlingTerms.maximumBytes)
    terms = try HandlingTerms(parsing: termsBytes)
    redactionTerms = try Terms(parsing: termsBytes)
    release = try Self.bytes(container, Layout.release, limit: HandlingTerms.maximumBytes)
      .map { try Release(parsing: $0) }
    view = try View(
      parsing: Self.required(container, Layout.view, limit: View.maximumByteCount))
    // Whoever holds a bundle counts its items by the seal, and asks the view for each.
    guard seal.itemCount == view.itemCount, 1...maximumItems ~= seal.itemCount else {
      throw EvidenceError.itemCount(seal: seal.itemCount, view: view.itemCount)
    }
    records = try Self.records(in: container)
    claims = try Claims(records)
  }

  /// Reads an item's disclosure, or nil where the container has none.
  public func leaves(ofItem number: Int) -> ByteReader? {
    reader(Layout.leaves(number))
  }

  /// What opens an item's disclosure: its shape and its disclosed header leaves.
  public func head(ofItem number: Int) throws -> ItemHead {
    guard let read = leaves(ofItem: number) else {
      throw EvidenceError.missing(Layout.leaves(number))
    }
    return try LeavesReader(read).head
  }

  /// The entry that holds an item's content, or nil where none of it is disclosed.
  public func contentEntry(ofItem number: Int, name: String?) -> Entry? {
    (try? EntryName(Layout.item(number, name: name))).flatMap { container.entry(named: $0) }
  }

  /// Reads an item's content as it stands in the container.
  public func content(ofItem number: Int, name: String?) -> ByteReader? {
    reader(Layout.item(number, name: name))
  }

  /// An item's content as it stands in the container, at any offset and checked against nothing;
  /// nil where the container has none.
  ///
  /// The leaves of a grid item lie at multiples of the grid, so a part can be read by its place.
  public func storedContent(ofItem number: Int, name: String?) -> StoredBytes? {
    contentEntry(ofItem: number, name: name).flatMap { container.storedBytes(of: $0) }
  }

  /// The bytes of a small document, or nil where there is none.
  package func document(_ path: String, limit: Int = maximumRecord) throws -> [UInt8]? {
    try Self.bytes(container, path, limit: limit)
  }

  package func reader(_ path: String) -> ByteReader? {
    guard let name = try? EntryName(path), let entry = container.entry(named: name) else {
      return nil
    }
    let reader = container.open(entry)
    return { try reader.read(into: $0) }
  }

  /// The records are kept while a bundle is open, so what all of them together take has limits.
  private static func records(in container: ContainerReader) throws -> [RedactionRecord] {
    var records: [RedactionRecord] = []
    var (room, cutCount) = (maximumRecords, 0)
    for step in 1...Layout.maximumSteps {
      guard
        let bytes = try Self.bytes(
          container, Layout.record(step), limit: min(maximumRecord, room))
      else { break }
      let record = try RedactionRecord(parsing: bytes)
      room -= bytes.count
      cutCount += record.cuts.count
      guard cutCount <= Claims.maximumCuts else {
        throw RedactionError.account(.tooManyCuts, item: record.cuts.last?.item ?? 0)
      }
      records.append(record)
    }
    return records
  }

  private static func bytes(
    _ container: ContainerReader, _ path: String, limit: Int
  ) throws -> [UInt8]? {
    guard let entry = container.entry(named: try EntryName(path)) else { return nil }
    return try container.bytes(of: entry, limit: limit)
  }

  private static func required(
    _ container: ContainerReader, _ path: String, limit: Int
  ) throws -> [UInt8] {
    guard let bytes = try bytes(container, path, limit: limit) else {
      throw EvidenceError.missing(path)
    }
    return bytes
  }

  /// A seal has seven short lines.
  private static let maximumStatement = 4096
  /// A record has a line of about 60 bytes for each cut; a quarter of a million of them.
  package static let maximumRecord = 16 << 20
  /// All records together: of most cuts the line is all that differs, but reasons may be long.
  private static let maximumRecords = 32 << 20
}
