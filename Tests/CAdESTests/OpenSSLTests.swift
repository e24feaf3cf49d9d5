import CAdES
import Foundation
import Testing

/// The `openssl` program reads what we write, and we what it writes.
@Suite(.enabled(if: OpenSSL.isThere, "the openssl program is not installed"))
struct OpenSSLTests {
  @Test(arguments: SigningKey.Kind.allCases, [0, 1, 2])
  func itAcceptsEachKeyAtEachLevel(kind: SigningKey.Kind, level: Int) throws {
    let pki = try TestPKI(kind, root: .p384)
    let openssl = try OpenSSL()
    try openssl.write("anchors.pem", Array(pki.root.certificate.pem.utf8))
    try openssl.write("manifest", manifest)
    try openssl.write(
      "sig.p7s", try pki.sign(manifest, isStamped: level > 0, lists: level > 1 ? nil : []))
    let verify =
      "cms -verify -cades -binary -inform DER -in sig.p7s -content manifest -CAfile anchors.pem"
      + " -purpose any -attime \(TestPKI.now) -out /dev/null"
    #expect(try openssl.run(verify).status == 0)
    if level == 2 {
      #expect(try openssl.run(verify + " -crl_check_all").status == 0)
    }
    // The same check must be able to fail.
    try openssl.write("manifest", manifest + [0])
    #expect(try openssl.run(verify).status != 0)
  }

  @Test func itAcceptsOurTimestamps() throws {
    let pki = try TestPKI()
    let openssl = try OpenSSL()
    try openssl.write("anchors.pem", Array(pki.root.certificate.pem.utf8))
    try openssl.write("data", manifest)
    try openssl.write("token", try requestTimestamp(over: manifest) { try pki.stamp($0) })
    let verify =
      "ts -verify -data data -token_in -in token -CAfile anchors.pem -attime \(TestPKI.now)"
    #expect(try openssl.run(verify).status == 0)

    // Its own request, with its nonce and its NULL parameters; the response against the request.
    #expect(try openssl.run("ts -query -data data -sha512 -cert -out request").status == 0)
    let request = try openssl.read("request")
    try openssl.write("response", try pki.stamp(request))
    let answer =
      "ts -verify -queryfile request -in response -CAfile anchors.pem -attime \(TestPKI.now)"
    #expect(try openssl.run(answer).status == 0)
    let token = try parseTimestampResponse(try openssl.read("response"))
    let validation = validate(
      timestamp: token, over: manifest, anchors: pki.anchors, crls: [pki.list],
      now: TestPKI.now)
    #expect(validation.result == .passed)
    #expect(validation.deviations == [])
    try openssl.write("data", manifest + [0])
    #expect(try openssl.run(verify).status != 0)
  }

  /// Its authority stamps with the real clock, and sends more certificates than anybody needs.
  @Test func itsTimestampsFitIntoOurSignatures() throws {
    let ever = try Validity(notBefore: 0, notAfter: 4_000_000_000)
    let pki = try TestPKI(.p384, validity: ever)
    let openssl = try OpenSSL()
    try openssl.write("tsa.pem", Array(pki.authority.certificate.pem.utf8))
    try openssl.write("key.pem", Array(try pki.authority.key.pem.utf8))
    let unneeded = pki.root.certificate.pem + (try TestPKI()).signer.certificate.pem
    try openssl.write("chain.pem", Array(unneeded.utf8))
    try openssl.write("serial", Array("1234".utf8))
    try openssl.write("tsa.conf", Array(Self.authorityConfiguration.utf8))
    let now = Int64(Date().timeIntervalSince1970)
    let p7s = try sign(
      manifest, with: pki.signer, commitment: .proofOfReceipt, at: now,
      timestamp: { request in
        try openssl.write("request", request)
        let reply =
          "ts -reply -queryfile request -signer tsa.pem -inkey key.pem -chain chain.pem"
          + " -config tsa.conf -section t -out response"
        #expect(try openssl.run(reply).status == 0)
        return try openssl.read("response")
      },
      evidence: ([], [try TestPKI.list(pki.root, from: 0, to: 4_000_000_000)]))
    let validation = pki.validate(p7s, manifest, now: now + 60)
    #expect(validation.result == .passed)
    #expect(validation.level == .longTerm)
    #expect(validation.deviations == [])
    #expect(!p7s.contains(pki.root.certificate.der))
  }

  private static let authorityConfiguration = """
    [t]
    serial = ./serial
    signer_digest = sha384
    default_policy = 1.3.6.1.4.1.32473.2
    digests = sha256
    accuracy = secs:1, millisecs:500
    ordering = yes
    tsa_name = yes
    ess_cert_id_alg = sha256
    """

