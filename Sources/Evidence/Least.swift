extension Sequence {
  /// The first `count` elements of the sorted sequence, in memory for twice as many.
  package func least(
    _ count: Int, by precedes: (Element, Element) throws -> Bool
  ) rethrows -> [Element] {
    var kept: [Element] = []
    for element in self {
      kept.append(element)
      if kept.count >= Swift.max(2, 2 * count) {
        try kept.sort(by: precedes)
        kept.removeLast(kept.count - count)
      }
    }
    try kept.sort(by: precedes)
    return Array(kept.prefix(count))
  }
}
