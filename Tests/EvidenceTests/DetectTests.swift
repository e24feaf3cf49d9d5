import Evidence
import Redaction
import Testing

/// Each text has what should be found between `<` and `>`.
struct DetectTests {
  @Test(arguments: [
    "to <jan.novak@example.org>, thanks", "(<a@b.co>)", "mailto:<x+y_z-1@mail.example.co.uk>.",
    "email=<foo@bar.com>&x", "GET /?user=<foo%40bar.com> HTTP", "'<o@x.org>'", "<jürgen@müller.de>",
    "“<иван@почта.рф>”", "<bounce+jan=example.org@list.example>",
    "<SRS0=ab=cd=ex.org=jan@fwd.example>",
    "a@b", "@x.org", "foo@.com", "foo@bar", "x @ y.org", "<a@b.example>,<c@d.example>",
    "..<a@b.org>..",
    "<a@[192.0.2.1]>", "foo@1.2", "<a@x.org>\u{0}", "key: \"<a@b.cz>\"",
  ])
  func emails(text: String) throws { try check(.email, text) }

  @Test(arguments: [
    "<192.0.2.1>", "from <10.0.0.255>:80", "<1.2.3.4>/24", "<1.2.3.4>.", "[<1.2.3.4>]",
    "1.2.3.4.5", "256.1.1.1", "1.2.3", "v1.2.3.4", "1.2.3.4b", "1.2.3.4444", "<010.001.000.099>",
    "ip_<1.2.3.4>_x", "é<1.2.3.4>é", "<1.2.3.4>-<5.6.7.8>", "1..2.3.4", "0001.2.3.4",
    "::ffff:<1.2.3.4>",
  ])
  func ipv4Addresses(text: String) throws { try check(.ipv4, text) }

  @Test(arguments: [
    "<2001:db8::1>", "[<2001:db8::1>]:443", "client=<fe80::1>%eth0", "addr:<2001:db8::2>.",
    "<::1>", "<2001:0db8:0000:0000:0000:ff00:0042:8329>", "<::ffff:192.0.2.1>", "at <fe80::>",
    "12:34:56",
    "::", "std::vector", "de:ad:be:ef:00:11", "<2001:db8::1>: said", "2001:db8::1::2",
    "x2001:db8::1",
    "2001:db8::1x", "1:2:3:4:5:6:7:8:9", "<1:2:3:4:5:6:7:8>", "a:b", "Foo::Bar",
  ])
  func ipv6Addresses(text: String) throws { try check(.ipv6, text) }

  @Test(arguments: [
    "call <+351 21 555 0123>.", "<+4930123456>", "<00420 603 123 456>", "<+1 (212) 555-0100>",
    "+12",
    "x+35121555012", "0 123 456 789", "+1234567890123456", "1+1=2", "0.001337 200 200 0 57",
  ])
  func phoneNumbers(text: String) throws { try check(.phone, text) }

  @Test(arguments: [
    "<DE89370400440532013000>", "<DE89 3704 0044 0532 0130 00> Berlin", "<gb82west12345698765432>;",
    "DE88370400440532013000", "XDE89370400440532013000", "cc116c5f05e2b9d4c6f537aee4f6d08c",
    "<DE89 3704 0044 0532 0130 00>, DE89370400440532013000EUR", "QQ00000000000000",
    "to <FI2112345600000785>, <PT50000201231234567890154>",
  ])
  func accountNumbers(text: String) throws { try check(.iban, text) }

  @Test(arguments: [
    "<4111 1111 1111 1111>", "<5555555555554444>", "<3782-822463-10005>", "4111 1111 1111 1112",
    "1234567890123452",
    "id=<4111111111111111>;", "x4111111111111111",
  ])
  func cardNumbers(text: String) throws { try check(.card, text) }

  private func check(_ detector: Detector, _ marked: String) throws {
    var expected: [Range<UInt64>] = []
    var bytes: [UInt8] = []
    for byte in marked.utf8 {
      switch byte {
      case UInt8(ascii: "<"): expected.append(UInt64(bytes.count)..<UInt64(bytes.count))
      case UInt8(ascii: ">"):
        expected[expected.count - 1] = expected[expected.count - 1].lowerBound..<UInt64(bytes.count)
      default: bytes.append(byte)
      }
    }
    let policy = try Policy(
      yaml: Array("rules: [{item: a, code: X, detect: [\(detector.rawValue)]}]".utf8))
    // A grid of single bytes shows the bytes that a detector takes.
    var finder = try Finder(rules: policy.rules, form: .text, mediaType: "text/plain")
    let found = try search(&finder, bytes.map { [$0] })
    #expect(found.cuts.map(\.leaves) == expected)
  }
}

/// Gives leaves to a finder, as a scanner of an item would.
func search(_ finder: inout Finder, _ leaves: [[UInt8]]) throws -> Findings {
  for (number, leaf) in leaves.enumerated() {
    try leaf.withUnsafeBytes { try finder.push(leaf: UInt64(number), bytes: $0) }
    try finder.end(leaf: UInt64(number))
  }
  return try finder.finish()
}
