// Merkle trees over SHA-256 as RFC 6962, section 2.1, and RFC 9162, section 2.1, define them: leaf
// and node hashes, roots, inclusion proofs (2.1.3) and consistency proofs (2.1.4), made and checked.
// Left out: signed tree heads, which are the checkpoints of module AuditLog.
//
// Proven by Tests/MerkleTests: every tree up to 65 leaves against the recursive definition, and the
// test data of transparency-dev/merkle (`ConformanceTests`).

/// Why a proof is refused.
public enum MerkleError: Error, Hashable {
  /// The proof doesn't connect what was claimed to the root.
  ///
  /// Sizes, indices and paths come from the peer together, so every disagreement is this one error:
  /// a caller has no use for the difference, and an attacker might.
  case proofFailed
}

/// Returns the largest power of two below `count`: where a tree of `count` leaves divides.
///
/// RFC 6962, section 2.1. `count` is 2 or more, since smaller trees don't divide.
public func splitPoint(of count: UInt64) -> UInt64 {
  precondition(count > 1, "Merkle: a tree of fewer than two leaves has no split")
  return 1 << (63 - UInt64((count - 1).leadingZeroBitCount))
}
