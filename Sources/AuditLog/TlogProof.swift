public import Merkle

/// A proof that can be checked offline that an entry is in a log, C2SP tlog-proof.
public struct TlogProof: Hashable, Sendable {
  /// The entry's number in the log.
  public let index: UInt64
  /// The inclusion proof, the leaf's sibling first.
  public let path: [Hash]
  /// Opaque data beside the proof, which nothing authenticates.
  public let extra: [UInt8]?
  /// The checkpoint that the path leads to, and its cosignatures.
  public let note: SignedNote

  /// A proof of these parts, not checked.
  public init(index: UInt64, path: [Hash], extra: [UInt8]? = nil, note: SignedNote) {
    self.index = index
    self.path = path
    self.extra = extra
    self.note = note
  }

  /// Reads a proof. Nothing is checked but its form.
  public init(parsing bytes: some Collection<UInt8>) throws(AuditLogError) {
    guard bytes.count <= Self.maximumBytes else { throw .tooLarge(limit: Self.maximumBytes) }
    var lines = LineReader(Array(bytes))
    guard lines.next()?.elementsEqual(Self.header.utf8) == true, var line = lines.next() else {
      throw .malformedProof
    }
    var extra: [UInt8]?
    if let text = line.after("extra ") {
      guard let data = Base64.decode(text), data.count <= LogLimits.proofExtraBytes,
        let next = lines.next()
      else { throw .malformedProof }
      extra = data
      line = next
    }
    guard let index = line.after("index ").flatMap({ decimal($0) }), let path = lines.hashes()
    else { throw .malformedProof }
    self.init(
      index: index, path: path, extra: extra, note: try SignedNote(parsing: lines.rest))
  }

  /// The bytes that ``init(parsing:)`` reads.
  public var serialized: [UInt8] {
    var text = Self.header + "\n"
    if let extra { text += "extra \(Base64.encode(extra))\n" }
    text += "index \(index)\n" + path.map { $0.base64 + "\n" }.joined() + "\n"
    return Array(text.utf8) + note.serialized
  }

  /// Checks that `entry` is in the log whose key is `key`; returns the checkpoint that says so.
  public func check(entry: [UInt8], key: VerifierKey) throws(AuditLogError) -> Checkpoint {
    try checkPath(of: entry, to: Checkpoint(note: note, verifiedBy: key))
  }

  /// Checks that `entry` is in a log that the policy accepts, by its quorum of cosignatures; `key` is
  /// the log's where the policy names none.
  public func check(
    entry: [UInt8], policy: WitnessPolicy, key: VerifierKey? = nil
  ) throws(AuditLogError) -> Checkpoint {
    try checkPath(of: entry, to: policy.check(note, key: key))
  }

  func checkPath(
    of entry: [UInt8], to checkpoint: Checkpoint
  ) throws(AuditLogError) -> Checkpoint {
    do {
      try InclusionProof(path: path).check(
        leaf: Hash(leaf: entry), index: index, size: checkpoint.size, root: checkpoint.root)
    } catch {
      throw .proofFailed
    }
    return checkpoint
  }

  private static let header = "c2sp.org/tlog-proof@v1"
  /// A note, the opaque data in base64, the path, and the short lines.
  private static let maximumBytes =
    LogLimits.noteBytes + LogLimits.proofExtraBytes / 3 * 4 + 64 * 45 + 256
}

/// What a log sends a witness, C2SP tlog-witness: the body of `POST add-checkpoint`.
public struct AddCheckpointRequest: Hashable, Sendable {
  /// The size that the log thinks the witness holds.
  public let oldSize: UInt64
  /// The proof from that size to the checkpoint's; empty from size 0.
  public let proof: ConsistencyProof
  /// The checkpoint.
  public let note: SignedNote

  /// A request of these parts.
  public init(oldSize: UInt64, proof: ConsistencyProof, note: SignedNote) {
    self.oldSize = oldSize
    self.proof = proof
    self.note = note
  }

  /// Reads a body. Nothing is checked but its form.
  public init(parsing bytes: some Collection<UInt8>) throws(AuditLogError) {
    guard bytes.count <= Self.maximumBytes else { throw .tooLarge(limit: Self.maximumBytes) }
    var lines = LineReader(Array(bytes))
    guard let oldSize = lines.next()?.after("old ").flatMap({ decimal($0) }),
      let path = lines.hashes()
    else { throw .malformedRequest }
    self.init(
      oldSize: oldSize, proof: ConsistencyProof(path: path),
      note: try SignedNote(parsing: lines.rest))
  }

  /// The bytes that ``init(parsing:)`` reads.
  public var serialized: [UInt8] {
    let head = "old \(oldSize)\n" + proof.path.map { $0.base64 + "\n" }.joined() + "\n"
    return Array(head.utf8) + note.serialized
  }

  private static let maximumBytes = LogLimits.noteBytes + 64 * 45 + 64
}

/// Lines that end in a newline, one after the other.
private struct LineReader {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func next() -> ArraySlice<UInt8>? {
    guard let end = rest.firstIndex(of: newline) else { return nil }
    defer { rest = rest[(end + 1)...] }
    return rest[..<end]
  }

  /// At most ``LogLimits/proofHashes`` hashes, and the empty line after them.
  mutating func hashes() -> [Hash]? {
    var hashes: [Hash] = []
    while let line = next() {
      if line.isEmpty { return hashes }
      guard hashes.count < LogLimits.proofHashes, let hash = hashLine(line) else { return nil }
      hashes.append(hash)
    }
    return nil
  }
}

extension ArraySlice<UInt8> {
  fileprivate func after(_ prefix: String) -> ArraySlice<UInt8>? {
    starts(with: prefix.utf8) ? dropFirst(prefix.utf8.count) : nil
  }
}
