import ASiC
import Merkle
import Redaction

extension Verifier {
  /// Hashes every disclosed leaf to its place, compares every placeholder, and then the root.
  ///
  /// Small items are examined many at a time, by as many threads as there are processors; what is found
  /// is noted in order.
  mutating func checkItems(of bundle: EvidenceBundle) {
    var ids = ItemIDs(of: bundle.view)
    trusted = trustedDigests() ?? EntryDigests()
    result.items.reserveCapacity(bundle.seal.itemCount)
    var number = 1
    while number <= bundle.seal.itemCount {
      let row = number..<min(number + Self.itemsAtATime, bundle.seal.itemCount + 1)
      let found = mapOnAllProcessors(row) { examine($0, in: bundle, besideOthers: true) }
      for (number, item) in zip(row, found) {
        let item = item.isTooLarge ? examine(number, in: bundle, besideOthers: false) : item
        note(item)
        ids.note(item.id, ofItem: number)
      }
      number = row.upperBound
    }
    let bad = result.items.firstFailed
    if bad.isEmpty {
      result.add("items", .pass, "every disclosed part is what the disclosure says")
    }
    for item in bad {
      for failure in item.failures { result.add("item.\(item.number)", .fail, failure) }
    }
    let more = result.items.failedCount - bad.count
    if more > 0 {
      result.add("items", .fail, "\(counted(more, "more item")) failed, which aren't listed")
    }
    checkRoot(bundle, ids, bad)
  }

  private mutating func note(_ item: ExaminedItem) {
    result.items.append(item.report)
    if let derived = item.derived { note(derived) }
    for file in item.files { note(file.place, file.path, file.outcome) }
    for place in item.places { itemFiles.insert(place) }
    if item.untold > 0 { progress(item.untold) }
  }

  private mutating func checkRoot(
    _ bundle: EvidenceBundle, _ ids: ItemIDs, _ bad: [ItemReport]
  ) {
    let isTrusted = trusted.known.count > 0
    if isTrusted, bad.isEmpty {
      result.add(
        "seal.root", .pass,
        "the items are those that were sealed, by an earlier check of this file, unchanged since")
      return
    }
    guard let root = ids.root(of: bundle.view) else {
      result.add("seal.root", .fail, "can't be computed: \(names(of: bad))")
      return
    }
    if root == bundle.seal.root {
      result.add("seal.root", .pass, "the items are those that were sealed")
    } else {
      let hint = bad.isEmpty ? "" : " (see \(names(of: bad)))"
      result.add("seal.root", .fail, "the items are not those that were sealed\(hint)")
    }
  }

  /// Enough to look at.
  private func names(of bad: [ItemReport]) -> String {
    let names = bad.prefix(Self.maximumNames).map(\.displayName)
    let more = result.items.failedCount - names.count
    return names.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }

  private static let maximumNames = 20
  /// Four megabytes at most.
  private static let itemsAtATime = 64
}

/// The leaves of the bundle's tree. Where no item is withheld whole, its edge is all that is kept.
private struct ItemIDs {
  private var tree: CompactTree?
  private var ids: EntryDigests
  private var isComplete = true

  init(of view: View) {
    let isWhole = view.withheldRanges.isEmpty
    tree = isWhole ? CompactTree() : nil
    ids = EntryDigests(expecting: isWhole ? 0 : view.itemCount + 1)
  }

  /// Takes the next item's, nil where it is withheld or couldn't be computed.
  mutating func note(_ id: Hash?, ofItem number: Int) {
    guard tree != nil else {
      ids[number] = id?.bytes
      return
    }
    if let id { tree?.append(leaf: id) } else { isComplete = false }
  }

  /// Nil where an item's isn't known.
  func root(of view: View) -> Hash? {
    if let tree { return isComplete ? tree.root : nil }
    struct Unknown: Error {}
    return try? view.root { number throws -> Hash in
      guard let id = ids[number].flatMap({ Hash(bytes: $0) }) else { throw Unknown() }
      return id
    }
  }
}

extension ItemReport {
  /// Notes the file as it stands; with nothing withheld, it must be the one whose digest was sealed.
  mutating func addContent(digest: [UInt8], size: UInt64) {
    let sha256 = hex(digest)
    self.sha256 = sha256
    self.size = size
    if withheldLeaves == 0, let sealed = headers["sha256"], sealed != sha256 {
      failures.append("\(displayName): its SHA-256 is \(sha256), sealed was \(sealed)")
    }
  }

  /// For messages: the name with its number, or the number where the name is withheld.
  package var displayName: String {
    name.map { "item \(number), \(safePath(forName: $0))" } ?? "item \(number)"
  }
}
