import CAdES
import CanonicalJSON
import Merkle
import Redaction

/// Seals files into a new bundle, written to an empty file.
///
/// Each file that is cut by its content is read twice (finding its leaves, then hashing them while it
/// is copied), every other once; a file that changes in between ends the sealing. Items stand in
/// random order, so that neighbours don't bracket a withheld name. Memory doesn't grow with sizes.
///
/// - Parameters:
///   - sources: the files, at least one, with names that differ.
///   - signatory: seals, and carries this first copy.
///   - fileDescriptor: an empty, seekable file; the caller makes it durable.
///   - scratch: room for the leaf lengths of all tables, a byte or two for each leaf.
///   - time: now, Unix seconds: the time in the seal.
/// - Throws: ``EvidenceError``, or what reading and writing throw.
public func seal(
  _ sources: some RandomAccessCollection<SourceItem>, _ order: SealingOrder,
  by signatory: Signatory,
  into fileDescriptor: Int32, scratch: ScratchFile, at time: Int64,
  progress: @escaping (UInt64) -> Void = { _ in }
) throws -> SealedBundle {
  try checkNames(of: sources)
  var draft = try SealDraft(SourceList(shuffling: sources), order, signatory, time)
  let assembly = try Assembly(
    fileDescriptor: fileDescriptor, expecting: 2 * sources.count + 10, progress: progress)
  try assembly.reserve(Layout.seal, size: draft.statement(root: .emptyTree).bytes.count)
  try assembly.add(Layout.terms, draft.terms.bytes)
  let view = try View(seed: draft.seed, itemCount: draft.sources.count)
  try assembly.add(Layout.view, view.bytes)
  try draft.describeAll(into: assembly, scratch: scratch)
  try draft.storeAll(into: assembly, scratch: scratch)
  let statement = try draft.statement(root: draft.tree.root)
  try assembly.fill(Layout.seal, statement.bytes)
  let graph = CaseGraph(seal: statement, terms: draft.terms, records: [])
  try assembly.addStream(Layout.caseGraph, size: nil) { write in
    let digests = assembly.digests
    try graph.write(item: { draft.graphItem($0, digests) }, to: write)
  }
  try assembly.sign(
    1, over: [Layout.seal, Layout.terms], by: signatory, commitment: .proofOfOrigin, at: time)
  try assembly.signAsCarrier(signatory, at: time)
  return SealedBundle(
    bundleID: statement.bundleID, seal: statement, viewID: view.id,
    items: SealedItems(draft.sources, draft.plans, assembly.digests, from: draft.firstContent),
    byteCount: try assembly.finish(), level: assembly.level, outage: assembly.outage)
}

private func checkNames(
  of sources: some RandomAccessCollection<SourceItem>
) throws(EvidenceError) {
  guard !sources.isEmpty else { throw .noItems }
  guard sources.count <= maximumItems else { throw .tooManyItems(limit: maximumItems) }
  // By bytes: names that differ in normalisation only are two files to the system they are from.
  // Of very many names the hashes alone are kept; where two meet, all names are looked at.
  var seen: Set<Int> = []
  seen.reserveCapacity(sources.count)
  var originals: Set<[UInt8]> = []
  for (index, source) in sources.enumerated() {
    let (name, bytes) = (source.name, Array(source.name.utf8))
    guard isItemName(name) else { throw .unsafeName(name) }
    if !seen.insert(bytes.hashValue).inserted {
      let isTaken = sources.prefix(index).contains { $0.name.utf8.elementsEqual(bytes) }
      guard !isTaken else { throw .duplicateName(name) }
    }
    if let companion = source.companion { originals.insert(Array(companion.original.utf8)) }
  }
  guard !originals.isEmpty else { return }
  for source in sources { originals.remove(Array(source.name.utf8)) }
  for source in sources {
    if let companion = source.companion, originals.contains(Array(companion.original.utf8)) {
      throw .noOriginal(source.name)
    }
  }
}

/// Two entries for each item must fit the container reader's limit, with room for the rest.
package let maximumItems = 120_000
