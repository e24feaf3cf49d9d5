/// Why a file, a key or a request was refused.
public enum AgeError: Error, Hashable, Sendable {
  /// The text isn't an `age1…` or `age1pq1…` recipient in its one canonical form.
  case invalidRecipient
  /// The text isn't an `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…` identity in its one
  /// canonical form. `line` counts from 1 in an identity file, and is 1 for a single identity.
  case invalidIdentity(line: Int)
  /// A passphrase may not be empty.
  case emptyPassphrase
  /// An age file needs a recipient, and an identity file an identity.
  case noRecipients
  /// X25519 and hybrid recipients may not share a file.
  case mixedRecipients
  /// There are more than `limit` of these.
  case tooMany(Counted, limit: Int)
  /// The work factor for encryption must be 1 to `limit`.
  case workFactorOutOfRange(limit: Int)
  /// The header is malformed; `offset` is where the line in question starts in the binary file.
  case headerFailure(offset: Int, HeaderFault)
  /// The header is well-formed, and none of its stanzas opens with what we hold.
  case noMatch
  /// A stanza opened, but the header's HMAC is not the one of that file key.
  case macFailure
  /// Chunk number `chunk` (from 0) is forged, cut, out of place, or followed by more.
  case payloadFailure(chunk: UInt64)
  /// The armor is malformed in line `line`, counted from 1.
  case armorFailure(line: Int)
  /// The file has an ASCII armor, where a part of it was asked for.
  case armored
  /// The library refused an operation that depends on no input (it had no memory, for instance).
  case cryptographyFailed

  /// What there can be too many of.
  public enum Counted: Hashable, Sendable {
    case recipients, identities, identityFileBytes
  }
}

/// What is wrong with a header.
public enum HeaderFault: Error, Hashable, Sendable {
  /// The file ends inside the header or before the payload's nonce is complete.
  case truncated
  /// The first line isn't `age-encryption.org/v1`.
  case version
  /// A line that must start with `-> ` or `--- ` doesn't.
  case stanzaStart
  /// A stanza's argument is empty or has characters other than visible ASCII.
  case argument
  /// A body line is longer than 64 columns or isn't canonical unpadded base64.
  case body
  /// The HMAC isn't 32 bytes in canonical unpadded base64.
  case mac
  /// A stanza of a type that we know has the wrong arguments or the wrong body size.
  case stanza
  /// The share is a point of low order, so that the secret would be known to everybody.
  case lowOrderShare
  /// A scrypt stanza must be the only one.
  case scryptNotAlone
  /// The scrypt work factor is above the limit.
  case workFactor(limit: Int)
  /// A line, or the header, has more than `limit` bytes.
  case tooLong(limit: Int)
  /// There are more stanzas than `limit`.
  case tooManyStanzas(limit: Int)
}

/// The limits on everything that a file's author controls.
public enum AgeLimits {
  /// Stanzas in a header, and recipients of a file.
  ///
  /// Each is tried with each identity, at up to 0.15 ms. A transfer has a handful of recipients.
  public static let maximumStanzas = 512

  /// Bytes of a header: 512 hybrid stanzas of 1.6 KB, which is what we can write.
  public static let maximumHeaderBytes = 1 << 20

  /// Bytes of a stanza's argument line; that of a hybrid stanza has 1512.
  public static let maximumArgumentLine = 8192

  /// Identities tried on a file, or read from an identity file.
  ///
  /// Bounds the work of a header full of stanzas at a few seconds.
  public static let maximumIdentities = 64

  /// Bytes of an identity file: 64 hybrid identities with their comments have 140 KB.
  public static let maximumIdentityFileBytes = 1 << 20

  /// White space before or after an armor, in bytes, as in the reference implementation.
  public static let maximumArmorWhiteSpace = 1024

  /// Base-2 logarithm of scrypt's cost: 22 costs 4 GiB and some fifteen seconds, and is what the
  /// test vectors accept.
  public static let maximumWorkFactor = 22

  /// Base-2 logarithm of scrypt's cost when we encrypt: about a second.
  public static let defaultWorkFactor = 18
}
