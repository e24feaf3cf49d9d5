import CAdES
import CanonicalJSON
import Federation
import Redaction
import Testing

/// Which version may follow which, and whose signatures make it one.
struct DirectoryVersionTests {
  private let federation: TestFederation
  private let first: DirectoryDocument

  init() throws {
    federation = try TestFederation()
    first = try federation.document()
  }

  private var es: TestMember { federation.members[0] }
  private var fi: TestMember { federation.members[1] }
  private var pt: TestMember { federation.members[2] }

  private func verify(
    _ directory: SignedDirectory, after previous: DirectoryDocument? = nil,
    at now: Int64 = TestMember.now
  ) throws -> VerifiedDirectory { try directory.verified(after: previous, at: now) }

  @Test func twoOfThreeAreEnough() throws {
    let signed = try federation.signed(first, by: [pt, fi])
    #expect(try verify(signed).signers == [fi.id, pt.id])
    let read = try SignedDirectory(parsing: signed.bytes)
    #expect(read == signed)
    #expect(read.bytes == signed.bytes)
    #expect(try verify(read).signed.document == first)
  }

  @Test func oneOfThreeIsTooFew() throws {
    for signers in [[], [pt]] {
      let signed = try federation.signed(first, by: signers)
      #expect(
        throws: FederationError.tooFewSignatures(signers.count, threshold: 2, version: 1)
      ) { try verify(signed) }
    }
  }

  @Test func whoIsNoMemberCannotSign() throws {
    let stranger = try TestMember("xx-none")
    let signed = try federation.signed(first, by: [pt, fi, stranger])
    #expect(throws: FederationError.notAMember("xx-none")) { try verify(signed) }
  }

  @Test func aSignatureOfAnotherCountsForNobody() throws {
    var signed = try federation.signed(first, by: [pt])
    signed.add(try pt.sign(first.bytes), by: fi.id)
    #expect { try verify(signed) } throws: { error in
      guard case .badSignature("fi-nbi", _) = error as? FederationError else { return false }
      return true
    }
  }

  @Test func aSignatureOverSomethingElseDoesNotHold() throws {
    var signed = try federation.signed(first, by: [pt])
    signed.add(try fi.sign(first.bytes + [0x20]), by: fi.id)
    #expect(throws: FederationError.badSignature(member: "fi-nbi", reason: "HASH_FAILURE")) {
      try verify(signed)
    }
    var other = try federation.signed(first, by: [pt])
    other.add(try fi.sign(first.bytes, as: .proofOfOrigin), by: fi.id)
    #expect(throws: FederationError.badSignature(member: "fi-nbi", reason: "COMMITMENT")) {
      try verify(other)
    }
    var garbage = try federation.signed(first, by: [pt])
    garbage.add([0x30, 0x00], by: fi.id)
    #expect(throws: FederationError.badSignature(member: "fi-nbi", reason: "FORMAT_FAILURE")) {
      try verify(garbage)
    }
  }

  @Test func theSameMemberCannotSignTwice() throws {
    let signed = try federation.signed(first, by: [pt])
    var json = try #require(try JSON(parsing: signed.bytes, limit: 1 << 24).object)
    let row = try #require(json["signatures"]?.array?.first)
    json["signatures"] = .array([row, row])
    #expect(throws: FederationError.memberTwice("pt-ipcu")) {
      try SignedDirectory(parsing: JSON.object(json).canonicalBytes)
    }
  }

  @Test func copiesThatMembersSignedComeTogether() throws {
    var mine = try federation.signed(first, by: [pt])
    try mine.merge(federation.signed(first, by: [fi]))
    #expect(try verify(mine).signers.count == 2)
    let other = try SignedDirectory(federation.document(validUntil: TestMember.now + 86_400))
    #expect(throws: FederationError.otherDocument) { try mine.merge(other) }
  }

  @Test func theNextVersionFollows() throws {
    let second = try federation.document(after: first)
    #expect(second.version == 2)
    _ = try verify(federation.signed(second, by: [es, fi]), after: first)
  }

  @Test func aVersionNeverGoesBack() throws {
    let second = try federation.document(after: first)
    let old = try federation.signed(first, by: [es, fi, pt])
    #expect(throws: FederationError.versionBack(adopted: 2, offered: 1)) {
      try verify(old, after: second)
    }
  }

  @Test func aVersionIsNotSkipped() throws {
    let third = try federation.document(after: federation.document(after: first))
    #expect(throws: FederationError.versionSkipped(adopted: 1, offered: 3)) {
      try verify(federation.signed(third, by: [es, fi]), after: first)
    }
  }

  @Test func twoContentsOfOneVersionAreAFork() throws {
    let other = try federation.document(validUntil: TestMember.now + 86_400)
    let signed = try federation.signed(other, by: [es, fi])
    #expect(throws: FederationError.directoryFork(version: 1)) { try verify(signed, after: first) }
    #expect(signed.hasQuorum(of: first, at: TestMember.now))
    #expect(try !federation.signed(other, by: [es]).hasQuorum(of: first, at: TestMember.now))
  }

  @Test func aVersionOfAnotherPredecessorDoesNotFollow() throws {
    let other = try federation.document(validUntil: TestMember.now + 86_400)
    let next = try federation.document(after: other)
    #expect(throws: FederationError.otherPredecessor(version: 2)) {
      try verify(federation.signed(next, by: [es, fi]), after: first)
    }
  }

  @Test func anotherFederationsDirectoryDoesNotFollow() throws {
    let other = try DirectoryDocument(
      federation: NodeID("other"), version: 2, previous: first.digest, issued: first.issued,
      validUntil: first.validUntil, threshold: 2, members: first.members, entries: first.entries)
    #expect(throws: FederationError.otherFederation("other")) {
      try verify(federation.signed(other, by: [es, fi]), after: first)
    }
  }

  /// Members who take the federation over need the consent of those before them.
  @Test func theMembersBeforeHaveToAgreeToNewOnes() throws {
    let newcomers = try ["aa-new", "bb-new"].map { try TestMember($0) }
    let second = try federation.document(
      after: first, members: newcomers.map(\.member) + [pt.member])
    let alone = try federation.signed(second, by: newcomers)
    #expect(throws: FederationError.tooFewSignatures(0, threshold: 2, version: 1)) {
      try verify(alone, after: first)
    }
    _ = try verify(federation.signed(second, by: newcomers + [pt, es]), after: first)
  }

  /// A member changes its signing key: one version names old and new, and it goes on with the new one.
  @Test func aMembersKeyChangesWithOverlap() throws {
    let renewed = try TestMember("pt-ipcu")
    var both = pt.member
    both.signingAnchors.append(renewed.anchor)
    let second = try federation.document(
      after: first, members: [es.member, fi.member, both])
    _ = try verify(federation.signed(second, by: [pt, fi]), after: first)
    let third = try federation.document(
      after: second, members: [es.member, fi.member, renewed.member],
      entries: [es.entry(), fi.entry(), renewed.entry()])
    _ = try verify(federation.signed(third, by: [renewed, fi]), after: second)
    // From then on the old key says nothing any more.
    let fourth = try federation.document(
      after: third, members: third.members, entries: third.entries)
    #expect { try verify(federation.signed(fourth, by: [pt, fi]), after: third) } throws: { error in
      guard case .badSignature("pt-ipcu", _) = error as? FederationError else { return false }
      return true
    }
  }

  @Test func anExpiredOrFutureDirectoryIsNotAdopted() throws {
    let signed = try federation.signed(first, by: [pt, fi])
    #expect(throws: FederationError.directoryExpired(first.validUntil.text)) {
      try verify(signed, at: first.validUntil.unixSeconds + 1)
    }
    let later = try federation.document(issued: TestMember.now + 3600)
    #expect(throws: FederationError.issuedLater(later.issued.text)) {
      try verify(federation.signed(later, by: [pt, fi]))
    }
  }

  @Test func aNodeDoesNotVanish() throws {
    let without = try federation.document(after: first, entries: [es.entry(), fi.entry()])
    #expect(throws: FederationError.nodeVanished("pt-ipcu")) {
      try verify(federation.signed(without, by: [es, fi]), after: first)
    }
    let withdrawal = Withdrawal(at: TestMember.start, reason: .left)
    let second = try federation.document(
      after: first, entries: [es.entry(), fi.entry(), pt.entry(withdrawal: withdrawal)])
    _ = try verify(federation.signed(second, by: [es, fi]), after: first)
    let third = try federation.document(after: second, entries: [es.entry(), fi.entry()])
    _ = try verify(federation.signed(third, by: [es, fi]), after: second)
  }
}
