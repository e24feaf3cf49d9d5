import ASiC
import CAdES
import CanonicalJSON
import Evidence
import Redaction
import Testing

/// What a sealing makes, and when it refuses.
struct SealTests {
  private func node() throws -> SampleNode { try SampleWorld.shared.get().sealer }
  private func trust() throws -> TrustAnchors { try SampleWorld.shared.get().trust }

  private func sealAndJudge(
    _ files: [(String, [UInt8])], grid: UInt32? = nil
  ) throws -> Verification {
    let (bytes, sealed) = try node().seal(files.map { SourceItem($0.0, $0.1) }, grid: grid)
    let (result, token) = judge(bytes, try trust())
    #expect(result.verdict == .verified, "\(result.summary)")
    #expect(token != nil)
    #expect(sealed.byteCount == UInt64(bytes.count))
    #expect(sealed.viewID.base64 == result.viewID)
    #expect(sealed.seal == result.seal)
    #expect(result.items.compactMap(\.name) == sealed.items.map(\.name))
    #expect(result.items.compactMap(\.sha256) == sealed.items.map(\.sha256))
    for (name, content) in files {
      let item = result.items.first { $0.headers["name"]?.utf8.elementsEqual(name.utf8) ?? false }
      #expect(item?.size == UInt64(content.count))
      var digest = Digest256()
      digest.update(content)
      #expect(item?.sha256 == hex(digest.finalize()))
      #expect(item?.headers["sha256"] == item?.sha256)
    }
    return result
  }

  @Test(arguments: [1, 2, 3, 7, 40])
  func anyNumberOfItems(count: Int) throws {
    let files = (0..<count).map { ("f\($0).txt", Array("file number \($0)\n".utf8)) }
    #expect(try sealAndJudge(files).items.count == count)
  }

