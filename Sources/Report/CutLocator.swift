import Evidence
import Redaction

/// Finds where the cuts of one item lie, and what they take, in one pass over the item.
///
/// The cuts may be of things that are still there, before a redaction, or that are withheld already.
struct CutLocator {
  /// Where each range lies, by its place in the list; a range that isn't there has none.
  private(set) var places: [Int: CutPlace] = [:]
  /// What stands there, where it was asked for.
  private(set) var contexts: [Int: CutContext] = [:]

  private let ranges: [Range<UInt64>]
  private let head: ItemHead
  private let page: Int?
  private var tracker: PlaceTracker
  private var collector: ContextCollector?
  private var next = 0
  /// Where the first and the last leaf of the next range begin.
  private var start: PlaceTracker.Mark?
  private var last: PlaceTracker.Mark?
  private var leaf: UInt64?
  private let byteCount: UInt64

  /// - Parameters:
  ///   - ranges: content leaves, ascending, without overlap.
  ///   - wantsContexts: whether to keep what stands there.
  /// - Throws: what reading the item throws; `RedactionError.account` for a range that isn't there.
  init(
    _ ranges: [Range<UInt64>], in item: ItemReport, of bundle: EvidenceBundle, wantsContexts: Bool
  ) throws {
    guard let leaves = bundle.leaves(ofItem: item.number) else {
      throw EvidenceError.missing(Layout.leaves(item.number))
    }
    let scanner = try LeafScanner(
      leaves: leaves, content: bundle.content(ofItem: item.number, name: item.name),
      cuts: bundle.claims.cuts(ofItem: item.number))
    self.ranges = ranges
    byteCount = item.size ?? .max
    head = scanner.head
    page = item.headers[Derivation.headerKey].flatMap { Derivation($0.utf8)?.page }
    let form = try head.form()
    tracker = PlaceTracker(form: form, mediaType: try head.mediaType())
    collector =
      wantsContexts && form != .image ? ContextCollector(isTable: head.shape.mode == .table) : nil
    var picture = form == .image ? PictureHeader() : nil
    while next < ranges.count || collector?.isIdle == false, let piece = try scanner.next() {
      switch piece {
      case .bytes(let number, let bytes):
        if number == 0 { picture?.push(bytes) }
        begin(number)
        tracker.push(bytes)
        collector?.push(bytes)
      case .end(let number):
        begin(number)
        tracker.end(leaf: number)
        end(number)
      case .withheld(let withheld): pass(withheld)
      }
    }
    collector?.finish()
    contexts = collector?.contexts ?? [:]
    guard next == ranges.count else {
      throw RedactionError.account(.outside, item: item.number)
    }
    if let grid = picture?.grid { locate(in: grid) }
  }

  private mutating func begin(_ number: UInt64) {
    guard leaf != number else { return }
    leaf = number
    guard next < ranges.count else { return }
    if ranges[next].lowerBound == number {
      start = tracker.mark
      collector?.begin(next)
    }
    if ranges[next].upperBound == number + 1 { last = tracker.mark }
  }

  private mutating func end(_ number: UInt64) {
    guard next < ranges.count, ranges[next].upperBound == number + 1, let start, let last else {
      return
    }
    note(start, last)
    collector?.end()
    self.start = nil
    self.last = nil
    next += 1
  }

  /// Passes withheld leaves; cuts that lie in them are where they are.
  private mutating func pass(_ withheld: Range<UInt64>) {
    let mark = tracker.mark
    while next < ranges.count, ranges[next].upperBound <= withheld.upperBound,
      ranges[next].lowerBound >= withheld.lowerBound
    {
      if withheld.count == 1 || mark.isLine {
        note(mark, mark)
      } else {
        places[next] = CutPlace(page: page, part(ofLeaves: ranges[next]))
      }
      next += 1
    }
    tracker.withheld(withheld)
    collector?.gap()
    leaf = nil
  }

  private mutating func note(_ first: PlaceTracker.Mark, _ last: PlaceTracker.Mark) {
    var part = part(ofLeaves: ranges[next])
    if case .table = head.shape.mode {
      switch (first, last) {
      case (.cell(let one), .cell(let other)): part = .cells(one, other)
      case (.value(let one), .value(let other)): part = .values(one, other)
      case (.line(let one), .line(let other)): part = .lines(one...max(one, other))
      default: break
      }
    }
    places[next] = CutPlace(page: page, part)
  }

  private func part(ofLeaves range: Range<UInt64>) -> CutPlace.Part {
    guard case .grid(let grid) = head.shape.mode else { return .leaves(range) }
    let (start, one) = range.lowerBound.multipliedReportingOverflow(by: UInt64(grid))
    let (end, other) = range.upperBound.multipliedReportingOverflow(by: UInt64(grid))
    // The last leaf of a grid is often shorter.
    return one || other || start >= byteCount ? .leaves(range) : .bytes(start..<min(end, byteCount))
  }

  /// Gives tiles their rectangles.
  private mutating func locate(in grid: TileGrid) {
    for (index, range) in ranges.enumerated() {
      if let part = grid.rectangle(of: range) { places[index] = CutPlace(page: page, part) }
    }
  }
}

extension PlaceTracker.Mark {
  fileprivate var isLine: Bool { if case .line = self { true } else { false } }
}
