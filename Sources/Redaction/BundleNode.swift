import Merkle

/// A node of the bundle tree in a view.
indirect enum BundleNode: Hashable, Sendable {
  case split(BundleNode, BundleNode)
  case disclosed(Seed)
  case withheld(Hash)
  case partial(PartialItem)

  /// An item of which a part is withheld.
  struct PartialItem: Hashable, Sendable {
    let shape: ItemShape
    let header: NodeView
    let content: NodeView

    /// Whether the two views are alike as a whole: then the item isn't partial.
    var isUniform: Bool {
      header.isWhollyDisclosed && content.isWhollyDisclosed
        || header.isWhollyWithheld && content.isWhollyWithheld
    }
  }

  /// The node of an item's new state; nil for a state that can't stand in a view.
  init?(_ state: View.ItemState) {
    switch state {
    case .disclosed, .withheld(nil): return nil
    case .withheld(let id?): self = .withheld(id)
    case .partial(let shape, let header, let content):
      let item = PartialItem(shape: shape, header: header, content: content)
      if item.isUniform { return nil }
      self = .partial(item)
    }
  }

  var isWithheld: Bool { if case .withheld = self { true } else { false } }

  func append(to bytes: inout [UInt8]) {
    switch self {
    case .split(let left, let right):
      bytes.append(NodeKind.split)
      left.append(to: &bytes)
      right.append(to: &bytes)
    case .disclosed(let seed): NodeView.disclosed(seed).append(to: &bytes)
    case .withheld(let hash): NodeView.withheld(hash).append(to: &bytes)
    case .partial(let item):
      bytes.append(NodeKind.partial)
      bytes += item.shape.bytes
      item.header.append(to: &bytes)
      item.content.append(to: &bytes)
    }
  }

  /// Appends the ranges of items below the undivided nodes that `isWanted` picks.
  func appendRanges(
    of numbers: Range<UInt64>, to ranges: inout [Range<UInt64>],
    where isWanted: (BundleNode) -> Bool
  ) {
    if case .split(let left, let right) = self {
      let (first, second) = numbers.halves
      left.appendRanges(of: first, to: &ranges, where: isWanted)
      right.appendRanges(of: second, to: &ranges, where: isWanted)
    } else if isWanted(self) {
      ranges.appendMerging(numbers)
    }
  }

  func hash<Failure: Error>(
    of numbers: Range<UInt64>, itemID: (Int) throws(Failure) -> Hash
  ) throws(Failure) -> Hash {
    switch self {
    case .withheld(let hash): return hash
    case .disclosed where numbers.leafCount > 1:
      let (first, second) = numbers.halves
      let one = try hash(of: first, itemID: itemID)
      return nodeHash(one, try hash(of: second, itemID: itemID))
    case .disclosed, .partial: return try itemID(Int(numbers.lowerBound))
    case .split(let left, let right):
      let (first, second) = numbers.halves
      let one = try left.hash(of: first, itemID: itemID)
      return nodeHash(one, try right.hash(of: second, itemID: itemID))
    }
  }

  /// The node with new states of the items `numbers`, ascending, none of them withheld before.
  func applying(
    _ states: [Int: View.ItemState], _ numbers: ArraySlice<Int>, in range: Range<UInt64>
  ) -> BundleNode {
    guard let first = numbers.first else { return self }
    if range.leafCount == 1 { return states[first].flatMap(BundleNode.init) ?? self }
    let (leftRange, rightRange) = range.halves
    let left: BundleNode
    let right: BundleNode
    switch self {
    case .disclosed(let seed): (left, right) = (.disclosed(seed.left), .disclosed(seed.right))
    case .split(let one, let other): (left, right) = (one, other)
    case .withheld, .partial: return self
    }
    let middle = numbers.firstIndex { $0 >= rightRange.lowerBound } ?? numbers.endIndex
    let newLeft = left.applying(states, numbers[..<middle], in: leftRange)
    let newRight = right.applying(states, numbers[middle...], in: rightRange)
    if case .withheld(let one) = newLeft, case .withheld(let other) = newRight {
      return .withheld(nodeHash(one, other))
    }
    return .split(newLeft, newRight)
  }
}