  @Test(
    arguments: [
      ("empty", []), ("empty.csv", []), ("empty.json", []), ("empty.txt", []), ("a", [0]),
      ("open.csv", Array("a,b\n\"x,y\n1,2\n".utf8)), ("open.json", Array(#"{"a":["#.utf8)),
      ("broken.txt", [0xC3]), ("late.txt", Array(repeating: 65, count: 300_000) + [0xC3, 0x28]),
      ("nul.txt", [65, 0, 66]), ("bom.csv", [0xEF, 0xBB, 0xBF] + Array("a;b\r\nc;d".utf8)),
      ("deep.json", Array(repeating: UInt8(ascii: "["), count: 5000)),
      ("lines.jsonl", Array("{\"a\":1}\n{\"a\":2}\n".utf8)),
      ("64.bin", .init(repeating: 7, count: 64)),
      ("65.bin", .init(repeating: 7, count: 65)), ("128.bin", .init(repeating: 7, count: 128)),
      ("disk.dd", .init(repeating: 1, count: 10_000)),
    ] as [(String, [UInt8])])
  func anyContent(name: String, content: [UInt8]) throws {
    _ = try sealAndJudge([(name, content)])
  }

  @Test func anyContentExactly() throws {
    let result = try sealAndJudge(
      [("note.txt", Array("exactly".utf8)), ("empty", []), ("a.csv", Array("a,b\n".utf8))], grid: 1)
    #expect(result.items.count == 3)
  }

  @Test(arguments: [UInt32(2), 16, 4096])
  func anyGrid(grid: UInt32) throws {
    _ = try sealAndJudge([("a", (0..<255).map { UInt8($0) }), ("b.txt", [65])], grid: grid)
  }

  @Test func itemsStandInRandomOrder() throws {
    var orders: Set<[String]> = []
    let files = (0..<7).map { ("f\($0)", [UInt8($0)]) }
    for _ in 0..<6 {
      orders.insert(try sealAndJudge(files).items.compactMap(\.name))
    }
    // Six equal orders of seven would be a chance of one in 5040⁵.
    #expect(orders.count > 1)
  }

  @Test func sealedTwiceNothingSecretIsEqual() throws {
    let files = [("a.txt", Array("the same".utf8))]
    let (one, two) = (try SampleParts(node().seal(files)), try SampleParts(node().seal(files)))
    #expect(one.seal.root != two.seal.root)
    #expect(one.seal.bundleID != two.seal.bundleID)
    #expect(one[Layout.view] != two[Layout.view])
  }

  @Test(
    arguments: [
      "", "/a", "../a", "a/../b", "a//b", "./a", "a/", "a/.", "..", "a\0b",
      String(repeating: "x", count: 256), String(repeating: "x/", count: 2500) + "x",
    ])
  func unsafeNamesAreRefused(name: String) throws {
    #expect(throws: EvidenceError.unsafeName(name)) { try node().seal([(name, [1])]) }
  }

  @Test(
    arguments: [
      "a\\b", "a\nb", "…", "日本.txt", "-rf", ".hidden", "a b c", "CON", "name.", "é", "a%2Fb",
      "<script>", "\u{202E}gpj.exe", String(repeating: "x", count: 255),
      String(repeating: "ab/", count: 40) + "deep.csv",
    ])
  func strangeNamesAreKept(name: String) throws {
    let result = try sealAndJudge([(name, [1, 2, 3])])
    #expect(result.items.first?.name == name)
    let path = try #require(result.items.first?.path)
    #expect(path.utf8.allSatisfy { 33...126 ~= $0 && $0 != UInt8(ascii: "\\") })
    #expect(!path.contains(".."))
  }

  @Test func namesThatDifferInNormalisationAreTwo() throws {
    let result = try sealAndJudge([("e\u{301}.txt", [65]), ("\u{E9}.txt", [66])])
    #expect(Set(result.items.compactMap { $0.name.map { Array($0.utf8) } }).count == 2)
  }

  @Test func namesThatDifferInCaseAreTwo() throws {
    #expect(try sealAndJudge([("a.TXT", [65]), ("A.txt", [66])]).items.count == 2)
  }

  @Test func twoFilesOfOneName() throws {
    #expect(throws: EvidenceError.duplicateName("a")) { try node().seal([("a", [1]), ("a", [2])]) }
  }

  @Test func nothingToSeal() throws {
    #expect(throws: EvidenceError.noItems) { try node().seal([] as [(String, [UInt8])]) }
  }

  /// Each pass sees other bytes: the first is for the media type.
  @Test(arguments: ["a.csv", "a.txt", "a.json", "a.bin"])
  func aFileThatChangesWhileItIsRead(name: String) throws {
    let text = Array(#"["one","two","three"]"#.utf8)
    let other = Array(#"["one","two","thrEe"]"#.utf8)
    let shorter = Array(text.dropLast())
    let longer = text + [32]
    var cases = [
      [text, shorter], [text, longer], [text, text, shorter], [text, text, longer],
      [text, []], [text, text, []],
    ]
    // What is cut by place alone is read once, so another content of this length is the content.
    if name != "a.bin" {
      cases.append([text, text, other])
    }
    for passes in cases {
      #expect(throws: EvidenceError.changedWhileRead(name), "\(passes.map(\.count))") {
        try node().seal([
          SourceItem("b.txt", [65]), SourceItem(name, size: text.count, passes: passes),
        ])
      }
    }
  }

  @Test func aFileThatSaysItChanged() throws {
    let source = SourceItem(
      name: "a", size: 1, modified: nil, open: SourceItem("a", [65]).open,
      checkUnchanged: { throw EvidenceError.changedWhileRead("a") })
    #expect(throws: EvidenceError.changedWhileRead("a")) { try node().seal([source]) }
  }

  @Test(
    arguments: [
      ["colour": "blue"], ["schema": "other"], ["redactors": [["node": "x"]]], ["locked": "all"],
      ["onePerson": "yes"],
    ] as [JSON])
  func termsThatAreNotOurs(terms: JSON) throws {
    #expect(throws: EvidenceError.self) { try node().seal([("a", [1])], terms: terms) }
  }

  @Test func theContainerIsExactlyOurs() throws {
    let reader = try ContainerReader(bytes: node().seal([("a", [1]), ("b.txt", [65])]))
    #expect(reader.deviations.isEmpty)
    let paths = reader.entries.map(\.name.path)
    #expect(paths.prefix(4) == ["mimetype", "seal.txt", "terms.json", "disclosure/view.bin"])
    #expect(
      paths.suffix(4) == [
        Layout.manifest(1), Layout.signature(1), Layout.manifest(900), Layout.signature(900),
      ])
  }
}
