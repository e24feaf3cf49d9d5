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
    "<user%example.com@example.org>", "<δοκιμή@παράδειγμα.ελ>", "邮箱 <李@例子.中国>",
    "<x@xn--e1afmkfd.xn--p1ai>",
    "<a_b@c-d.example>\n", "@@", "a@@b.c", "@", "jan at x.org", "a@-x.org", "a@b.", "a@b.1",
    "a@ b.org",
    "a @b.org", "jan@localhost", "%40", "a%40b", "\"@x.org\"", "(@)", "x@y",
  ])
  func emails(text: String) throws { try check(.email, text) }

  @Test(arguments: [
    "<192.0.2.1>", "from <10.0.0.255>:80", "<1.2.3.4>/24", "<1.2.3.4>.", "[<1.2.3.4>]",
    "1.2.3.4.5", "256.1.1.1", "1.2.3", "v1.2.3.4", "1.2.3.4b", "1.2.3.4444", "<010.001.000.099>",
    "ip_<1.2.3.4>_x", "é<1.2.3.4>é", "<1.2.3.4>-<5.6.7.8>", "1..2.3.4", "0001.2.3.4",
    "[<10.0.0.1>]", "<192.0.2.1>:", "é<192.0.2.200>", "<1.0.0.1>;x", "'<9.9.9.9>'",
    "<203.0.113.7> - -",
    "::ffff:<1.2.3.4>", "<8.8.8.8>\t<8.8.4.4>", "адрес <10.1.2.3>,", "来自<172.16.0.1>的",
    "<127.0.0.1>:8080/x",
    "http://<192.0.2.7>/a", "<0.0.0.0>", "<255.255.255.255>", "\"<10.0.0.1>\"", "<1.1.1.1>\n",
    "-<9.9.9.9>",
    "1.2.3.", ".1.2.3", "1,2,3,4", "1.2.3.256", "300.1.1.1", "a1.2.3.4", "1 .2.3.4", "1.2.3.x",
    "1.2.3.1000", "1:2:3:4", "1.2", "10.20", "x.y.z.w",
  ])
  func ipv4Addresses(text: String) throws { try check(.ipv4, text) }

  @Test(arguments: [
    "<2001:db8::1>", "[<2001:db8::1>]:443", "client=<fe80::1>%eth0", "addr:<2001:db8::2>.",
    "<::1>", "<2001:0db8:0000:0000:0000:ff00:0042:8329>", "<::ffff:192.0.2.1>", "at <fe80::>",
    "12:34:56",
    "::", "std::vector", "de:ad:be:ef:00:11", "<2001:db8::1>: said", "2001:db8::1::2",
    "x2001:db8::1",
    "<2001:DB8::ABCD>", "<fe80::1:2:3>%1", "адрес <2001:db8::5>", "地址<2001:db8::6>。",
    "<2001:db8::7>/64",
    "(<::ffff:0:0>)", "\"<2001:db8::8>\"", "<2001:db8::9>,<2001:db8::a>", "[<::2>]",
    "=<2001:db8:0:0:1::1>",
    "12:34", "00:11:22:33:44:55", "::g", ":::", "a::b::c", "1::2::3", "12345::1", ":1:2",
    "key::value", "x::1",
    "2001:db8::1x", "1:2:3:4:5:6:7:8:9", "<1:2:3:4:5:6:7:8>", "a:b", "Foo::Bar",
  ])
  func ipv6Addresses(text: String) throws { try check(.ipv6, text) }

  @Test(arguments: [
    "call <+351 21 555 0123>.", "<+4930123456>", "<00420 603 123 456>", "<+1 (212) 555-0100>",
    "+12",
    "x+35121555012", "0 123 456 789", "+1234567890123456", "1+1=2", "0.001337 200 200 0 57",
    // National forms.
    "soita <040 123 4567>", "<01 23 45 67 89>", "<0171/1234567>", "<(030) 123456>",
    "<020 7946 0881>!",
    "<06-12345678>", "<912 345 678>,x", "<212-555-0100>", "<(11) 91234-5678>", "<1-800-555-0100>",
    "8 <(495) 123-45-67>", "<138 1234 5678>", "<98765 43210>", "<21 123 4567>", "<044 668 18 00>",
    "0401234567", "01.02.2026 10", "912 345 678,50", "912 345 678 EUR", "$912 345 678",
    "05.12345678",
    "123 456 789", "12-34-56", "2026 03 03", "0123 4567 8901", "9-780-306-40615", "040 123 4567-8",
    "192.168.010.001", "#040 123 4567", "555-0100", "10 000 000", "00:01:02 03",
    // Announced by a word.
    "Tel. <5550123>", "\"phone\": \"<912345678>\"", "telemóvel: <912345678>", "puh <0401234567>",
    "телефон <84951234567>", "consignee_phone=<4477009002>", "phone no. <555012>",
    "Tél.: <12 34 56>",
    "hotel 5550123", "tel 12345", "telnet 192168", "phones: 5550123",
    // Spaces that don't break, hyphens of any width, URLs, further numbers behind.
    "<+44\u{A0}7700\u{A0}900004>", "<040\u{2011}123\u{2011}4567>", "?to=<%2B351912345678>",
    "<+351 912 345 678 100> 2026", "电话 <+86 138 1234 5678>", "٠٤٠ <+358401234567>",
  ])
  func phoneNumbers(text: String) throws { try check(.phone, text) }

  @Test(arguments: [
    "<DE89370400440532013000>", "<DE89 3704 0044 0532 0130 00> Berlin", "<gb82west12345698765432>;",
    "DE88370400440532013000", "XDE89370400440532013000", "cc116c5f05e2b9d4c6f537aee4f6d08c",
    "<DE89 3704 0044 0532 0130 00>, DE89370400440532013000EUR", "QQ00000000000000",
    "to <FI2112345600000785>, <PT50000201231234567890154>",
    "IBAN<DE89370400440532013000>", "IBAN: <DE89-3704-0044-0532-0130-00>", "счёт <NO9386011117947>",
    "<DE89\u{A0}3704\u{A0}0044\u{A0}0532\u{A0}0130\u{A0}00>", "(<BE68539007547034>)",
    "<fr1420041010050500013m02606>",
    "<MT84MALT011000012345MTLCAST001S>", "<CH9300762011623852957>/x", "帐户<GB82WEST12345698765432>",
    "<ES9121000418450200051332>", "<NL91ABNA0417164300>;", "<se4550000000058398257466>",
    "\"<IT60X0542811101000000123456>\"",
    "<PL61109010140000071219812874>\n", "<AT611904300234573201>", "NL91ABNA0417164301", "NL91 ABNA",
    "IBAN", "FR14 2004",
    "es9121000418450200051333", "AT6119043002345732010", "DE8937040044053201300",
    "DE893704004405320130000", "FI2112345600000786", "DE89  3704 0044 0532 0130 00",
    "ZZ89370400440532013000", "de89-3704", "BIBANDE89370400440532013000", "GB82 WEST", "PT5",
    "LV80BANK000043519500",
  ])
  func accountNumbers(text: String) throws { try check(.iban, text) }

  @Test(arguments: [
    "<4111 1111 1111 1111>", "<5555555555554444>", "<3782-822463-10005>", "4111 1111 1111 1112",
    "1234567890123452",
    "id=<4111111111111111>;", "x4111111111111111",
    // An expiry date and a code follow.
    "<4111 1111 1111 1111> 12/27 123", "карта <5555-5555-5555-4444>", "1,<4242424242424242>,18.45",
    "<4222222222222>", "<6011000990139424>", "<3530 1113 3330 0000>", "<2221000000000009>",
    "<30569309025904>", "<6759649826438453>", "<6200000000000005>", "<4111.1111.1111.1111>",
    "<4111\u{A0}1111\u{A0}1111\u{A0}1111>", "卡号：<4111111111111111>。", "<5105 1051 0510 5100>\n2026",
    "0.4111111111111111", "4111111111111111.5", "41111111111111110000", "4111 11111 111 1111",
    "<3714 496353 98431>", "[<5019717010103742>]", "<4000056655665556>\n", "0411111111111111",
    "1234 5678 9012 3452",
    "4111-1111-1111", "9111111111111111", "1000000000000008", "4111 1111 1111", "5000-0000-0000",
    "3411111111111111",
    "7000000000000005", "a4111111111111111", "4111111111111111b", "2720999999999999",
    "0000000000000000",
  ])
  func cardNumbers(text: String) throws { try check(.card, text) }

  func check(_ detector: Detector, _ marked: String) throws {
    var expected: [Range<UInt64>] = []
    var bytes: [UInt8] = []
    // A closing mark that closes nothing is a character of the text.
    var begun: UInt64?
    for byte in marked.utf8 {
      if byte == UInt8(ascii: "<") {
        begun = UInt64(bytes.count)
      } else if byte == UInt8(ascii: ">"), let start = begun {
        expected.append(start..<UInt64(bytes.count))
        begun = nil
      } else {
        bytes.append(byte)
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
