import Evidence
import Foundation
import SeededNumbers
import Testing

/// Mails as other people write them, and as nobody should.
struct MailTests {
  private func text(_ text: DecodedText?) -> String? {
    text.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  private func paths(_ mail: String) throws -> [String] {
    try mailText(Array(mail.utf8)).parts.map { "\($0.path) \($0.mediaType)" }
  }

  @Test func partsAreNumberedAsInIMAP() throws {
    let mail = """
      Subject: x
      Content-Type: multipart/mixed; boundary=out

      --out

      one
      --out
      Content-Type: multipart/alternative; boundary="in side"

      --in side
      Content-Type: TEXT/HTML

      <b>two</b>
      --in side--
      --out
      Content-Type: message/rfc822

      Subject: inner
      Content-Type: multipart/mixed; boundary=deep

      --deep

      three
      --deep--
      --out
      Content-Type: message/rfc822

      Subject: plain

      four
      --out--
      """
    #expect(
      try paths(mail) == [
        "1 text/plain", "2 multipart/alternative", "2.1 text/html", "3 message/rfc822",
        "3.1 text/plain", "4 message/rfc822", "4.1 text/plain",
      ])
    let read = try mailText(Array(mail.utf8))
    #expect(read.parts.map { text($0.text) } == ["one", nil, "two\n", nil, "three", nil, "four"])
    #expect(read.parts[3].messageHeaders.map(\.name) == ["Subject", "Content-Type"])
    #expect(
      read.allFields.map(\.name) == [
        "Subject", "Content-Type", "Content-Type", "Content-Type", "Content-Type", "Subject",
        "Content-Type", "Content-Type", "Subject",
      ])
    // A body ends before the line end that belongs to the boundary.
    #expect(mail.utf8.count > read.parts[0].rawBody.upperBound)
    #expect(Array(Array(mail.utf8)[read.parts[0].rawBody]) == Array("one".utf8))
  }

  @Test func foldsAndMixedLineEndsAreRead() throws {
    let mail = Array("Subject: a\r\n b\n\tc \r\nTo:x\n\r\nbody\r\n".utf8)
    let read = try mailText(mail)
    #expect(read.headers.map { text($0.text) } == ["a b\tc", "x"])
    #expect(
      read.headers.map { String(decoding: mail[$0.range], as: UTF8.self) } == ["a\r\n b\n\tc", "x"])
    #expect(read.headers[0].isNamed("SUBJECT"))
    #expect(text(read.parts.first?.text) == "body\r\n")
  }

  @Test func multipartsWithoutBoundaryOrEndAreRead() throws {
    #expect(try paths("A: b\nContent-Type: multipart/mixed\n\n--x\n") == ["1 multipart/mixed"])
    let none = try mailText(Array("A: b\nContent-Type: multipart/mixed; boundary=x\n\ntext".utf8))
    #expect(text(none.parts.first?.text) == "text")
    let open = "Content-Type: multipart/mixed; boundary=x\n\n--x\n\na\n--x\n\nb"
    #expect(try mailText(Array(open.utf8)).parts.map { text($0.text) } == ["a", "b"])
    // What holds a part ends it, too.
    let outer = """
      Content-Type: multipart/mixed; boundary=o

      --o
      Content-Type: multipart/mixed; boundary=i

      --i

      a
      --o

      b
      --o--
      """
    #expect(try paths(outer) == ["1 multipart/mixed", "1.1 text/plain", "2 text/plain"])
  }

  @Test func aBoundaryWithAColonIsNoField() throws {
    let mail = "Content-Type: multipart/mixed; boundary=\"a:b\"\n\n--a:b\n--a:b\n\nx\n--a:b--\n"
    #expect(try mailText(Array(mail.utf8)).parts.map { text($0.text) } == ["", "x"])
  }

  @Test func filesHaveNoTextButTextsSentAsFilesDo() throws {
    func part(_ type: String, _ bytes: [UInt8]) throws -> MailPart? {
      let body = Data(bytes).base64EncodedString()
      let mail = "Content-Type: \(type)\nContent-Transfer-Encoding: base64\n\n\(body)"
      return try mailText(Array(mail.utf8)).parts.first
    }
    #expect(try part("image/png", Array("text".utf8))?.text == nil)
    #expect(try part("application/pdf", Array("%PDF".utf8))?.text == nil)
    #expect(try part("application/zip", [0x50, 0x4B, 3, 4, 0])?.text == nil)
    #expect(text(try part("application/octet-stream", Array("a,b\n".utf8))?.text) == "a,b\n")
    #expect(
      text(try part("application/json", Array("{\"a\":\"é\"}".utf8))?.text) == "{\"a\":\"é\"}")
    #expect(text(try part("image/svg+xml; x=y", Array("<a>t</a>".utf8))?.text) == "t\n")
    #expect(text(try part("application/xml", Array("<a b='c'>t</a>".utf8))?.text) == "t\nc\n")
  }

  @Test func aPageInAMailSaysItsCharset() throws {
    let head = Array("Content-Type: text/html\n\n<meta charset=koi8-r>".utf8)
    let part = try mailText(head + [0xF0, 0xD2]).parts.first
    #expect(text(part?.text)?.hasPrefix("Пр") == true)
  }

  @Test func brokenEncodingsAreReadAsFarAsTheyGo() throws {
    func body(_ encoding: String, _ body: String) throws -> String? {
      let mail = "A: b\nContent-Transfer-Encoding: \(encoding)\n\n\(body)"
      return text(try mailText(Array(mail.utf8)).parts.first?.text)
    }
    #expect(try body("quoted-printable", "a=3D=XX=4=") == "a==XX=4")
    #expect(try body("quoted-printable", "a= \t\r\nb=\n") == "ab")
    #expect(try body("base64", "YWJj!ZGVm*") == "abcdef")
    #expect(try body("base64", "YQ==YmM=ZA") == "abcd")
    #expect(try body("x-unknown", "a=3D") == "a=3D")
    #expect(try body("7bit", "\u{FC}") == "ü")
  }

  @Test func limitsAreErrorsThatSayWhich() {
    func error(_ mail: [UInt8]) -> MailError? {
      do throws(MailError) {
        _ = try mailText(mail)
        return nil
      } catch { return error }
    }
    #expect(error([]) == .noHeader)
    #expect(error(Array("no header\n".utf8)) == .noHeader)
    #expect(error(Array("\nbody: x".utf8)) == .noHeader)
    let field = Array("A: b\n".utf8)
    let many = Array(repeating: field, count: Mail.maximumFieldCount + 1).flatMap { $0 }
    #expect(error(many) == .tooManyFields(limit: Mail.maximumFieldCount))
    let long = Array("A: ".utf8) + [UInt8](repeating: 0x62, count: Mail.maximumHeaderByteCount)
    #expect(error(long) == .headerTooLong(limit: Mail.maximumHeaderByteCount))
    let nested = (0...Mail.maximumDepth).map {
      "Content-Type: multipart/mixed; boundary=b\($0)\n\n--b\($0)\n"
    }
    #expect(error(Array(nested.joined().utf8)) == .tooDeep(limit: Mail.maximumDepth))
    let parts =
      "Content-Type: multipart/mixed; boundary=b\n\n"
      + String(repeating: "--b\n", count: Mail.maximumPartCount + 1)
    #expect(error(Array(parts.utf8)) == .tooManyParts(limit: Mail.maximumPartCount))
    let huge = field + [UInt8](repeating: 0x0A, count: Mail.maximumByteCount)
    #expect(error(huge) == .tooLong(limit: Mail.maximumByteCount))
  }

  /// Python's `email` package reads the same in mails of every shape.
  @Test func pythonReadsTheSame() throws {
    let seed = UInt32.random(in: 0...UInt32.max)
    print("mails: seed \(seed)")
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Examples/Northlight/evidence").standardizedFileURL
    let files = try FileManager.default.contentsOfDirectory(atPath: root.path)
      .filter { $0.hasSuffix(".eml") }.map { root.appending(path: $0).path }
    #expect(!files.isEmpty)
    guard let made = try ReferenceProgram.lines("mail_ref.py", ["generate", "\(seed)", "400"]),
      let real = try ReferenceProgram.lines("mail_ref.py", ["read"] + files)
    else { return }
    var partCount = 0
    for line in made + real {
      let row = try JSONDecoder().decode(Reading.self, from: Data(line.utf8))
      let raw = Array(try #require(Data(base64Encoded: row.raw)))
      let mail = try mailText(raw)
      let fields = mail.headers.map { field in
        // Parameters of RFC 2231 stand on lines of their own.
        [field.name, unfold(text(field.text)?.split(separator: "\n").first.map(String.init) ?? "")]
      }
      #expect(fields == row.headers, "\(row.raw)")
      #expect(mail.parts.map(\.path) == row.parts.map(\.path), "\(row.raw)")
      #expect(mail.parts.map(\.mediaType) == row.parts.map(\.type), "\(row.raw)")
      #expect(mail.parts.map(\.fileName) == row.parts.map(\.file), "\(row.raw)")
      for (part, expected) in zip(mail.parts, row.parts) where expected.text != nil {
        let read = text(part.source ?? part.text)
        #expect(read.map(withoutLineEnd) == expected.text.map(withoutLineEnd), "\(row.raw)")
        partCount += 1
      }
    }
    print("mails: \(made.count + real.count), \(partCount) texts, as Python reads them")
  }

  private struct Reading: Decodable {
    struct Part: Decodable {
      let path: String
      let type: String
      let file: String?
      let text: String?
    }
    let raw: String
    let headers: [[String]]
    let parts: [Part]
  }

  private func unfold(_ value: String) -> String {
    value.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// Python takes the last line end of a part that has no end boundary for the boundary's.
  private func withoutLineEnd(_ text: String) -> String {
    String(text.reversed().drop(while: \.isNewline).reversed())
  }

  @Test func changedMailsNeverTrapAndStayInsideTheirBytes() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Examples/Northlight/evidence/complaint-05.eml")
    var seeds = [Array(try Data(contentsOf: folder))]
    seeds.append(
      Array(
        """
        Subject: =?utf-8?B?w7xi?= =?iso-2022-jp?Q?=1B$B=46?=
        Content-Type: multipart/mixed; boundary*0=a; boundary*1*=utf-8''%62

        --ab
        Content-Type: text/html; charset=utf-16
        Content-Transfer-Encoding: quoted-printable

        <a title=3D"&#x41;">=
        </a>
        --ab
        Content-Type: message/rfc822

        A: b

        --ab--
        """.utf8))
    var generator = SplitMix64(seed: 3)
    for round in 0..<2_000 {
      var bytes = seeds[round % 2]
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        let index = Int.random(in: bytes.indices, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[index] = .random(in: 0...255, using: &generator)
        case 1: bytes.removeSubrange(index..<min(bytes.count, index + 5))
        default: bytes.insert(contentsOf: bytes[..<(index / 2)], at: index)
        }
        if bytes.isEmpty { bytes = [0] }
      }
      guard let mail = try? mailText(bytes) else { continue }
      for text in mail.parts.compactMap(\.text) + mail.allFields.map(\.text) {
        #expect(String(validating: text.bytes, as: UTF8.self) != nil)
        let sources = text.sources(of: 0..<text.bytes.count)
        #expect(sources.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= bytes.count })
        for index in sources.indices.dropFirst() {
          #expect(sources[index].lowerBound > sources[index - 1].upperBound)
        }
      }
    }
  }
}
