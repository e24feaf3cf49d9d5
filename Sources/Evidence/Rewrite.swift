import ASiC
import Merkle
import Redaction

/// A new copy of a bundle in the making: what changes, beside everything that is copied.
struct Rewrite {
  let bundle: EvidenceBundle
  let release: Release?
  /// The view of the new copy.
  var view: View
  /// The records of the new copy, oldest first.
  var records: [RedactionRecord]
  private let items: ItemReports
  private var changes: [Int: Change] = [:]

  /// What becomes of an item that this step cuts.
  private struct Change {
    let added: [Cut]
    let result: RedactedItem
    /// Where the scratch file holds its new `.leaves`.
    let leaves: Range<UInt64>
    let content: Content

    /// How its new file is made.
    enum Content {
      /// The old one is copied, with zeros in the place of what goes.
      case copied(zeroing: [Range<UInt64>], size: UInt64)
      /// It is put together leaf by leaf, and will be so long.
      case rendered(size: UInt64)
    }
  }

  init(_ verified: VerifiedBundle, release: Release?) {
    bundle = verified.bundle
    self.release = release
    view = bundle.view
    records = bundle.records
    items = verified.verification.items
  }

  /// Works out the new view and the new `.leaves` of every item that is cut.
  ///
  /// - Throws: `RedactionError.companions(_:item:)` where another item would still show what goes.
  mutating func cut(_ cuts: [Cut], scratch: ScratchFile) throws {
    try scratch.reset()
    var states: [Int: View.ItemState] = [:]
    for (number, added) in Dictionary(grouping: cuts, by: \.item).sorted(by: { $0.key < $1.key }) {
      let change =
        try copy(number, added, scratch: scratch) ?? render(number, added, scratch: scratch)
      states[number] = change.result.state
      changes[number] = change
    }
    view = try bundle.view.applying(states)
    try checkCompanions()
  }

  /// A copy that breaks the rule on companions verifies nowhere, and tells what it was to withhold: it
  /// isn't begun, whoever made the cuts.
  private func checkCompanions() throws {
    var derived: [DerivedItem] = []
    for item in items where item.state != .withheld && !view.isWithheld(item.number) {
      let isCut = item.withheldLeaves > 0 || (changes[item.number]?.result.newlyWithheld ?? 0) > 0
      guard isCut || item.headers[Derivation.headerKey] != nil else { continue }
      derived.append(
        DerivedItem(
          number: item.number, head: try bundle.head(ofItem: item.number), isCut: isCut))
    }
    _ = try Redaction.checkCompanions(derived, view: view)
  }

  /// Cuts a grid item, at the cost of what goes; nil where this isn't one, or all of it goes.
  private func copy(_ number: Int, _ added: [Cut], scratch: ScratchFile) throws -> Change? {
    let name = items[number - 1].name
    guard !added.contains(where: { $0.part == .all }), let leaves = bundle.leaves(ofItem: number),
      let bytes = bundle.storedContent(ofItem: number, name: name)
    else { return nil }
    let start = scratch.count
    let grid = try redactGrid(
      number: number, view: bundle.view, leaves: leaves, byteCount: bytes.count,
      fetch: { try bytes.read(into: $0, at: $1) }, added: added,
      writeLeaves: { try scratch.write($0) })
    return grid.map {
      Change(
        added: added, result: $0.item, leaves: start..<scratch.count,
        content: .copied(zeroing: $0.zeroed, size: $0.byteCount))
    }
  }

  /// Cuts any item, reading all of it.
  private func render(_ number: Int, _ added: [Cut], scratch: ScratchFile) throws -> Change {
    let start = scratch.count
    var size: UInt64 = 0
    let result = try redact(
      number, added, leaves: { try scratch.write($0) }, content: { size += UInt64($0.count) })
    return Change(
      added: added, result: result, leaves: start..<scratch.count,
      content: .rendered(size: size))
  }

  /// Writes everything outside META-INF, in the order of Docs/Bundle.md.
  func write(to assembly: Assembly, scratch: ScratchFile) throws {
    try assembly.add(Layout.seal, bundle.seal.bytes)
    try assembly.add(Layout.terms, bundle.terms.bytes)
    if let release { try assembly.add(Layout.release, release.bytes) }
    try assembly.add(Layout.view, view.bytes)
    let shown = items.lazy.filter { $0.state != .withheld }
    for item in shown { try writeLeaves(of: item, to: assembly, scratch: scratch) }
    for (step, record) in zip(1..., records) {
      try assembly.add(Layout.record(step), record.bytes)
    }
    var reports: [Int: ItemReport] = [:]
    for item in shown {
      var report = item
      report.path = try writeContent(of: &report, to: assembly)
      if changes[item.number] != nil || report.path != item.path { reports[item.number] = report }
    }
    let graph = CaseGraph(seal: bundle.seal, terms: bundle.terms, records: records)
    try assembly.addStream(Layout.caseGraph, size: nil) {
      try graph.write(items: items, changed: reports, $0)
    }
    if changes.isEmpty { try copyCustody(to: assembly) }
  }

