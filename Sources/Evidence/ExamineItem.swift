import ASiC
import Merkle
import Redaction

// What follows changes nothing of the verifier, so several threads can do it.
extension Verifier {
  /// Judges one item.
  ///
  /// - Parameter besideOthers: an item whose content isn't small is only said to be too large; such a
  ///   one has threads of its own, and tells how far it is.
  func examine(
    _ number: Int, in bundle: EvidenceBundle, besideOthers: Bool
  ) -> ExaminedItem {
    var item = ExaminedItem(report: ItemReport(number: number, state: .withheld))
    guard !bundle.view.isWithheld(number) else {
      checkWithheld(&item.report)
      return item
    }
    item.report.state = bundle.view.isPartial(number) ? .partial : .disclosed
    item.places = [place(Layout.leaves(number))].compactMap(\.self)
    let disclosure: Disclosure
    do {
      disclosure = try Disclosure(ofItem: number, in: container)
      item.report.read(disclosure.head)
    } catch {
      item.report.failures.append("\(Layout.leaves(number)): \(describe(error))")
      return item
    }
    if let name = item.report.headers["name"], !isItemName(name) {
      item.report.failures.append("the sealed name of item \(number) would leave its folder")
    }
    let place = place(Layout.item(number, name: item.report.name))
    let entry = place.map { container.entries[$0] }
    item.report.path = entry?.name.path
    if let place { item.places.append(place) }
    if let place, let entry, let digest = trusted[place] {
      item.files.append((place, entry.name.path, .digest(digest)))
      item.untold = entry.size
      checkUnchanged(&item, disclosure, size: entry.size, digest: digest, in: bundle)
    } else {
      item.isTooLarge = besideOthers && entry.map { $0.size > Self.smallItem } ?? false
      guard !item.isTooLarge else { return item }
      let content = entry.map {
        DigestingReader(container.open($0), besideOthers ? { _ in } : progress)
      }
      check(&item, disclosure, content, in: bundle)
      content?.drain()
      if let place, let entry, let content {
        let outcome = content.outcome
        item.files.append((place, entry.name.path, outcome))
        if besideOthers { item.untold = content.delivered }
        if item.id != nil, case .digest(let digest) = outcome {
          item.report.addContent(digest: digest, size: entry.size)
        }
      }
    }
    disclosure.file.drain()
    item.files.append((disclosure.place, disclosure.path, disclosure.file.outcome))
    return item
  }

  private func checkWithheld(_ report: inout ItemReport) {
    if place(Layout.leaves(report.number)) != nil {
      report.failures.append("item \(report.number) is withheld, yet its disclosure is here")
    }
  }

  private func check(
    _ item: inout ExaminedItem, _ disclosure: Disclosure, _ content: DigestingReader?,
    in bundle: EvidenceBundle
  ) {
    let number = item.report.number
    do {
      let checked = try checkItem(
        number: number, view: bundle.view, leaves: disclosure.read,
        content: content.map { reader in { try reader.read($0) } },
        cuts: bundle.claims.cuts(ofItem: number), digesting: false)
      item.report.withheldLeaves = checked.withheldLeafCount
      item.derived = DerivedItem(number: number, checked)
      item.id = checked.id
    } catch {
      item.report.failures.append("\(item.report.displayName): \(describe(error))")
    }
  }

  /// The same by everything but the content.
  private func checkUnchanged(
    _ item: inout ExaminedItem, _ disclosure: Disclosure, size: UInt64, digest: [UInt8],
    in bundle: EvidenceBundle
  ) {
    let number = item.report.number
    do {
      item.report.withheldLeaves = try checkDisclosure(
        number: number, view: bundle.view, leaves: disclosure.read)
      let isCut = item.report.withheldLeaves > 0
      item.derived = DerivedItem(number: number, head: disclosure.head, isCut: isCut)
      item.report.addContent(digest: digest, size: size)
    } catch {
      item.report.failures.append("\(item.report.displayName): \(describe(error))")
    }
  }

  /// So small that many fit into memory.
  private static let smallItem: UInt64 = 64 << 10
}

/// What the check of one item has found.
struct ExaminedItem {
  var report: ItemReport
  /// Its leaf of the bundle's tree, where it could be computed.
  var id: Hash?
  var derived: DerivedItem?
  /// Where its files stand.
  var places: [Int] = []
  /// The files that were read.
  var files: [(place: Int, path: String, outcome: DigestingReader.Outcome)] = []
  /// Bytes that were read and nobody was told of.
  var untold: UInt64 = 0
  /// It wasn't checked, since it is to be checked alone.
  var isTooLarge = false
}

/// An item's `.leaves`. A small one, and nearly all are, is read once for everything that asks for it.
private struct Disclosure {
  let head: ItemHead
  let place: Int
  let path: String
  let file: DigestingReader
  /// Reads it from its beginning, once.
  let read: ByteReader

  init(ofItem number: Int, in container: ContainerReader) throws {
    path = Layout.leaves(number)
    guard let place = container.entries.place(of: try EntryName(path)) else {
      throw EvidenceError.missing(path)
    }
    self.place = place
    let entry = container.entries[place]
    let file = DigestingReader(container.open(entry), { _ in })
    self.file = file
    if entry.size <= Self.small {
      let bytes = try file.readAll()
      head = try LeavesReader(reader(of: bytes)).head
      read = reader(of: bytes)
    } else {
      let other = container.open(entry)
      head = try LeavesReader { try other.read(into: $0) }.head
      read = { try file.read($0) }
    }
  }

  private static let small: UInt64 = 64 << 10
}

/// Reads bytes that are in memory.
private func reader(of bytes: [UInt8]) -> ByteReader {
  var rest = bytes[...]
  return { buffer in
    let piece = rest.prefix(buffer.count)
    buffer.copyBytes(from: piece)
    rest = rest.dropFirst(piece.count)
    return piece.count
  }
}
