import Evidence
import Redaction
import Testing

/// What rules find in the parts of office files, wherever their pages don't show it.
struct OfficeSearchTests {
  private func search(_ file: [UInt8], _ rule: String = "terms: [Quaresma]") throws -> OfficeSearch
  {
    let policy = try Policy(yaml: Array("rules: [{item: x, code: PD-NAME, \(rule)}]".utf8))
    var search = try OfficeSearch(policy.rules)
    try search.run(file)
    return search
  }

  private func word(_ body: String) -> [UInt8] {
    packed([("word/document.xml", Array("<w:document><w:body>\(body)</w:body></w:document>".utf8))])
  }

  @Test(arguments: [
    "<w:p><w:r><w:t>to Quaresma.</w:t></w:r></w:p>",
    "<w:p><w:r><w:t>Qua</w:t></w:r><w:r><w:t>resma</w:t></w:r></w:p>",
    "<w:p><w:r><w:rPr><w:b/><w:lang w:val=\"pt\"/></w:rPr><w:t>Qua</w:t></w:r><w:proofErr w:type=\"x\"/>"
      + "<w:r w:rsidR=\"1\"><w:rPr><w:i/></w:rPr><w:t xml:space=\"preserve\">resma</w:t></w:r></w:p>",
    "<w:p w:author=\"Rita Quaresma\"/>", "<w:delText>Quaresma</w:delText>", "<!-- Quaresma -->",
    "<text:p>Qu&#97;resma</text:p>",
    "<text:p>Qua<text:span text:style-name=\"T1\">resma</text:span></text:p>",
  ])
  func whatStandsInAPartIsFound(body: String) throws {
    let found = try search(word(body))
    #expect(found.found == [1] && found.isComplete)
  }

  @Test(arguments: [
    "<w:p><w:t>Qua</w:t></w:p><w:p><w:t>resma</w:t></w:p>", "<c><v>Qua</v></c><c><v>resma</v></c>",
    "<w:p><w:r><w:t>Qua</w:t><w:br/><w:t>resma</w:t></w:r></w:p>", "",
  ])
  func whatParagraphsAndCellsPartIsNot(body: String) throws {
    let found = try search(word(body))
    #expect(found.found.isEmpty && found.isComplete)
  }

  /// Numbers of neighbouring cells aren't one long number.
  @Test func cellsAreNotJoinedIntoNumbers() throws {
    let cells = "4111 1111 1111 1111".split(separator: " ").map { "<c><v>\($0)</v></c>" }.joined()
    #expect(try search(word(cells), "detect: [card]").found.isEmpty)
    #expect(try search(word("<c><v>4111111111111111</v></c>"), "detect: [card]").found == [1])
  }

  @Test func everyPartIsLookedAt() throws {
    let name = Array(
      "<cp:coreProperties><dc:creator>Rita Quaresma</dc:creator></cp:coreProperties>".utf8)
    let empty = ("word/document.xml", Array("<w:document/>".utf8))
    #expect(try search(packed([empty, ("docProps/core.xml", name)])).found == [1])
    #expect(try search(packed([empty, ("docProps/core.xml", name)], deflated: true)).found == [1])
    let inner = packed([("xl/comments1.xml", name)], deflated: true)
    for isDeflated in [false, true] {
      let outer = try search(
        packed([empty, ("word/embeddings/a.xlsx", inner)], deflated: isDeflated))
      #expect(outer.found == [1] && outer.isComplete)
    }
  }

  @Test func whatCannotBeReadIsSaid() throws {
    let text = ("word/document.xml", Array("<w:p>nothing</w:p>".utf8))
    #expect(try search(packed([text, ("word/media/a.png", [0x89, 0xFF])])).isComplete)
    var encrypted = packed([text])
    encrypted[6] |= 1
    var unknown = packed([text])
    unknown[8] = 14
    var nested = packed([text])
    for _ in 0..<3 { nested = packed([("a.docx", nested)], deflated: true) }
    let files = [
      packed([text, ("word/vbaProject.bin", [0xD0, 0xCF, 0x11, 0xE0])]), encrypted, unknown, nested,
      Array(packed([text], deflated: true).prefix(60)), [0xD0, 0xCF, 0x11, 0xE0], [],
      Array("PK".utf8),
      packed([("word/document.xml", [0xFF, 0xFE, 0x3C, 0])]),
    ]
    for (number, file) in files.enumerated() {
      let found = try search(file)
      #expect(!found.isComplete && found.found.isEmpty, "\(number)")
    }
  }

  @Test func aBombIsLeftAlone() throws {
    let part = ("word/document.xml", [UInt8](repeating: 0x20, count: 17 << 20))
    #expect(try !search(packed([part], deflated: true)).isComplete)
  }
}

/// A ZIP file without a directory; deflated members are in stored blocks of deflate.
func packed(_ members: [(name: String, bytes: [UInt8])], deflated: Bool = false) -> [UInt8] {
  func little(_ number: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
  return members.flatMap { name, bytes -> [UInt8] in
    var data = bytes
    if deflated {
      data = []
      var rest = bytes[...]
      repeat {
        let block = rest.prefix(65535)
        rest = rest.dropFirst(block.count)
        data += [rest.isEmpty ? 1 : 0] + little(block.count, 2) + little(~block.count, 2) + block
      } while !rest.isEmpty
    }
    let head: [UInt8] = [0x50, 0x4B, 3, 4, 20, 0, 0, 0, deflated ? 8 : 0, 0]
    let sizes = little(data.count, 4) + little(bytes.count, 4) + little(name.utf8.count, 2)
    return head + little(0, 4) + little(0, 4) + sizes + [0, 0] + Array(name.utf8) + data
  }
}