  @Test func itReadsWhatDevelopmentIssues() throws {
    let pki = try TestPKI()
    let openssl = try OpenSSL()
    let key = try SigningKey.generate(.p256)
    let tls = try Development.tls(
      for: key, name: TestPKI.name("pt"), dnsNames: ["localhost", "pt.example"],
      ipAddresses: ["127.0.0.1", "::1"], issuer: pki.root, validity: TestPKI.years(1),
      crlURL: "http://crl.example/root.crl")
    try openssl.write("tls.pem", Array(tls.pem.utf8))
    let text = try openssl.run("x509 -in tls.pem -noout -text").output
    for part in [
      "DNS:localhost, DNS:pt.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
      "TLS Web Server Authentication, TLS Web Client Authentication",
      "X509v3 Authority Key Identifier", "X509v3 Subject Key Identifier", "Digital Signature",
      "URI:http://crl.example/root.crl",
    ] { #expect(text.contains(part)) }

    try openssl.write("signer.pem", Array(pki.signer.certificate.pem.utf8))
    let signer = try openssl.run("x509 -in signer.pem -noout -text").output
    #expect(signer.contains("X509v3 Key Usage: critical\n                Non Repudiation\n"))
    try openssl.write("tsa.pem", Array(pki.authority.certificate.pem.utf8))
    let tsa = try openssl.run("x509 -in tsa.pem -noout -text").output
    #expect(tsa.contains("X509v3 Extended Key Usage: critical\n                Time Stamping\n"))
    try openssl.write("root.pem", Array(pki.root.certificate.pem.utf8))
    let root = try openssl.run("x509 -in root.pem -noout -text").output
    #expect(root.contains("CA:TRUE, pathlen:1"))
    #expect(root.contains("Certificate Sign, CRL Sign"))

    let list = try TestPKI.list(
      pki.root,
      revoked: [
        .init(certificate: tls, time: TestPKI.now, reason: .keyCompromise),
        .init(certificate: pki.signer.certificate, time: TestPKI.now, reason: .unspecified),
      ])
    try openssl.write("list.pem", Array(list.pem.utf8))
    let listed = try openssl.run("crl -in list.pem -noout -text -CAfile root.pem")
    #expect(listed.output.contains("verify OK"))
    #expect(listed.output.contains("Key Compromise"))
    #expect(listed.output.contains(tls.serial))
    #expect(list.revokedCount == 2)
    #expect(list.number == 1)
  }

  @Test func itReadsOurRequestsAndKeys() throws {
    let openssl = try OpenSSL()
    let key = try SigningKey.generate(.p384)
    for (use, word) in [
      (Development.RequestedUse.signing, "Non Repudiation"), (.timestamping, "Time Stamping"),
      (.tls(dnsNames: ["pt.example"], ipAddresses: []), "DNS:pt.example"),
    ] {
      let request = try Development.certificateRequest(
        key: key, name: TestPKI.name("pt-ipcu"), use: use)
      try openssl.write("request.pem", Array(request.utf8))
      let shown = try openssl.run("req -in request.pem -noout -verify -text")
      #expect(shown.status == 0)
      #expect(shown.output.contains(word))
    }
    try openssl.write("key.pem", Array(try key.encryptedPEM(passphrase: "phrase").utf8))
    let opened = try openssl.run("pkey -in key.pem -passin pass:phrase -noout -check")
    #expect(opened.status == 0)
  }

  @Test(arguments: [
    "-md sha256", "-md sha512 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:-1",
  ])
  func weJudgeItsSignatures(options: String) throws {
    let pki = try TestPKI(.rsa3072)
    let openssl = try OpenSSL(signingAs: pki)
    let sign =
      "cms -sign -cades -binary -in manifest -signer signer.pem -inkey key.pem -outform DER"
      + " -out sig.p7s \(options)"
    #expect(try openssl.run(sign).status == 0)
    let p7s = try openssl.read("sig.p7s")
    let validation = pki.validate(p7s, manifest)
    #expect(validation.result == .indeterminate(.tryLater))
    #expect(validation.deviations == [.unusualSignedAttributes])
    #expect(validation.anchor == pki.root.certificate)
    #expect(pki.validate(p7s, manifest + [0]).result == .failed(.hashFailure))

    // Without -cades nothing binds the certificate.
    let plain = sign.replacing(" -cades", with: "")
    #expect(try openssl.run(plain).status == 0)
    #expect(
      pki.validate(try openssl.read("sig.p7s"), manifest).result
        == .indeterminate(.sigConstraintsFailure))
    // Content inside may only say the same.
    #expect(try openssl.run(sign + " -nodetach").status == 0)
    let attached = pki.validate(try openssl.read("sig.p7s"), manifest)
    #expect(attached.result == .indeterminate(.tryLater))
    #expect(attached.deviations.contains(.attachedContent))
    #expect(
      pki.validate(try openssl.read("sig.p7s"), manifest + [0]).result == .failed(.formatFailure))
    // SHA-1 proves nothing any more, in the signature as in what binds the certificate.
    let weak = "cms -sign -cades -binary -in manifest -signer signer.pem -inkey key.pem -md sha1"
    #expect(try openssl.run(weak + " -outform DER -out sig.p7s").status == 0)
    #expect(
      pki.validate(try openssl.read("sig.p7s"), manifest).result
        == .indeterminate(.sigConstraintsFailure))
  }
}

