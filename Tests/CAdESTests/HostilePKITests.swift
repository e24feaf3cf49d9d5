import CAdES
import SeededNumbers
import Testing

/// Certificates, lists and responses that are made to cost time: each meets a named limit.
@Suite struct HostilePKITests {
  let pki: TestPKI

  init() throws { pki = try TestPKI() }

  /// Two authorities that certify each other lead nowhere, however often one goes round.
  @Test func authoritiesThatCertifyEachOther() throws {
    let keys = [try SigningKey.generate(.p256), try SigningKey.generate(.p256)]
    let names = [try TestPKI.name("Ring one"), try TestPKI.name("Ring two")]
    let seeds = try zip(keys, names).map { key, name in
      try SigningIdentity(
        key: key, certificate: Development.root(key: key, name: name, validity: TestPKI.years(2)))
    }
    var ring: [Certificate] = []
    for round in 0..<40 {
      let (subject, issuer) = (round % 2, (round + 1) % 2)
      ring.append(
        try Development.intermediate(
          for: keys[subject], name: names[subject], issuer: seeds[issuer],
          validity: TestPKI.years(1)))
    }
    let key = try SigningKey.generate(.p256)
    let identity = try SigningIdentity(
      key: key,
      certificate: Development.signing(
        for: key, name: TestPKI.name("lost"), issuer: seeds[0], validity: TestPKI.years(1)),
      intermediates: ring)
    let p7s = try sign(
      manifest, with: identity, commitment: .proofOfOrigin, at: TestPKI.now,
      timestamp: { try pki.stamp($0) }, evidence: (ring, [pki.list]))
    #expect(pki.validate(p7s, manifest).result == .indeterminate(.noCertificateChainFound))
    let all = p7s.replacingSet(ofCertificates: ([identity.certificate] + ring).map(\.der))
    #expect(pki.validate(all, manifest).result == .indeterminate(.noCertificateChainFound))
  }

