import CAdES
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
    for item in sortedItems {
      table.rows.append(
        ReportTable.Row(
          cells: [
            [.code(String(item.number))], name(of: item),
            [item.size.map { words(.byteCount, String($0)) } ?? words(.none)], digests(of: item),
            [.words(say.named("state.\(item.state.rawValue)") ?? item.state.rawValue)],
            item.failures.isEmpty
              ? [words(.itemPassed)] : [words(.itemFailed)] + item.failures.map { .english($0) },
          ], isBad: !item.failures.isEmpty))
    }
    return [
      paragraph(
        .itemCounts, String(verification.items.count), String(partial),
        String(verification.withheldCount)), .table(table), paragraph(.itemsMeaning),
    ]
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
    let told = sortedItems.filter { item in
      item.headers.keys.contains { $0.hasPrefix("acquired-") }
    }
    guard !told.isEmpty else { return [paragraph(.noAcquisition)] }
    // Most items of a bundle were acquired in one act: told once, with the items it is about.
    var acts: [[String: String]: [ItemReport]] = [:]
    for item in told {
      acts[item.headers.filter { $0.key.hasPrefix("acquired-") }, default: []].append(item)
    }
    let ordered = acts.sorted { ($0.value.first?.number ?? 0) < ($1.value.first?.number ?? 0) }
    var blocks: [ReportBlock] = [paragraph(.acquisitionMeaning)]
    for (act, items) in ordered.prefix(Self.maximumActs) {

      blocks.append(.facts(facts(act, items), caption: say(.acquisitionOf, String(items.count))))

    }
    if ordered.count > Self.maximumActs {
      blocks.append(paragraph(.moreActs, String(ordered.count - Self.maximumActs)))
    }
    let untold = verification.items.count - told.count
    if untold > 0 { blocks.append(paragraph(.untoldAcquisition, String(untold))) }
    return blocks
  }

  private func facts(_ act: [String: String], _ items: [ItemReport]) -> [ReportFact] {
    let known: [(String, Phrase)] = [
      ("acquired-at", .acquiredAt), ("acquired-by", .acquiredBy), ("acquired-source", .source),
      ("acquired-method", .method), ("acquired-tool", .tool), ("acquired-place", .place),
    ]
    var facts = known.map { ReportFact(say[$1], given(act[$0])) }
    for (key, value) in act.sorted(by: { $0.key < $1.key })
    where !known.contains(where: { $0.0 == key }) {
      facts.append(ReportFact(key, .given(value)))
    }
    let names = items.prefix(Self.maximumNames).map { itemName($0.number) }
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
  private static let maximumNames = 50
}
