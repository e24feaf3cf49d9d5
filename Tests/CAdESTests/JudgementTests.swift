import CAdES
import Testing

/// One test for each answer that a validation can give.
@Suite struct JudgementTests {
  let pki: TestPKI
  let p7s: [UInt8]
  let day = TestPKI.day

  init() throws {
    pki = try TestPKI()
    p7s = try pki.sign(manifest)
  }

  @Test func otherContentIsAHashFailure() {
    #expect(pki.validate(p7s, []).result == .failed(.hashFailure))
  }

  @Test func noiseIsAFormatFailure() {
    #expect(pki.validate([], manifest).result == .failed(.formatFailure))
    #expect(pki.validate([0x30, 0x80], manifest).result == .failed(.formatFailure))
    #expect(pki.validate(manifest, manifest).result == .failed(.formatFailure))
  }

  @Test func indefiniteLengthsAreReadButNoted() {
    // The outermost SEQUENCE, whose length took two octets, now ends where two zeros say.
    let streamed = [0x30, 0x80] + p7s.dropFirst(4) + [0, 0]
    let validation = pki.validate(streamed, manifest)
    #expect(validation.result == .passed)
    #expect(validation.deviations == [.notDER])
  }

  @Test func attributesOutOfOrderAreReadInOrder() throws {
    // What is signed is the set in DER, whatever order it was written in (RFC 5652, clause 5.4).
    let contentType: [UInt8] = [
      0x30, 0x18, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03,
    ]
    let start = try #require(p7s.firstRange(of: contentType)).lowerBound
    let middle = start + 26
    let end = middle + 2 + Int(p7s[middle + 1])
    var other = p7s
    other.replaceSubrange(start..<end, with: p7s[middle..<end] + p7s[start..<middle])
    let validation = pki.validate(other, manifest)
    #expect(validation.result == .passed)
    #expect(validation.deviations == [.setOrder])
    other[middle - 1] ^= 1
    #expect(pki.validate(other, manifest).result != .passed)
  }

  @Test func aDamagedListIsNotNeededBesideAGoodOne() throws {
    let second = try TestPKI.list(pki.root, from: TestPKI.now - 2 * day)
    let signature = try pki.sign(manifest, lists: [pki.list, second])
    #expect(pki.validate(signature, manifest).deviations == [])
    guard let place = signature.firstRange(of: second.der) else { throw CAdESError.unsupportedKey }
    var damaged = signature
    damaged[place.upperBound - 1] ^= 1
    let validation = pki.validate(damaged, manifest)
    #expect(validation.result == .passed)
    #expect(validation.deviations.contains(.unusedRevocationList))
  }

  @Test func aStrangerHasNoChainAndNoDeviation() throws {
    let other = try TestPKI()
    let validation = validate(
      signature: p7s, content: manifest, anchors: other.anchors, now: TestPKI.now)
    #expect(validation.result == .indeterminate(.noCertificateChainFound))
    #expect(validation.provenTime == nil)
    #expect(validation.timestamp == .indeterminate(.noCertificateChainFound))
    #expect(validation.deviations == [])
  }

  @Test func afterTheAuthoritysEndOnlyAnArchiveProves() throws {
    let (late, lastDay) = (TestPKI.now + 20 * 365 * day, TestPKI.now + 5 * 365 * day)
    #expect(pki.validate(p7s, manifest, now: lastDay).result == .passed)
    let alone = pki.validate(p7s, manifest, now: late)
    #expect(alone.result == .indeterminate(.outOfBoundsNoPOE))
    #expect(alone.provenTime == nil)
    #expect(alone.level == .longTerm)
    // The question can still be one about the time in between.
    #expect(pki.validate(p7s, manifest, at: lastDay, now: late).result == .passed)

    let archived = validate(
      signature: p7s, content: manifest, anchors: pki.anchors, existedBy: lastDay, now: late)
    #expect(archived.result == .passed)
    #expect(archived.level == .archived)
    #expect(archived.provenTime == TestPKI.now)
    let tooLate = validate(
      signature: p7s, content: manifest, anchors: pki.anchors, existedBy: lastDay + day, now: late)
    #expect(tooLate.result == .indeterminate(.outOfBoundsNoPOE))
    // An archive that is older than the time-stamp inside contradicts it.
    let early = validate(
      signature: p7s, content: manifest, anchors: pki.anchors, existedBy: TestPKI.now - day,
      now: late)
    #expect(early.result == .indeterminate(.timestampOrderFailure))
  }

