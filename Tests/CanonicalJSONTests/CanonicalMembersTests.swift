import CanonicalJSON
import Testing

/// The shortcut never takes what the complete reader refuses.
@Suite struct CanonicalMembersTests {
  static let taken = [
    "{}", #"{"a":1}"#, #"{"a":"x","b":[1,-2,"y",{"c":true,"d":false}],"c":{}}"#, #"{"a":0}"#,
    #"{"a":"\"\\\b\f\n\r\t"}"#, #"{"A":1,"a":[],"aa":123456789012345}"#,
  ]
  static let left = [
    "", "[]", "1", #"{"a":1} "#, #" {"a":1}"#, #"{"a": 1}"#, #"{"b":1,"a":2}"#, #"{"a":1,"a":1}"#,
    #"{"a":01}"#, #"{"a":-0}"#, #"{"a":1.0}"#, #"{"a":null}"#, #"{"a":"\u0041"}"#, #"{"a":"\/"}"#,
    #"{"a":1,}"#, #"{"a":1"#, #"{"a""#, #"{"a":"x"#, #"{"ä":1}"#, #"{"a":"ä"}"#, #"{"a":tru}"#,
    #"{"a":1234567890123456}"#, #"{"a\n":1}"#, "{\"a\":\"\u{1}\"}", #"{"a":[1,]}"#, #"{"a":-}"#,
  ]

  @Test func itTakesWhatIsCanonicalAndFindsTheMembers() throws {
    for text in Self.taken {
      let bytes = Array(text.utf8)
      let members = try #require(CanonicalMembers(bytes), "\(text)")
      let json = try JSON(canonical: bytes, limit: 1000)
      #expect(members.members.count == json.object?.count)
      for member in members.members {
        let key = String(decoding: bytes[member.key], as: UTF8.self)
        #expect(try JSON(parsing: bytes[member.value], limit: 1000) == json[key])
      }
    }
    let members = try #require(CanonicalMembers(Array(#"{"a":"x","b":"\n","c":1}"#.utf8)))
    #expect(members.plainText("a").map { Array($0) } == Array("x".utf8))
    #expect(members.plainText("b") == nil)
    #expect(members.plainText("c") == nil)
    #expect(members.value("d") == nil)
    #expect(members.value("b").map { Array($0) } == Array(#""\n""#.utf8))
  }

  @Test func itLeavesTheRestToTheCompleteReader() {
    for text in Self.left { #expect(CanonicalMembers(Array(text.utf8)) == nil, "\(text)") }
    let deep = String(repeating: #"{"a":"#, count: 33) + "1" + String(repeating: "}", count: 33)
    #expect(CanonicalMembers(Array(deep.utf8)) == nil)
  }

  @Test func aChangedByteNeverMakesItTakeWhatIsRefused() {
    var generator = SystemRandomNumberGenerator()
    var taken = 0
    for text in Self.taken {
      for _ in 0..<2000 {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...2, using: &generator) {
          bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0x20...0x7E)
        }
        guard CanonicalMembers(bytes) != nil else { continue }
        taken += 1
        #expect((try? JSON(canonical: bytes, limit: 1000)) != nil)
      }
    }
    #expect(taken > 0)
  }
}

/// Lists of members that are written apart make the object that they would make together.
@Suite struct CanonicalMemberListTests {
  @Test func theObjectOfSomeListsIsTheObjectOfAllFields() {
    let lists: [[String: JSON]] = [
      ["b": 1, "event": "x", "z": ["q": "\n"]], ["a": "1", "clock": true], [:], ["c-d": [1, 2]],
    ]
    for one in lists {
      for two in lists where one != two || one.isEmpty {
        let both = one.merging(two) { own, _ in own }
        let joint = CanonicalMemberList(one).joined(with: CanonicalMemberList(two))
        #expect(joint.bytes == JSON.object(both).canonicalBytes)
        #expect(joint == CanonicalMemberList(both))
        let third: [String: JSON] = ["aa": 1, "clock-offset": 2, "zz": 3]
        #expect(
          joint.object(with: CanonicalMemberList(third))
            == JSON.object(both.merging(third) { own, _ in own }).canonicalBytes)
      }
    }
  }

  /// That two lists have no key in common is the caller's to check; but no reader takes what comes of it.
  @Test func aKeyInBothListsGivesWhatNoReaderTakes() {
    let one = CanonicalMemberList(["a": 1, "b": 2])
    for bytes in [one.object(with: one), one.joined(with: CanonicalMemberList(["b": 3])).bytes] {
      #expect(throws: JSONError.self) { try JSON(canonical: bytes, limit: 1000) }
    }
  }
}
