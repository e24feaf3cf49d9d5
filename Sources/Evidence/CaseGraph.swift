// CaseGraph writes `metadata/case.jsonld` (Docs/Bundle.md, "CASE/UCO"): CASE 1.4 and 1.5 over UCO,
// as JSON-LD 1.1. `core:Bundle` holds everything: the investigation and its authorization, a file
// and a provenance record for each item, an investigative action for each acquisition and each step
// of redaction. CaseGraphConformanceTests proves it with `case_validate`, CaseGraphLeakTests that
// nothing is told of what is withheld.

/// The CASE graph of what a bundle discloses.
///
/// It is a pure function of the seal, the terms, the records and the disclosed header leaves, so a
/// verifier derives the same bytes again and compares them. Every node has an IRI made of the
/// bundle's id, the node's kind and a number: never of a name or of content. Items and steps keep
/// their IRIs from one redaction to the next.
public struct CaseGraph: Sendable {
  let bundleID: String
  let sealer: String
  let sealTime: String
  let itemCount: Int
  let terms: Terms
  let redactions: [Redaction]

  /// A graph of one bundle at one step.
  ///
  /// - Parameters:
  ///   - bundleID: 32 hex digits, from the seal.
  ///   - sealer: the node id in the seal.
  ///   - sealTime: the seal's time, RFC 3339.
  ///   - itemCount: how many items the seal covers, withheld ones too.
  ///   - terms: what `terms.json` says.
  ///   - redactions: the records, in their order.
  public init(
    bundleID: String, sealer: String, sealTime: String, itemCount: Int, terms: Terms = Terms(),
    redactions: [Redaction] = []
  ) {
    self.bundleID = bundleID
    self.sealer = sealer
    self.sealTime = sealTime
    self.itemCount = itemCount
    self.terms = terms
    self.redactions = redactions
  }

  /// Writes the file, in pieces of some ten kilobytes.
  ///
  /// Two passes: the investigation and each acquisition name items that come after them. What is
  /// kept between them is a few bytes for each run of neighbouring items and each acquisition;
  /// header values are not.
  ///
  /// - Parameters:
  ///   - item: what is disclosed of item number `number`, counted from 1; nil if it is withheld
  ///     whole. It is asked in ascending order, once for each number; then again for each that was
  ///     there, by several threads, and has to answer the same both times.
  ///   - write: takes the next bytes.
  public func write(
    item: (_ number: Int) throws -> Item?, to write: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var plan = CaseGraphPlan()
    for index in 0..<max(0, itemCount) {
      if let found = try item(index + 1) { plan.add(found, number: index + 1) }
    }
    var text = CaseGraphText()
    beginBundle(&text)
    addParties(&text)
    addAuthorization(&text)
    try addInvestigation(plan, &text, write)
    for row in plan.rows(of: Self.itemsAtATime) {
      if let number = row.first, plan.isFirstOfAcquisition(number) {
        guard let found = try item(number) else { continue }
        addItem(found, number: number, plan, &text)
        try addAcquisition(of: found, number: number, plan, &text, write)
      } else {
        try addItems(row, plan, item, &text, write)
      }
      try text.drain(to: write)
    }
    try addRedactions(plan, &text, write)
    endBundle(&text)
    try text.flush(to: write)
  }

  /// Neighbouring items, by as many threads as there are processors.
  private func addItems(
    _ row: Range<Int>, _ plan: CaseGraphPlan, _ item: (_ number: Int) throws -> Item?,
    _ text: inout CaseGraphText, _ write: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let start = text.continuation
    let parts = (row.count + Self.itemsOfAThread - 1) / Self.itemsOfAThread
    let texts = try mapOnAllProcessors(0..<parts) { part in
      let first = row.lowerBound + part * Self.itemsOfAThread
      var own = start
      for number in first..<min(first + Self.itemsOfAThread, row.upperBound) {
        if let found = try item(number) { addItem(found, number: number, plan, &own) }
      }
      return own
    }
    for part in texts {
      text.append(part)
      try text.drain(to: write)
    }
  }

  /// Half a megabyte of text at a time, twenty kilobytes of a thread.
  private static let itemsAtATime = 128
  private static let itemsOfAThread = 8

