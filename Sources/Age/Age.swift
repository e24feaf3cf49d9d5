// age v1 file encryption: C2SP `age.md` (https://c2sp.org/age), complete for native recipients.
//
// X25519, mlkem768x25519 (hybrid, post-quantum) and scrypt stanzas, the header with its HMAC, the
// STREAM payload, and the strict ASCII armor; identity files as `age-keygen` writes them. Plugins
// and SSH recipients are not here: their stanzas are read over.
//
// Proved by AgeTests/ConformanceTests (the 72 files of C2SP/CCTV), AgeTests/InteroperabilityTests
// (the `age` program both ways, and an independent implementation for the hybrid recipient) and
// AgeTests/HostileFileTests (each bit flipped, each length cut).
//
// age does not say who encrypted a file. Whoever needs that signs the ciphertext's hash.

/// Encrypts what `read` gives for all `recipients`, and gives the age file to `write`.
///
/// File key, nonce and ephemeral keys come from the system's generator: the HPKE sender of
/// swift-crypto takes no other.
///
/// - Parameters:
///   - recipients: X25519 or hybrid, never both: one X25519 stanza would undo what the hybrid ones
///     are for.
///   - armor: Whether to write the ASCII armor, a third longer.
///   - read: Fills the buffer with up to its size in bytes; 0 means the end.
///   - write: Takes all the bytes that it's given.
/// - Throws: ``AgeError/noRecipients``, ``AgeError/mixedRecipients``, ``AgeError/tooMany(_:limit:)``,
///   or what `read` and `write` throw.
public func encrypt(
  recipients: [Recipient], armor: Bool = false,
  read: (UnsafeMutableRawBufferPointer) throws -> Int,
  write: (UnsafeRawBufferPointer) throws -> Void
) throws {
  var encryptor = try Encryptor(recipients: recipients, armor: armor)
  while try encryptor.update(reading: read, write: write) {}
  try encryptor.finish(write: write)
}

/// Encrypts what `read` gives under a passphrase, and gives the age file to `write`.
///
/// - Parameter workFactor: Base-2 logarithm of scrypt's cost, 1 to ``AgeLimits/maximumWorkFactor``.
///   18 takes about a second and 256 MiB.
/// - Throws: ``AgeError/workFactorOutOfRange(limit:)``, or what `read` and `write` throw.
public func encrypt(
  passphrase: Passphrase, workFactor: Int = AgeLimits.defaultWorkFactor, armor: Bool = false,
  read: (UnsafeMutableRawBufferPointer) throws -> Int,
  write: (UnsafeRawBufferPointer) throws -> Void
) throws {
  var encryptor = try Encryptor(passphrase: passphrase, workFactor: workFactor, armor: armor)
  while try encryptor.update(reading: read, write: write) {}
  try encryptor.finish(write: write)
}

/// Decrypts the age file that `read` gives, and gives the plaintext to `write`.
///
/// Each chunk of at most 64 KiB is written only after it has been authenticated. When this throws
/// ``AgeError/payloadFailure(chunk:)`` or ``AgeError/armorFailure(line:)``, what was written before
/// is authentic but cut short: discard it.
///
/// - Parameters:
///   - identities: Tried in order on each X25519 or hybrid stanza.
///   - passphrase: Tried on a scrypt stanza.
///   - encoding: Whether the file is armored; by default it says so itself.
///   - read: Fills the buffer with up to its size in bytes; 0 means the end.
///   - write: Takes all the bytes that it's given.
/// - Returns: Which identity opened which stanza.
/// - Throws: ``AgeError``, or what `read` and `write` throw.
@discardableResult
public func decrypt(
  identities: [Identity] = [], passphrase: Passphrase? = nil, encoding: Encoding = .automatic,
  read: (UnsafeMutableRawBufferPointer) throws -> Int,
  write: (UnsafeRawBufferPointer) throws -> Void
) throws -> Opening {
  try withoutActuallyEscaping(read) { read in
    var decryptor = try Decryptor(
      identities: identities, passphrase: passphrase, encoding: encoding, read: read)
    while try decryptor.next(write: write) {}
    return decryptor.opening
  }
}

/// How the bytes of an age file are written down.
public enum Encoding: Hashable, Sendable {
  /// Armored when the first bytes after white space are those of an armor, else binary.
  case automatic
  /// Bytes as they are.
  case binary
  /// Base64 between `-----BEGIN AGE ENCRYPTED FILE-----` and its end line.
  case armored
}

/// How a file opened.
public struct Opening: Hashable, Sendable {
  /// Index of the stanza that gave the file key.
  public var stanza: Int
  /// Index of the identity that opened the stanza; nil when the passphrase did.
  public var identity: Int?
  /// The type of each stanza of the header, in order: `X25519`, `mlkem768x25519`, `scrypt`, others.
  public var stanzaTypes: [String]

  /// Makes a record of these facts.
  public init(stanza: Int, identity: Int?, stanzaTypes: [String]) {
    self.stanza = stanza
    self.identity = identity
    self.stanzaTypes = stanzaTypes
  }
}
