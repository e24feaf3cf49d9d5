import Redaction

/// What the passes of a leak test found, and what it means.
final class LeakTally {
  private struct Raw: Hashable {
    var source: LeakSource
    /// The source and the pattern by their numbers in the pass.
    var sourceIndex: Int32
    var pattern: Int
    var strength: LeakStrength
    var place: LeakPlace
    var range: Range<UInt64>
    var encoding: String

    var isWarning: Bool { strength <= .short }
  }

  /// One place is told once for each value, however many encodings it can be read in.
  private struct Spot: Hashable {
    let source: Int32
    let strength: LeakStrength
    let place: LeakPlace
    let start: UInt64
  }

  private var store = LeakPatternStore()
  private var found: [Raw] = []
  private var spots: Set<Spot> = []
  private var paths: [Int: Set<String>] = [:]
  private var settled: [Raw] = []
  private var gaps: Set<LeakGap> = []
  private var further = 0
  private var furtherGaps = 0
  private var commonPhrases = 0
  private var byteCount: UInt64 = 0
  private var passes = 0
  private var hidden: Set<Int> = []

  func beginPass(_ store: LeakPatternStore) {
    self.store = store
    passes += 1
  }

  /// What is searched is the same in each pass.
  func count(_ bytes: UInt64) { if passes == 1 { byteCount += bytes } }

  func hideName(ofItem number: Int) { hidden.insert(number) }

  func add(_ reason: LeakGap.Reason, at place: LeakPlace) {
    guard passes == 1 else { return }
    let gap = LeakGap(
      path: place.path, offset: place.offsets.first ?? 0, inner: Array(place.offsets.dropFirst()),
      reason: reason)
    guard !gaps.contains(gap) else { return }
    if gaps.count < LeakReport.maximumGaps { gaps.insert(gap) } else { furtherGaps += 1 }
  }

  func add(
    _ pattern: Int, _ place: LeakPlace, _ range: Range<UInt64>, _ encodings: [LeakEncoding]
  ) {
    let facts = store.patterns[pattern]
    // What stands in several items is told apart from what stands in one by this alone.
    if facts.strength < .certain, paths[pattern, default: []].count < Self.commonItems {
      paths[pattern, default: []].insert(place.path)
    }
    let spot = Spot(
      source: facts.source, strength: facts.strength, place: place, start: range.lowerBound)
    guard !spots.contains(spot) else { return }
    guard found.count < 2 * LeakReport.maximumHits else {
      further += 1
      return
    }
    spots.insert(spot)
    let undone = encodings.reversed().map(\.words)
    let written = [facts.writing.words].compactMap(\.self) + undone
    found.append(
      Raw(
        source: store.sources[Int(facts.source)], sourceIndex: facts.source, pattern: pattern,
        strength: facts.strength,
        place: place, range: range,
        encoding: (written.isEmpty ? ["plain"] : written).joined(separator: " in ")))
  }

  /// Weighs what the pass found while its patterns are known.
  func endPass() {
    let samples = Dictionary(grouping: found.filter { $0.strength == .sample }) { raw in
      Spot(source: raw.sourceIndex, strength: .sample, place: raw.place, start: 0)
    }.mapValues { Set($0.map(\.pattern)).count }
    let copies = lengthsOfCopies()
    var common: Set<Int> = []
    for (index, var raw) in found.enumerated() {
      let isCommon = (paths[raw.pattern]?.count ?? 0) >= Self.commonItems
      switch raw.strength {
      case .certain, .short: break
      case .passage: if isCommon, copies[index] < Self.longCopy { raw.strength = .weak }
      case .sample:
        let count =
          samples[
            Spot(source: raw.sourceIndex, strength: .sample, place: raw.place, start: 0)] ?? 0
        raw.strength = count > 1 && !isCommon ? .passage : .weak
      case .weak:
        if isCommon {
          common.insert(raw.pattern)
          continue
        }
      }
      settled.append(raw)
    }
    commonPhrases += common.count
    found = []
    spots = []
    paths = [:]
    if settled.count > LeakReport.maximumHits { settle() }
  }

  /// For each hit, how many passages that follow each other stand there: a phrase is one or two, a
  /// copied sentence has more, and stops however often it was copied.
  private func lengthsOfCopies() -> [Int] {
    var lengths = [Int](repeating: 0, count: found.count)
    let groups = Dictionary(grouping: found.indices.filter { found[$0].strength == .passage }) {
      Spot(source: found[$0].sourceIndex, strength: .passage, place: found[$0].place, start: 0)
    }
    for group in groups.values {
      let order = group.sorted { found[$0].range.lowerBound < found[$1].range.lowerBound }
      var run: [Int] = []
      var end: UInt64 = 0
      for index in order {
        if found[index].range.lowerBound > end {
          for member in run { lengths[member] = run.count }
          run = []
        }
        run.append(index)
        end = max(end, found[index].range.upperBound)
      }
      for member in run { lengths[member] = run.count }
    }
    return lengths
  }

