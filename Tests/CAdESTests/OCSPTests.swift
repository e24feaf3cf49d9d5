import CAdES
import Foundation
import Testing

/// OCSP responses inside signatures (RFC 6960, RFC 5940).
@Suite struct OCSPTests {
  let pki: TestPKI
  let day = TestPKI.day

  init() throws { pki = try TestPKI() }

  private var subjects: [Certificate] { [pki.signer.certificate, pki.authority.certificate] }

  /// A signature with these responses and no list.
  private func sign(
    _ responses: [OCSPResponse], lists: [RevocationList] = []
  ) throws -> SignatureValidation {
    let p7s = try CAdES.sign(
      manifest, with: pki.signer, commitment: .proofOfOrigin, at: TestPKI.now,
      timestamp: { try pki.stamp($0) }, evidence: ([], lists), ocsp: responses)
    return pki.validate(p7s, manifest)
  }

  private func response(
    by responder: SigningIdentity? = nil, from: Int64 = TestPKI.now - 60,
    to: Int64 = TestPKI.now + TestPKI.day, revoked: [Development.Revocation] = []
  ) throws -> OCSPResponse {
    try Development.ocspResponse(
      about: subjects, of: pki.root.certificate, by: responder ?? pki.root, thisUpdate: from,
      nextUpdate: to, revoked: revoked)
  }

  private func responder(
    under issuer: SigningIdentity, validity: Validity? = nil
  ) throws -> SigningIdentity {
    let key = try SigningKey.generate(.p384)
    return try SigningIdentity(
      key: key,
      certificate: Development.ocspResponder(
        for: key, name: TestPKI.name("Responder"), issuer: issuer,
        validity: validity ?? TestPKI.years(1)))
  }

  @Test func theIssuerOrItsResponderIsHeard() throws {
    for response in [try response(), try response(by: responder(under: pki.root))] {
      let validation = try sign([response])
      #expect(validation.result == .passed)
      #expect(validation.level == .longTerm)
      #expect(validation.deviations == [])
    }
    // One list and one response do as well.
    let signer = try Development.ocspResponse(
      about: [pki.signer.certificate], of: pki.root.certificate, by: pki.root,
      thisUpdate: TestPKI.now, nextUpdate: TestPKI.now + day)
    #expect(try sign([signer]).result == .indeterminate(.tryLater))
    #expect(try sign([signer], lists: [pki.list]).result == .passed)
  }

  @Test func otherResponsesSayNothing() throws {
    let stranger = try TestPKI()
    let wrong: [(String, OCSPResponse)] = [
      ("by a stranger", try response(by: stranger.root)),
      ("by a responder of a stranger's", try response(by: responder(under: stranger.root))),
      ("by a certificate for signatures", try response(by: pki.signer)),
      (
        "by a responder that wasn't valid then",
        try response(
          by: responder(
            under: pki.root,
            validity: Validity(notBefore: TestPKI.now + 9, notAfter: TestPKI.now + 99)))
      ),
      ("stale", try response(from: TestPKI.now - 9 * day, to: TestPKI.now - day)),
      ("from the future", try response(from: TestPKI.now + day, to: TestPKI.now + 2 * day)),
      (
        "about others",
        try Development.ocspResponse(
          about: [stranger.signer.certificate], of: pki.root.certificate, by: pki.root,
          thisUpdate: TestPKI.now, nextUpdate: TestPKI.now + day)
      ),
    ]
    for (name, response) in wrong {
      let validation = try sign([response])
      #expect(validation.result == .indeterminate(.tryLater), "\(name): \(validation.result)")
    }
  }

