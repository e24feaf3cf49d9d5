import Redaction
import Testing

struct SegmentSurveyTests {
  private struct Stop: Error {}

  /// Surveys bytes given in small pieces; the lengths are those that the last attempt left.
  private func look(
    _ bytes: [UInt8], _ mediaType: String, grid: UInt32? = nil, said: UInt64? = nil
  ) throws -> (survey: Survey, lengths: [UInt64], attempts: Int) {
    var lengths: [UInt64] = []
    var attempts = 0
    let result = try survey(
      mediaType: mediaType, byteCount: said ?? UInt64(bytes.count), grid: grid,
      reopen: {
        lengths = []
        attempts += 1
        var place = 0
        return { buffer in
          let count = min(3, bytes.count - place, buffer.count)
          buffer.copyBytes(from: bytes[place..<place + count])
          place += count
          return count
        }
      }, writeLengths: { lengths += $0 })
    return (result, lengths, attempts)
  }

  @Test(
    arguments: [
      ("text/csv", "a,bc\n", .csv, [1, 1, 2, 1]),
      ("text/csv; charset=utf-8", "a,é", .csv, [1, 1, 2]),
      ("text/csv", "a,\"b", .text, [1, 2, 1]),
      ("application/ld+json", "[\"a\"]", .json, [1, 3, 1]),
      ("application/json", "[\"a]", .text, [2, 1, 1]),
      ("text/tab-separated-values", "a\tb,c\n", .tabs, [1, 1, 3, 1]),
      ("Text/Tab-Separated-Values; charset=utf-8", "a\t\"b\tc\"", .tabs, [1, 1, 5]),
      ("text/tab-separated-values", "a\t\"b", .text, [1, 2, 1]),
      ("text/csv", "a;b\n1,5;2,5\n", .semicolons, [1, 1, 1, 1, 3, 1, 3, 1]),
      ("text/csv", "a;b,c\n", .csv, [3, 1, 1, 1]),
      ("text/csv", "\"a,b\";\"c\nd,e\"\nf,g", .semicolons, [5, 1, 7, 1, 3]),
      ("text/csv", "\"a;b\"\n1;2\n", .csv, [5, 1, 3, 1]),
      ("text/csv", "x;\"a\"\",b\";y", .semicolons, [1, 1, 7, 1, 1]),
      ("text/csv", "\u{FEFF}\"a,b\";c", .semicolons, [8, 1, 1]),
      ("text/csv", "\u{FEFF}\"a;b\",c", .csv, [8, 1, 1]),
      ("text/csv", "sep=;\n1;2", .semicolons, [4, 1, 0, 1, 1, 1, 1]),
      ("text/csv", "a;\"b", .text, [1, 2, 1]),
      ("message/rfc822", "To: é", .text, [2, 2, 2]),
      ("text/plain", "", .text, [0]),
    ] as [(String, String, Cutting, [UInt64])])
  func tablesAreCutByMediaType(
    mediaType: String, content: String, cutting: Cutting, lengths: [UInt64]
  ) throws {
    let found = try look(Array(content.utf8), mediaType)
    #expect(found.survey.cutting == cutting)
    #expect(found.lengths == lengths)
    #expect(found.survey.leafCount == UInt64(lengths.count))
    #expect(found.survey.cutting.mode == 1)
  }

  /// Where content can't be cut as its type asks, the survey says so, and why.
  @Test(
    arguments: [
      ("text/csv", "a,b\n", nil, nil), ("text/csv", "a,\"b", .csv, .unclosedQuote),
      ("text/csv", "a;\"b", .semicolons, .unclosedQuote),
      ("text/tab-separated-values", "\"", .tabs, .unclosedQuote),
      ("application/json", "{\"a", .json, .unclosedQuote),
      ("application/json", "{\"a\": [1, 2]}\n", nil, nil),
      ("application/json", "{\"a\": [1, 2}", nil, .notJSON(offset: 11)),
      ("application/json", "{\"a\": [1, 2]", nil, .notJSON(offset: 12)),
      ("application/x-ndjson", "{\"a\":1}\n{\"b\":2}\n", nil, nil),
      ("application/x-ndjson", "{\"a\":1}\nb\n", nil, .notJSON(offset: 8)),
      ("text/plain", "{", nil, nil),
    ] as [(String, String, Cutting?, ContentFault?)])
  func fallingBackIsTold(
    mediaType: String, content: String, from: Cutting?, fault: ContentFault?
  ) throws {
    let found = try look(Array(content.utf8), mediaType)
    #expect(found.survey.fellBackFrom == from)
    #expect(found.survey.fault == fault)
    #expect(found.survey.cutting == .text || from == nil)
  }

  @Test(
    arguments: [
      ("text/plain", .text), ("text/csv", .csv), ("application/json", .json),
      ("text/tab-separated-values", .tabs),
    ] as [(String, Cutting)])
  func whatIsNotUTF8IsAGrid(mediaType: String, wanted: Cutting) throws {
    let content = Array("a,\"b".utf8) + [0xFF] + Array(repeating: 0x61, count: 60)
    let found = try look(content, mediaType)
    #expect(found.survey.cutting == .grid(64))
    #expect(found.survey.fellBackFrom == wanted)
    #expect(found.survey.fault == .notUTF8(offset: 4))
    #expect(found.lengths.isEmpty)
  }

  @Test(
    arguments: [
      ("application/octet-stream", 0, 64, 1), ("image/png", 64, 64, 1),
      ("application/pdf", 65, 64, 2),
      ("application/zip", 1 << 30, 64, 1 << 24), ("application/zip", 1 << 30 + 1, 512, 1 << 21 + 1),
      ("application/x-raw-disk-image", 8193, 4096, 3), ("application/x-ewf", 1, 4096, 1),
      ("Text/Plain", 10, 64, 1),
    ] as [(String, UInt64, UInt32, UInt64)])
  func gridsAreNotRead(
    mediaType: String, byteCount: UInt64, grid: UInt32, leafCount: UInt64
  ) throws {
    let found = try survey(
      mediaType: mediaType, byteCount: byteCount, reopen: { throw Stop() },
      writeLengths: { _ in throw Stop() })
    #expect(found.cutting == .grid(grid))
    #expect(found.leafCount == leafCount)
  }

  @Test func theSealerMayAskForAGrid() throws {
    let found = try look(Array("words here".utf8), "text/plain", grid: 1)
    #expect(found.survey == (try look(Array("words here".utf8), "text/csv", grid: 1)).survey)
    #expect(found.survey.leafCount == 10)
    #expect(found.attempts == 0)
  }

  @Test func contentThatChangesWhileReadIsRefused() {
    #expect(throws: SegmentError.byteCountChanged(expected: 4, found: 5)) {
      try look(Array("abcde".utf8), "text/plain", said: 4)
    }
    #expect(throws: SegmentError.byteCountChanged(expected: 6, found: 5)) {
      try look(Array("abcde".utf8), "text/plain", said: 6)
    }
  }

  @Test func theCallersErrorsComeThrough() {
    #expect(throws: Stop.self) {
      try survey(
        mediaType: "text/plain", byteCount: 1, reopen: { { _ in throw Stop() } },
        writeLengths: { _ in })
    }
  }
}