  /// The whole file, for bundles that are known to be small.
  public func bytes(item: (_ number: Int) throws -> Item?) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try write(item: item, to: { bytes.append(contentsOf: $0) })
    return bytes
  }

  /// The IRI of a node, `kb:<kind>-<UUIDv5>`.
  func iri(_ kind: CaseGraphKind, _ number: Int) -> String {
    let name = bundleID + "/" + kind.rawValue + "/" + String(number)
    return "kb:" + kind.rawValue + "-" + Self.uuid(namespace: Self.namespace, name: name)
  }

  /// Namespace of all UUIDs in our graphs, drawn once (version 4). Changing it changes every IRI.
  private static let namespace: [UInt8] = [
    0xb2, 0x4f, 0x3b, 0x8a, 0x0b, 0x8e, 0x4a, 0xb1, 0xac, 0x45, 0x71, 0xeb, 0x78, 0x4e, 0x36, 0x67,
  ]
}

extension CaseGraph {
  /// What is disclosed of one item.
  public struct Item: Hashable, Sendable {
    /// Whether all of an item is disclosed, or some of it.
    public enum State: Hashable, Sendable {
      case disclosed
      case partial
    }

    package let headers: [String: String]
    package let state: State
    package let path: String?

    /// An item that isn't withheld whole.
    ///
    /// - Parameters:
    ///   - headers: the *disclosed* header leaves and no others, by key. Keys that the graph has no
    ///     place for are ignored.
    ///   - state: whether something of it is withheld.
    ///   - path: the name of its entry in the container; nil where it has no file.
    public init(headers: [String: String], state: State = .disclosed, path: String? = nil) {
      self.headers = headers
      self.state = state
      self.path = path
    }

    /// A header's value; an empty one says nothing, and counts as absent.
    subscript(key: String) -> String? {
      headers[key].flatMap { $0.utf8.isEmpty ? nil : $0 }
    }
  }

  /// One `cut` line of a redaction record: which item, why, under which provision.
  public struct Cut: Hashable, Sendable {
    package let item: Int
    package let code: String
    package let basis: String

    /// A cut in item number `item`, counted from 1.
    public init(item: Int, code: String, basis: String) {
      self.item = item
      self.code = code
      self.basis = basis
    }
  }

  /// One redaction record.
  public struct Redaction: Hashable, Sendable {
    package let step: Int
    package let node: String
    package let time: String
    package let proposer: String
    package let approver: String?
    package let cuts: [Cut]

    /// A record's facts; `cuts` in any order, told once for each item and code.
    ///
    /// - Parameters:
    ///   - step: the record's sequence number, from 1.
    ///   - node: the redactor's node id.
    ///   - time: RFC 3339.
    ///   - proposer: a role id.
    ///   - approver: another role id; nil where one person may do it alone.
    ///   - cuts: all of the record's `cut` lines.
    public init(
      step: Int, node: String, time: String, proposer: String, approver: String?, cuts: [Cut]
    ) {
      self.step = step
      self.node = node
      self.time = time
      self.proposer = proposer
      self.approver = approver
      self.cuts = cuts
    }
  }

  /// What `terms.json` says that the graph has a place for; all of it may be absent.
  public struct Terms: Hashable, Sendable {
    /// What the case is called.
    public var title: String?
    /// References of the cases, the first is the sealer's own.
    public var caseReferences: [String] = []
    /// The kind of order: EIO, EPOC, MLA, ….
    public var instrument: String?
    /// The provision that it rests on.
    public var article: String?
    /// The order's own reference.
    public var authorisation: String?
    /// Who made the order.
    public var issuingAuthority: String?
    /// Who validated it.
    public var validatingAuthority: String?
    /// When it ends, RFC 3339.
    public var validUntil: String?
    /// What the evidence may be used for.
    public var purpose: String?
    /// Why it is needed.
    public var necessity: String?
    /// A label of the Traffic Light Protocol 2.0.
    public var tlp: String?
    /// A Europol handling code, H0 to H3.
    public var europolHandling: String?

    /// No terms.
    public init() {}
  }
}
