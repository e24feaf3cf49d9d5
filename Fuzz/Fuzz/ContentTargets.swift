import Evidence
import Merkle
import Redaction

/// What reads items' content: the segmenters, and the search for what a policy takes.
let contentTargets = [
  Target("segment", longest: 512, seeds: contentSeeds) { bytes in
    var parts = Parts(bytes)
    let cuttings: [Cutting] = [.text, .csv, .semicolons, .tabs, .json, .grid(1), .grid(5)]
    let cutting = cuttings[Int(parts.byte()) % cuttings.count]
    let first = Int(parts.byte())
    let content = parts.last
    let whole = Result { try cut(content, cutting, steps: [content.count]) }
    for steps in [[1], [first, 1], [first, 2, 3, 5]] {
      let other = Result { try cut(content, cutting, steps: steps) }
      expect(same(whole, other), "leaves differ by how the content comes")
    }
    let leaves = try whole.get()
    expect(Array(leaves.joined()) == content, "the leaves aren't the content")
  },
  Target("find", longest: 512, seeds: contentSeeds) { bytes in
    var parts = Parts(bytes)
    let (form, step) = (Int(parts.byte()), Int(parts.byte()))
    let (cutting, mediaType) = forms[form % forms.count]
    let content = parts.last
    let leaves = try cut(content, cutting, steps: [content.count])
    let whole = try find(leaves, mediaType, step: .max)
    expect(try find(leaves, mediaType, step: 1 + step) == whole, "cuts differ by how leaves come")
    for (one, next) in zip(whole.cuts, whole.cuts.dropFirst()) {
      expect(one.leaves.upperBound <= next.leaves.lowerBound, "cuts overlap")
    }
    let isInside = whole.cuts.allSatisfy {
      !$0.leaves.isEmpty && $0.leaves.upperBound <= UInt64(leaves.count)
    }
    expect(isInside, "a cut is past the last leaf")
  },
  Target("policy", longest: 2048, seeds: policySeeds) { bytes in
    let policy = try Policy(yaml: bytes)
    for name in ["a.csv", "b/c.json", "é"] {
      guard case .search(let rules) = policy.plan(forItem: name) else { continue }
      for (_, mediaType) in forms {
        _ = try Finder(rules: rules, form: Form(mediaType: mediaType), mediaType: mediaType)
      }
    }
  },
  Target("office", longest: 2048, seeds: officeSeeds) { bytes in
    var search = try OfficeSearch(policyRules)
    try search.run(bytes)
    let isMember = bytes.starts(with: [0x50, 0x4B, 3, 4])
    expect(isMember || !search.isComplete, "what is no ZIP was searched")
  },
  Target("labels", longest: 2048, seeds: labelSeeds) { bytes in
    let labels = try Pseudonyms(parsing: bytes)
    let written = labels.bytes
    expect(try Pseudonyms(parsing: written).bytes == written, "labels are others when written")
  },
]

private let forms: [(Cutting, String)] = [
  (.text, "text/plain"), (.csv, "text/csv"), (.json, "application/json"),
  (.json, "application/x-ndjson"), (.text, "text/csv"), (.text, "application/json"),
  (.semicolons, "text/csv"), (.tabs, "text/tab-separated-values"),
]

private let policyText = """
  rules:
    - item: "*"
      columns: [name, "e,mail"]
      code: PD-NAME
      basis: "LED art. 4(1)(c)"
    - item: '**'
      pointers: ["/a/name", /b/-, "/c/0/~1x"]
      code: PD-NAME
    - item: "*"
      match: "[A-Z]{2}[0-9]{2}|secret|^x"
      code: PD-FIN
    - item: "{a,b}*"
      detect: [email, ipv4, ipv6, phone, iban, card]
      code: PD-DEV
    - item: "*"
      detect: [email, ipv4, ipv6, phone, iban, card]
      code: PD-DEV
    - item: "informant.txt"
      all: true
      code: INF
  """

private let policyRules = certain("the policy isn't one") {
  try Policy(yaml: Array(policyText.utf8)).rules.filter { $0.selector != .all }
}

