import CAdES
import Testing

@Suite struct SignTests {
  @Test(arguments: SigningKey.Kind.allCases)
  func eachKeySignsUpToTheLongTermLevel(kind: SigningKey.Kind) throws {
    let pki = try TestPKI(kind)
    let validation = pki.validate(try pki.sign(manifest), manifest)
    #expect(validation.result == .passed)
    #expect(validation.level == .longTerm)
    #expect(validation.deviations == [])
    #expect(validation.signer == pki.signer.certificate)
    #expect(validation.claimedTime == TestPKI.now)
    #expect(validation.provenTime == TestPKI.now)
    #expect(validation.provenBy == pki.authority.certificate.subject)
    #expect(validation.authority == pki.authority.certificate)
    #expect(validation.commitment == .proofOfOrigin)
    #expect(validation.anchor == pki.root.certificate)
    #expect(validation.timestamp == .passed)
    #expect(validation.keyUsages == ["nonRepudiation"])
  }

  @Test func levelsFollowFromWhatIsGiven() throws {
    let pki = try TestPKI()
    let basic = pki.validate(try pki.sign(manifest, isStamped: false, lists: []), manifest)
    #expect(basic.level == .basic)
    #expect(basic.result == .indeterminate(.tryLater))
    #expect(basic.provenTime == nil)
    let stamped = pki.validate(try pki.sign(manifest, lists: []), manifest)
    #expect(stamped.level == .timestamped)
    #expect(stamped.result == .indeterminate(.tryLater))
    #expect(stamped.provenTime == TestPKI.now)
    #expect(stamped.deviations == [])
  }

  @Test(arguments: Commitment.allCases)
  func commitmentsComeBack(commitment: Commitment) throws {
    let pki = try TestPKI()
    let p7s = try pki.sign(manifest, commitment: commitment)
    #expect(pki.validate(p7s, manifest).commitment == commitment)
  }

  @Test func anIntermediateTravelsAndTheRootDoesNot() throws {
    let pki = try TestPKI()
    let middleKey = try SigningKey.generate(.p384)
    let middle = try SigningIdentity(
      key: middleKey,
      certificate: Development.intermediate(
        for: middleKey, name: TestPKI.name("Middle"), issuer: pki.root, validity: TestPKI.years(4)))
    let key = try SigningKey.generate(.p256)
    let certificate = try Development.signing(
      for: key, name: TestPKI.name("Below"), issuer: middle, validity: TestPKI.years(1))
    let identity = try SigningIdentity(
      key: key, certificate: certificate,
      intermediates: [pki.root.certificate, middle.certificate, pki.signer.certificate])
    let below = try TestPKI.list(middle)
    let p7s = try sign(
      manifest, with: identity, commitment: .proofOfSender, at: TestPKI.now,
      timestamp: { try pki.stamp($0) }, evidence: ([], [pki.list, below]))
    let validation = pki.validate(p7s, manifest)
    #expect(validation.result == .passed)
    #expect(validation.deviations == [])
    #expect(!p7s.contains(pki.root.certificate.der))

    let withoutRootsList = try sign(
      manifest, with: identity, commitment: .proofOfSender, at: TestPKI.now,
      timestamp: { try pki.stamp($0) }, evidence: ([], [below]))
    #expect(pki.validate(withoutRootsList, manifest).result == .indeterminate(.tryLater))

    let revoked = try TestPKI.list(
      pki.root,
      revoked: [
        .init(certificate: middle.certificate, time: TestPKI.now - 60, reason: .superseded)
      ])
    let revokedAuthority = try sign(
      manifest, with: identity, commitment: .proofOfSender, at: TestPKI.now,
      timestamp: { try pki.stamp($0) }, evidence: ([], [revoked, below]))
    #expect(pki.validate(revokedAuthority, manifest).result == .indeterminate(.revokedCANoPOE))
  }

  @Test func contentHasALimit() throws {
    let pki = try TestPKI()
    let tooMuch = [UInt8](repeating: 0, count: (16 << 20) + 1)
    #expect(throws: CAdESError.tooLarge(.content, limit: 16 << 20)) {
      try pki.sign(tooMuch, isStamped: false)
    }
  }

  @Test func anIdentityIsOneKey() throws {
    let pki = try TestPKI()
    #expect(throws: CAdESError.keyMismatch) {
      try SigningIdentity(key: pki.root.key, certificate: pki.signer.certificate)
    }
  }
}
