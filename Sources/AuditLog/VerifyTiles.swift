package import Merkle

/// Verifies a log that was written as static tiles, C2SP tlog-tiles, uncompressed.
///
/// Reads `checkpoint`, each entry bundle and each hash tile of the checkpoint's size once. `key` is
/// the log's key as the caller knows it; without it, the one in the file `vkey` is used.
public func verifyTiles(at directory: String, key: VerifierKey? = nil) throws -> LogVerification {
  let note = try SignedNote(
    parsing: readFile(directory + "/checkpoint", limit: LogLimits.noteBytes))
  let checkpoint = try Checkpoint(parsing: note.text)
  var judge = EntryJudge { _, _ in }
  judge.result.origin = printable(checkpoint.origin)
  judge.result.size = checkpoint.size
  judge.result.root = checkpoint.root
  judge.result.keyGiven = key != nil
  if let key = key ?? namedKey(directory), key.kind == .ed25519 {
    if (try? Checkpoint(note: note, verifiedBy: key)) != nil {
      judge.result.checkpoints = 1
    } else {
      judge.result.report(.checkpointSignature(size: checkpoint.size))
    }
  } else {
    judge.result.report(.key)
  }

  let pruned = try prunedSize(directory, of: checkpoint.size)
  judge.result.prunedEntries = pruned
  var tiles = TileWalk(directory: directory, size: checkpoint.size)
  while tiles.tree.size < checkpoint.size {
    if tiles.tree.size < pruned {
      guard tiles.skipEntry(&judge.result) else { break }
      continue
    }
    guard let bodies = tiles.nextBundle(&judge.result) else { break }
    for body in bodies {
      _ = try judge.judge(body, index: tiles.tree.size)
      tiles.append(Hash(leaf: body), &judge.result)
    }
  }
  if pruned > judge.prunedClaim { judge.result.report(.entryMissing(judge.prunedClaim)) }
  if tiles.tree.size != checkpoint.size {
    judge.result.report(.entryCount(entries: tiles.tree.size, size: checkpoint.size))
  } else if tiles.tree.root != checkpoint.root {
    judge.result.report(.rootDiffers(size: checkpoint.size, entry: 0))
  }
  return judge.result
}

/// The number before which the folder has no entries: whole tiles only.
private func prunedSize(_ directory: String, of size: UInt64) throws -> UInt64 {
  let path = directory + "/pruned"
  guard exists(path) else { return 0 }
  let bytes = try readFile(path, limit: 32)
  guard bytes.last == newline, let pruned = decimal(bytes.dropLast()), pruned <= size,
    pruned % UInt64(TilePath.fullWidth) == 0
  else { throw AuditLogError.malformedTilePath }
  return pruned
}

private func namedKey(_ directory: String) -> VerifierKey? {
  guard let bytes = try? readFile(directory + "/vkey", limit: 2048), bytes.last == newline,
    let text = String(validating: bytes.dropLast(), as: UTF8.self)
  else { return nil }
  return try? VerifierKey(text)
}

/// Recomputes a tree beside its hash tiles.
package struct TileWalk {
  /// The tree over the leaves so far.
  package private(set) var tree = CompactTree()
  private let directory: String
  private let size: UInt64
  /// The tile that is being compared on each level; levels without an entry are missing.
  private var current: [Int: [UInt8]] = [:]

  /// The tiles below `directory` of a tree of `size` leaves.
  package init(directory: String, size: UInt64) {
    self.directory = directory
    self.size = size
  }

  /// Takes the next leaf; compares each hash that has a place in a tile with that place.
  package mutating func append(_ leaf: Hash, _ result: inout LogVerification) {
    let number = tree.size
    let stored = storedHash(level: 0, index: number, &result)
    if let stored, stored != leaf { result.report(.entryChanged(number)) }
    // As in a database: with the stored hash in place of a bad entry's, only that entry is bad.
    extend(stored ?? leaf, &result)
  }

  /// Takes the stored hash in place of an entry that isn't there; false when there is none.
  fileprivate mutating func skipEntry(_ result: inout LogVerification) -> Bool {
    let number = tree.size
    guard let stored = storedHash(level: 0, index: number, &result) else { return false }
    extend(stored, &result)
    return true
  }

  private mutating func extend(_ leaf: Hash, _ result: inout LogVerification) {
    var tops: [(level: Int, index: UInt64, hash: Hash)] = []
    tree.append(leaf: leaf) { level, index, hash in
      if level > 0, level % 8 == 0 { tops.append((level, index, hash)) }
    }
    for node in tops {
      let stored = storedHash(level: node.level / 8, index: node.index, &result)
      if let stored, stored != node.hash {
        let entry = node.index << UInt64(node.level)
        result.report(.nodeChanged(level: node.level, index: node.index, entry: entry))
      }
    }
  }

  /// The hash of the tile tree, read from its tile when it is the tile's first.
  package mutating func storedHash(
    level: Int, index: UInt64, _ result: inout LogVerification
  ) -> Hash? {
    if index % 256 == 0 {
      current[level] = nil
      let count = size >> UInt64(8 * level)
      guard let path = TilePath(level: level, holding: index, of: count) else { return nil }
      let file = file(of: path, unit: Hash.byteCount)
      if let file, file.bytes.count == file.width * Hash.byteCount {
        current[level] = file.bytes
      } else {
        result.report(.tile(path.text))
      }
    }
    let start = Int(index % 256) * Hash.byteCount
    guard let tile = current[level], start + Hash.byteCount <= tile.count else { return nil }
    return Hash(bytes: tile[start..<start + Hash.byteCount])
  }

  /// The entries of the bundle that begins at the tree's size.
  fileprivate func nextBundle(_ result: inout LogVerification) -> [[UInt8]]? {
    guard let path = TilePath(level: nil, holding: tree.size, of: size) else { return nil }
    guard let file = file(of: path, unit: 2 + LogLimits.entryBytes),
      let bodies = entryBundle(file.bytes), bodies.count == file.width
    else {
      result.report(.tile(path.text))
      return nil
    }
    return Array(bodies.prefix(path.width))
  }

  /// A tile's file, of `width` elements of at most `unit` bytes. A partial tile may be gone where the
  /// log has grown since and the full one is there (C2SP tlog-tiles, "Partial Tiles").
  private func file(of path: TilePath, unit: Int) -> (bytes: [UInt8], width: Int)? {
    for width in [path.width, TilePath.fullWidth] {
      if let place = TilePath(level: path.level, index: path.index, width: width),
        let bytes = try? readFile(directory + "/" + place.text, limit: width * unit)
      {
        return (bytes, width)
      }
    }
    return nil
  }
}

/// The entries of a bundle: each after its length in two bytes, big-endian.
package func entryBundle(_ bytes: [UInt8]) -> [[UInt8]]? {
  var entries: [[UInt8]] = []
  var rest = bytes[...]
  while rest.count >= 2 {
    let count = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
    rest = rest.dropFirst(2)
    guard rest.count >= count else { return nil }
    entries.append(Array(rest.prefix(count)))
    rest = rest.dropFirst(count)
  }
  return rest.isEmpty ? entries : nil
}
