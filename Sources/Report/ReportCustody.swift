import CAdES
import Evidence
import Redaction

// Points 7 and 13: what is known of the evidence between its acquisition and this check.
extension ReportBuilder {
  var custody: [ReportBlock] {
    let events = custodyEvents
    guard !events.isEmpty else { return [paragraph(.noCustody), paragraph(.receiptsAbsent)] }
    var table = ReportTable(
      caption: say[.custodyCaption],
      columns: [say[.when], say[.event], say[.by], say[.knownFrom]], widths: [25, 30, 25, 20])
    for event in events {
      table.add([
        event.time.map { .time(timeText($0)) } ?? .given(event.told), .words(event.what),
        event.who.isEmpty ? words(.notTold) : .given(event.who), .words(event.source),
      ])
    }
    let gaps = gaps(between: events)
    return [.table(table), paragraph(.gapsTitle), gaps.isEmpty ? paragraph(.noGaps) : .list(gaps)]
      + receipts
  }

  private struct CustodyEvent {
    var time: Int64?
    /// The time as it was told, where it isn't one that can be compared.
    var told = ""
    var what: String
    var who: String
    var source: String
  }

  /// In the order of their times; those without one first.
  private var custodyEvents: [CustodyEvent] {
    guard let seal = verification.seal else { return [] }
    var events = acquisitionEvents
    events.append(
      CustodyEvent(
        time: seal.time.unixSeconds, what: say[.eventSealed], who: seal.sealer.node,
        source: say[.fromSeal]))
    for (step, record) in zip(1..., verification.records) {
      events.append(
        CustodyEvent(
          time: record.time.unixSeconds, what: say(.eventRedacted, String(step)),
          who: record.redactor.node, source: say[.fromRecord]))
    }
    if let release = verification.release {
      let told = release.json["releasedAt"]?.string ?? ""
      events.append(
        CustodyEvent(
          time: StatementTime(told)?.unixSeconds, told: told,
          what: say(
            .eventReleased, release.recipients.joined(separator: ", "), release.transfer),
          who: release.sender, source: "release.json"))
    }
    for report in verification.signatures {
      guard let proven = report.validation.provenTime else { continue }
      events.append(
        CustodyEvent(
          time: proven, what: say(.eventStamped, roleWords(report.role)),
          who: report.validation.provenBy ?? "", source: report.file))
    }
    events += loggedEvents
    let order = events.enumerated().sorted {
      ($0.element.time ?? .min, $0.offset) < ($1.element.time ?? .min, $1.offset)
    }
    return order.map(\.element)
  }

  /// What proven entries of a log tell of this bundle.
  private var loggedEvents: [CustodyEvent] {
    order.logAnchors.compactMap { anchor in
      guard let checkpoint = anchor.checkpoint, let seal = verification.seal,
        anchor.entry?["bundle"]?.string == seal.bundleID
      else { return nil }
      let told = anchor.entry?["time"]?.string ?? ""
      // Entries tell milliseconds, which no other time here has.
      return CustodyEvent(
        time: StatementTime(told.prefix(19) + "Z")?.unixSeconds, told: told,
        what: say(.eventLogged, anchor.entry?["event"]?.string ?? "?"),
        who: anchor.entry?["node"]?.string ?? "", source: say(.fromLog, checkpoint.origin))
    }
  }

  /// One for each person and time that acquired items.
  private var acquisitionEvents: [CustodyEvent] {
    var acts: [[String]: Int] = [:]
    for item in verification.items {
      guard let at = item.headers["acquired-at"] else { continue }
      acts[[at, item.headers["acquired-by"] ?? ""], default: 0] += 1
    }
    let ordered = acts.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    return ordered.prefix(Self.maximumEvents).map { act, count in
      CustodyEvent(
        time: StatementTime(act[0])?.unixSeconds, told: act[0],
        what: say(.eventAcquired, String(count)), who: act[1], source: say[.fromItems])
    }
  }

  /// The spans of which the bundle tells nothing, and times that contradict their order.
  private func gaps(between events: [CustodyEvent]) -> [ReportText] {
    let told = events.filter { $0.time != nil }
    var gaps: [ReportText] = []
    for (one, next) in zip(told, told.dropFirst()) {
      guard let from = one.time, let to = next.time, to - from >= Self.shortestGap else { continue }
      gaps.append(
        .words(
          say(
            .gap, timeText(from), timeText(to), duration(to - from))))
    }
    if let last = told.last?.time, order.time - last >= Self.shortestGap {
      gaps.append(words(.gapToCheck, timeText(last), duration(order.time - last)))
    }
    return gaps + contradictions
  }

  private var contradictions: [ReportText] {
    guard let seal = verification.seal else { return [] }
    var found: [ReportText] = []
    let early = verification.items.filter { item in
      guard let at = item.headers["acquired-at"].flatMap({ StatementTime($0) }) else {
        return false
      }
      return at > seal.time
    }
    if !early.isEmpty { found.append(words(.acquiredAfterSeal, String(early.count))) }
    var previous = seal.time
    for (step, record) in zip(1..., verification.records) {
      if record.time < previous { found.append(words(.stepBeforeLast, String(step))) }
      previous = record.time
    }
    if let last = verification.signatures.compactMap(\.validation.provenTime).max(),
      last > order.time
    {
      found.append(words(.stampAfterCheck, timeText(last)))
    }
    return found
  }

  private func duration(_ seconds: Int64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60)
    return say(.duration, String(days), String(hours), String(minutes))
  }

  private var receipts: [ReportBlock] {
    guard !file.custody.isEmpty else { return [paragraph(.receiptsAbsent)] }
    return [
      paragraph(.receiptsUnjudged),
      .list(file.custody.prefix(Self.maximumEvents).map { .given($0) }),
    ]
  }

  var clocks: [ReportBlock] {
    let state: ReportText =
      switch order.clock {
      case .synchronised(let error): words(.clockKept, String(error / 1000))
      case .notSynchronised: words(.clockNotKept)
      case nil: words(.clockUnknown)
      }
    var facts = [ReportFact(say[.clockOfCheck], [.time(timeText(order.time)), state])]
    for report in verification.signatures where report.validation.provenTime != nil {
      facts.append(
        ReportFact(
          say(.clockOfSigner, roleWords(report.role)), difference(report.validation)))
    }
    return [.facts(facts), paragraph(.clocksMeaning)]
  }

  /// Shorter spans are the work of one act.
  private static let shortestGap: Int64 = 60
  /// A bundle put together from many sources.
  private static let maximumEvents = 500
}
