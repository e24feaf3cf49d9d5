import Crypto
import Redaction

/// Reads the content that one item withholds, run by run, and hands its values to a collector.
final class LeakContent {
  private let item: LeakDifference.Item
  private let head: ItemHead
  private let cuts: LeakCuts
  private let bundle: EvidenceBundle
  private let collector: LeakCollector
  private let form: Form
  private let kind: LeakRun.Kind
  private let isDrawn: Bool
  private var digests: LeakDigests?
  /// Where the item holds the words of a page.
  private var words: LeakPageWords?
  private var cell: [UInt8] = []

  init(
    _ item: LeakDifference.Item, _ head: ItemHead, _ cuts: LeakCuts, _ bundle: EvidenceBundle,
    _ collector: LeakCollector
  ) throws {
    self.item = item
    self.head = head
    self.cuts = cuts
    self.bundle = bundle
    self.collector = collector
    form = try head.form()
    kind = LeakRun.Kind(
      shape: head.shape, form: form, mediaType: try head.mediaType(), isWhole: item.isWhole)
    digests = item.hasAllContent ? LeakDigests() : nil
    let derivation = head[Derivation.headerKey].flatMap { Derivation($0) }
    if derivation?.tool == Derivation.pageWords, kind.content == .cells {
      words = LeakPageWords(isWhole: item.isWhole, cuts, collector)
    }
    // What a page says is looked for by its words: pages set in one type share the pixels of letters.
    isDrawn = derivation.map(collector.hasWords) ?? false
  }

  func read() throws {
    let name = head["name"].flatMap { String(validating: $0, as: UTF8.self) }
    guard let content = bundle.content(ofItem: item.number, name: name) else {
      throw EvidenceError.missing(Layout.item(item.number, name: name))
    }
    if case .grid(let grid) = head.shape.mode {
      try readGrid(content, UInt64(grid))
    } else {
      try readTable(content)
    }
    for (name, digest) in digests?.finalize() ?? [] {
      try collector.add(bytes: digest, .certain, .digest, cuts.digest(name))
    }
  }

  /// In a grid places are known, so that the file needn't be read leaf by leaf.
  private func readGrid(_ content: ByteReader, _ grid: UInt64) throws {
    var gaps = runs[...]
    var offset: UInt64 = 0
    var run: LeakRun?
    try forEachPiece(of: content, limit: nil) { piece in
      digests?.update(piece)
      let end = offset + UInt64(piece.count)
      while let gap = gaps.first, gap.lowerBound * grid < end {
        let bytes = max(offset, gap.lowerBound * grid)..<min(end, gap.upperBound * grid)
        if run == nil { run = newRun(gap) }
        try run?.push(
          UnsafeRawBufferPointer(
            rebasing: piece[Int(bytes.lowerBound - offset)..<Int(bytes.upperBound - offset)]))
        guard gap.upperBound * grid <= end else { break }
        try run?.finish()
        run = nil
        gaps = gaps.dropFirst()
      }
      offset = end
    }
    try run?.finish()
  }

  private func readTable(_ content: @escaping ByteReader) throws {
    guard let leaves = bundle.leaves(ofItem: item.number) else {
      throw EvidenceError.missing(Layout.leaves(item.number))
    }
    let scanner = try LeafScanner(
      leaves: leaves, content: content, cuts: bundle.claims.cuts(ofItem: item.number))
    var gaps = runs[...]
    var run: LeakRun?
    while let piece = try scanner.next() {
      switch piece {
      case .bytes(let leaf, let bytes):
        digests?.update(bytes)
        if words != nil, cell.count < Self.longestWord { cell.append(contentsOf: bytes) }
        guard words == nil, !isDrawn, let gap = gaps.first, gap.contains(leaf) else { continue }
        if run == nil { run = newRun(gap) }
        try run?.push(bytes)
      case .end(let leaf):
        if words != nil {
          let isWithheld = gaps.first?.contains(leaf) == true
          try words?.end(leaf: leaf, cell, isWithheld: isWithheld)
          cell.removeAll(keepingCapacity: true)
        }
        guard let gap = gaps.first, gap.contains(leaf) else { continue }
        try run?.endLeaf(leaf)
        guard leaf + 1 == gap.upperBound else { continue }
        try run?.finish()
        run = nil
        gaps = gaps.dropFirst()
      case .withheld: try words?.finish()
      }
    }
    try words?.finish()
  }

  private func newRun(_ leaves: Range<UInt64>) -> LeakRun {
    LeakRun(kind, leaves, cuts, collector)
  }

  /// The rows of leaves that one cut withholds; all that goes, where the item goes whole.
  private var runs: [Range<UInt64>] {
    var runs: [Range<UInt64>] = []
    for gap in item.content {
      var begin = gap.lowerBound
      while begin < gap.upperBound {
        let end = min(gap.upperBound, cuts.content(at: begin).end)
        runs.append(begin..<end)
        begin = end
      }
    }
    return runs
  }

  /// Longer than any word that is held together by more than a page's missing spaces.
  private static let longestWord = 4096
}

/// The digests by which lists of files name them.
struct LeakDigests {
  private var sha256 = Digest256()
  private var sha1 = Insecure.SHA1()
  private var md5 = Insecure.MD5()

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    sha256.update(bytes)
    sha1.update(bufferPointer: bytes)
    md5.update(bufferPointer: bytes)
  }

  func finalize() -> [(name: String, digest: [UInt8])] {
    // Every list of digests has the one of an empty file, which tells nothing.
    guard sha256.byteCount > 0 else { return [] }
    return [
      ("SHA-256", sha256.finalize()), ("SHA-1", Array(sha1.finalize())),
      ("MD5", Array(md5.finalize())),
    ]
  }
}
