import ASiC
import CanonicalJSON
import Evidence
import Federation
import Merkle
import Redaction
import Statements

/// JSON, the signed statements of the exchange, and short texts that others send.
let documentTargets = [
  Target("json", longest: 1024, seeds: jsonSeeds) { bytes in
    let canonical = try? JSON(canonical: bytes, limit: bytes.count)
    if let members = CanonicalMembers(bytes) {
      expect(canonical?.object?.count == members.members.count, "the shortcut takes what we refuse")
    }
    let value = try JSON(parsing: bytes, limit: bytes.count)
    let written = value.canonicalBytes
    expect(try JSON(canonical: written, limit: .max) == value, "JSON is another when written")
    expect((canonical != nil) == (written == bytes), "canonical isn't what we write")
    expect(
      try JSON(parsing: Array(value.prettyText.utf8), limit: .max) == value,
      "JSON for people is another one")
  },
  Target("statement", longest: 4096, seeds: statementSeeds) { bytes in
    if let receipt = try? Receipt(parsing: bytes) {
      expect(receipt.bytes == bytes, "a receipt has other bytes when written")
    }
    let statement = try TransferStatement(parsing: bytes)
    expect(statement.bytes == bytes, "a statement has other bytes when written")
  },
  Target("name", longest: 128, seeds: nameSeeds) { bytes in
    guard let text = text(bytes) else { return }
    func expectText(_ written: String?, _ what: String) {
      if let written { expect(written.utf8.elementsEqual(text.utf8), "\(what) has another text") }
    }
    expectText(TransferID(text)?.text, "a transfer's id")
    expectText(StatementTime(text)?.text, "a time")
    expectText((try? NodeID(text))?.text, "a node's id")
    expectText((try? EntryName(text))?.path, "an entry's name")
    expectText(JSONPointer(text)?.description, "a JSON pointer")
    _ = Glob(text).matches("items/0001-a.txt")
    _ = Glob("**/[!a-c]*{x,y}?").matches(text)
    if isItemName(text) { expectSafe(safePath(forName: text)) }
    _ = mediaType(fileName: text, head: bytes)
  },
]

/// A path that is written to stays below its folder and hides nothing.
private func expectSafe(_ path: String) {
  for part in path.utf8.split(separator: 0x2F, omittingEmptySubsequences: false) {
    let isPlain = !part.isEmpty && !part.elementsEqual([0x2E]) && !part.elementsEqual([0x2E, 0x2E])
    expect(isPlain, "a path leaves its folder: \(path)")
    expect(part.allSatisfy { $0 >= 0x20 && $0 != 0x5C }, "a path has a control: \(path)")
  }
}

private func jsonSeeds() -> [[UInt8]] {
  let texts = [
    "{\"a\":[1,-2,true,false,\"\\u20ac\\ud83d\\ude00\\n\"],\"é\":{}}",
    " [ 9007199254740991 , \"\\/\\b\\f\" ] ", "[[[[]]]]",
  ]
  return texts.map { Array($0.utf8) }
}

private func statementSeeds() throws -> [[UInt8]] {
  guard let time = StatementTime("2026-11-23T04:00:00Z") else { return [] }
  let statement = TransferStatement(
    transfer: TransferID(milliseconds: 1_795_000_000_000, random: Array(0..<10)),
    bundle: "00112233445566778899aabbccddeeff", seal: .emptyTree, view: .emptyTree,
    record: .emptyTree, ciphertext: .emptyTree, byteCount: 12345, sender: "pt-ipcu",
    recipients: ["fi-nbi"], terms: .emptyTree, release: .emptyTree, time: time)
  return [statement.bytes]
    + Receipt.Kind.allCases.map { kind in
      Receipt(
        kind, of: statement, node: "fi-nbi", time: time,
        code: kind.isRefusal ? .ciphertext : nil, item: kind.isRefusal ? 3 : nil
      ).bytes
    }
}

private func nameSeeds() -> [[UInt8]] {
  let texts = [
    "019a8d5e-0c00-7001-8203-040506070809", "2026-11-23T04:00:00Z", "pt-ipcu", "items/0001-é.csv",
    "/a/0/~01x", "**/*.{csv,json}", "[!a-z]?\\*", "../../etc/passwd", "C:\\con.txt",
    "../\u{301}x",
  ]
  return texts.map { Array($0.utf8) }
}
