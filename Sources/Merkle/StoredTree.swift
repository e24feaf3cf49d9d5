// Proofs from stored hashes. `hash(level, index)` is the hash of complete subtree number `index` of
// those with 2^level leaves; only complete subtrees of the tree in question are asked for. Sizes and
// indices here are the caller's own, already checked against its tree.

/// Returns the root of the tree of `size` leaves.
public func treeRoot(
  size: UInt64, hash: (Int, UInt64) throws -> Hash
) rethrows -> Hash {
  size == 0 ? .emptyTree : try subtreeHash(0..<size, hash: hash)
}

/// Returns the proof that leaf `index` is in the tree of `size` leaves, which is larger than `index`.
public func inclusionProof(
  index: UInt64, size: UInt64, hash: (Int, UInt64) throws -> Hash
) rethrows -> InclusionProof {
  precondition(index < size, "Merkle: the leaf is outside of the tree")
  var path: [Hash] = []
  var range = 0..<size
  while range.count64 > 1 {
    let (left, right) = range.halves
    if index < left.upperBound {
      path.append(try subtreeHash(right, hash: hash))
      range = left
    } else {
      path.append(try subtreeHash(left, hash: hash))
      range = right
    }
  }
  return InclusionProof(path: path.reversed())
}

/// Returns the proof that the tree of `old` leaves begins the one of `new` leaves, 0 < old ≤ new.
public func consistencyProof(
  from old: UInt64, to new: UInt64, hash: (Int, UInt64) throws -> Hash
) rethrows -> ConsistencyProof {
  precondition(0 < old && old <= new, "Merkle: these sizes have no consistency proof")
  var path: [Hash] = []
  var range = 0..<new
  // `SUBPROOF(m, D[n], b)`, RFC 6962, section 2.1.2: the old tree ends at the upper bound of the
  // range when it is done.
  while range.upperBound != old {
    let (left, right) = range.halves
    if old <= left.upperBound {
      path.append(try subtreeHash(right, hash: hash))
      range = left
    } else {
      path.append(try subtreeHash(left, hash: hash))
      range = right
    }
  }
  // `b` is true as long as only left halves were taken: then the reader knows this hash.
  if range.lowerBound != 0 { path.append(try subtreeHash(range, hash: hash)) }
  return ConsistencyProof(path: path.reversed())
}

/// The hash of the leaves `range`, which begins where a complete subtree of its size or more may.
private func subtreeHash(
  _ range: Range<UInt64>, hash: (Int, UInt64) throws -> Hash
) rethrows -> Hash {
  let count = range.count64
  if count & (count - 1) == 0 {
    let level = count.trailingZeroBitCount
    return try hash(level, range.lowerBound >> UInt64(level))
  }
  let (left, right) = range.halves
  return Hash(
    left: try subtreeHash(left, hash: hash), right: try subtreeHash(right, hash: hash))
}

extension Range<UInt64> {
  fileprivate var count64: UInt64 { upperBound - lowerBound }

  fileprivate var halves: (Range<UInt64>, Range<UInt64>) {
    let middle = lowerBound + splitPoint(of: count64)
    return (lowerBound..<middle, middle..<upperBound)
  }
}
