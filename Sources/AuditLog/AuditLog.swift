// The audit log of a node: a SQLite file outside, a transparency log inside.
//
// - RFC 6962 tree over the entries (module Merkle)            → NodeLogTests, AppendTests
// - C2SP signed-note: Ed25519 (type 01) and keys              → NoteTests, ReferenceVectorTests
// - C2SP tlog-cosignature: cosignature/v1 (type 04)           → ReferenceVectorTests, WitnessTests
// - C2SP tlog-checkpoint, without extension lines of ours     → NoteTests, ReferenceVectorTests
// - C2SP tlog-proof@v1                                        → ReferenceVectorTests
// - C2SP tlog-witness: the body and answers of add-checkpoint → WitnessTests
// - C2SP tlog-tiles: paths, hash tiles, entry bundles         → TileTests
//
// - C2SP tlog-policy: witnesses, groups, quorum                → WitnessPolicyTests
//
// Left out: ECDSA and ML-DSA note signatures, compression of tiles.
//
// Values come first (notes, checkpoints, proofs, tiles), `NodeLog` keeps a log, and `verifyLog`,
// `verifyTiles` and `reconcile` judge files by anyone without a node.

/// Why an operation on the log, or the parsing of something that belongs to it, was refused.
public enum AuditLogError: Error, Hashable, Sendable {
  /// A verifier or signer key isn't in the form of C2SP signed-note.
  case malformedKey
  /// A note isn't in the form of C2SP signed-note.
  case malformedNote
  /// The text of a note isn't a checkpoint.
  case malformedCheckpoint
  /// A file isn't in the form of C2SP tlog-proof.
  case malformedProof
  /// A body isn't that of C2SP tlog-witness's add-checkpoint.
  case malformedRequest
  /// A path isn't one of C2SP tlog-tiles.
  case malformedTilePath
  /// Something from outside is longer than `limit` bytes or items.
  case tooLarge(limit: Int)
  /// No signature of the note is by the key of this name.
  case unknownKey(name: String)
  /// The signature by the key of this name doesn't verify.
  case badSignature(name: String)
  /// The key signs something else: a checkpoint asks for 1, a cosignature for 4.
  case wrongKeyKind

  /// The log itself writes this key of an entry.
  case reservedField(String)
  /// A key of an entry isn't 1 to 64 printable ASCII characters, or a value can't be written.
  case invalidField(String)
  /// An entry would have `bytes` bytes.
  case entryTooLarge(bytes: Int, limit: Int)
  /// One call appends more entries than a commit takes.
  case tooManyDrafts(Int, limit: Int)
  /// The log has no entry with this index.
  case noSuchEntry(UInt64)
  /// The log never signed a checkpoint of this size.
  case noSuchSize(UInt64)
  /// There is no personal text of this name, or it is erased.
  case noSuchPersonalField(UInt64, String)

  /// Two logs that should be of the two nodes of an exchange are both of this one.
  case sameNode(String)
  /// An export that was made for this peer is compared with the log of another node.
  case exportForAnother(peer: String, node: String)

  /// The file holds something else than a log.
  case notALog
  /// The file is a log in a format that this program is too old for.
  case newerFormat(String)
  /// The file is the log of another node or origin.
  case wrongLog(origin: String)
  /// SQLite did not take the setting that makes commits durable.
  case notDurable(synchronous: Int)
  /// What the file holds contradicts itself or its last checkpoint.
  case damaged(Damage)

  /// We hold a checkpoint of another size than the peer thinks (tlog-witness: 409).
  case witnessSize(UInt64)
  /// The peer shows a smaller log than it did before.
  case wentBack(from: UInt64, to: UInt64)
  /// A proof doesn't connect what it is said to (tlog-witness: 422).
  case proofFailed
  /// Two roots for one size, or a log that doesn't continue itself; the evidence is kept.
  case fork(origin: String, size: UInt64)

  /// An export would overwrite this file.
  case fileExists(String)
  /// The system refused an operation on this file.
  case file(String, errno: Int32)

  /// No rule for how long logs are kept has this id.
  case unknownRule(String)
  /// Something would go before the rule's minimum age has passed, which is on that day, in
  /// milliseconds since 1970.
  case tooYoung(rule: String, until: Int64)
  /// A hold of this order forbids it.
  case held(order: String)
  /// This order holds it already.
  case heldAlready(order: String)
  /// No hold of this order is in force there.
  case notHeld(order: String)
  /// No checkpoint that a witness has cosigned lets entries up to there go.
  case nothingToPrune
  /// A policy isn't in the form of C2SP tlog-policy; the number of the line.
  case malformedPolicy(line: Int)
  /// The cosignatures don't make the quorum of the policy.
  case noQuorum

  /// What is wrong with the file of a log.
  public enum Damage: Hashable, Sendable {
    /// There is no checkpoint.
    case noCheckpoint
    /// The last checkpoint can't be read, or isn't signed by the node's key.
    case checkpoint(size: UInt64)
    /// The file has another number of entries than the last checkpoint says.
    case entryCount(entries: UInt64, size: UInt64)
    /// A stored hash that the right edge needs is missing.
    case missingNode(level: Int, index: UInt64)
    /// The stored hashes give another root than the last checkpoint.
    case root(size: UInt64)
    /// The last entry isn't what its stored hash says.
    case entry(UInt64)
  }
}

/// The limits on what a log takes in; each says why it is as large as it is.
public enum LogLimits {
  /// The longest entry in bytes: an entry bundle of tlog-tiles has 16-bit lengths.
  public static let entryBytes = 65_535
  /// The most entries in one call, and calls in one commit: past this, a commit costs more than its
  /// share of the disk's flush.
  public static let batch = 256
  /// The longest note: text, and 16 signatures of the largest kind that is in use (5 kB).
  public static let noteBytes = 131_072
  /// The most signatures on a note; the standard asks for 16 at least.
  public static let noteSignatures = 100
  /// The most hashes in a proof: one for each bit of a size, and tlog-witness allows 63.
  public static let proofHashes = 63
  /// The longest opaque data in a proof.
  public static let proofExtraBytes = 65_535
  /// The largest tree: its hashes, two for each entry, are numbered by SQLite's signed integers.
  public static let treeSize: UInt64 = 1 << 61
  /// The longest personal text in bytes: a justification is a few lines, not a document.
  public static let personalBytes = 16_384
  /// The most personal fields of one entry.
  public static let personalFields = 16
  /// The most personal texts that one call erases, so that its entry stays far below the limit.
  public static let erasures = 500
  /// The personal texts that are listed as due; the count goes on.
  public static let dueTexts = 10_000
  /// The longest time-stamp token: a signature with its chain and revocation lists.
  public static let tokenBytes = 262_144
  /// The checkpoints of third logs that one peer passes on at a time, and that wait for a proof:
  /// more logs than a federation has would only fill our disk.
  public static let gossip = 64
  /// The longest policy file, and the most lines that define something in it.
  public static let policyBytes = 65_536
  /// The checkpoints kept of one peer; at one each ten minutes this is ten weeks.
  public static let peerCheckpoints = 10_000
  /// The forks kept of one peer: the first proves it; a peer must not fill our disk with more.
  public static let forksPerOrigin = 100
  /// The witnesses whose cosignatures of one checkpoint are kept.
  public static let cosignatures = 64
  /// The problems that a verification lists; the first tells most, all may be as many as entries.
  public static let problems = 100
  /// The transfers that a reconciliation lists of each kind; the counts go on.
  public static let differences = 10_000
  /// The entries of one transfer that a reconciliation compares; real ones have about ten.
  public static let factsPerTransfer = 1_000
}
