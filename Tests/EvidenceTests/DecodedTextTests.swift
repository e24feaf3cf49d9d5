import Evidence
import SeededNumbers
import Testing

/// Where decoded text comes from: each find leads back to the bytes that must go.
struct DecodedTextTests {
  /// The raw bytes of every range that a text's first find of `value` comes from.
  private func raw(_ value: String, of text: DecodedText, in raw: [UInt8]) throws -> [String] {
    let place = try #require(text.bytes.firstRange(of: Array(value.utf8)))
    return text.sources(of: place).map { String(decoding: raw[$0], as: UTF8.self) }
  }

  private func bodyText(_ mail: [UInt8]) throws -> DecodedText {
    try #require(try mailText(mail).parts.first?.text)
  }

  private func mail(_ encoding: String, _ body: String, _ type: String = "text/plain") -> [UInt8] {
    Array(
      "Subject: x\nContent-Type: \(type)\nContent-Transfer-Encoding: \(encoding)\n\n\(body)".utf8)
  }

  @Test func aSoftLineBreakIsNotInTheRanges() throws {
    let mail = mail("quoted-printable", "write to jan=40post.=\nexample now =C3=A9")
    let text = try bodyText(mail)
    #expect(String(decoding: text.bytes, as: UTF8.self) == "write to jan@post.example now é")
    #expect(try raw("jan@post.example", of: text, in: mail) == ["jan=40post.", "example"])
    #expect(try raw("é", of: text, in: mail) == ["=C3=A9"])
  }

