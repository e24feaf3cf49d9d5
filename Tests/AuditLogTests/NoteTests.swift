import AuditLog
import Merkle
import Testing

@Suite struct NoteTests {
  /// The example of C2SP signed-note.
  static let key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
  static let note = """
    This is an example message.

    \u{2014} example.com/foo \
    Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

    """

  @Test func theExampleOfTheStandardVerifies() throws {
    let key = try VerifierKey(Self.key)
    #expect(key.text == Self.key)
    let note = try SignedNote(parsing: Self.note.utf8)
    try note.verify(key)
    #expect(note.serialized == Array(Self.note.utf8))
    #expect(note.text == "This is an example message.\n")
  }

  @Test func anotherTextOrKeyDoesNot() throws {
    let changed = Self.note.replacing("example message", with: "example massage")
    #expect(throws: AuditLogError.badSignature(name: "example.com/foo")) {
      try SignedNote(parsing: changed.utf8).verify(VerifierKey(Self.key))
    }
    let other = try signer("fi").verifierKey
    #expect(throws: AuditLogError.unknownKey(name: other.name)) {
      try SignedNote(parsing: Self.note.utf8).verify(other)
    }
  }

  @Test(arguments: [
    "", "\n", "\n\n", "text\n", "text\n\n", "text\n\n\u{2014} name\n",
    "text\n\n\u{2014} name AAAA\n",
    "text\n\n- name AAAAAAA=\n", "text\n\n\u{2014} na+me AAAAAAA=\n",
    "text\n\n\u{2014}  AAAAAAA=\n",
    "text\n\n\u{2014} name AAAAAAA= \n", "text\n\n\u{2014} name AAAAAAB=\n",
    "te\rxt\n\n\u{2014} name AAAAAAA=\n", "text\n\n\u{2014} name AAAAAAA=",
    "text\n\n\u{2014} na\u{2003}me AAAAAAA=\n", "\n\n\u{2014} name AAAAAAA=\n",
  ])
  func notesInAnotherFormAreRefused(text: String) {
    #expect(throws: AuditLogError.malformedNote) { try SignedNote(parsing: text.utf8) }
  }

  @Test func aNoteWithTooManySignaturesIsRefused() throws {
    let line = "\u{2014} name AAAAAAA=\n"
    let most = "text\n\n" + String(repeating: line, count: LogLimits.noteSignatures)
    _ = try SignedNote(parsing: most.utf8)
    #expect(throws: AuditLogError.tooLarge(limit: LogLimits.noteSignatures)) {
      try SignedNote(parsing: (most + line).utf8)
    }
  }

  @Test func aSignerSurvivesItsTextAndDoesNotPrintItself() throws {
    for kind in [SignatureKind.ed25519, .cosignature] {
      let signer = try NoteSigner.generate(name: "node.example/log", kind: kind)
      let again = try NoteSigner(secretText: signer.secretText())
      #expect(again.verifierKey == signer.verifierKey)
      var dumped = "\(signer)"
      dump(signer, to: &dumped)
      let secret = signer.secretText().split(separator: "+").last.map { String($0) } ?? ""
      #expect(!dumped.contains(secret.prefix(8)))
      #expect(try VerifierKey(signer.verifierKey.text) == signer.verifierKey)
    }
  }

  @Test(arguments: [
    "", "a+b", "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3Q==",
  ])
  func keysInAnotherFormAreRefused(text: String) {
    #expect(throws: AuditLogError.malformedKey) { try VerifierKey(text) }
  }

  @Test(arguments: [
    "o\n1\n", "o\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    "o\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    "o\n18446744073709551616\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    "o\n9223372036854775808\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    "o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n",
    "o\n0\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n",
    "o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nx\n",
  ])
  func checkpointsInAnotherFormAreRefused(text: String) {
    #expect(throws: AuditLogError.malformedCheckpoint) { try Checkpoint(parsing: text) }
  }

  @Test func aKeyOfAnotherLogSaysNothing() throws {
    let log = try signer("pt")
    let text = "other.example/log\n0\n\(Hash.emptyTree.base64)\n"
    let signature = try log.sign(text: text)
    let note = try SignedNote(parsing: (text + "\n" + signature.line).utf8)
    #expect(throws: AuditLogError.unknownKey(name: log.verifierKey.name)) {
      try Checkpoint(note: note, verifiedBy: log.verifierKey)
    }
  }

  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    (1_790_000_000_123, "2026-09-21T14:13:20.123Z"),
    (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
  ])
  func timesHaveOneSpelling(milliseconds: Int64, text: String) {
    #expect(Timestamp.text(milliseconds) == text)
    #expect(Timestamp.milliseconds(text) == milliseconds)
  }

  @Test(arguments: [
    "2026-02-29T00:00:00.000Z", "2026-13-01T00:00:00.000Z", "2026-01-01T24:00:00.000Z",
    "2026-01-01 00:00:00.000Z", "2026-01-01T00:00:00.000z", "2026-01-01T00:00:00Z",
    "2026-00-10T00:00:00.000Z", "2026-01-00T00:00:00.000Z", "2026-01-01T00:00:60.000Z",
    "1969-12-31T23:59:59.999Z",
  ])
  func timesInAnotherFormAreRefused(text: String) {
    #expect(Timestamp.milliseconds(text) == nil)
  }
}
