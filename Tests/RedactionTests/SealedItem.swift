import Crypto
import Merkle
import Redaction
import Testing

/// An item as its sealer has it, for tests: the files of the first bundle, and its id by the
/// definition.
struct SealedItem {
  var seed: [UInt8]
  var mode: ItemShape.Mode
  var fields: [HeaderField]
  var leaves: [[UInt8]]

  /// A table of text whose header is `media-type`, `name` and the derived `size`.
  init(
    seed: [UInt8], mode: ItemShape.Mode = .table, mediaType: String = "text/plain",
    leaves: [[UInt8]]
  ) throws {
    self.seed = seed
    self.mode = mode
    self.leaves = leaves
    fields = [
      try HeaderField(key: "media-type", value: Array(mediaType.utf8)),
      try HeaderField(key: "name", value: Array("a.txt".utf8)),
      try HeaderField(key: "size", value: Array("\(leaves.joined().count)".utf8)),
    ]
  }

  var shape: ItemShape {
    get throws {
      try ItemShape(
        mode: mode, leafCount: UInt64(leaves.count), headerCount: UInt32(fields.count))
    }
  }

  var content: [UInt8] { Array(leaves.joined()) }

  /// The full view of the bundle that holds this item alone: the bundle's seed is the item's.
  var view: View {
    get throws { try View(seed: Reference.seed(seed), itemCount: 1) }
  }

  var leavesFile: [UInt8] {
    get throws {
      let head = try ItemHead(
        shape: shape,
        headers: fields.enumerated().map { IndexedField(index: UInt32($0), field: $1) })
      let output = Output()
      let writer = try LeavesWriter(head: head, write: output.writer)
      try writer.beginRun(disclosed: true, count: UInt64(leaves.count))
      if mode == .table { for leaf in leaves { try writer.appendLength(UInt64(leaf.count)) } }
      try writer.finish()
      return output.bytes
    }
  }

  var id: Hash {
    get throws {
      let header = Reference.root(Reference.hash([4] + seed), fields.map(\.bytes)[...])
      let content = Reference.root(Reference.hash([5] + seed), leaves[...])
      return itemID(
        shape: try shape, headerRoot: try Reference.hash(header),
        contentRoot: try Reference.hash(content))
    }
  }
}

/// One version of an item's files, and the view and cuts that they belong to.
struct Version {
  var view: View
  var cuts: [Cut] = []
  var leaves: [UInt8]?
  var content: [UInt8]?

  init(_ item: SealedItem) throws {
    view = try item.view
    leaves = try item.leavesFile
    content = item.content
  }

  /// Completes the cuts and makes the step.
  mutating func redact(_ proposed: [Cut]) throws {
    let cuts = try completeCuts(proposed, view: view) { _ in
      try LeavesReader(reader(leaves ?? [])).head
    }
    try redact(exactly: cuts)
  }

  /// Makes the step with just these cuts.
  mutating func redact(exactly added: [Cut]) throws {
    let (newLeaves, newContent) = (Output(), Output())
    let result = try redactItem(
      number: 1, view: view, leaves: reader(leaves ?? []), content: content.map { reader($0) },
      previous: cuts, added: added, writeLeaves: newLeaves.writer, writeContent: newContent.writer)
    view = try view.applying([1: result.state])
    cuts += added
    leaves = result.hasFiles ? newLeaves.bytes : nil
    content = result.hasContent ? newContent.bytes : nil
  }

  func check() throws -> CheckedItem {
    try checkItem(
      number: 1, view: view, leaves: leaves.map { reader($0, most: 5) },
      content: content.map { reader($0, most: 3) }, cuts: cuts)
  }
}

/// A cut of content for the tests.
func contentCut(_ range: Range<UInt64>, code: String = "REL", shown: String? = nil) -> Cut {
  Cut(item: 1, part: .content(range), code: code, rule: 0, basis: "x", shown: shown)
}

/// The tree straight from its definition, over swift-crypto: quadratic and recursive on purpose.
enum Reference {
  static func hash(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

  static func hash(_ digest: [UInt8]) throws -> Hash {
    guard let hash = Hash(bytes: digest) else { throw RedactionError.root }
    return hash
  }

  static func seed(_ bytes: [UInt8]) throws -> Seed {
    guard let seed = Seed(bytes: bytes) else { throw RedactionError.root }
    return seed
  }

  static func split(_ count: Int) -> Int {
    var half = 1
    while half * 2 < count { half *= 2 }
    return half
  }

  static func salts(_ seed: [UInt8], _ count: Int) -> [[UInt8]] {
    if count == 1 { return [seed] }
    let half = split(count)
    return salts(hash([2] + seed), half) + salts(hash([3] + seed), count - half)
  }

  static func root(_ seed: [UInt8], _ leaves: ArraySlice<[UInt8]>) -> [UInt8] {
    if leaves.count == 1 { return hash([0] + seed + leaves[leaves.startIndex]) }
    let middle = leaves.startIndex + split(leaves.count)
    return hash(
      [1] + root(hash([2] + seed), leaves[..<middle]) + root(hash([3] + seed), leaves[middle...]))
  }

  /// The bytes of the view that withholds the leaves in `cut`.
  static func view(_ seed: [UInt8], _ leaves: ArraySlice<[UInt8]>, without cut: Set<Int>) -> [UInt8]
  {
    let gone = leaves.indices.filter(cut.contains).count
    if gone == 0 { return [1] + seed }
    if gone == leaves.count { return [2] + root(seed, leaves) }
    let middle = leaves.startIndex + split(leaves.count)
    return [0] + view(hash([2] + seed), leaves[..<middle], without: cut)
      + view(hash([3] + seed), leaves[middle...], without: cut)
  }
}

/// Gives the lengths of these leaves, once.
func lengthReader(_ leaves: [[UInt8]]) -> LeafTreeHasher.LengthReader {
  var rest = leaves[...]
  return { lengths in
    for index in lengths.indices {
      let leaf = try #require(rest.first)
      rest.removeFirst()
      lengths[index] = UInt64(leaf.count)
    }
  }
}