  /// Copies the signatures of sealer and earlier redactors; a superseded carrier seal stays behind.
  func copySignatures(to assembly: Assembly) throws {
    for entry in bundle.container.entries where isLasting(entry.name.path) {
      try copy(entry, to: assembly)
    }
  }

  /// Copies the archive manifests and their time-stamps: they cover what lasts, so they last too.
  ///
  /// - Parameter renewing: gives the newest its number among the former ones, for a new one to come.
  /// - Returns: how many there are.
  func copyArchives(to assembly: Assembly, renewing: Bool = false) throws -> Int {
    let names = bundle.container.entries.map(\.name.path)
    let count = names.count { $0.hasPrefix("META-INF/ASiCArchiveManifest") }
    for entry in bundle.container.entries {
      let path = entry.name.path
      let isNewest = path == Layout.archiveManifest
      let isFormer = (1..<max(1, count)).contains { path == Layout.formerArchiveManifest($0) }
      let isToken = (1..<max(1, count + 1)).contains { path == Layout.timestamp($0) }
      guard isNewest || isFormer || isToken else { continue }
      let target = isNewest && renewing ? Layout.formerArchiveManifest(count) : path
      try assembly.addCopy(target, of: entry, in: bundle.container)
    }
    return count
  }

  private func isLasting(_ path: String) -> Bool {
    (1...Layout.carrierManifest - 1).contains { number in
      number <= bundle.records.count + 1
        && (path == Layout.manifest(number) || path == Layout.signature(number))
    }
  }

  /// Receipts of earlier transfers go on with a copy that discloses no less.
  private func copyCustody(to assembly: Assembly) throws {
    for entry in bundle.container.entries where entry.name.path.hasPrefix("custody/") {
      try copy(entry, to: assembly)
    }
  }

  @discardableResult
  private func copy(_ entry: Entry, to assembly: Assembly) throws -> [UInt8] {
    try assembly.addCopy(entry.name.path, of: entry, in: bundle.container)
  }

  private func writeLeaves(
    of item: ItemReport, to assembly: Assembly, scratch: ScratchFile
  ) throws {
    let path = Layout.leaves(item.number)
    guard let change = changes[item.number] else {
      guard let entry = bundle.container.entry(named: try EntryName(path)) else {
        throw EvidenceError.missing(path)
      }
      try copy(entry, to: assembly)
      return
    }
    guard change.result.hasFiles else { return }
    try assembly.addStream(path, size: UInt64(change.leaves.count)) { write in
      try scratch.forEachPiece(in: change.leaves, write)
    }
  }

  /// Writes an item's file and returns its path, or nil where none of its content is left.
  private func writeContent(
    of item: inout ItemReport, to assembly: Assembly
  ) throws -> String? {
    guard let change = changes[item.number] else {
      guard let path = item.path,
        let entry = bundle.container.entry(named: try EntryName(path))
      else { return nil }
      // The copy is the check, where an earlier one stood in for the verifier's.
      guard try item.sha256 == hex(copy(entry, to: assembly)) else {
        throw EvidenceError.changedSinceChecked(item.displayName)
      }
      return path
    }
    guard change.result.hasFiles else {
      item.state = .withheld
      return nil
    }
    item.state = .partial
    removeCutHeaders(&item, change.added)
    guard change.result.hasContent else { return nil }
    let path = Layout.item(item.number, name: item.name)
    let number = item.number
    switch change.content {
    case .copied(let holes, let size):
      // Under its old name, which this step may withhold.
      guard let entry = bundle.contentEntry(ofItem: number, name: items[number - 1].name) else {
        throw EvidenceError.missing(path)
      }
      try assembly.addCopy(path, of: entry, in: bundle.container, size: size, zeroing: holes)
    case .rendered(let size):
      try assembly.addStream(path, size: size) { write in
        _ = try redact(number, change.added, leaves: { _ in }, content: write)
      }
    }
    return path
  }

  private func removeCutHeaders(_ item: inout ItemReport, _ cuts: [Cut]) {
    guard let head = try? bundle.head(ofItem: item.number) else { return }
    for cut in cuts {
      guard case .header(let range) = cut.part else { continue }
      for field in head.headers where range.contains(UInt64(field.index)) {
        item.headers[field.field.key] = nil
      }
    }
  }

  /// Deterministic, so that it may run once for the `.leaves` and once for the content.
  private func redact(
    _ number: Int, _ added: [Cut], leaves: @escaping ByteWriter, content: ByteWriter
  ) throws -> RedactedItem {
    guard let reader = bundle.leaves(ofItem: number) else {
      throw EvidenceError.missing(Layout.leaves(number))
    }
    return try withoutActuallyEscaping(content) { content in
      try redactItem(
        number: number, view: bundle.view, leaves: reader,
        content: bundle.content(ofItem: number, name: items[number - 1].name),
        previous: bundle.claims.cuts(ofItem: number), added: added, writeLeaves: leaves,
        writeContent: content)
    }
  }
}