  @Test func aRevocationAfterTheStampChangesNothing() throws {
    let later = try TestPKI.list(
      pki.root, from: TestPKI.now + 60, to: TestPKI.now + day,
      revoked: [
        .init(certificate: pki.signer.certificate, time: TestPKI.now + 30, reason: .keyCompromise)
      ])
    let validation = pki.validate(try pki.sign(manifest, lists: [later]), manifest)
    #expect(validation.result == .passed)
    #expect(validation.deviations == [])
  }

  @Test func aRevocationBeforeTheStampFails() throws {
    let list = try TestPKI.list(
      pki.root,
      revoked: [
        .init(certificate: pki.signer.certificate, time: TestPKI.now, reason: .superseded)
      ])
    #expect(
      pki.validate(try pki.sign(manifest, lists: [list]), manifest).result == .failed(.revoked))
    let unstamped = try pki.sign(manifest, isStamped: false, lists: [list])
    #expect(pki.validate(unstamped, manifest).result == .indeterminate(.revokedNoPOE))
  }

  @Test func aLostAuthorityKeySpoilsItsStamps() throws {
    for (reason, result) in [
      (Development.Revocation.Reason.keyCompromise, ValidationResult.indeterminate(.revokedNoPOE)),
      (.unspecified, .indeterminate(.revokedNoPOE)), (.cessationOfOperation, .passed),
    ] {
      let list = try TestPKI.list(
        pki.root, from: TestPKI.now + 60,
        revoked: [
          .init(certificate: pki.authority.certificate, time: TestPKI.now + 30, reason: reason)
        ])
      let p7s = try pki.sign(manifest, lists: [list])
      #expect(pki.validate(p7s, manifest).result == result)
      // What an archive proves to have existed before wasn't dated back.
      let archived = validate(
        signature: p7s, content: manifest, anchors: pki.anchors, existedBy: TestPKI.now + 10,
        now: TestPKI.now + day)
      #expect(archived.result == .passed)
    }
  }

  @Test func aListOfAnotherTimeOrAnotherIssuerSaysNothing() throws {
    let stale = try TestPKI.list(pki.root, from: TestPKI.now - 9 * day, to: TestPKI.now - 2 * day)
    let staleValidation = pki.validate(try pki.sign(manifest, lists: [stale]), manifest)
    #expect(staleValidation.result == .indeterminate(.tryLater))
    let future = try TestPKI.list(pki.root, from: TestPKI.now + day)
    let futureValidation = pki.validate(try pki.sign(manifest, lists: [future]), manifest)
    #expect(futureValidation.result == .indeterminate(.tryLater))

    let impostorKey = try SigningKey.generate(.p256)
    let impostor = try SigningIdentity(
      key: impostorKey,
      certificate: Development.root(
        key: impostorKey, name: TestPKI.name("Test root"), validity: TestPKI.years(10)))
    let forged = pki.validate(
      try pki.sign(manifest, lists: [TestPKI.list(impostor)]), manifest)
    #expect(forged.result == .indeterminate(.tryLater))
    #expect(forged.deviations == [.unusedRevocationList])
  }

  @Test func outsideItsValidityACertificateNeedsProof() throws {
    let unstamped = try pki.sign(manifest, isStamped: false)
    #expect(
      pki.validate(unstamped, manifest, now: TestPKI.now + 800 * day).result
        == .indeterminate(.outOfBoundsNoPOE))
    #expect(
      pki.validate(unstamped, manifest, at: TestPKI.now - 40 * day).result
        == .indeterminate(.outOfBoundsNoPOE))
    // Asked about a time before the stamp, the stamp proves nothing yet.
    #expect(
      pki.validate(p7s, manifest, at: TestPKI.now - 40 * day).result
        == .indeterminate(.outOfBoundsNoPOE))
    let lateStamp = try pki.sign(manifest, stampedAt: TestPKI.now + 800 * day)
    #expect(
      pki.validate(lateStamp, manifest, now: TestPKI.now + 801 * day).result
        == .indeterminate(.outOfBoundsNoPOE))
  }

  @Test func aStampFromBeforeTheCertificateFails() throws {
    let key = try SigningKey.generate(.p256)
    let young = try SigningIdentity(
      key: key,
      certificate: Development.signing(
        for: key, name: TestPKI.name("young"), issuer: pki.root,
        validity: Validity(notBefore: TestPKI.now + day, notAfter: TestPKI.now + 9 * day)))
    let early = try sign(
      manifest, with: young, commitment: .proofOfOrigin, at: TestPKI.now,
      timestamp: { try pki.stamp($0) }, evidence: ([], [pki.list]))
    #expect(
      pki.validate(early, manifest, now: TestPKI.now + 2 * day).result == .failed(.notYetValid))
  }

  @Test func timesHaveAnOrder() throws {
    let claimsLater = try pki.sign(manifest, at: TestPKI.now + 3600, stampedAt: TestPKI.now)
    #expect(
      pki.validate(claimsLater, manifest, now: TestPKI.now + day).result
        == .indeterminate(.timestampOrderFailure))
    #expect(
      pki.validate(p7s, manifest, now: TestPKI.now - 3600).result
        == .indeterminate(.timestampOrderFailure))
    #expect(pki.validate(p7s, manifest, now: TestPKI.now - 300).result == .passed)
  }

  @Test func onlySigningCertificatesSign() throws {
    let key = try SigningKey.generate(.p256)
    let tls = try Development.tls(
      for: key, name: TestPKI.name("tls"), dnsNames: ["localhost"], issuer: pki.root,
      validity: TestPKI.years(1))
    for identity in [
      try SigningIdentity(key: key, certificate: tls), pki.root, pki.authority,
    ] {
      let signature = try sign(
        manifest, with: identity, commitment: .proofOfOrigin, at: TestPKI.now,
        evidence: ([], [pki.list]))
      // A root is never included, so its own signature doesn't even have a certificate.
      let reason: SubIndication =
        identity.certificate == pki.root.certificate
        ? .noSigningCertificateFound : .sigConstraintsFailure
      #expect(pki.validate(signature, manifest).result == .indeterminate(reason))
    }
  }

  @Test func aStampOverAnotherSignatureProvesNothing() throws {
    let other = try requestTimestamp(over: Array("other".utf8)) { try pki.stamp($0) }
    let good = try requestTimestamp(over: manifest) { try pki.stamp($0) }
    let lists = [pki.list]
    let wrong = validate(
      timestamp: other, over: manifest, anchors: pki.anchors, crls: lists, now: TestPKI.now)
    #expect(wrong.result == .failed(.hashFailure))
    let right = validate(
      timestamp: good, over: manifest, anchors: pki.anchors, crls: lists, now: TestPKI.now)
    #expect(right.result == .passed)
    #expect(right.time == TestPKI.now)
    #expect(right.anchor == pki.root.certificate)
    #expect(right.deviations == [])
  }

  @Test func anAnchorForTimestampsVouchesForNoSigner() throws {
    let stranger = try TestPKI()
    let mixed = try CAdES.sign(
      manifest, with: pki.signer, commitment: .proofOfOrigin, at: TestPKI.now,
      timestamp: { try stranger.stamp($0) }, evidence: ([], [pki.list, stranger.list]))
    func result(_ anchors: [Certificate], _ stamps: [Certificate]) -> ValidationResult {
      validate(
        signature: mixed, content: manifest, anchors: anchors, timestampAnchors: stamps,
        now: TestPKI.now + 60
      ).result
    }
    #expect(result(pki.anchors, stranger.anchors) == .passed)
    #expect(result(pki.anchors + stranger.anchors, []) == .passed)
    #expect(result(pki.anchors, []) == .indeterminate(.noCertificateChainFound))
    #expect(
      result([], pki.anchors + stranger.anchors) == .indeterminate(.noCertificateChainFound))
  }

  @Test func anAnchorMayStandInTheMiddle() {
    let anchored = validate(
      signature: p7s, content: manifest,
      anchors: [pki.signer.certificate, pki.authority.certificate], now: TestPKI.now)
    #expect(anchored.result == .passed)
    #expect(anchored.anchor == pki.signer.certificate)
  }
}
