import CAdES
import CanonicalJSON
import Evidence
import Redaction

// Points 4, 8 and 9: the items, how they were acquired, and what is withheld of them.
extension ReportBuilder {
  var items: [ReportBlock] {
    guard !verification.items.isEmpty else { return [paragraph(.noItems)] }
    let partial = verification.items.count(of: .partial)
    var table = ReportTable(
      caption: say[.itemsCaption],
      columns: [
        say[.number], say[.name], say[.size], say[.digests], say[.state], say[.result],
      ], widths: [5, 20, 10, 35, 15, 15])
    let numbers = sortedNumbers
    table.rows = ReportTable.Rows(count: numbers.count) { [self] in
      row(of: verification.items[Int(numbers[$0]) - 1])
    }
    return [
      paragraph(
        .itemCounts, String(verification.items.count), String(partial),
        String(verification.withheldCount)), .table(table), paragraph(.itemsMeaning),
    ]
  }

  private func row(of item: ItemReport) -> ReportTable.Row {
    ReportTable.Row(
      cells: [
        [.code(String(item.number))], name(of: item),
        [item.size.map { words(.byteCount, String($0)) } ?? words(.none)], digests(of: item),
        [.words(say.named("state.\(item.state.rawValue)") ?? item.state.rawValue)],
        item.failures.isEmpty
          ? [words(.itemPassed)] : [words(.itemFailed)] + item.failures.map { .english($0) },
      ], isBad: !item.failures.isEmpty)
  }

  private func name(of item: ItemReport) -> [ReportText] {
    var texts = [itemName(item.number)]
    if let exhibit = item.headers["exhibit"] { texts.append(words(.exhibit, exhibit)) }
    if let path = item.path { texts.append(.code(path)) }
    return texts
  }

  /// Expected and computed; what a partly withheld item was is known by its tree alone.
  private func digests(of item: ItemReport) -> [ReportText] {
    guard let computed = item.sha256 else { return [words(.none)] }
    guard item.state == .disclosed, let sealed = item.headers["sha256"] else {
      return [words(.digestOfCopy), .code(computed)]
    }
    return sealed == computed
      ? [words(.digestAlike), .code(computed)]
      : [words(.digestSealed), .code(sealed), words(.digestComputed), .code(computed)]
  }

  var acquisition: [ReportBlock] {
    // Most items of a bundle were acquired in one act: told once, with the items it is about.
    var acts: [[UInt8]: Act] = [:]
    for number in sortedNumbers {
      let told = act(of: verification.items[Int(number) - 1])
      if !told.isEmpty { acts[digest(of: told), default: Act(first: number)].add(number) }
    }
    guard !acts.isEmpty else { return [paragraph(.noAcquisition)] }
    let ordered = acts.values.sorted { $0.first < $1.first }
    var blocks: [ReportBlock] = [paragraph(.acquisitionMeaning)]
    for act in ordered.prefix(Self.maximumActs) {
      blocks.append(.facts(facts(act), caption: say(.acquisitionOf, String(act.count))))
    }
    if ordered.count > Self.maximumActs {
      blocks.append(paragraph(.moreActs, String(ordered.count - Self.maximumActs)))
    }
    let untold = verification.items.count - ordered.reduce(0) { $0 + $1.count }
    if untold > 0 { blocks.append(paragraph(.untoldAcquisition, String(untold))) }
    return blocks
  }

  /// Items that were acquired alike.
  private struct Act {
    /// The first of them by name.
    let first: Int32
    private(set) var count = 0
    /// Those that are named.
    private(set) var named: [Int32] = []

    init(first: Int32) { self.first = first }

    mutating func add(_ number: Int32) {
      count += 1
      if named.count < ReportBuilder.maximumNames { named.append(number) }
    }
  }

  private func act(of item: ItemReport) -> [String: String] {
    item.headers.filter { $0.key.hasPrefix("acquired-") }
  }

