import CAdES
import SeededNumbers
import Testing

/// Nothing from outside traps: a few thousand broken versions of each thing that we parse.
@Suite struct HostileTests {
  private let pki: TestPKI

  init() throws { pki = try TestPKI() }

  @Test func brokenSignaturesAreAnswered() throws {
    let p7s = try pki.sign(manifest)
    var generator = SplitMix64(seed: 1)
    for _ in 0..<3000 {
      let broken = p7s.mutated(&generator)
      let validation = pki.validate(broken, manifest)
      if broken != p7s {
        #expect(validation.result != .passed || !validation.deviations.isEmpty)
      }
    }
  }

  @Test func brokenCertificatesAndListsThrowOrParse() throws {
    let list = try TestPKI.list(
      pki.root,
      revoked: [
        .init(certificate: pki.signer.certificate, time: TestPKI.now, reason: .superseded)
      ])
    var generator = SplitMix64(seed: 2)
    for _ in 0..<3000 {
      let certificate = pki.signer.certificate.der.mutated(&generator)
      if let parsed = try? Certificate(der: certificate) {
        #expect(parsed.der == certificate)
        _ = (parsed.commonName, parsed.dnsNames, parsed.isAuthority, parsed.pem, parsed.sha256)
      }
      let broken = list.der.mutated(&generator)
      if let parsed = try? RevocationList(der: broken) {
        #expect(parsed.der == broken)
        _ = (parsed.number, parsed.revokedCount, parsed.pem)
      }
    }
  }

  @Test func brokenPEMThrowsOrParses() throws {
    let text = Array((pki.signer.certificate.pem + pki.list.pem).utf8)
    let key = Array(try pki.signer.key.pem.utf8)
    var generator = SplitMix64(seed: 3)
    for _ in 0..<1000 {
      let broken = String(decoding: text.mutated(&generator), as: UTF8.self)
      _ = try? Certificate.parsePEM(broken)
      _ = try? RevocationList.parsePEM(broken)
      _ = try? SigningKey(pem: String(decoding: key.mutated(&generator), as: UTF8.self))
    }
    #expect(throws: CAdESError.malformed(.pem, offset: 0)) { try Certificate.parsePEM("") }
    #expect(throws: CAdESError.malformed(.pem, offset: 0)) {
      try Certificate.parsePEM(pki.list.pem)
    }
  }

  @Test func brokenTimestampRequestsAreRefused() throws {
    var request: [UInt8] = []
    _ = try requestTimestamp(over: manifest) {
      request = $0
      return try pki.stamp($0)
    }
    var generator = SplitMix64(seed: 4)
    for _ in 0..<2000 {
      let response = try pki.stamp(request.mutated(&generator))
      #expect(response.first == 0x30)
    }
    #expect(throws: CAdESError.timestampRefused(status: 2)) {
      try parseTimestampResponse(pki.stamp([]))
    }
  }

  @Test func brokenTimestampResponsesAreNotBelieved() throws {
    var generator = SplitMix64(seed: 5)
    for _ in 0..<2000 {
      var changed = false
      let token = try? requestTimestamp(over: manifest) { request in
        let response = try pki.stamp(request)
        let broken = response.mutated(&generator)
        changed = broken != response
        return broken
      }
      // A change that goes unnoticed here must be one of the frame, which validation sees.
      guard changed, let token else { continue }
      let validation = validate(
        timestamp: token, over: manifest, anchors: pki.anchors, crls: [pki.list],
        now: TestPKI.now)
      _ = validation.result
    }
    #expect(throws: CAdESError.timestampUnavailable(.other)) {
      try requestTimestamp(over: manifest) { _ in throw CAdESError.unsupportedKey }
    }
    #expect(throws: CAdESError.timestampMismatch(.imprint)) {
      try requestTimestamp(over: manifest) { _ in
        try pki.stamp(foreignRequest(over: [UInt8](repeating: 7, count: 32)))
      }
    }
    #expect(throws: CAdESError.timestampMismatch(.nonce)) {
      try requestTimestamp(over: manifest) { request in
        // The imprint stays, the nonce (eight octets before the last three) changes.
        var other = request
        other[other.count - 5] ^= 1
        return try pki.stamp(other)
      }
    }
  }

  private func foreignRequest(over hash: [UInt8]) -> [UInt8] {
    let algorithm: [UInt8] = [
      0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
    ]
    let imprint = [0x30, UInt8(algorithm.count + 2 + hash.count)] + algorithm + [0x04, 32] + hash
    let body = [0x02, 0x01, 0x01] + imprint + [0x01, 0x01, 0xff]
    return [0x30, UInt8(body.count)] + body
  }

  @Test func keysStayHidden() throws {
    var shown = ""
    dump(pki.signer.key, to: &shown)
    #expect(shown.contains("SigningKey(p256)"))
    #expect("\(pki.signer.key)" == "SigningKey(p256)")
    let again = try SigningKey(pem: pki.signer.key.pem)
    #expect(again.spki == pki.signer.key.spki)
    let locked = try pki.signer.key.encryptedPEM(passphrase: "phrase")
    #expect(try SigningKey(pem: locked, passphrase: "phrase").spki == again.spki)
    #expect(throws: CAdESError.malformed(.privateKey, offset: 0)) { try SigningKey(pem: locked) }
    #expect(throws: CAdESError.malformed(.privateKey, offset: 0)) {
      try SigningKey(pem: locked, passphrase: "other")
    }
  }
}
