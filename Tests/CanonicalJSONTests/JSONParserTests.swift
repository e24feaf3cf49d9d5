import CanonicalJSON
import Testing

struct JSONParserTests {
  private func parse(_ text: String, limit: Int = 1000) throws(JSONError) -> JSON {
    try JSON(parsing: Array(text.utf8), limit: limit)
  }

  @Test func everyKindOfValueIsReadWithAnySpacing() throws {
    let value = try parse(" {\"a\" : [1,\t-2, true ,false],\r\n\"b\":{ },\"c\":\"x\", \"d\":[ ]} ")
    #expect(
      value == ["a": [1, -2, true, false], "b": .object([:]), "c": "x", "d": .array([])])
    #expect(value["a"]?.array?.first?.integer == 1)
    #expect(value["a"]?.array?.last?.bool == false)
    #expect(value["c"]?.string == "x")
    #expect(value["b"]?.object?.isEmpty == true)
    #expect(value["z"] == nil)
    #expect(value["a"]?.string == nil)
  }

  @Test func escapesAreResolved() throws {
    let value = try parse(#""\"\\\/\b\f\n\r\t\u00e9\u20AC\uD83D\uDE00""#)
    #expect(value.string == "\"\\/\u{8}\u{C}\n\r\té€😀")
  }

  @Test(
    arguments: [
      ("9007199254740991", 9_007_199_254_740_991), ("-9007199254740991", -9_007_199_254_740_991),
      ("0", 0), ("-0", 0),
    ] as [(String, Int64)])
  func integersReachTheEdgeOfExactness(text: String, value: Int64) throws {
    #expect(try parse(text).integer == value)
  }

  @Test(
    arguments: [
      ("", .truncated(offset: 0)),
      ("[1", .truncated(offset: 2)),
      ("\"a", .truncated(offset: 2)),
      ("tru", .truncated(offset: 3)),
      ("-", .truncated(offset: 1)),
      ("[1,]", .unexpectedByte(0x5D, offset: 3)),
      ("{\"a\":1,}", .unexpectedByte(0x7D, offset: 7)),
      ("{1:2}", .unexpectedByte(0x31, offset: 1)),
      ("{\"a\" 1}", .unexpectedByte(0x31, offset: 5)),
      ("[1 2]", .unexpectedByte(0x32, offset: 3)),
      ("+1", .unexpectedByte(0x2B, offset: 0)),
      ("NaN", .unexpectedByte(0x4E, offset: 0)),
      ("trux", .unexpectedByte(0x78, offset: 3)),
      ("\"a\nb\"", .unexpectedByte(0x0A, offset: 2)),
      ("\u{FEFF}1", .unexpectedByte(0xEF, offset: 0)),
      ("1 2", .trailingBytes(offset: 2)),
      ("{}}", .trailingBytes(offset: 2)),
      ("1.0", .notAnInteger(offset: 0)),
      ("[1e2]", .notAnInteger(offset: 1)),
      ("1E2", .notAnInteger(offset: 0)),
      ("01", .notAnInteger(offset: 0)),
      ("-00", .notAnInteger(offset: 0)),
      ("9007199254740992", .integerOutOfRange(offset: 0)),
      ("-9007199254740992", .integerOutOfRange(offset: 0)),
      ("99999999999999999999999999999999", .integerOutOfRange(offset: 0)),
      ("[null]", .null(offset: 1)),
      (#"{"a":1,"a":1}"#, .duplicateKey("a", offset: 7)),
      (#"{"a":1,"\u0061":1}"#, .duplicateKey("a", offset: 7)),
      ("{\"\u{E9}\":1,\"e\u{301}\":1}", .duplicateKey("\u{E9}", offset: 8)),
      (#""\x""#, .invalidEscape(offset: 1)),
      (#""\u00g0""#, .invalidEscape(offset: 1)),
      (#""\ud83d""#, .loneSurrogate(offset: 1)),
      (#""\ude00\ud83d""#, .loneSurrogate(offset: 1)),
      (#""\ud83d\u0041""#, .loneSurrogate(offset: 1)),
      (#""\ud83d\ud83d""#, .loneSurrogate(offset: 1)),
    ] as [(String, JSONError)])
  func faultsAreNamedWithTheirPlace(text: String, error: JSONError) {
    #expect(throws: error) { try parse(text) }
  }

  @Test(arguments: [
    [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
  ])
  func stringsMustBeUTF8(bytes: [UInt8]) {
    #expect(throws: JSONError.invalidUTF8(offset: 1)) { try JSON(parsing: bytes, limit: 10) }
  }

  @Test func thirtyTwoLevelsAreReadAndOneMoreIsRefused() throws {
    func nested(_ levels: Int) -> String {
      String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }
    #expect(throws: Never.self) { try parse(nested(32)) }
    #expect(throws: JSONError.tooDeep(offset: 32)) { try parse(nested(33)) }
    #expect(throws: JSONError.tooDeep(offset: 32)) {
      try parse(String(repeating: "[", count: 100_000), limit: 100_000)
    }
  }

  @Test func oneByteTooManyIsRefusedBeforeReading() throws {
    #expect(try parse("true", limit: 4) == true)
    #expect(throws: JSONError.tooLarge(limit: 4)) { try parse("xxxxx", limit: 4) }
  }
}