  @Test func moreCertificatesThanAPathHas() throws {
    // Twelve authorities in a row, each allowed; ten certificates are a path.
    var issuer = pki.root
    var chain: [Certificate] = []
    for level in 0..<12 {
      let key = try SigningKey.generate(.p256)
      let certificate = try Development.intermediate(
        for: key, name: TestPKI.name("Level \(level)"), issuer: issuer,
        validity: TestPKI.years(1))
      issuer = try SigningIdentity(key: key, certificate: certificate)
      chain.append(certificate)
    }
    let key = try SigningKey.generate(.p256)
    let identity = try SigningIdentity(
      key: key,
      certificate: Development.signing(
        for: key, name: TestPKI.name("deep"), issuer: issuer, validity: TestPKI.years(1)),
      intermediates: chain)
    let p7s = try sign(
      manifest, with: identity, commitment: .proofOfOrigin, at: TestPKI.now,
      timestamp: { try pki.stamp($0) }, evidence: ([], [pki.list]))
    let result = pki.validate(p7s, manifest).result
    #expect(result != .passed)
    #expect(
      result.subIndication == .noCertificateChainFound
        || result.subIndication == .chainConstraintsFailure)
  }

  @Test func moreCertificatesThanASignatureHolds() throws {
    var many: [Certificate] = []
    var issuer = pki.root
    for number in 0..<70 {
      let certificate = try Development.signing(
        for: pki.signer.key, name: TestPKI.name("n\(number)"), issuer: issuer,
        validity: TestPKI.years(1))
      many.append(certificate)
      issuer = pki.root
    }
    let p7s = try pki.sign(manifest)
    let hostile = p7s.replacingSet(ofCertificates: many.map(\.der))
    #expect(pki.validate(hostile, manifest).result == .failed(.formatFailure))
  }

  /// What an authority signed can't be mended: a bundle with such a token would never verify.
  @Test func aTokenOfAnotherFormIsRefused() throws {
    let identity = pki.signer
    #expect(throws: CAdESError.timestampMismatch(.form)) {
      try sign(
        manifest, with: identity, commitment: .proofOfOrigin, at: TestPKI.now,
        timestamp: { request in
          var response = try pki.stamp(request)
          // SignedData's version, which nobody signs, in front of the set of algorithms.
          if let place = response.firstRange(of: [0x02, 0x01, 0x03, 0x31]) {
            response[place.lowerBound + 2] = 1
          }
          return response
        })
    }
  }

  @Test func namesByTheThousand() throws {
    let names = (0..<2000).map { "n\($0).example" }
    let key = try SigningKey.generate(.p256)
    let tls = try Development.tls(
      for: key, name: TestPKI.name("many"), dnsNames: names, issuer: pki.root,
      validity: TestPKI.years(1))
    // Nobody needs so many, and reading stops.
    #expect(tls.dnsNames.isEmpty)
    // Beyond 64 KiB it is no certificate at all.
    #expect(throws: CAdESError.self) {
      try Development.tls(
        for: key, name: TestPKI.name("more"), dnsNames: names.map { $0 + ".very.long.example.org" },
        issuer: pki.root, validity: TestPKI.years(1))
    }
  }

  @Test func aListThatIsTooLong() throws {
    let long = [0x30, 0x84, 0x02, 0x00, 0x00, 0x00] + [UInt8](repeating: 0, count: 33_554_432)
    #expect(throws: CAdESError.tooLarge(.revocationList, limit: 16 << 20)) {
      try RevocationList(der: long)
    }
    #expect(throws: CAdESError.tooLarge(.ocspResponse, limit: 1 << 20)) {
      try OCSPResponse(der: long)
    }
    #expect(throws: CAdESError.tooLarge(.certificate, limit: 64 << 10)) {
      try Certificate(der: long)
    }
  }

  /// A response is cut and changed at each place: it is refused or says nothing, and never traps.
  @Test func brokenResponsesAreRefused() throws {
    let response = try Development.ocspResponse(
      about: [pki.signer.certificate], of: pki.root.certificate, by: pki.root,
      thisUpdate: TestPKI.now, nextUpdate: TestPKI.now + 9)
    for count in response.der.indices {
      #expect(throws: CAdESError.self) { try OCSPResponse(der: response.der.prefix(count)) }
    }
    var generator = SplitMix64(seed: 7)
    for _ in 0..<3000 {
      let broken = response.der.mutated(&generator)
      guard broken != response.der, let parsed = try? OCSPResponse(der: broken) else { continue }
      #expect(
        !parsed.speaks(
          of: pki.signer.certificate, issuedBy: pki.root.certificate, at: TestPKI.now))
    }
  }
}

extension [UInt8] {
  /// A SignedData of ours with other certificates: lengths of the three frames around are adapted.
  fileprivate func replacingSet(ofCertificates certificates: [[UInt8]]) -> [UInt8] {
    let parts = DERParts(self)
    let info = parts.children
    let data = DERParts(DERParts(info[1]).children[0])
    var fields = data.children
    fields[3] = DERParts.encode(0xa0, Array(certificates.joined()))
    let inner = DERParts.encode(0x30, Array(fields.joined()))
    return DERParts.encode(0x30, info[0] + DERParts.encode(0xa0, inner))
  }
}

/// Just enough DER to put something wrong together.
struct DERParts {
  let children: [[UInt8]]

  init(_ element: [UInt8]) {
    var rest = element.dropFirst(Self.header(element[...]).0)
    var found: [[UInt8]] = []
    while !rest.isEmpty {
      let (header, length) = Self.header(rest)
      found.append(Array(rest.prefix(header + length)))
      rest = rest.dropFirst(header + length)
    }
    children = found
  }

  static func encode(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    let length = withUnsafeBytes(of: UInt32(content.count).bigEndian) { Array($0.drop { $0 == 0 }) }
    return content.count < 0x80
      ? [tag, UInt8(content.count)] + content
      : [tag, 0x80 | UInt8(length.count)] + length + content
  }

  private static func header(_ element: ArraySlice<UInt8>) -> (Int, Int) {
    let first = Int(element[element.startIndex + 1])
    guard first >= 0x80 else { return (2, first) }
    let octets = element.dropFirst(2).prefix(first & 0x7f)
    return (2 + octets.count, octets.reduce(0) { $0 << 8 | Int($1) })
  }
}
