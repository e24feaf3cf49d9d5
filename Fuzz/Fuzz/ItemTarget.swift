import Redaction

/// An item's files against its view: leaves, view, cuts, then the item's content.
///
/// An item that holds is redacted by the cuts, and its new files must hold too, with the same id.
func fuzzItem(_ bytes: [UInt8]) throws {
  var parts = Parts(bytes)
  let (leaves, viewBytes, cutLines) = (parts.next(), parts.next(), parts.next())
  let content = parts.last
  let cuts = (try? RedactionRecord(parsing: recordHead + cutLines))?.cuts ?? []
  scan(leaves, content, cuts)

  let view = try View(parsing: viewBytes)
  let mine = cuts.filter { $0.item == 1 }
  guard let before = try? check(view, leaves, content, []) else {
    _ = try check(view, leaves, content, mine)
    return
  }
  let all = try completeCuts(mine, view: view) { _ in try LeavesReader(reader(leaves)).head }
  guard !all.isEmpty else { return }
  let (newLeaves, newContent) = (Output(), Output())
  let step = try redactItem(
    number: 1, view: view, leaves: reader(leaves), content: reader(content), previous: [],
    added: all, writeLeaves: newLeaves.write, writeContent: newContent.write)
  guard step.hasFiles else { return }
  let after = certain("a step makes an item that doesn't hold") {
    try checkItem(
      number: 1, view: view.applying([1: step.state]), leaves: reader(newLeaves.bytes),
      content: step.hasContent ? reader(newContent.bytes) : nil, cuts: all)
  }
  expect(after.id == before.id, "a step changes the item's id")
}

private func check(
  _ view: View, _ leaves: [UInt8], _ content: [UInt8], _ cuts: [Cut]
) throws -> CheckedItem {
  let whole = Result {
    try checkItem(
      number: 1, view: view, leaves: reader(leaves), content: reader(content), cuts: cuts)
  }
  let pieces = Result {
    try checkItem(
      number: 1, view: view, leaves: reader(leaves, most: 5), content: reader(content, most: 3),
      cuts: cuts)
  }
  expect((try? whole.get()) == (try? pieces.get()), "an item holds or not by how its bytes come")
  return try whole.get()
}

private func scan(_ leaves: [UInt8], _ content: [UInt8], _ cuts: [Cut]) {
  func pieces(_ most: Int) -> [[UInt8]]? {
    try? {
      let scanner = try LeafScanner(
        leaves: reader(leaves, most: most), content: reader(content, most: most), cuts: cuts)
      var list: [[UInt8]] = [[]]
      while let piece = try scanner.next() {
        switch piece {
        case .bytes(_, let bytes): list[list.count - 1] += Array(bytes)
        case .end, .withheld: list.append([])
        }
      }
      return list
    }()
  }
  expect(pieces(.max) == pieces(2), "leaves differ by how their bytes come")
}

private let hashLine = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
/// The lines of a record before its cuts.
private let recordHead = Array(
  """
  evidence-redaction/v1
  \(hashLine)
  \(hashLine)
  1
  \(hashLine)
  open
  redactor a \(hashLine)
  proposer a
  approver -
  -
  2026-11-20T12:00:00Z

  """.utf8)

func itemSeeds() throws -> [[UInt8]] {
  var seeds: [[UInt8]] = []
  for package in Vectors.packages {
    let records = package.records.compactMap { try? RedactionRecord(parsing: Array($0.utf8)) }
    let lines = (try? Claims(records))?.cuts(ofItem: 1).map(line).joined() ?? ""
    guard let leaves = package.leaves["0001"], leaves.count < 1 << 16 else { continue }
    let content = package.files["0001"] ?? []
    let proposed = lines.isEmpty ? "cut 1 content 0-1 PD-NAME 0 x\nshown P-1\n" : lines
    seeds.append(Parts.joined(leaves, package.view, Array(proposed.utf8), last: content))
  }
  for (mode, mediaType, leaves) in [
    (ItemShape.Mode.table, "text/plain", ["Jan", " ", "", "tel", ": ", "555"]),
    (.table, "text/csv", ["a", ",", "b", "\n", "c", ",", "d"]),
    (.table, "application/json", ["{", "\"a\"", ":", "1", "}"]), (.grid(4), "x/y", ["abcd", "ef"]),
  ] {
    seeds.append(try seed(mode, mediaType, leaves.map { Array($0.utf8) }))
  }
  return seeds
}

private func line(_ cut: Cut) -> String {
  let part =
    switch cut.part {
    case .all: "all"
    case .header(let range): "header \(range.lowerBound)-\(range.upperBound)"
    case .content(let range): "content \(range.lowerBound)-\(range.upperBound)"
    }
  return "cut \(cut.item) \(part) \(cut.code) \(cut.rule) \(cut.basis)\n"
    + (cut.shown.map { "shown \($0)\n" } ?? "")
}

/// A whole item of its own bundle, and a cut that it can take.
private func seed(
  _ mode: ItemShape.Mode, _ mediaType: String, _ leaves: [[UInt8]]
) throws -> [UInt8] {
  let fields = [
    try HeaderField(key: "media-type", value: Array(mediaType.utf8)),
    try HeaderField(key: "name", value: Array("a".utf8)),
    try HeaderField(key: "size", value: Array("9".utf8)),
  ]
  let shape = try ItemShape(mode: mode, leafCount: UInt64(leaves.count), headerCount: 3)
  let headers = fields.enumerated().map { IndexedField(index: UInt32($0), field: $1) }
  let output = Output()
  let writer = try LeavesWriter(
    head: ItemHead(shape: shape, headers: headers), write: output.write)
  try writer.beginRun(disclosed: true, count: shape.leafCount)
  if mode == .table { for leaf in leaves { try writer.appendLength(UInt64(leaf.count)) } }
  try writer.finish()
  guard let seed = Seed(bytes: [UInt8](repeating: 5, count: 32)) else { return [] }
  let view = try View(seed: seed, itemCount: 1)
  let cuts = Array("cut 1 content 0-1 PD-NAME 1 x\nshown P-1\n".utf8)
  return Parts.joined(output.bytes, view.bytes, cuts, last: Array(leaves.joined()))
}
