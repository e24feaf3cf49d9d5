import CanonicalJSON
import Redaction

/// Collects what a redacted bundle withholds and the full one discloses, as patterns for passes.
///
/// Content is streamed; whenever the patterns fill the memory that they may take, a pass runs and
/// they are forgotten.
final class LeakCollector {
  private let full: EvidenceBundle
  private let redacted: EvidenceBundle
  private var store = LeakPatternStore()
  private var isOver = false
  private var flush: (LeakPatternStore) throws -> Bool = { _ in true }
  /// Header leaves that the redacted bundle discloses, and base names, as hashes.
  private var disclosed: Set<Int> = []
  /// Originals whose names stand in those of their companions, which disclose them by design.
  private var namesakes: Set<Int> = []
  /// Pages whose words the full bundle discloses.
  private var wordedPages: Set<[Int]> = []
  private var passageCount = 0
  /// How many values were collected.
  private(set) var valueCount = 0
  /// How many are too short, or too many.
  private(set) var unsearchableValues = 0

  init(full: EvidenceBundle, redacted: EvidenceBundle) {
    self.full = full
    self.redacted = redacted
  }

  /// Calls `flush` with patterns until all were there, or it returns false.
  func collect(
    _ difference: LeakDifference, _ flush: @escaping (LeakPatternStore) throws -> Bool
  ) throws {
    self.flush = flush
    try noteDisclosed()
    for number in full.view.shownRanges.joined() {
      let derivation = try full.head(ofItem: number)[Derivation.headerKey]
        .flatMap { Derivation($0) }
      if let derivation, derivation.tool == Derivation.pageWords {
        wordedPages.insert([derivation.original, derivation.page ?? 1])
      }
    }
    for item in difference.items {
      let head = try full.head(ofItem: item.number)
      let cuts = LeakCuts(redacted.claims.cuts(ofItem: item.number), item: item.number)
      try addHeaders(head, item, cuts)
      if !item.content.isEmpty {
        try LeakContent(item, head, cuts, full, self).read()
      }
    }
    // Bytes are searched, and counted, where nothing is withheld too.
    _ = try flush(store)
    self.flush = { _ in true }
  }

  /// Whether a tiled picture is of a page whose words are known.
  func hasWords(_ derivation: Derivation) -> Bool {
    derivation.tool == Derivation.pageTiles
      && wordedPages.contains([derivation.original, derivation.page ?? 1])
  }

  /// Adds a value that was chosen, in all its forms.
  func add(_ value: [UInt8], _ source: LeakSource) throws {
    guard let forms = LeakForms(value) else {
      // Nothing but punctuation: there is nothing to tell by it.
      return
    }
    try makeRoom()
    guard !isOver, forms.text.utf8.count >= LeakPatternStore.shortKey else {
      unsearchableValues += 1
      return
    }
    valueCount += 1
    let number = store.add(source)
    for form in forms.all {
      store.add(
        form.bytes,
        LeakPattern(
          source: number, mode: form.mode, strength: forms.isShort ? .short : .certain,
          writing: form.writing))
    }
  }

  /// Adds a passage or fragment of something longer, folded.
  func add(_ kind: LeakPassages.Kind, _ folded: [UInt8], _ source: LeakSource) throws {
    guard folded.count >= LeakPatternStore.longKey, let forms = LeakForms(folded) else { return }
    try makeRoom()
    guard !isOver else {
      unsearchableValues += 1
      return
    }
    valueCount += 1
    passageCount += 1
    // A copy in UTF-16 has many passages; each third is enough to know it.
    let isWide = kind == .fragment || passageCount % 3 == 0
    let number = store.add(source)
    for form in forms.spellings(mode: .anywhere, wide: isWide) {
      store.add(
        form.bytes,
        LeakPattern(
          source: number, mode: .anywhere, strength: kind == .passage ? .passage : .weak,
          writing: form.writing))
    }
  }

  /// Adds bytes that aren't text: a digest, or a sample of content.
  func add(
    bytes: [UInt8], _ strength: LeakStrength, _ writing: LeakWriting, _ source: LeakSource
  ) throws {
    try makeRoom()
    guard !isOver else {
      unsearchableValues += 1
      return
    }
    valueCount += 1
    store.add(
      LeakFold.folded(bytes),
      LeakPattern(source: store.add(source), mode: .anywhere, strength: strength, writing: writing))
  }

