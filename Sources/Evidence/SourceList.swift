import Redaction

/// The sources of a sealing in the random order of its items, made anew each time they are asked for.
struct SourceList {
  private let source: (Int) -> SourceItem
  private let order: [Int32]

  /// All of `sources`, in an order that is drawn now.
  init<Sources: RandomAccessCollection>(shuffling sources: Sources)
  where Sources.Element == SourceItem {
    source = { sources[sources.index(sources.startIndex, offsetBy: $0)] }
    order = (0..<Int32(clamping: sources.count)).shuffled()
  }

  var count: Int { order.count }
  var indices: Range<Int> { 0..<count }
  subscript(index: Int) -> SourceItem { source(Int(order[index])) }
}

/// The items of a sealed bundle by number, made when they are asked for.
public struct SealedItems: RandomAccessCollection {
  private let sources: SourceList
  private let plans: SealPlans
  /// Of the container's entries; those of the contents begin at `firstContent`.
  private let digests: EntryDigests
  private let firstContent: Int

  init(
    _ sources: SourceList, _ plans: SealPlans, _ digests: EntryDigests, from firstContent: Int
  ) {
    (self.sources, self.plans) = (sources, plans)
    (self.digests, self.firstContent) = (digests, firstContent)
  }

  /// The place of item 1.
  public var startIndex: Int { 0 }
  /// The number of items.
  public var endIndex: Int { plans.count }

  /// The item of the number that is one more.
  public subscript(_ place: Int) -> SealedItem {
    let (source, plan) = (sources[place], plans[place])
    return SealedItem(
      number: place + 1, name: source.name, mediaType: plan.mediaType, size: source.size,
      sha256: hex(digests[firstContent + place] ?? []), leafCount: plan.leafCount,
      cutting: plan.cutting,
      original: source.companion?.original, fellBackFrom: plan.trouble?.fellBackFrom,
      fault: plan.trouble?.fault)
  }

  /// Those whose content isn't what their media type promises.
  public var troubled: [SealedItem] {
    plans.troubled.map { self[$0] }
  }
}

/// What the first pass of a sealing learnt of all items, in order: twenty-four bytes for each.
struct SealPlans {
  private var rows: [Row] = []
  private var kinds: [Kind] = []
  private var kindPlaces: [Kind: UInt32] = [:]
  private var troubles: [Int: SealPlan.Trouble] = [:]

  private struct Row {
    let leafCount: UInt64
    /// The lengths begin where those of the item before end.
    let lengthsEnd: UInt64
    let kind: UInt32
  }

  private struct Kind: Hashable {
    let mediaType: String
    let cutting: Cutting
  }

  var count: Int { rows.count }

  /// Those of items in trouble, ascending.
  var troubled: [Int] { troubles.keys.sorted() }

  mutating func reserveCapacity(_ count: Int) { rows.reserveCapacity(count) }

  /// Adds the next item's, whose lengths follow those of the item before.
  mutating func append(_ plan: SealPlan) {
    let kind = Kind(mediaType: plan.mediaType, cutting: plan.cutting)
    let place = kindPlaces[kind] ?? UInt32(kinds.count)
    if place == kinds.count {
      kinds.append(kind)
      kindPlaces[kind] = place
    }
    if let trouble = plan.trouble { troubles[rows.count] = trouble }
    rows.append(
      Row(leafCount: plan.leafCount, lengthsEnd: plan.lengths.upperBound, kind: place))
  }

  subscript(place: Int) -> SealPlan {
    let (row, kind) = (rows[place], kinds[Int(rows[place].kind)])
    return SealPlan(
      mediaType: kind.mediaType, cutting: kind.cutting, leafCount: row.leafCount,
      lengths: (place == 0 ? 0 : rows[place - 1].lengthsEnd)..<row.lengthsEnd,
      trouble: troubles[place])
  }
}

/// What the first pass of a sealing learnt of an item.
struct SealPlan {
  let mediaType: String
  let cutting: Cutting
  let leafCount: UInt64
  /// Where the scratch file holds the lengths of a table's leaves.
  let lengths: Range<UInt64>
  /// Nil for most items.
  let trouble: Trouble?

  /// How the content disappointed its media type.
  final class Trouble: Sendable {
    /// The cutting that the media type asks for, where the content didn't allow it.
    let fellBackFrom: Cutting?
    let fault: ContentFault?

    init?(_ fellBackFrom: Cutting?, _ fault: ContentFault?) {
      if fellBackFrom == nil, fault == nil { return nil }
      self.fellBackFrom = fellBackFrom
      self.fault = fault
    }
  }
}
