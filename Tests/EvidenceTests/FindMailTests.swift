import Evidence
import Foundation
import Testing

/// Mails by their headers and parts, and by what their encoded bodies say.
struct FindMailTests {
  private static let mail = """
    From: Jan Novak <jan@example.org>\r
    To: "Eva" <eva@example.org>,\r
     Ola <ola@example.org>\r
    Subject: The parcel\r
    MIME-Version: 1.0\r
    Content-Type: multipart/mixed; boundary=sep\r
    \r
    --sep\r
    Content-Type: text/plain; charset=utf-8\r
    \r
    Hello Ola.\r
    Bye, Jan.\r
    --sep\r
    Content-Type: text/html; charset=utf-8\r
    Content-Transfer-Encoding: quoted-printable\r
    \r
    <p>J=C3=A1n <b>No=\r
    vak</b> says</p>\r
    --sep\r
    Content-Type: image/png; name=p.png\r
    Content-Transfer-Encoding: base64\r
    Content-Disposition: attachment; filename="passport.png"\r
    \r
    iVBORw0KGgo=\r
    --sep--\r

    """

  private func found(_ rules: String, _ mail: String = mail) throws -> FindSample {
    try FindSample(mail, rules, "message/rfc822")
  }

  @Test func headersAreTakenAndStayHeaders() throws {
    let sample = try found("{item: a, code: X, headers: [from, TO]}")
    #expect(
      sample.text.hasPrefix(
        """
        From: [1]>\r
        To: "[1]>\r
        Subject: The parcel\r

        """))
    #expect(sample.findings.problems == [])
    #expect(sample.findings.matches == [1: 2])
    let subject = try found("{item: a, code: X, headers: [Subject, X-Nothing], show: initials}")
    #expect(subject.text.contains("Subject: [1: T. p.]\r\n"))
    #expect(subject.problems == [.headerMissing(rule: 1, name: "X-Nothing")])
  }

  @Test(arguments: [
    ("1", "\r\n\r\n[1].\r\n--sep"), ("text/plain", "\r\n\r\n[1].\r\n--sep"),
    ("text/*", "\r\n\r\n[1].\r\n--sep"), ("3", "\r\n\r\n[1: encoded]=\r\n--sep--"),
    ("passport.*", "\r\n\r\n[1: encoded]=\r\n--sep--"),
    ("image/*", "\r\n\r\n[1: encoded]=\r\n--sep--"),
  ])
  func partsAreTakenAndStayParts(pattern: String, expected: String) throws {
    let sample = try found("{item: a, code: X, parts: ['\(pattern)']}")
    #expect(sample.text.contains(expected), "\(sample.text)")
    #expect(sample.findings.problems == [])
  }

  @Test func whatAMailLacksIsNamed() throws {
    #expect(
      try found("{item: a, code: X, parts: ['7', 'x.doc']}").problems
        == [.partMissing(rule: 1, part: "7"), .partMissing(rule: 1, part: "x.doc")])
    #expect(
      try found("{item: a, code: X, parts: ['7'], optional: true}").findings.problems == [])
    #expect(
      try FindSample("x", "{item: a, code: X, headers: [From]}").problems == [.notAMail(rule: 1)])
    #expect(
      try found("{item: a, code: X, headers: [From], optional: true}", "no mail").problems
        == [.notAMail(rule: 1)])
    #expect(
      try found("{item: a, code: X, match: mail}", "no mail").text == "no [1]")
  }

  @Test func encodedBodiesAreSearchedByWhatTheySay() throws {
    let sample = try found("{item: a, code: X, terms: [Jan Novak], show: pseudonym}")
    #expect(sample.text.hasPrefix("From: [1: PERSON-1] <jan@"))
    // Over a soft line break and a tag, both of which stay.
    #expect(
      sample.text.contains("[1: PERSON-1]=\r\n[1]</b> says</p>")
        || sample.text.contains("<p>[1: PERSON-1]"))
    #expect(!sample.text.contains("vak"))
    #expect(sample.findings.matches == [1: 2])
    #expect(sample.problems == [.attachmentNotRead(rule: 1)])
  }

  @Test func aFinderSeesOnlyItsHeadersOrParts() throws {
    let header = try found("{item: a, code: X, headers: [From], detect: [email]}")
    #expect(header.text.contains("From: Jan Novak <[1]>\r\nTo: \"Eva\" <eva@example.org>"))
    #expect(header.findings.matches == [1: 1])
    let part = try found("{item: a, code: X, parts: ['1'], terms: [Ola]}")
    #expect(part.text.contains("Hello [1].") && part.text.contains(" Ola <ola@"))
  }

  /// 57 bytes are a line of base64.
  private func encoded(_ text: String) -> String {
    let lines = Data(text.utf8).base64EncodedString(options: [
      .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
    ])
    return "From: a\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
      + "Content-Transfer-Encoding: base64\r\n\r\n\(lines)\r\n"
  }

  /// What a decoder that skips foreign characters reads, as most do.
  private func decoded(_ mail: String) -> String {
    let body = mail.split(separator: "\r\n\r\n", maxSplits: 1).last ?? ""
    let signs = body.utf8.filter { isBase64Sign($0) }
    let whole = signs.prefix(signs.count / 4 * 4)
    let data = Data(base64Encoded: String(decoding: whole, as: UTF8.self)) ?? Data()
    return String(decoding: data, as: UTF8.self)
  }

  private func isBase64Sign(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F: true
    default: false
    }
  }

  @Test(arguments: ["X", "XY", "PD-NAME", "INF"], ["", ", show: pseudonym", ", show: \"a=b\""])
  func whatFollowsAPlaceholderInBase64StaysReadable(code: String, show: String) throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20 {
      let before = (0..<Int.random(in: 0..<300, using: &random)).map { _ in
        String(UnicodeScalar(UInt8.random(in: 32...126, using: &random)))
      }.joined()
      let tail = String(repeating: "The end is here? ", count: 12)
      let content = encoded("\(before) Jan Novak \(tail)")
      let sample = try FindSample(
        content, "{item: a, code: \(code), terms: [Jan Novak]\(show)}", "message/rfc822")
      // As a recipient has it: `[REDACTED code: shown]`.
      var text = sample.text
      for cut in sample.findings.cuts {
        let label = "[1\(cut.shown.map { ": \($0)" } ?? "")]"
        text = text.replacing(label, with: "[REDACTED \(code)\(cut.shown.map { ": \($0)" } ?? "")]")
      }
      let plain = decoded(text)
      #expect(!plain.contains("Novak"))
      #expect(
        plain.contains("The end is here? The end is here? The end is here"), "\(text)\n\(plain)")
      #expect(sample.findings.matches == [1: 1])
    }
  }

  @Test func anEncodedWordGoesAsAWhole() throws {
    let sample = try found(
      "{item: a, code: X, terms: [Ján Novák]}",
      "Subject: of =?utf-8?B?SsOhbiBOb3bDoWs=?= and more\r\nFrom: a\r\n\r\nx\r\n")
    #expect(!sample.text.contains("SsOh") && !sample.text.contains("utf"))
    #expect(sample.text == "Subject: of =?[1]=?= and more\r\nFrom: a\r\n\r\nx\r\n")
  }

  @Test func nothingIsFoundAcrossWhatIsWithheld() throws {
    // Leaf 0 is From, then `: `, a, CRLF CRLF, Jan, a blank, Novak.
    let mail = "From: a\r\n\r\nJan Novak Jan Novak"
    let sample = try FindSample(
      mail, "{item: a, code: X, match: 'Jan[^,]*Novak'}", "message/rfc822", withheld: [6])
    #expect(sample.text == "From: a\r\n\r\nJan  [1]")
    #expect(sample.findings.cuts.map(\.leaves) == [8..<11])
    let blank = try FindSample(
      mail, "{item: a, code: X, match: 'Jan Novak'}", "message/rfc822", withheld: [5])
    #expect(blank.findings.cuts.map(\.leaves) == [8..<11])
  }

  @Test func aMailThatIsTooLongIsAnObstacle() throws {
    let body = String(repeating: "a", count: 17 << 20)
    let sample = try found("{item: a, code: X, match: Jan}", "From: Jan\r\n\r\n\(body)")
    #expect(sample.problems == [.tooLongToDecode(rule: 1)])
    #expect(FindProblem.tooLongToDecode(rule: 1).weight == .obstacle)
  }

  @Test func markupIsSearchedByWhatItSays() throws {
    let page = "<p title=\"J&#225;n\">J&aacute;n <i>Novak</i></p>"
    let sample = try FindSample(page, "{item: a, code: X, terms: [Jan Novak]}", "text/html")
    #expect(sample.text.contains("title=\"J&#225;n\""))
    #expect(!sample.text.contains("Novak") && !sample.text.contains("aacute"))
    #expect(sample.findings.matches == [1: 1])
  }

  @Test func theWordsOfAPageGoWithTheirPlaces() throws {
    let words = """
      page,line,x,y,width,height,text
      1,1,10,20,30,9,Jan
      1,1,45,20,50,9,Novak
      1,2,10,40,30,9,came

      """
    let sample = try FindSample(
      words, "{item: a, code: X, terms: [Jan Novak]}", "text/csv", isPageWords: true)
    #expect(
      sample.text == """
        page,line,x,y,width,height,text
        [1],[1],[1],[1],[1],[1],[1]
        [1],[1],[1],[1],[1],[1],[1]
        1,2,10,40,30,9,came

        """)
  }
}
