import Evidence
import Foundation
import SeededNumbers
import Testing

/// What a person or a program reads in HTML and XML.
struct MarkupTests {
  private func text(_ page: String) -> String {
    String(decoding: markupText(Array(page.utf8)).bytes, as: UTF8.self)
  }

  @Test(arguments: [
    ("a<b>b</b><i>c</i>", "abc\n"), ("a<p>b<br>c", "a\nb\nc\n"), ("<td>a</td><td>b</td>", "a\nb\n"),
    ("a  \n b", "a b\n"), ("<pre>a  b\n c</pre>", "a  b\n c\n"), ("a&nbsp;b&#8239;c", "a b c\n"),
    ("a&shy;b<wbr>c\u{200B}d\u{FEFF}e", "abcde\n"), ("&lt;b&gt; &amp;amp;", "<b> &amp;\n"),
    ("jan&commat;x&period;org", "jan@x.org\n"), ("&eacute;&Eacute;&#233;&#xe9;&#XE9", "éÉééé\n"),
    ("&euro;&#128;&#x80;", "€€€\n"),
    ("&#0;&#xD800;&#x110000;&#99999999999;", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\n"),
    ("&copy 1 &nope; & &;", "© 1 &nope; & &;\n"), ("&notit;", "¬it;\n"),
    ("<a href='m&#97;ilto:x'>y</a>", "y\nmailto:x\n"), ("<a b=c d='e' f=\"g\">", "c\ne\ng\n"),
    ("<a href=?a&copy=1&copy>", "?a&copy=1©\n"), ("x<!-- jan -->y", "xy\n jan \n"),
    ("<script>var a='<b>';</script>x", "x\nvar a='<b>';\n"), ("<style>p{}</style>", "p{}\n"),
    ("<title>a &amp; <b></title>c", "a & <b>\nc\n"), ("<textarea>a<b></textarea>", "a<b>\n"),
    ("<![CDATA[a<b>&amp;]]>c", "a<b>&amp;c\n"), ("<!doctype html>x", "x\ndoctype html\n"),
    ("<?xml version='1'?><a><title>t<b/></title></a>", "t\nxml version='1'?\n"),
    ("a < b > c", "a < b > c\n"), ("a<", "a<\n"), ("a</", "a\n"), ("</>x", "x\n"),
    ("<a b='c", "c\n"),
    ("<!--x", "x\n"), ("<!--", ""), ("<!-->y", "y\n"), ("<a/b/c=d/>e", "e\nd/\n"),
    ("<x:span>a</x:span>b", "ab\n"),
    ("<A HREF=x>y</A>z", "yz\nx\n"), ("<img alt='J\u{FC}rgen'>", "Jürgen\n"), ("", ""),
    ("<script>x", "x\n"),
    ("<script>a</scripty>b</SCRIPT >c", "c\na</scripty>b\n"), ("日本<b>語</b>", "日本語\n"),
    ("<meta name=author content='Jan N.'>", "author\nJan N.\n"),
    ("<p data-dob=1951-03-17>", "1951-03-17\n"),
  ])
  func pages(page: String, expected: String) { #expect(text(page) == expected) }

  @Test func declaredCharsetsAreRead() {
    let body: [UInt8] = Array("<meta charset=\"iso-8859-1\">".utf8) + [0xE9]
    #expect(markupText(body).bytes.starts(with: Array("é".utf8)))
    let russian: [UInt8] = Array("<?xml encoding='koi8-r'?>".utf8) + [0xF0, 0xD2]
    #expect(markupText(russian).bytes.starts(with: Array("Пр".utf8)))
    #expect(markupText([0x61, 0x80]).bytes == Array("a€\n".utf8))
  }

  @Test func pythonReadsTheSame() throws {
    let seed = UInt32.random(in: 0...UInt32.max)
    print("markup: seed \(seed)")
    guard let lines = try ReferenceProgram.lines("markup_ref.py", ["\(seed)", "2000"]) else {
      return
    }
    for line in lines {
      let row = try JSONDecoder().decode([String].self, from: Data(line.utf8))
      #expect(text(row[0]) == row[1], "\(row[0].debugDescription)")
    }
    print("markup: \(lines.count) pages, as html.parser reads them")
  }

  @Test func changedPagesNeverTrapAndStayInsideTheirBytes() {
    let page = Array(
      "<!doctype html><meta charset=utf-8><p title='a&amp;b'>x&#x41;<!--c--><script>d</script>é<![CDATA[e]]></p>"
        .utf8)
    var generator = SplitMix64(seed: 9)
    for _ in 0..<5_000 {
      var bytes = page
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let index = Int.random(in: bytes.indices, using: &generator)
        if Bool.random(using: &generator) {
          bytes[index] = .random(in: 0...255, using: &generator)
        } else {
          bytes.removeSubrange(index..<min(bytes.count, index + 3))
        }
        if bytes.isEmpty { bytes = [0x3C] }
      }
      let text = markupText(bytes)
      #expect(String(validating: text.bytes, as: UTF8.self) != nil)
      let sources = text.sources(of: 0..<text.bytes.count)
      #expect(sources.allSatisfy { $0.upperBound <= bytes.count })
    }
  }

  @Test(arguments: [
    "<", "<a b=\"", "&", "&#", "<!--", "<title>", "</", "<![CDATA[", "a<b>", "<a ", "&copy",
  ])
  func timeIsLinear(row: String) {
    let page = Array(String(repeating: row, count: 300_000 / row.utf8.count).utf8)
    let start = ContinuousClock.now
    _ = markupText(page)
    #expect(ContinuousClock.now - start < .seconds(20))
  }
}
