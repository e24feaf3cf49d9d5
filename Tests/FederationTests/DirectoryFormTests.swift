import CAdES
import CanonicalJSON
import Federation
import Redaction
import Testing

/// The form of the file: everything in it is read, and nothing else may be there.
struct DirectoryFormTests {
  private let federation: TestFederation
  private let file: JSON

  init() throws {
    federation = try TestFederation()
    let pt = federation.members[2]
    let document = try federation.document(
      after: federation.document(),
      entries: [
        federation.members[0].entry(
          withdrawal: Withdrawal(at: TestMember.start, reason: .compromised)),
        federation.members[1].entry(federation.members[1].card(key: 3, next: [4, 5])),
        pt.entry(),
      ])
    file = try JSON(
      parsing: federation.signed(document, by: [pt]).bytes, limit: SignedDirectory.maximumBytes)
  }

  private func parse(_ json: JSON) throws -> SignedDirectory {
    try SignedDirectory(parsing: json.canonicalBytes)
  }

  @Test func theFileIsReadBackAsItIs() throws {
    #expect(try parse(file).bytes == file.canonicalBytes)
  }

  /// Each field of each object, taken away or made something else: never accepted as if it were there.
  @Test func everyFieldIsChecked() throws {
    let optional: Set = ["region", "timestampAnchors", "nextTLSKeys"]
    var count = 0
    for path in paths(file) {
      guard case .key(let name)? = path.last else { continue }
      for value in [nil, .array([.array([])])] as [JSON?]
      where value != nil || !optional.contains(name) {
        let changed = changing(file, at: path[...], to: value)
        #expect(throws: (any Error).self, "\(path) \(value == nil ? "is missing" : "is a list")") {
          try parse(changed)
        }
        count += 1
      }
    }
    #expect(count > 100)
    print("directory: \(count) malformed fields refused")
  }

  @Test func anUnknownKeyIsRefusedEverywhere() throws {
    var count = 0
    for path in paths(file) + [[]] where value(file, at: path[...])?.object != nil {
      let changed = changing(file, at: (path + [.key("extra")])[...], to: "x")
      #expect(throws: (any Error).self, "\(path)") { try parse(changed) }
      count += 1
    }
    #expect(count > 8)
  }

  @Test(
    arguments: [
      ("version", 0), ("version", -1), ("version", 1_000_000_001), ("threshold", 0),
      ("threshold", 1), ("threshold", 4),
    ] as [(String, Int64)])
  func aNumberThatCannotBe(key: String, number: Int64) throws {
    let changed = changing(file, at: [.key("directory"), .key(key)], to: .integer(number))
    #expect(throws: FederationError.badField(key)) { try parse(changed) }
  }

  @Test(
    arguments: [
      (["federation"], "A b"), (["issued"], "2026-11-21"), (["validUntil"], "2020-01-01T00:00:00Z"),
      (["previous"], "AAAA"), (["schema"], "rogatory-directory/v2"),
    ] as [([String], String)])
  func aTextThatCannotBe(keys: [String], text: String) throws {
    let path = [Step.key("directory")] + keys.map { Step.key($0) }
    #expect(throws: FederationError.self) {
      try parse(changing(file, at: path[...], to: .string(text)))
    }
  }

  @Test func listsAreInOrderAndEachOnce() throws {
    for key in ["members", "nodes"] {
      let path: ArraySlice<Step> = [.key("directory"), .key(key)]
      let rows = try #require(value(file, at: path)?.array)
      for other in [Array(rows.reversed()), rows + [rows[2]], []] {
        #expect(throws: FederationError.badField(key)) {
          try parse(changing(file, at: path, to: .array(other)))
        }
      }
    }
  }

  @Test func otherThanCanonicalIsRefused() throws {
    let bytes = file.canonicalBytes
    for other in [bytes + [0x0A], [0x20] + bytes, Array(file.prettyText.utf8), [], [0x5B, 0x5D]] {
      #expect(throws: FederationError.self) { try SignedDirectory(parsing: other) }
    }
    for cut in stride(from: 0, to: bytes.count, by: 997) {
      #expect(throws: FederationError.notJSON) {
        try SignedDirectory(parsing: Array(bytes[..<cut]))
      }
    }
  }

  @Test func anAnchorVouchesForOne() throws {
    let (es, fi) = (federation.members[0], federation.members[1])
    var card = es.card()
    card.tlsAnchors = [fi.anchor]
    #expect(throws: FederationError.sharedAnchor("fi-nbi", "es-fiscalia")) {
      try federation.document(entries: [es.entry(card), fi.entry()])
    }
    var thief = es.card()
    thief.nextTLSKeys = [fi.card().tlsKey]
    #expect(throws: FederationError.badField("tlsKey")) {
      try federation.document(entries: [es.entry(thief), fi.entry()])
    }
  }

  enum Step: Hashable {
    case key(String)
    case index(Int)
  }

  private func paths(_ json: JSON) -> [[Step]] {
    let children: [(Step, JSON)] =
      if let object = json.object { object.sorted { $0.key < $1.key }.map { (.key($0), $1) } } else
      {
        (json.array ?? []).enumerated().map { (.index($0), $1) }
      }
    return children.flatMap { step, child in [[step]] + paths(child).map { [step] + $0 } }
  }

  private func value(_ json: JSON, at path: ArraySlice<Step>) -> JSON? {
    guard let first = path.first else { return json }
    let child: JSON? =
      switch first {
      case .key(let name): json[name]
      case .index(let index): json.array?[index]
      }
    return child.flatMap { value($0, at: path.dropFirst()) }
  }

  private func changing(_ json: JSON, at path: ArraySlice<Step>, to new: JSON?) -> JSON {
    guard let first = path.first else { return new ?? json }
    let rest = path.dropFirst()
    switch first {
    case .key(let name):
      var object = json.object ?? [:]
      object[name] = rest.isEmpty ? new : changing(object[name] ?? [:], at: rest, to: new)
      return .object(object)
    case .index(let index):
      var array = json.array ?? []
      array[index] = changing(array[index], at: rest, to: new)
      return .array(array)
    }
  }
}