  /// A sealer can tell another act of each item, and of very many their texts are too much to keep.
  private func digest(of act: [String: String]) -> [UInt8] {
    var digest = Digest256()
    digest.update(JSON.object(act.mapValues { .string($0) }).canonicalBytes)
    return digest.finalize()
  }

  private func facts(_ items: Act) -> [ReportFact] {
    let act = self.act(of: verification.items[Int(items.first) - 1])
    let known: [(String, Phrase)] = [
      ("acquired-at", .acquiredAt), ("acquired-by", .acquiredBy), ("acquired-source", .source),
      ("acquired-method", .method), ("acquired-tool", .tool), ("acquired-place", .place),
    ]
    var facts = known.map { ReportFact(say[$1], given(act[$0])) }
    for (key, value) in act.sorted(by: { $0.key < $1.key })
    where !known.contains(where: { $0.0 == key }) {
      facts.append(ReportFact(key, .given(value)))
    }
    let names = items.named.map { itemName(Int($0)) }
    let more = items.count - names.count
    facts.append(
      ReportFact(
        say[.items], names + (more > 0 ? [words(.andMore, String(more))] : [])))
    return facts
  }

  var redactions: [ReportBlock] {
    guard !verification.records.isEmpty else {
      return [paragraph(verification.seal == nil ? .noSealNoRedaction : .nothingWithheld)]
    }
    let summary = WithheldSummary(verification)
    guard summary.count > 0 else { return [paragraph(.nothingWithheld), .table(stepTable)] }
    let forced = verification.records.flatMap(\.cuts).count(where: \.isForced)
    return [
      paragraph(.redactedCopy, String(summary.count), String(summary.items.count)),
      paragraph(isRestIntact ? .restIntact : .restOpen), paragraph(.overRemoval, String(forced)),
      .table(stepTable), .table(codeTable(summary)), .table(withheldTable(summary)),
      paragraph(.redactionLogHint),
    ]
  }

  /// The tree that the original signer signed was recomputed from what is here.
  private var isRestIntact: Bool {
    verification.checks.contains { $0.id == "seal.root" && $0.result == .pass }
      && verification.checks.contains { $0.id == "redaction.account" && $0.result == .pass }
  }

  private var stepTable: ReportTable {
    var table = ReportTable(
      caption: say[.stepsCaption],
      columns: [
        say[.step], say[.when], say[.proposedBy], say[.approvedBy], say[.signedBy],
        say[.furtherSteps], say[.letsRedact],
      ], widths: [10, 25, 15, 20, 15, 15])
    for (step, record) in zip(1..., verification.records) {
      table.add([
        .code(String(step)), .time(record.time.text), .given(record.proposer),
        record.approver.map { .given($0) } ?? words(.nobodyElse),
        .given(record.redactor.node), words(record.isClosed ? .no : .yes),
        record.grants.isEmpty
          ? words(.no) : .given(Set(record.grants.map(\.node)).sorted().joined(separator: ", ")),
      ])
    }
    return table
  }

  private func codeTable(_ summary: WithheldSummary) -> ReportTable {
    var table = ReportTable(
      caption: say[.codesCaption], columns: [say[.code], say[.meaning], say[.places]],
      widths: [20, 60, 20])
    for (code, count) in summary.codes.sorted(by: { $0.key < $1.key }) {
      table.add([.code(code), .words(say.reason(code)), .code(String(count))])
    }
    return table
  }

  private func withheldTable(_ summary: WithheldSummary) -> ReportTable {
    var table = ReportTable(
      caption: say[.withheldCaption], columns: [say[.item], say[.extent], say[.codes]],
      widths: [40, 20, 40])
    for item in summary.items {
      let codes =
        item.isWhole
        ? item.codes.keys.sorted().joined(separator: ", ")
        : WithheldSummary.words(item.codes)
      table.add([
        itemName(item.number),
        item.isWhole ? words(.wholeItem) : words(.placeCount, String(item.count)), .code(codes),
      ])
    }
    return table
  }

  /// A bundle put together from many sources; the JSON holds each item's own facts.
  private static let maximumActs = 500
  fileprivate static let maximumNames = 50
}