  /// Joins hits that are parts of one copy, and drops warnings inside of what stops anyway.
  private func settle() {
    let order = settled.sorted { one, other in
      if one.place != other.place { return Self.precedes(one.place, other.place) }
      if one.range.lowerBound != other.range.lowerBound {
        return one.range.lowerBound < other.range.lowerBound
      }
      return one.strength > other.strength
    }
    var kept: [Raw] = []
    var last: [LeakSource: Int] = [:]
    var strong: (place: LeakPlace, end: UInt64)?
    for raw in order {
      if raw.isWarning, let strong, strong.place == raw.place,
        raw.range.upperBound <= strong.end
      {
        continue
      }
      if let index = last[raw.source], kept[index].place == raw.place,
        isOneCopy(kept[index], raw)
      {
        kept[index].range =
          kept[index].range.lowerBound..<max(kept[index].range.upperBound, raw.range.upperBound)
        kept[index].strength = max(kept[index].strength, raw.strength)
      } else {
        last[raw.source] = kept.count
        kept.append(raw)
      }
      if !raw.isWarning {
        let end = strong.map { $0.place == raw.place ? $0.end : 0 } ?? 0
        strong = (raw.place, max(end, raw.range.upperBound))
      }
    }
    settled = kept
  }

  /// Whether a hit is a part of the one before it: it begins inside, where an encoding can be read
  /// from its second byte too, or both are passages of one copy.
  private func isOneCopy(_ one: Raw, _ other: Raw) -> Bool {
    if other.range.lowerBound < one.range.upperBound { return true }
    return one.strength < .certain && other.strength < .certain
      && other.range.lowerBound <= one.range.upperBound + Self.joinedGap
  }

  private static func precedes(_ one: LeakPlace, _ other: LeakPlace) -> Bool {
    if one.path != other.path { return one.path.utf8.lexicographicallyPrecedes(other.path.utf8) }
    if one.offsets != other.offsets { return one.offsets.lexicographicallyPrecedes(other.offsets) }
    return one.kinds.lexicographicallyPrecedes(other.kinds)
  }

  func report(values: Int, unsearchable: Int, over bundle: EvidenceBundle) throws -> LeakReport {
    settle()
    var report = LeakReport()
    report.valueCount = values
    report.unsearchableValues = unsearchable
    report.byteCount = byteCount
    report.commonPhrases = commonPhrases
    report.furtherHits = further + max(0, settled.count - LeakReport.maximumHits)
    report.furtherGaps = furtherGaps
    // Those that stop come first, so that no number of warnings pushes one out of the list.
    let shown = settled.enumerated().sorted { one, other in
      let (first, second) = (!one.element.isWarning, !other.element.isWarning)
      return first == second ? one.offset < other.offset : first
    }.prefix(LeakReport.maximumHits)
    report.hits = try shown.sorted { $0.offset < $1.offset }.map {
      try hit($0.element, bundle)
    }
    report.gaps = gaps.map { gap in
      LeakGap(path: shownPath(gap.path), offset: gap.offset, inner: gap.inner, reason: gap.reason)
    }.sorted { one, other in
      one.path == other.path ? one.offset < other.offset : one.path < other.path
    }
    return report
  }

  private func hit(_ raw: Raw, _ bundle: EvidenceBundle) throws -> LeakHit {
    let path = raw.place.path
    let number = Layout.itemNumber(ofPath: path) ?? Self.number(ofDisclosure: path)
    var name: String?
    if let number, !hidden.contains(number) {
      name = try bundle.head(ofItem: number)["name"].map { String(decoding: $0, as: UTF8.self) }
    }
    let offsets = raw.place.offsets + [raw.range.lowerBound]
    return LeakHit(
      item: number, name: name, path: shownPath(path), offset: offsets[0],
      inner: Array(offsets.dropFirst()),
      encoding: ([raw.encoding] + raw.place.kinds.reversed()).joined(separator: " in "),
      isWarning: raw.isWarning, source: raw.source)
  }

  /// An item's entry is called like the item; its number says which one it is, too.
  private func shownPath(_ path: String) -> String {
    guard let number = Layout.itemNumber(ofPath: path), hidden.contains(number) else { return path }
    return Layout.item(number, name: nil)
  }

  private static func number(ofDisclosure path: String) -> Int? {
    guard path.hasPrefix("disclosure/"), path.hasSuffix(".leaves") else { return nil }
    return Int(path.dropFirst("disclosure/".count).dropLast(".leaves".count))
  }

  /// What stands in so many disclosed items is a phrase: a heading, a greeting, a line that a program
  /// writes.
  private static let commonItems = 3
  /// Nine words and more are no phrase.
  private static let longCopy = 4
  /// Samples of one copied file stand this far apart at most.
  private static let joinedGap: UInt64 = 8192
}