  @Test func whyNothingFollowsFromAnAnswer() throws {
    let (signer, root, now) = (pki.signer.certificate, pki.root.certificate, TestPKI.now)
    let stranger = try TestPKI()
    let wrong: [(OCSPResponse, OCSPFlaw)] = [
      (try response(by: stranger.root), .stranger),
      (try response(by: responder(under: stranger.root)), .stranger),
      (try response(by: pki.signer), .stranger),
      (try response(from: now - 9 * day, to: now - day), .over(now - day)),
      (try response(from: now + day, to: now + 2 * day), .early(now + day)),
      (
        try Development.ocspResponse(
          about: [stranger.signer.certificate], of: root, by: pki.root, thisUpdate: now,
          nextUpdate: now + day), .otherCertificate
      ),
    ]
    for (response, flaw) in wrong {
      #expect(throws: flaw) {
        try response.checkedStatus(of: signer, issuedBy: root, at: now)
      }
    }
    let good = try response(by: responder(under: pki.root))
    let status = try good.checkedStatus(of: signer, issuedBy: root, at: now)
    #expect(status.revokedSince == nil && status.nextUpdate == now + day)
    #expect(!status.isOver(at: now + day) && status.isOver(at: now + day + 1))
    // A revocation counts when newer information is due, too.
    let revoked = try response(
      from: now - 9 * day, to: now - day,
      revoked: [
        Development.Revocation(certificate: signer, time: now - 8 * day, reason: .superseded)
      ])
    let old = try revoked.checkedStatus(of: signer, issuedBy: root, at: now)
    #expect(old.revokedSince == now - 8 * day && !old.isHold)
  }

  @Test func aRevocationCounts() throws {
    let before = Development.Revocation.self
    let revoked = try before.init(
      certificate: pki.signer.certificate, time: TestPKI.now - 30, reason: .keyCompromise)
    #expect(try sign([response(revoked: [revoked])]).result == .failed(.revoked))
    // It counts from any source, whatever the list says.
    let answer = try sign([response(revoked: [revoked])], lists: [pki.list])
    #expect(answer.result == .failed(.revoked))
    let after = try before.init(
      certificate: pki.signer.certificate, time: TestPKI.now + 30, reason: .keyCompromise)
    let later = try response(from: TestPKI.now + 60, revoked: [after])
    #expect(try sign([later]).result == .passed)
  }

  @Test func everyFlippedBitIsNoticed() throws {
    let response = try response(by: responder(under: pki.root))
    let p7s = try CAdES.sign(
      manifest, with: pki.signer, commitment: .proofOfOrigin, at: TestPKI.now,
      timestamp: { try pki.stamp($0) }, ocsp: [response])
    let place = try #require(p7s.firstRange(of: response.der))
    var flipped = p7s
    var unnoticed: [Int] = []
    for index in place {
      flipped[index] ^= 1 << UInt8(index % 8)
      let validation = pki.validate(flipped, manifest)
      if validation.result == .passed, validation.deviations.isEmpty { unnoticed.append(index) }
      flipped[index] = p7s[index]
    }
    #expect(unnoticed == [])
  }

  @Test(.enabled(if: OpenSSL.isThere)) func opensslReadsOurs() throws {
    let openssl = try OpenSSL()
    try openssl.write("root.pem", Array(pki.root.certificate.pem.utf8))
    try openssl.write("signer.pem", Array(pki.signer.certificate.pem.utf8))
    try openssl.write("response", try response(by: responder(under: pki.root)).der)
    try openssl.write(
      "request", ocspRequest(about: pki.signer.certificate, of: pki.root.certificate))
    let shown = try openssl.run(
      "ocsp -respin response -issuer root.pem -cert signer.pem -CAfile root.pem"
        + " -attime \(TestPKI.now) -validity_period 1000000000")
    #expect(shown.output.contains("signer.pem: good"), "\(shown.output)")
    #expect(!shown.output.contains("Verify Failure"), "\(shown.output)")
    let asked = try openssl.run("ocsp -reqin request -req_text -noverify")
    #expect(asked.output.contains(pki.signer.certificate.serial), "\(asked.output)")

    try openssl.write("manifest", manifest)
    let p7s = try CAdES.sign(
      manifest, with: pki.signer, commitment: .proofOfOrigin, at: TestPKI.now,
      timestamp: { try pki.stamp($0) }, ocsp: [response()])
    try openssl.write("sig.p7s", p7s)
    let verify =
      "cms -verify -cades -binary -inform DER -in sig.p7s -content manifest -CAfile root.pem"
      + " -purpose any -attime \(TestPKI.now) -out out"
    #expect(try openssl.run(verify).status == 0)
  }

  @Test(.enabled(if: OpenSSL.isThere)) func weReadThoseOfOpenssl() throws {
    let now = Int64(Date().timeIntervalSince1970)
    let ever = try Validity(notBefore: 0, notAfter: 4_000_000_000)
    let pki = try TestPKI(validity: ever)
    let openssl = try OpenSSL()
    for (name, identity) in [("root", pki.root), ("signer", pki.signer)] {
      try openssl.write(name + ".pem", Array(identity.certificate.pem.utf8))
      try openssl.write(name + ".key", Array(try identity.key.pem.utf8))
    }
    var rows = ""
    for certificate in [pki.signer.certificate, pki.authority.certificate] {
      rows += "V\t961002120000Z\t\t\(certificate.serial)\tunknown\t/CN=x\n"
    }
    rows = rows.replacing("961002120000Z", with: "491002120000Z")
    try openssl.write("index", Array(rows.utf8))
    try openssl.write("index.attr", Array("unique_subject = no\n".utf8))
    var responses: [OCSPResponse] = []
    for certificate in [pki.signer.certificate, pki.authority.certificate] {
      try openssl.write("request", ocspRequest(about: certificate, of: pki.root.certificate))
      let answer = try openssl.run(
        "ocsp -index index -CA root.pem -rsigner root.pem -rkey root.key -reqin request"
          + " -respout response -ndays 7")
      #expect(answer.status == 0, "\(answer.output)")
      responses.append(try OCSPResponse(der: openssl.read("response")))
    }
    let p7s = try CAdES.sign(
      manifest, with: pki.signer, commitment: .proofOfOrigin, at: now,
      timestamp: { try pki.stamp($0, at: now) }, ocsp: responses)
    let validation = pki.validate(p7s, manifest, now: now + 60)
    #expect(validation.result == .passed)
    #expect(validation.level == .longTerm)
    #expect(validation.deviations == [])
  }
}
