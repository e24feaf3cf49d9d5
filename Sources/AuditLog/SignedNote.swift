import Merkle

/// A text with signatures below it, C2SP signed-note.
///
/// A value of this type has the right form, and nothing about it is verified yet.
public struct SignedNote: Hashable, Sendable {
  /// The signed text, with its last newline.
  public let text: String
  /// The signatures in the order of their lines; at least one.
  public private(set) var signatures: [NoteSignature]

  /// A note of that text and signature.
  init(text: String, signature: NoteSignature) {
    self.text = text
    signatures = [signature]
  }

  /// Reads a note of at most ``LogLimits/noteBytes`` bytes.
  public init(parsing bytes: some Collection<UInt8>) throws(AuditLogError) {
    guard bytes.count <= LogLimits.noteBytes else {
      throw .tooLarge(limit: LogLimits.noteBytes)
    }
    let bytes = Array(bytes)
    guard bytes.last == newline, !bytes.contains(where: { $0 < 0x20 && $0 != newline }),
      let blank = bytes.indices.dropFirst().last(where: {
        bytes[$0] == newline && bytes[$0 - 1] == newline
      }), blank > 1, let text = String(validating: bytes[..<blank], as: UTF8.self)
    else { throw .malformedNote }
    let lines = bytes[(blank + 1)...].dropLast().split(
      separator: newline, maxSplits: LogLimits.noteSignatures, omittingEmptySubsequences: false)
    guard lines.count <= LogLimits.noteSignatures else {
      throw .tooLarge(limit: LogLimits.noteSignatures)
    }
    self.text = text
    signatures = []
    for line in lines { signatures.append(try NoteSignature(lineBytes: line)) }
  }

  /// The bytes that ``init(parsing:)`` reads.
  public var serialized: [UInt8] {
    Array((text + "\n" + signatures.map(\.line).joined()).utf8)
  }

  /// Adds a signature below the others, unless the same line is there.
  mutating func add(_ signature: NoteSignature) {
    if !signatures.contains(signature) { signatures.append(signature) }
  }

  /// Checks that the note is signed by `key`.
  ///
  /// Signatures by other keys are no one's business here. Throws ``AuditLogError/unknownKey(name:)``
  /// when there is none by this key, and ``AuditLogError/badSignature(name:)`` when any by it is bad.
  public func verify(_ key: VerifierKey) throws(AuditLogError) {
    var found = false
    for signature in signatures where signature.isBy(key) {
      guard signature.isValid(over: text, key: key) else { throw .badSignature(name: key.name) }
      found = true
    }
    guard found else { throw .unknownKey(name: key.name) }
  }
}

/// One signature line of a note.
public struct NoteSignature: Hashable, Sendable {
  /// The name of the key.
  public let name: String
  /// The key's id, a hint which key of that name it is.
  public let keyID: UInt32
  /// The signature; for a cosignature, its time (8 bytes) comes first.
  public let bytes: [UInt8]

  init(name: String, keyID: UInt32, bytes: [UInt8]) {
    self.name = name
    self.keyID = keyID
    self.bytes = bytes
  }

  /// Reads a line, with or without its newline.
  public init(line: String) throws(AuditLogError) {
    guard line.utf8.count <= LogLimits.noteBytes else {
      throw .tooLarge(limit: LogLimits.noteBytes)
    }
    let bytes = Array(line.utf8)
    try self.init(lineBytes: bytes.last == newline ? bytes.dropLast() : bytes[...])
  }

  init(lineBytes line: ArraySlice<UInt8>) throws(AuditLogError) {
    guard line.starts(with: Self.dash) else { throw .malformedNote }
    let parts = line.dropFirst(Self.dash.count).split(
      separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 2, let name = String(validating: parts[0], as: UTF8.self),
      isKeyName(name), let raw = Base64.decode(parts[1]), raw.count > 4
    else { throw .malformedNote }
    self.init(
      name: name, keyID: raw.prefix(4).reduce(0) { $0 << 8 | UInt32($1) },
      bytes: Array(raw.dropFirst(4)))
  }

  /// The line with its newline.
  public var line: String {
    let id = withUnsafeBytes(of: keyID.bigEndian) { Array($0) }
    return "\u{2014} \(name) \(Base64.encode(id + bytes))\n"
  }

  /// The time that a cosignature states, in seconds since 1970.
  public var cosignedTime: UInt64? {
    guard bytes.count == Self.cosignatureBytes else { return nil }
    return bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Whether the line names `key`; that says nothing about the signature.
  public func isBy(_ key: VerifierKey) -> Bool {
    keyID == key.keyID && name.utf8.elementsEqual(key.name.utf8)
  }

  /// Whether the signature is by `key` over the text of a note.
  public func isValid(over text: String, key: VerifierKey) -> Bool {
    guard isBy(key) else { return false }
    switch key.kind {
    case .ed25519:
      return key.isValid(bytes, over: Array(text.utf8))
    case .cosignature:
      guard let time = cosignedTime else { return false }
      return key.isValid(bytes.dropFirst(8), over: cosignedMessage(text: text, time: time))
    }
  }

  /// An em dash and a space.
  private static let dash = Array("\u{2014} ".utf8)
  private static let cosignatureBytes = 72
}

let newline = UInt8(ascii: "\n")