/// What an algorithm is worth depends on when the signature provably existed.
@Suite(.enabled(if: OpenSSL.isThere, "the openssl program is not installed"))
struct AlgorithmLifeTests {
  /// 2012-06-01, 2014-06-01 and 2026-11-20.
  static let (good, late, now): (Int64, Int64, Int64) = (1_338_508_800, 1_401_580_800, TestPKI.now)

  @Test func aSignatureWithSHA1CountsWhereItWasStampedInTime() throws {
    let pki = try TestPKI(.rsa3072, validity: Validity(notBefore: 0, notAfter: 4_000_000_000))
    let openssl = try OpenSSL(signingAs: pki)
    let sign =
      "cms -sign -cades -binary -in manifest -signer signer.pem -inkey key.pem -md sha1"
      + " -outform DER -out sig.p7s"
    #expect(try openssl.run(sign).status == 0)
    let list = try TestPKI.list(pki.root, from: 0, to: 4_000_000_000)
    // The program writes its own clock's time into the signature, which is later than the stamp:
    // of a signature that counts, this is the only thing left to say.
    for (time, reason) in [
      (Self.good, SubIndication.timestampOrderFailure), (Self.late, .sigConstraintsFailure),
    ] {
      let stamped = try extend(
        signature: openssl.read("sig.p7s"), timestamp: { try pki.stamp($0, at: time) },
        evidence: ([], [list]))
      let validation = pki.validate(stamped, manifest, now: Self.now)
      #expect(validation.result == .indeterminate(reason))
      #expect(validation.provenTime == time)
    }
  }

  @Test func aListSignedWithSHA1CountsUpToItsTime() throws {
    let pki = try TestPKI(validity: Validity(notBefore: 0, notAfter: 4_000_000_000))
    let openssl = try OpenSSL()
    try openssl.write("root.key", Array(try pki.root.key.pem.utf8))
    try openssl.write("root.pem", Array(pki.root.certificate.pem.utf8))
    try openssl.write("index", [])
    try openssl.write("number", Array("01\n".utf8))
    try openssl.write(
      "ca.conf",
      Array("[ca]\ndatabase=index\ncrlnumber=number\ndefault_md=sha1\ndefault_crl_days=9\n".utf8))
    let made = try openssl.run(
      "ca -config ca.conf -name ca -gencrl -keyfile root.key -cert root.pem -out list.pem")
    #expect(made.status == 0, "\(made.output)")
    let text = String(decoding: try openssl.read("list.pem"), as: UTF8.self)
    let list = try #require(try RevocationList.parsePEM(text).first)
    let now = list.thisUpdate
    let p7s = try pki.sign(manifest, at: now, lists: [list])
    #expect(pki.validate(p7s, manifest, now: now + 60).result == .indeterminate(.tryLater))
  }
}

/// Runs the `openssl` program in a directory of its own.
final class OpenSSL {
  private let directory: URL

  static let isThere = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

  init() throws {
    directory = FileManager.default.temporaryDirectory
      .appending(path: "cades-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: directory.appending(path: name))
  }

  func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: directory.appending(path: name)))
  }

  /// The arguments are the words of `command`.
  func run(_ command: String) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/openssl")
    process.arguments = command.split(separator: " ").map(String.init)
    process.currentDirectoryURL = directory
    let file = directory.appending(path: "output")
    try write("output", [])
    let handle = try FileHandle(forWritingTo: file)
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: try read("output"), as: UTF8.self))
  }
}

extension OpenSSL {
  /// The program in a folder with the key and certificate of a test's signer, and what is to be signed.
  fileprivate convenience init(signingAs pki: TestPKI) throws {
    try self.init()
    try write("key.pem", Array(try pki.signer.key.pem.utf8))
    try write("signer.pem", Array(pki.signer.certificate.pem.utf8))
    try write("manifest", manifest)
  }
}
