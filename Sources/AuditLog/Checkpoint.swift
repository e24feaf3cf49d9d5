public import Merkle

/// The size and root of a log at one moment, C2SP tlog-checkpoint.
public struct Checkpoint: Hashable, Sendable {
  /// The identity of the log.
  public let origin: String
  /// The number of its entries.
  public let size: UInt64
  /// The root of the tree over them.
  public let root: Hash
  /// Lines by other programs' logs that we carry and don't read. Ours have none.
  public let extensionLines: [String]

  init(origin: String, size: UInt64, root: Hash) {
    self.origin = origin
    self.size = size
    self.root = root
    extensionLines = []
  }

  /// Reads the text of a note. Nothing is verified.
  public init(parsing noteText: String) throws(AuditLogError) {
    let lines = noteText.utf8.split(separator: newline, omittingEmptySubsequences: false)
    guard lines.count >= 4, lines[lines.count - 1].isEmpty,
      lines.dropLast().allSatisfy({ !$0.isEmpty }),
      let size = decimal(lines[1]), size <= LogLimits.treeSize,
      let root = hashLine(lines[2]), let origin = String(lines[0]),
      size > 0 || root == .emptyTree
    else { throw .malformedCheckpoint }
    self.origin = origin
    self.size = size
    self.root = root
    extensionLines = lines[3...].dropLast().compactMap { String($0) }
  }

  /// Reads the checkpoint of a note that is signed by the log's key.
  ///
  /// The key's name must be the origin: a key of one log says nothing about another.
  public init(note: SignedNote, verifiedBy key: VerifierKey) throws(AuditLogError) {
    guard key.kind == .ed25519 else { throw .wrongKeyKind }
    try note.verify(key)
    try self.init(parsing: note.text)
    guard origin.utf8.elementsEqual(key.name.utf8) else { throw .unknownKey(name: key.name) }
  }

  /// The text of the note.
  public var text: String {
    "\(origin)\n\(size)\n\(root.base64)\n" + extensionLines.map { $0 + "\n" }.joined()
  }
}

/// A checkpoint together with the note that was verified to state it.
public struct SignedCheckpoint: Hashable, Sendable {
  /// What the note states.
  public let checkpoint: Checkpoint
  /// The note, with the cosignatures that are known.
  public let note: SignedNote

  init(note: SignedNote, verifiedBy key: VerifierKey) throws(AuditLogError) {
    checkpoint = try Checkpoint(note: note, verifiedBy: key)
    self.note = note
  }

  /// Reads a note of this signer's own log. What this process signed a moment ago isn't verified again.
  init(note: SignedNote, of signer: NoteSigner) throws(AuditLogError) {
    let key = signer.verifierKey
    if signer.hasSigned(note) {
      checkpoint = try Checkpoint(parsing: note.text)
      guard checkpoint.origin.utf8.elementsEqual(key.name.utf8) else {
        throw .unknownKey(name: key.name)
      }
    } else {
      checkpoint = try Checkpoint(note: note, verifiedBy: key)
    }
    self.note = note
  }

  /// The bytes of the note.
  public var serialized: [UInt8] { note.serialized }
}

/// A decimal number in ASCII without leading zeros, as every C2SP format spells it.
func decimal(_ text: some Collection<UInt8>) -> UInt64? {
  guard !text.isEmpty, text.count <= 20, text.count == 1 || text.first != UInt8(ascii: "0")
  else { return nil }
  var value: UInt64 = 0
  for byte in text {
    guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
    let (product, overflow) = value.multipliedReportingOverflow(by: 10)
    let (sum, carry) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
    if overflow || carry { return nil }
    value = sum
  }
  return value
}

/// A hash on a line of its own.
func hashLine(_ line: some Collection<UInt8>) -> Hash? {
  Base64.decode(line).flatMap { Hash(bytes: $0) }
}
