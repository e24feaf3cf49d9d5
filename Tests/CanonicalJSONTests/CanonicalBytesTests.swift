import CanonicalJSON
import Testing

struct CanonicalBytesTests {
  private func text(_ value: JSON) -> String {
    String(decoding: value.canonicalBytes, as: UTF8.self)
  }

  /// The example of RFC 8785 section 3.2.3: sorted by scalars the last two would change places.
  @Test func keysAreSortedByUTF16CodeUnits() {
    let value: JSON = [
      "\u{20ac}": "Euro Sign", "\r": "Carriage Return",
      "\u{fb33}": "Hebrew Letter Dalet With Dagesh", "1": "One",
      "\u{1f600}": "Emoji: Grinning Face",
      "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis",
    ]
    #expect(
      text(value) == #"{"\r":"Carriage Return","1":"One","\#u{80}":"Control","#
        + #""\#u{f6}":"Latin Small Letter O With Diaeresis","\#u{20ac}":"Euro Sign","#
        + #""\#u{1f600}":"Emoji: Grinning Face","\#u{fb33}":"Hebrew Letter Dalet With Dagesh"}"#)
  }

  /// RFC 8785 section 3.2.2.2.
  @Test func onlyWhatMustBeEscapedIsEscaped() {
    #expect(
      text("\u{20ac}$\u{F}\u{1F}\u{8}\t\n\u{C}\rA'\u{42}\"\\/\u{7F}\u{2028}")
        == "\"€$\\u000f\\u001f\\b\\t\\n\\f\\rA'B\\\"\\\\/\u{7F}\u{2028}\"")
  }

  @Test func nestedValuesHaveNoSpacing() {
    #expect(
      text(["b": [1, true, []], "a": ["x": -1], "": false])
        == #"{"":false,"a":{"x":-1},"b":[1,true,[]]}"#)
  }

  @Test func unicodeNormalizationIsLeftAlone() throws {
    let bytes = Array("\"e\u{301}\u{E9}\"".utf8)
    #expect(try JSON(canonical: bytes, limit: 100).canonicalBytes == bytes)
  }

  @Test func prettyTextIsForPeople() {
    #expect(
      (["b": [1, .object([:])], "a": .array([])] as JSON).prettyText == """
        {
          "a": [],
          "b": [
            1,
            {}
          ]
        }
        """)
  }

  @Test(arguments: [
    ("{\"a\": 1}", 5), ("{\"b\":1,\"a\":2}", 2), ("\"\\/\"", 1), ("-0", 0), ("1\n", 1),
    ("\"\\u0041\"", 1), ("\"\\u001F\"", 6), ("\"\\u000a\"", 2), (" 1", 0),
  ])
  func anotherFormIsNotCanonical(text: String, offset: Int) throws {
    #expect(throws: Never.self) { try JSON(parsing: Array(text.utf8), limit: 100) }
    #expect(throws: JSONError.notCanonical(offset: offset)) {
      try JSON(canonical: Array(text.utf8), limit: 100)
    }
  }
}
