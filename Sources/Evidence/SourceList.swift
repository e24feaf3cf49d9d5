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
  private let plans: [SealPlan]
  private let digests: EntryDigests

  init(_ sources: SourceList, _ plans: [SealPlan], _ digests: EntryDigests) {
    (self.sources, self.plans, self.digests) = (sources, plans, digests)
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
      sha256: hex(digests[place] ?? []), leafCount: plan.leafCount, cutting: plan.cutting,
      original: source.companion?.original, fellBackFrom: plan.trouble?.fellBackFrom,
      fault: plan.trouble?.fault)
  }

  /// Those whose content isn't what their media type promises.
  public var troubled: [SealedItem] {
    plans.indices.filter { plans[$0].trouble != nil }.map { self[$0] }
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
