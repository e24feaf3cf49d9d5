import ASiC
import Redaction

/// One pass over everything that a redacted bundle discloses, with as many patterns as memory allows.
final class LeakPass {
  let store: LeakPatternStore
  let search: LeakSearch
  let beginnings = LeakBeginnings()
  /// How many streams of unpacked bytes are open.
  var openStreams = 0
  private let bundle: EvidenceBundle
  private let tally: LeakTally
  private let progress: (UInt64) -> Void
  /// What the entry that is being read may still unpack to.
  private var room: UInt64 = 0
  private var partialPaths: Set<String> = []

  init(
    _ patterns: LeakPatternStore, over bundle: EvidenceBundle, _ tally: LeakTally,
    progress: @escaping (UInt64) -> Void
  ) {
    patterns.freeze()
    store = patterns
    search = LeakSearch(patterns, capacity: LeakStream.blockSize + LeakStream.overlap)
    self.bundle = bundle
    self.tally = tally
    self.progress = progress
  }

  func run() throws {
    tally.beginPass(store)
    for range in bundle.view.shownRanges {
      for number in range { try look(atItem: number) }
    }
    for entry in bundle.container.entries where !Self.skipped.contains(entry.name.path) {
      try read(entry)
    }
    tally.endPass()
  }

  /// Names are told to people, so they are looked at first, and those with a hit are not told.
  private func look(atItem number: Int) throws {
    let name = try bundle.head(ofItem: number)["name"] ?? []
    let path = Layout.item(number, name: String(validating: name, as: UTF8.self))
    if case .partial = bundle.view.state(ofItem: number) { partialPaths.insert(path) }
    for bytes in [name, Array(path.utf8)] {
      bytes.withUnsafeBufferPointer { buffer in
        let text = LeakText(bytes: buffer, origins: nil)
        search.search(LeakSearch.Block(text: text, isFirst: true, isLast: true)) { _ in
          tally.hideName(ofItem: number)
        }
      }
    }
  }

  private func read(_ entry: Entry) throws {
    let reader = bundle.container.open(entry)
    let stream = LeakStream(LeakPlace(path: entry.name.path), self)
    room = LeakUnpacker.freeBytes + entry.size * LeakUnpacker.maximumTotalRatio
    let read: ByteReader = { try reader.read(into: $0) }
    try forEachPiece(of: read, limit: entry.size) { bytes in
      stream.push(bytes)
      tally.count(UInt64(bytes.count))
      progress(UInt64(bytes.count))
    }
    stream.finish()
  }

  func hasPlaceholders(_ path: String) -> Bool { partialPaths.contains(path) }

  func add(_ found: LeakSearch.Found, at base: UInt64, in place: LeakPlace) {
    tally.add(
      found.pattern, place,
      base + UInt64(found.range.lowerBound)..<base + UInt64(found.range.upperBound),
      found.encodings)
  }

  func add(_ reason: LeakGap.Reason, at place: LeakPlace) { tally.add(reason, at: place) }

  /// Counts unpacked bytes against what the entry may unpack to.
  func unpacked(_ count: UInt64) {
    room -= min(room, count)
    tally.count(count)
  }

  /// Whether the entry has unpacked to all that it may.
  var isExhausted: Bool { room == 0 }

  /// The view holds seeds and hashes alone; the media type is ours.
  private static let skipped: Set<String> = ["mimetype", Layout.view]
}
