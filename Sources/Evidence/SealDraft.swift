import CAdES
import Merkle
import Redaction

/// The state of a sealing between its steps.
struct SealDraft {
  let sources: SourceList
  let order: SealingOrder
  let signatory: Signatory
  let time: Int64
  let seed = Seed.generate()
  let bundleID: String
  let terms: HandlingTerms
  /// The numbers of the items that companions were made from, by the bytes of their names.
  private let originals: [[UInt8]: Int]
  private(set) var plans = SealPlans()
  /// Where the container's entries of the items' contents begin; their SHA-256 are there, of tables after
  /// the first pass, of all after the second.
  private(set) var firstContent = 0
  /// Over the ids of the items.
  var tree = CompactTree()

  init(
    _ sources: SourceList, _ order: SealingOrder, _ signatory: Signatory, _ time: Int64
  ) throws {
    self.sources = sources
    self.order = order
    self.signatory = signatory
    self.time = time
    originals = Self.originals(in: sources)
    plans.reserveCapacity(sources.count)
    var generator = SystemRandomNumberGenerator()
    bundleID = hex((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
    terms = try HandlingTerms(
      template: order.terms, bundleID: bundleID, caseReference: order.caseReference)
  }

  private static func originals(in sources: SourceList) -> [[UInt8]: Int] {
    var names: Set<[UInt8]> = []
    for index in sources.indices {
      if let companion = sources[index].companion { names.insert(Array(companion.original.utf8)) }
    }
    guard !names.isEmpty else { return [:] }
    var numbers: [[UInt8]: Int] = [:]
    for index in sources.indices {
      let name = Array(sources[index].name.utf8)
      if names.contains(name) { numbers[name] = index + 1 }
    }
    return numbers
  }

  func statement(root: Hash) throws -> SealStatement {
    var digest = Digest256()
    digest.update(terms.bytes)
    guard let now = StatementTime(unixSeconds: time) else {
      throw EvidenceError.malformed(Layout.seal)
    }
    return try SealStatement(
      bundleID: bundleID, itemCount: sources.count, root: root, terms: digest.hash,
      sealer: signatory.signerName, time: now)
  }

  /// First pass over all items.
  mutating func describeAll(into assembly: Assembly, scratch: ScratchFile) throws {
    firstContent = assembly.entryCount + sources.count
    for index in sources.indices { try describe(index, into: assembly, scratch: scratch) }
  }

  /// First pass: how the item is cut, and its `.leaves` file (or room for it).
  private mutating func describe(
    _ index: Int, into assembly: Assembly, scratch: ScratchFile
  ) throws {
    let source = sources[index]
    let (plan, digest) = try survey(source, scratch: scratch)
    plans.append(plan)
    let path = Layout.leaves(index + 1)
    if let digest { assembly.expect(digest, at: firstContent + index) }
    guard plan.cutting.mode == 1, let sha256 = digest else {
      // The digest isn't known yet, but its length is, so the file's length is too.
      let head = try head(index, plan, sha256: [UInt8](repeating: 0, count: 32))
      try assembly.reserve(path, size: leavesBytes(head).count)
      return
    }
    try assembly.addStream(path, size: nil) { write in
      try withoutActuallyEscaping(write) { write in
        let leaves = try LeavesWriter(head: head(index, plan, sha256: sha256), write: write)
        try leaves.beginRun(disclosed: true, count: plan.leafCount)
        try leaves.appendLengths(
          count: plan.leafCount,
          encoded: { write in
            try scratch.forEachPiece(in: plan.lengths, write)
          })
        try leaves.finish()
      }
    }
  }

  private func survey(
    _ source: SourceItem, scratch: ScratchFile
  ) throws -> (plan: SealPlan, digest: [UInt8]?) {
    let mediaType =
      try source.companion?.mediaType ?? source.mediaType
      ?? Redaction.mediaType(fileName: source.name, head: firstBytes(of: source, count: 4096))
    let start = scratch.count
    var digest = SideDigest()
    let survey: Survey
    do {
      survey = try Redaction.survey(
        mediaType: mediaType, byteCount: source.size, grid: grid(mediaType),
        cutting: source.companion?.cutting,
        reopen: {
          digest = SideDigest()
          try scratch.cut(to: start)
          let read = try source.open()
          return { buffer in
            let count = try read(buffer)
            digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            return count
          }
        },
        writeLengths: { try scratch.write($0) })
    } catch is SegmentError {
      throw EvidenceError.changedWhileRead(source.name)
    }
    let plan = SealPlan(
      mediaType: mediaType, cutting: survey.cutting, leafCount: survey.leafCount,
      lengths: start..<scratch.count,
      trouble: SealPlan.Trouble(survey.fellBackFrom, survey.fault))
    return (plan, survey.cutting.mode == 1 ? digest.finalize() : nil)
  }

  private func grid(_ mediaType: String) -> UInt32? {
    order.grid ?? (isDiskImage(mediaType: mediaType) ? order.diskImageGrid : nil)
  }

  /// The `.leaves` file of an item that was cut by a grid.
  func leavesBytes(_ head: ItemHead) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try withUnsafeMutablePointer(to: &bytes) { bytes in
      let writer = try LeavesWriter(head: head) { bytes.pointee.append(contentsOf: $0) }
      try writer.beginRun(disclosed: true, count: head.shape.leafCount)
      try writer.finish()
    }
    return bytes
  }

  func head(_ index: Int, _ plan: SealPlan, sha256: [UInt8]) throws -> ItemHead {
    let values = headers(index, plan, sha256: hex(sha256))
    let fields = try values.sorted { $0.key < $1.key }.enumerated().map { position, pair in
      IndexedField(
        index: UInt32(position),
        field: try HeaderField(key: pair.key, value: Array(pair.value.utf8)))
    }
    let mode: ItemShape.Mode =
      if case .grid(let grid) = plan.cutting { .grid(grid) } else { .table }
    let shape = try ItemShape(
      mode: mode, leafCount: plan.leafCount, headerCount: UInt32(fields.count))
    return try ItemHead(shape: shape, headers: fields)
  }

  private func headers(_ index: Int, _ plan: SealPlan, sha256: String) -> [String: String] {
    let source = sources[index]
    var values = [
      "name": source.name, "media-type": plan.mediaType, "sha256": sha256,
      "size": String(source.size),
    ]
    values["modified"] = source.modified
    if let companion = source.companion {
      // It was made, not acquired.
      values[Derivation.headerKey] = derivation(companion)
    } else {
      values["acquired-at"] = order.acquisition.at
      values["acquired-by"] = order.acquisition.by
      values["acquired-method"] = order.acquisition.method
      values["acquired-source"] = order.acquisition.source
    }
    return values
  }

  private func derivation(_ companion: CompanionSource) -> String? {
    originals[Array(companion.original.utf8)].map { number in
      let derivation = Derivation(
        original: number, tool: companion.tool, version: CompanionSource.version,
        parameters: companion.parameters)
      return String(decoding: derivation.bytes, as: UTF8.self)
    }
  }

  /// What the CASE graph tells of a sealed item. Made anew each time it is asked for: of 100,000 items
  /// together they would take more memory than everything else.
  func graphItem(_ number: Int, _ digests: EntryDigests) -> CaseGraph.Item {
    CaseGraph.Item(
      headers: headers(
        number - 1, plans[number - 1], sha256: hex(digests[firstContent + number - 1] ?? [])),
      path: Layout.item(number, name: sources[number - 1].name))
  }

  private func firstBytes(of source: SourceItem, count: Int) throws -> [UInt8] {
    let read = try source.open()
    var head: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: count)
    while head.count < count {
      let got = try buffer.withUnsafeMutableBytes {
        try read(UnsafeMutableRawBufferPointer(rebasing: $0[..<(count - head.count)]))
      }
      if got == 0 { break }
      head += buffer[..<got]
    }
    return head
  }
}