  @Test func base64GivesItsGroupsAndTheirLines() throws {
    let mail = mail("base64", "V3JpdGUgdG8g\namFuQHBvc3Qu\nZXhhbXBsZSBu\nb3ch\n")
    let part = try #require(try mailText(mail).parts.first)
    let text = try #require(part.text)
    #expect(String(decoding: text.bytes, as: UTF8.self) == "Write to jan@post.example now!")
    #expect(
      try raw("jan@post.example", of: text, in: mail) == ["amFuQHBvc3Qu", "ZXhhbXBsZSBu"])
    let place = try #require(text.bytes.firstRange(of: Array("post".utf8)))
    let sources = text.sources(of: place)
    let lines = part.encodedLines(covering: sources[0].lowerBound..<sources[0].upperBound)
    #expect(String(decoding: mail[lines], as: UTF8.self) == "amFuQHBvc3Qu")
  }

  @Test func linesThatEndInsideAGroupGoTogether() throws {
    let mail = mail("base64", "V3JpdG\nUgdG8g\namFuQHBv\nc3Q=\n")
    let part = try #require(try mailText(mail).parts.first)
    let start = part.rawBody.lowerBound
    #expect(part.encodedLines(covering: start + 8..<start + 9) == start..<start + 13)
    #expect(part.encodedLines(covering: start + 15..<start + 16) == start + 14..<start + 22)
  }

  @Test func tagsAndReferencesAreSeveralRanges() throws {
    let page = Array("<p>mail <b>jan</b>&#64;post<wbr>.ex&shy;ample<p>&copy; x".utf8)
    let text = markupText(page)
    #expect(String(decoding: text.bytes, as: UTF8.self) == "mail jan@post.example\n© x\n")
    #expect(
      try raw("jan@post.example", of: text, in: page) == ["jan", "&#64;post", ".ex", "ample"])
    #expect(try raw("©", of: text, in: page) == ["&copy;"])
  }

  @Test func markupBehindQuotedPrintableLeadsToTheRawMail() throws {
    let mail = mail(
      "quoted-printable",
      "<a href=3D\"mailto:x@y.org\">jan&#6=\n4;po<i>st</i>.ex=\nample</a>=C3=BC",
      "text/html; charset=utf-8")
    let part = try #require(try mailText(mail).parts.first)
    let text = try #require(part.text)
    #expect(String(decoding: text.bytes, as: UTF8.self) == "jan@post.exampleü\nmailto:x@y.org\n")
    #expect(
      try raw("jan@post.example", of: text, in: mail)
        == ["jan&#6=\n4;po", "st", ".ex", "ample"])
    #expect(try raw("x@y.org", of: text, in: mail) == ["x@y.org"])
    #expect(
      part.source.map { String(decoding: $0.bytes, as: UTF8.self) }?.hasPrefix("<a href=\"") == true
    )
  }

  @Test func encodedWordsMapCharacterByCharacterOrWhole() throws {
    let mail = Array(
      "Subject: =?utf-8?Q?J=C3=BCrgen_M?= =?UTF-8?Q?=C3=BCller?= and\n =?utf-8?B?SmFuIE5vdmFr?=\n\nx"
        .utf8)
    let field = try #require(try mailText(mail).headers.first)
    #expect(String(decoding: field.text.bytes, as: UTF8.self) == "Jürgen Müller and Jan Novak")
    #expect(try raw("Müller", of: field.text, in: mail) == ["M", "=C3=BCller"])
    #expect(try raw("Novak", of: field.text, in: mail) == ["SmFuIE5vdmFr"])
  }

  @Test func namesInPiecesAreFound() throws {
    let mail = Array(
      "Content-Disposition: attachment;\n filename*0*=utf-8''J%C3%BCrgen; filename*1=\".txt\"\n\nx"
        .utf8)
    let read = try mailText(mail)
    #expect(read.parts.first?.fileName == "Jürgen.txt")
    let field = try #require(read.headers.first)
    #expect(try raw("Jürgen.txt", of: field.text, in: mail) == ["J%C3%BCrgen", ".txt"])
  }

  @Test func utf16AndLatin1MapTheirUnits() throws {
    let page: [UInt8] = [0xFF, 0xFE] + Array("jan@x".utf8).flatMap { [$0, 0] }
    let text = markupText(page)
    let place = try #require(text.bytes.firstRange(of: Array("n@".utf8)))
    #expect(text.sources(of: place) == [6..<10])
    let latin = Array("<?xml encoding='iso-8859-1'?>M".utf8) + [0xFC] + Array("ller".utf8)
    #expect(try raw("Müller", of: markupText(latin), in: latin) == ["M\u{FFFD}ller"])
  }

  @Test func wordsComeFromTheirRows() throws {
    let page = Array(
      "page,line,x,y,width,height,text\n1,1,10,20,30,10,Jan\n1,1,50,20,30,10,\"No\"\"vak\"\n1,2,10,40,30,10,x\n"
        .utf8)
    let text = try #require(wordsText(page))
    #expect(String(decoding: text.bytes, as: UTF8.self) == "Jan No\"vak\nx")
    #expect(
      try raw("Jan No\"vak", of: text, in: page)
        == ["1,1,10,20,30,10,Jan", "1,1,50,20,30,10,\"No\"\"vak\""])
    #expect(try raw("o\"v", of: text, in: page) == ["1,1,50,20,30,10,\"No\"\"vak\""])
  }

  @Test(arguments: [
    "", "page,line\n", "page,line,x,y,width,height,text\n1,1,1,1,1,1\n",
    "page,line,x,y,width,height,text\n1,1,1,1,1,1,\"open\n",
    "page,line,x,y,width,height,text\n1,1,1,1,1,1,\"a\"b\n",
    "page,line,x,y,width,height,text\n\n", "page,line,x,y,width,height,text\n1,1,1,1,1,1,a,b\n",
  ])
  func otherTablesAreNoPageWords(table: String) { #expect(wordsText(Array(table.utf8)) == nil) }

  @Test func aPageWithoutWordsIsEmpty() throws {
    let text = try #require(wordsText(Array("page,line,x,y,width,height,text\r\n".utf8)))
    #expect(text.bytes.isEmpty)
  }

  /// A value written in every way, at every place: cut where it comes from, it is gone, and the rest
  /// is as before.
  @Test func whatIsCutIsGoneAndTheRestStays() throws {
    var generator = SplitMix64(seed: 7)
    let value = Array("jan@post.example".utf8)
    for _ in 0..<2_000 {
      var page = Array("<p>before ".utf8)
      for byte in value {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: page += Array("&#\(byte);".utf8)
        case 1: page += Array("<b>".utf8) + [byte] + Array("</b>".utf8)
        case 2: page += Array("&shy;".utf8) + [byte]
        default: page.append(byte)
        }
      }
      page += Array(" after".utf8)
      var text = markupText(page)
      let place = try #require(text.bytes.firstRange(of: value))
      for range in text.sources(of: place).reversed() { page.removeSubrange(range) }
      text = markupText(page)
      #expect(String(decoding: text.bytes, as: UTF8.self) == "before after\n")
    }
  }
}