/// Cuts content that comes in chunks of these sizes, the last of them again and again.
private func cut(_ content: [UInt8], _ cutting: Cutting, steps: [Int]) throws -> [[UInt8]] {
  var segmenter = Segmenter(cutting)
  var (leaves, open): ([[UInt8]], [UInt8]) = ([], [])
  func collect(_ piece: SegmentPiece) {
    switch piece {
    case .bytes(let bytes):
      expect(!bytes.isEmpty, "a piece has no bytes")
      open += Array(bytes)
    case .endLeaf:
      leaves.append(open)
      open = []
    }
  }
  var (rest, number) = (content[...], 0)
  while !rest.isEmpty {
    let part = rest.prefix(max(1, steps[min(number, steps.count - 1)]))
    try part.withUnsafeBytes { try segmenter.push($0, collect) }
    rest = rest.dropFirst(part.count)
    number += 1
  }
  try segmenter.finish(collect)
  expect(open.isEmpty, "the last leaf doesn't end")
  return leaves
}

/// The same leaves, or errors of one case: where bytes aren't UTF-8 is told to the scalar or to the
/// byte, depending on the chunk.
private func same(
  _ one: Result<[[UInt8]], any Error>, _ other: Result<[[UInt8]], any Error>
) -> Bool {
  switch (one, other) {
  case (.success(let one), .success(let other)): return one == other
  case (.failure(SegmentError.notUTF8), .failure(SegmentError.notUTF8)): return true
  case (.failure(let one), .failure(let other)):
    return one as? SegmentError == other as? SegmentError
  default: return false
  }
}

private func find(_ leaves: [[UInt8]], _ mediaType: String, step: Int) throws -> Findings {
  var finder = try Finder(
    rules: policyRules, form: Form(mediaType: mediaType), mediaType: mediaType)
  for (number, leaf) in leaves.enumerated() {
    var rest = leaf[...]
    while !rest.isEmpty {
      let part = rest.prefix(step)
      try part.withUnsafeBytes { try finder.push(leaf: UInt64(number), bytes: $0) }
      rest = rest.dropFirst(part.count)
    }
    try finder.end(leaf: UInt64(number))
  }
  return try finder.finish()
}

private func policySeeds() -> [[UInt8]] { [Array(policyText.utf8)] }

/// One stored member and one in a stored block of deflate, each with runs that part a word.
private func officeSeeds() -> [[UInt8]] {
  let text = Array(
    "<w:p a=\"c@d.example\"><w:r><w:rPr><w:b/></w:rPr><w:t>sec</w:t></w:r><w:t>ret".utf8)
  let size = UInt8(text.count)
  return [(UInt8(0), text), (8, [1, size, 0, ~size, 255] + text)].map { method, data in
    let head: [UInt8] = [0x50, 0x4B, 3, 4, 20, 0, 0, 0, method, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    return head + [UInt8(data.count), 0, 0, 0, size, 0, 0, 0, 5, 0, 0, 0] + Array("a.xml".utf8)
      + data
  }
}

private func labelSeeds() -> [[UInt8]] {
  let lines = Pseudonyms(key: [UInt8](repeating: 7, count: 32)).bytes.text
  let digest = Hash(leaf: [1]).base64
  return ["", "\(digest) PERSON 1\n", "\(digest) PERSON 1\n\(Hash.emptyTree.base64) PERSON 2\n"]
    .map { Array((lines + $0).utf8) }
}

private func contentSeeds() -> [[UInt8]] {
  let texts = [
    "Jan Novák, +420 777 123 456, jan@example.org 192.0.2.1 2001:db8::1\n",
    "name,\"e,mail\",x\r\n\"a\"\"b\",c@d.example,DE89370400440532013000\r\n",
    "{\"a\": {\"name\": \"x\\u00e9\"}, \"b\": [1, -3e2, null], \"c\": [{\"/x\": true}]}\n",
    "4111 1111 1111 1111 e\u{301}x²Ⅷ٣ \u{20DD}😀",
  ]
  return texts.flatMap { text in (0..<6).map { [UInt8($0), 3] + Array(text.utf8) } }
}
