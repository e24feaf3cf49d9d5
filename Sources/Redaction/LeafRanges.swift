import CLeafHash
import Merkle

/// How much of a range some other ranges cover.
enum Cover { case none, some, all }

extension Range<UInt64> {
  /// The leaves of the left and of the right half of the tree over this range of at least 2.
  var halves: (Range, Range) {
    let middle = lowerBound + splitPoint(of: upperBound - lowerBound)
    return (lowerBound..<middle, middle..<upperBound)
  }

  var leafCount: UInt64 { upperBound - lowerBound }
}

extension [Range<UInt64>] {
  /// Appends a range that isn't before the last one, and joins it to that where it follows at once.
  mutating func appendMerging(_ range: Range<UInt64>) {
    if let last, last.upperBound == range.lowerBound {
      self[count - 1] = last.lowerBound..<range.upperBound
    } else {
      append(range)
    }
  }

  /// The same leaves as ascending, merged ranges; nil where two overlap.
  func merged() -> [Range<UInt64>]? {
    var merged: [Range<UInt64>] = []
    for range in sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = merged.last, range.lowerBound < last.upperBound { return nil }
      merged.appendMerging(range)
    }
    return merged
  }

  /// How much of `range` these ascending, merged ranges cover.
  func cover(of range: Range<UInt64>) -> Cover {
    let index = firstIndex(endingAfter: range.lowerBound)
    guard index < count, self[index].lowerBound < range.upperBound else { return .none }
    let first = self[index]
    let isAll = first.lowerBound <= range.lowerBound && range.upperBound <= first.upperBound
    return isAll ? .all : .some
  }

  /// The index of the first of these ascending ranges that ends after `position`; `count` where
  /// none does.
  func firstIndex(endingAfter position: UInt64) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle].upperBound <= position { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The number of leaves in all of them.
  var leafCount: UInt64 { reduce(0) { $0 + $1.leafCount } }
}

/// The hash of an interior node.
func nodeHash(_ left: Hash, _ right: Hash) -> Hash {
  Hash(
    digest: [UInt8](unsafeUninitializedCapacity: Hash.byteCount) { buffer, count in
      left.withUnsafeBytes { left in
        right.withUnsafeBytes { right in
          leafhash_node(left.baseAddress, right.baseAddress, buffer.baseAddress)
        }
      }
      count = Hash.byteCount
    })
}
