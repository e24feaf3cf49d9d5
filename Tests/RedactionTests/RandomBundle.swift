import Crypto
import Foundation
import Merkle
import Redaction
import SeededNumbers

/// A bundle of random items that the product sealed and redacted, step by step.
struct RandomBundle {
  /// An item as a sealer finds it.
  struct Source {
    var name, mediaType: String
    var data: [UInt8]
    var grid, header: UInt32?
    var from: String?
  }

  let seed: [UInt8]
  private(set) var sources: [Source] = []
  /// The ids that sealing gives.
  private(set) var ids: [Hash] = []
  /// As sealed, and after each step.
  private(set) var packages: [Package] = []
  /// The cuts of each step, complete.
  private(set) var steps: [[Cut]] = []

  static let sealer = TestSigner("pt-ipcu")
  static let redactors = [TestSigner("fi-npa"), TestSigner("sg-court")]
  static let trusted = ([sealer] + redactors).map(\.verifierKey)

  init(_ random: inout SplitMix64) throws {
    seed = randomBytes(32, &random)
    for number in 1...Int.random(in: 1...5, using: &random) {
      sources.append(Self.source(number, &random))
    }
    if Int.random(in: 0..<3, using: &random) == 0 { addPicture(&random) }
    try seal()
    for step in 0..<Int.random(in: 1...3, using: &random) { try redact(step, &random) }
  }

  /// What the second implementation is asked.
  var question: SecondOpinion.Question {
    SecondOpinion.Question(
      seed: hex(seed),
      items: sources.map {
        .init(
          name: $0.name, media: $0.mediaType, data: hex($0.data), grid: $0.grid,
          header: $0.header, from: $0.from)
      }, steps: steps.map { $0.map { .init(cut: $0) } })
  }

  private func hex(_ bytes: [UInt8]) -> String { bytes.map(hexDigits).joined() }
}

private func hexDigits(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16)
  return digits.count == 2 ? digits : "0" + digits
}

