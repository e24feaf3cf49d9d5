import Merkle
import Redaction

// The second pass of a sealing: each item goes into the container while it is digested and its leaves
// are hashed.
extension SealDraft {
  /// Large items share one pass among threads, each item by itself; of small ones many are prepared at
  /// a time, by as many threads as there are processors, and written in order.
  mutating func storeAll(into assembly: Assembly, scratch: ScratchFile) throws {
    tree = try stored(into: assembly, scratch: scratch)
  }

  /// The tree of what was written.
  private func stored(into assembly: Assembly, scratch: ScratchFile) throws -> CompactTree {
    var tree = CompactTree()
    var index = 0
    while index < sources.count {
      let most = min(index + Self.smallItemsAtATime, sources.count)
      let large = (index..<most).first { sources[$0].size > Self.smallItem }
      let row = index..<(large ?? most)
      if row.count > 1 {
        let items = try mapOnAllProcessors(row) { try prepare($0, for: assembly, scratch: scratch) }
        for item in items {
          try assembly.add(
            Layout.item(item.index + 1, name: item.name), item.bytes, digest: item.digest)
          try note(item, in: &tree, assembly)
        }
        index = row.upperBound
      } else {
        try note(storeLarge(index, into: assembly, scratch: scratch), in: &tree, assembly)
        index += 1
      }
    }
    return tree
  }

  private func storeLarge(
    _ index: Int, into assembly: Assembly, scratch: ScratchFile
  ) throws -> Prepared {
    let source = sources[index]
    let content = hasher(index, source, scratch)
    let expected = assembly.digests[firstContent + index]
    let digest: [UInt8]
    let root: Hash
    do {
      digest = try assembly.addContent(
        Layout.item(index + 1, name: source.name), size: source.size, from: source.open(),
        beside: content)
      root = try content.finish()
    } catch let error where isChange(error) {
      throw EvidenceError.changedWhileRead(source.name)
    }
    return try finish(index, source, bytes: [], digest: digest, expected: expected, root: root)
  }

  /// An item with everything that is computed of it; its bytes where they aren't written yet.
  private struct Prepared {
    let index: Int
    let name: String
    let bytes: [UInt8]
    let digest: [UInt8]
    /// The bytes of its `.leaves` where they had to wait for the digest.
    let leaves: [UInt8]?
    let id: Hash
  }

  private func prepare(
    _ index: Int, for assembly: Assembly, scratch: ScratchFile
  ) throws -> Prepared {
    let source = sources[index]
    let content = hasher(index, source, scratch)
    do {
      let bytes = try readAll(source)
      var digest = Digest256()
      digest.update(bytes)
      try bytes.withUnsafeBytes { try content.take($0) }
      return try finish(
        index, source, bytes: bytes, digest: digest.finalize(),
        expected: assembly.digests[firstContent + index], root: content.finish())
    } catch let error where isChange(error) {
      throw EvidenceError.changedWhileRead(source.name)
    }
  }

  private func hasher(
    _ index: Int, _ source: SourceItem, _ scratch: ScratchFile
  ) -> ContentHasher {
    let plan = plans[index]
    return ContentHasher(
      plan.cutting, seed: seed.leaf(UInt64(index), of: UInt64(sources.count)).content,
      leafCount: plan.leafCount, byteCount: source.size,
      lengths: ScratchLengths(scratch, in: plan.lengths))
  }

  private func readAll(_ source: SourceItem) throws -> [UInt8] {
    let read = try source.open()
    // One byte more, so that a file that grew is noticed.
    let room = Int(source.size) + 1
    let bytes = try [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      while count < room {
        let rest = UnsafeMutableBufferPointer(rebasing: buffer[count...])
        let got = try read(UnsafeMutableRawBufferPointer(rest))
        if got == 0 { break }
        count += got
      }
    }
    guard bytes.count == Int(source.size) else { throw SizeChanged() }
    return bytes
  }

  private func finish(
    _ index: Int, _ source: SourceItem, bytes: [UInt8], digest: [UInt8], expected: [UInt8]?,
    root: Hash
  ) throws -> Prepared {
    let plan = plans[index]
    try source.checkUnchanged()
    // The lengths of a table's leaves are those of the first pass, so both must have read the same.
    guard expected ?? digest == digest else {
      throw EvidenceError.changedWhileRead(source.name)
    }
    let head = try head(index, plan, sha256: digest)
    let seed = seed.leaf(UInt64(index), of: UInt64(sources.count))
    let headerRoot = headerRoot(seed: seed.header, fields: head.headers.map(\.field))
    return Prepared(
      index: index, name: source.name, bytes: bytes, digest: digest,
      leaves: plan.cutting.mode == 0 ? try leavesBytes(head) : nil,
      id: itemID(shape: head.shape, headerRoot: headerRoot, contentRoot: root))
  }

  private func note(
    _ item: Prepared, in tree: inout CompactTree, _ assembly: Assembly
  ) throws {
    if let leaves = item.leaves { try assembly.fill(Layout.leaves(item.index + 1), leaves) }
    tree.append(leaf: item.id)
  }

  /// So small that a piece of them fits into memory many times.
  private static let smallItem: UInt64 = 64 << 10
  /// Four megabytes at most.
  private static let smallItemsAtATime = 64
}

/// Whether an error in the second pass means that the bytes aren't those of the first.
private func isChange(_ error: any Error) -> Bool {
  error is SegmentError || error is RedactionError || error is SizeChanged
}