  private func makeRoom() throws {
    guard store.isFull, !isOver else { return }
    isOver = try !flush(store)
    store = LeakPatternStore()
  }

  /// Header leaves of a withheld item say little where those of others say the same: who acquired
  /// it, and how.
  private func noteDisclosed() throws {
    for number in redacted.view.shownRanges.joined() {
      let head = try redacted.head(ofItem: number)
      if head["name"] != nil, let original = head[Derivation.headerKey].flatMap({ Derivation($0) })
      {
        namesakes.insert(original.original)
      }
      for header in head.headers {
        disclosed.insert(Self.hash(header.field.key, header.field.value))
        guard header.field.key == "name" else { continue }
        disclosed.insert(Self.hash("base name", Self.baseName(header.field.value)))
      }
    }
  }

  private func addHeaders(
    _ head: ItemHead, _ item: LeakDifference.Item, _ cuts: LeakCuts
  ) throws {
    for header in head.headers
    where item.headers.contains(where: { $0.contains(UInt64(header.index)) }) {
      let (key, value) = (header.field.key, header.field.value)
      guard !Self.untold.contains(key), !disclosed.contains(Self.hash(key, value)) else { continue }
      if key == "name", namesakes.contains(item.number) { continue }
      let source = cuts.header(UInt64(header.index), key: key)
      try add(value, source)
      guard key == "name" else { continue }
      let base = Self.baseName(value)
      if base != value, !disclosed.contains(Self.hash("base name", base)) { try add(base, source) }
    }
  }

  private static func baseName(_ name: [UInt8]) -> [UInt8] {
    Array(name.split(separator: UInt8(ascii: "/")).last ?? [])
  }

  private static func hash(_ key: String, _ value: [UInt8]) -> Int {
    var hasher = Hasher()
    hasher.combine(key)
    hasher.combine(value)
    return hasher.finalize()
  }

  /// Sizes, types, classes and times are the same for many items; digests are looked for as such.
  private static let untold: Set<String> = [
    "size", "media-type", "modified", "acquired-at", "class", "data-category", "sha256",
    Derivation.headerKey,
  ]
  /// Each reads the redacted bundle once. A gigabyte of withheld content takes about as many.
  static let maximumPasses = 64
}

/// Which cut withholds a leaf of an item.
struct LeakCuts {
  private let item: Int
  private let all: Cut?
  private let content: [(range: Range<UInt64>, cut: Cut)]
  private let headers: [(range: Range<UInt64>, cut: Cut)]

  init(_ cuts: [Cut], item: Int) {
    self.item = item
    all = cuts.first { $0.part == .all }
    content = cuts.compactMap { cut in
      if case .content(let range) = cut.part { (range, cut) } else { nil }
    }.sorted { $0.range.lowerBound < $1.range.lowerBound }
    headers = cuts.compactMap { cut in
      if case .header(let range) = cut.part { (range, cut) } else { nil }
    }
  }

  /// The leaves from `leaf` on that one cut withholds, and the source that they are.
  func content(at leaf: UInt64) -> (end: UInt64, cut: Cut?) {
    if let all { return (.max, all) }
    var (low, high) = (0, content.count)
    while low < high {
      let middle = (low + high) / 2
      if content[middle].range.upperBound <= leaf { low = middle + 1 } else { high = middle }
    }
    guard low < content.count, content[low].range.contains(leaf) else { return (.max, nil) }
    return (content[low].range.upperBound, content[low].cut)
  }

  func source(_ leaves: Range<UInt64>) -> LeakSource {
    source(.content(leaves), content(at: leaves.lowerBound).cut)
  }

  func header(_ index: UInt64, key: String) -> LeakSource {
    source(.header(key), all ?? headers.first { $0.range.contains(index) }?.cut)
  }

  func digest(_ name: String) -> LeakSource {
    source(.digest(name), all ?? content.first?.cut ?? headers.first?.cut)
  }

  private func source(_ part: LeakSource.Part, _ cut: Cut?) -> LeakSource {
    LeakSource(item: item, part: part, code: cut?.code ?? "-", rule: cut?.rule ?? 0)
  }
}