func randomBytes(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
  (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
}

// Sources.
extension RandomBundle {
  private static func source(_ number: Int, _ random: inout SplitMix64) -> Source {
    let kinds = [
      "text/plain", "message/rfc822", "text/html; charset=utf-8", "text/csv", "text/csv",
      "text/tab-separated-values", "application/json", "application/x-ndjson",
      "application/octet-stream", "application/octet-stream",
    ]
    let mediaType = kinds.randomElement(using: &random) ?? "text/plain"
    var source = Source(name: "\(number).bin", mediaType: mediaType, data: [])
    if mediaType == "application/octet-stream" {
      source.data = randomBytes(Int.random(in: 0...300, using: &random), &random)
      source.grid = [nil, 1, 16, 64].randomElement(using: &random) ?? nil
      if source.grid == 1 { source.data = Array(source.data.prefix(50)) }
    } else {
      let parts = [
        "Jan", "Novák", " ", " ", ",", ";", "\t", "\"", "\"a,b;c\td\"", "\"\"", "\n", "\r\n", "{",
        "}", "[",
        "]", ":", "1.5", "null", "\\", "東京", "\u{301}", "\u{FEFF}", "\r", "\"x\"",
      ]
      let count = Int.random(in: 0...30, using: &random)
      var text = (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
      if Int.random(in: 0..<4, using: &random) == 0 { text = "\u{FEFF}" + text }
      source.data = Array(text.utf8)
      if Int.random(in: 0..<12, using: &random) == 0 { source.data.append(0xFF) }
    }
    return source
  }

  /// A picture, and its companions of one page or two.
  private mutating func addPicture(_ random: inout SplitMix64) {
    let place = Int.random(in: 0...sources.count, using: &random)
    let data = randomBytes(Int.random(in: 1...150, using: &random), &random)
    sources.insert(Source(name: "scan.png", mediaType: "image/png", data: data), at: place)
    for page in 1...Int.random(in: 1...2, using: &random) {
      let header = Int.random(in: 1...20, using: &random)
      let tiles = Int.random(in: 1...3, using: &random)
      sources.append(
        Source(
          name: "scan.png.page-00\(page).tiff", mediaType: "image/tiff",
          data: randomBytes(header + tiles * Tile.byteCount, &random), header: UInt32(header),
          from: "\(place + 1) page-tiles 1 page=\(page) dpi=150"))
      guard Bool.random(using: &random) else { continue }
      sources.append(
        Source(
          name: "scan.png.page-00\(page).words.csv", mediaType: "text/csv",
          data: Array("page,line,x,y,width,height,text\n\(page),1,2,3,4,5,\"a \"\"b\"\"\"\n".utf8),
          from: "\(place + 1) page-words 1 page=\(page)"))
    }
  }
}

// Sealing.
extension RandomBundle {
  private mutating func seal() throws {
    let bundleSeed = try Reference.seed(seed)
    var leaves: [String: Hex] = [:]
    var files: [String: Hex] = [:]
    for (index, source) in sources.enumerated() {
      let item = try source.item()
      let itemSeed = bundleSeed.leaf(UInt64(index), of: UInt64(sources.count))
      ids.append(try item.sealed.id(seed: itemSeed))
      let key = String(10_000 + index + 1).dropFirst()
      leaves[String(key)] = Hex(item.leavesFile)
      files[String(key)] = Hex(source.data)
    }
    let view = try View(seed: bundleSeed, itemCount: sources.count)
    let named = Self.redactors.map {
      #"{"anchor":"\#($0.name.key.base64)","node":"\#($0.name.node)"}"#
    }
    let terms = #"{"redactors":[\#(named.joined(separator: ","))]}"#
    let statement = try SealStatement(
      bundleID: String(repeating: "0", count: 32), itemCount: sources.count,
      root: view.root { ids[$0 - 1] }, terms: Hash(digestOf: Array(terms.utf8)),
      sealer: Self.sealer.name, time: time(0))
    packages = [
      Package(
        seal: try Self.sealer.sign(statement.bytes), terms: terms, records: [],
        view: Hex(view.bytes), leaves: leaves, files: files)
    ]
  }

  private func time(_ step: Int) throws -> StatementTime {
    guard let time = StatementTime(unixSeconds: 1_800_000_000 + Int64(step)) else {
      throw RedactionError.root
    }
    return time
  }
}

extension RandomBundle.Source {
  /// The item as the product cuts it, and its leaves file.
  func item() throws -> (sealed: Story.Item, leavesFile: [UInt8]) {
    let found = try survey(
      mediaType: mediaType, byteCount: UInt64(data.count), grid: grid,
      cutting: header.map { .tiles(header: $0) }, reopen: { reader(data, most: 50) },
      writeLengths: { _ in })
    var content: [[UInt8]] = [[]]
    var segmenter = Segmenter(found.cutting)
    func collect(_ piece: SegmentPiece) {
      switch piece {
      case .bytes(let bytes): content[content.count - 1] += Array(bytes)
      case .endLeaf: content.append([])
      }
    }
    for start in stride(from: 0, to: data.count, by: 7) {
      try data[start..<min(start + 7, data.count)].withUnsafeBytes {
        try segmenter.push($0, collect)
      }
    }
    try segmenter.finish(collect)
    content.removeLast()
    let digest = Reference.hash(data).map(hexDigits).joined()
    var fields = [
      ("media-type", mediaType), ("name", name), ("sha256", digest), ("size", "\(data.count)"),
    ]
    if let from { fields.insert(("derived-from", from), at: 0) }
    let header = try fields.map { try HeaderField(key: $0.0, value: Array($0.1.utf8)) }
    let shape = try ItemShape(
      mode: found.cutting.grid > 0 ? .grid(found.cutting.grid) : .table,
      leafCount: found.leafCount, headerCount: UInt32(header.count))
    let output = Output()
    let writer = try LeavesWriter(
      head: ItemHead(
        shape: shape,
        headers: header.enumerated().map { IndexedField(index: UInt32($0), field: $1) }),
      write: output.writer)
    try writer.beginRun(disclosed: true, count: found.leafCount)
    if shape.mode == .table { for leaf in content { try writer.appendLength(UInt64(leaf.count)) } }
    try writer.finish()
    let sealed = Story.Item(
      mode: Int(found.cutting.mode), grid: found.cutting.grid, header: header.map { Hex($0.bytes) },
      content: content.map { Hex($0) })
    return (sealed, output.bytes)
  }
}

// Steps.
extension RandomBundle {
  private mutating func redact(_ step: Int, _ random: inout SplitMix64) throws {
    guard let before = packages.last else { return }
    let view = try View(parsing: before.view.bytes)
    var proposed: [Cut] = []
    for number in 1...sources.count where !view.isWithheld(number) {
      if Int.random(in: 0..<5, using: &random) < 2 { continue }
      if Int.random(in: 0..<8, using: &random) == 0 {
        proposed.append(cut(number, .all, &random))
      } else {
        proposed += try partCuts(number, before, &random)
      }
    }
    proposed += try companionCuts(proposed, before, view)
    guard !proposed.isEmpty else { return }
    let cuts = try before.completing(proposed)
    let made = try before.redacting(cuts)
    let records = try before.parsedRecords()
    let signer = Self.redactors[step % 2]
    let record = try RedactionRecord(
      seal: Hash(digestOf: Note(before.seal, statement: 0).text),
      previous: records.last?.digest ?? Hash(digestOf: Note(before.seal, statement: 0).text),
      sequence: UInt64(records.count + 1), view: Hash(digestOf: made.view),
      isClosed: step == 2, redactor: signer.name, proposer: "prosecutor-7", approver: "judge-3",
      release: nil, time: time(step + 1), cuts: cuts)
    var after = before
    after.records.append(try signer.sign(record.bytes))
    after.view = Hex(made.view)
    after.leaves = made.leaves.mapValues { Hex($0) }
    after.files = made.files.mapValues { Hex($0) }
    packages.append(after)
    steps.append(cuts)
  }

  private func cut(_ item: Int, _ part: Cut.Part, _ random: inout SplitMix64) -> Cut {
    let shown = [nil, nil, "PERSON-3", #"x; "y", \z"#].randomElement(using: &random) ?? nil
    return Cut(
      item: item, part: part,
      code: ["PD-NAME", "INF", "REL"].randomElement(using: &random) ?? "REL",
      rule: UInt64.random(in: 0...3, using: &random), basis: "LED art. 4(1)(c)", shown: shown)
  }

  /// Some ranges of what is still disclosed: never the head of a picture, nor what must stay.
  private func partCuts(
    _ number: Int, _ package: Package, _ random: inout SplitMix64
  ) throws -> [Cut] {
    let leaves = try LeavesReader(reader(package.leaves[package.name(number)]?.bytes ?? []))
    var open: [Range<UInt64>] = []
    while let run = try leaves.nextRun() { if run.isDisclosed { open.append(run.leaves) } }
    var cuts: [Cut] = []
    let isPicture = try leaves.head.form() == .image
    for range in open {
      var next = max(range.lowerBound, isPicture ? 1 : 0)
      while next < range.upperBound {
        let end = min(range.upperBound, next + UInt64.random(in: 1...4, using: &random))
        if Int.random(in: 0..<4, using: &random) == 0 {
          cuts.append(cut(number, .content(next..<end), &random))
        }
        next = end
      }
    }
    for header in leaves.head.headers
    where !["media-type", "derived-from"].contains(header.field.key) {
      guard Int.random(in: 0..<8, using: &random) == 0 else { continue }
      let index = UInt64(header.index)
      cuts.append(cut(number, .header(index..<index + 1), &random))
    }
    return cuts
  }

  /// The original of each companion that is cut, and its neighbours that aren't, go whole.
  private func companionCuts(_ cuts: [Cut], _ package: Package, _ view: View) throws -> [Cut] {
    var pages: [Int: (original: Int, page: Int)] = [:]
    var cut = Set(cuts.filter { if case .header = $0.part { false } else { true } }.map(\.item))
    let original = cut
    for (number, source) in zip(1..., sources) where !view.isWithheld(number) {
      guard let from = source.from, let derivation = Derivation(from.utf8) else { continue }
      pages[number] = (derivation.original, derivation.page ?? 1)
      let head = try LeavesReader(reader(package.leaves[package.name(number)]?.bytes ?? []))
      while let run = try head.nextRun() { if !run.isDisclosed { cut.insert(number) } }
    }
    var forced: Set<Int> = []
    for number in original {
      guard let page = pages[number] else { continue }
      if !view.isWithheld(page.original) { forced.insert(page.original) }
      forced.formUnion(pages.filter { $0.value == page && !cut.contains($0.key) }.keys)
    }
    return forced.sorted().map { Cut(item: $0, part: .all, code: "DER", rule: 0, basis: "x") }
  }
}

/// A node's key, and signed notes made with it.
struct TestSigner {
  let name: SignerName
  let verifierKey: String
  private let key = Curve25519.Signing.PrivateKey()
  private let id: [UInt8]

  init(_ node: String) {
    let raw = Array(key.publicKey.rawRepresentation)
    let info: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
    guard let name = try? SignerName(node: node, key: Hash(digestOf: info + raw)) else {
      preconditionFailure("the tests name their nodes by identifiers")
    }
    self.name = name
    id = Array(Hash(digestOf: Array(node.utf8) + [10, 1] + raw).bytes.prefix(4))
    verifierKey =
      "\(node)+\(id.map(hexDigits).joined())+\(Data([1] + raw).base64EncodedString())"
  }

  func sign(_ text: [UInt8]) throws -> String {
    let signature = try id + key.signature(for: text)
    return String(decoding: text, as: UTF8.self)
      + "\n— \(name.node) \(Data(signature).base64EncodedString())\n"
  }
}
