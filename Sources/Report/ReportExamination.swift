import CAdES
import Evidence
import Redaction

// Points 1 to 3: who checked what and when; what came of it; which bundle it is.
extension ReportBuilder {
  var examination: [ReportBlock] {
    var facts = [
      ReportFact(say[.fileName], .given(file.path)),
      ReportFact(say[.fileSize], .words(say(.byteCount, String(file.size)))),
      ReportFact(say[.fileDigest], .code(file.sha256)),
      ReportFact(say[.caseReference], cases),
      ReportFact(say[.exhibits], exhibits),
      ReportFact(
        say[.examiner], order.examiner.map { .given($0) } ?? words(.examinerNotNamed)),
      ReportFact(say[.examinedAt], .time(timeText(order.time))),
    ]
    if let asked = order.askedTime {
      facts.append(ReportFact(say[.askedTime], .time(timeText(asked))))
    }
    facts += [
      ReportFact(say[.program], .code("rogatory \(order.software)")),
      ReportFact(
        say[.programDigest], order.program.map { .code($0) } ?? words(.notReadable)),
      ReportFact(say[.profile], words(profileName)),
    ]
    return [.facts(facts)]
  }

  /// What the first page tells: over what, who and when, under which anchors, with which outcome.
  var coverFacts: [ReportFact] {
    let names = order.anchors.prefix(Self.maximumCoverAnchors).map {
      ReportText.given($0.certificate.subject)
    }
    let more = order.anchors.count - names.count
    return [
      ReportFact(say[.fileName], .given(file.path)),
      ReportFact(say[.fileDigest], .code(file.sha256)),
      ReportFact(
        say[.bundleID], verification.seal.map { .code($0.bundleID) } ?? words(.noSealShort)),
      ReportFact(say[.caseReference], cases),
      ReportFact(say[.sealedBy], given(verification.seal?.sealer.node)),
      ReportFact(say[.sealedAt], given(verification.seal?.time.text)),
      ReportFact(
        say[.items],
        words(
          .itemCountsShort, String(verification.items.count),
          String(verification.items.count(of: .partial)),
          String(verification.withheldCount))),
      ReportFact(
        say[.examiner], order.examiner.map { .given($0) } ?? words(.examinerNotNamed)),
      ReportFact(say[.examinedAt], .time(timeText(order.time))),
      ReportFact(
        say[.anchors],
        names.isEmpty
          ? [words(.none)] : names + (more > 0 ? [words(.andMore, String(more))] : [])),
      ReportFact(say[.checks], .words(checkCountList)),
    ]
  }

  var cases: [ReportText] {
    let cases = verification.terms?.cases ?? []
    return cases.isEmpty ? [words(.notTold)] : cases.map { .given($0) }
  }

  private var exhibits: [ReportText] {
    let numbers = Set(verification.items.compactMap { $0.headers["exhibit"] }).sorted()
    guard !numbers.isEmpty else { return [words(.notTold)] }
    return numbers.prefix(Self.maximumExhibits).map { .given($0) }
      + (numbers.count > Self.maximumExhibits ? [words(.seeItems)] : [])
  }

  private var profileName: Phrase {
    switch order.profile {
    case .generic: .profileGeneric
    case .eu: .profileEU
    case .us902: .profileUS
    case .uk: .profileUK
    }
  }

  var verdict: [ReportBlock] {
    var blocks: [ReportBlock] = [
      .paragraph(.words(verdictWords + ". " + verdictMeaning)), .paragraph(.words(checkCounts)),
    ]
    if !wrong.isEmpty { blocks += [paragraph(.whatIsWrong), .list(wrong)] }
    var table = ReportTable(
      caption: say[.checksCaption], columns: [say[.check], say[.result], say[.found]],
      widths: [35, 15, 50])
    for check in verification.checks {
      table.add(
        ReportTable.Row(
          cells: [
            [.words(checkName(check.id)), .code(check.id)],
            [.words(say.named("check-result.\(check.result.rawValue)") ?? check.result.rawValue)],
            [.english(check.detail)],
          ], isBad: check.result == .fail || check.result == .undecided))
    }
    return blocks + [.table(table)]
  }

  var verdictWords: String {
    say.named("verdict.\(verification.verdict.rawValue)") ?? verification.verdict.words
  }

  var verdictMeaning: String {
    switch verification.verdict {
    case .verified where verification.seal == nil: say[.meaningNoSeal]
    case .verified: say[.meaningVerified]
    case .verifiedRedacted: say[.meaningRedacted]
    case .notVerified: say[.meaningNotVerified]
    case .cannotBeDecided: say[.meaningUndecided]
    }
  }

  private var checkCounts: String { say(.checkCounts, checkCountList) }

  private var checkCountList: String {
    func count(_ result: Check.Result) -> String {
      let name = say.named("check-result.\(result.rawValue)") ?? result.rawValue
      return "\(name) \(verification.checks.count { $0.result == result })"
    }
    return [Check.Result.pass, .fail, .undecided, .warn, .notRun].map(count)
      .joined(separator: ", ")
  }

  /// What is wrong, as far as it has room on the first page.
  var firstProblems: [ReportBlock] {
    let wrong = wrong
    guard !wrong.isEmpty else { return [] }
    let more = wrong.count - Self.maximumCoverProblems
    return [
      .list(
        Array(wrong.prefix(Self.maximumCoverProblems))
          + (more > 0 ? [words(.andMore, String(more))] : []))
    ]
  }

  /// What failed or is open, signatures too.
  var wrong: [ReportText] {
    let checks = verification.checks.filter { $0.result == .fail || $0.result == .undecided }
      .map { ReportText.english("\($0.id): \($0.detail)") }
    let signatures = verification.signatures.compactMap { report -> ReportText? in
      guard let sub = report.result.subIndication else { return nil }
      let meaning = say.named("sub.\(sub.rawValue)").map { " (\($0))" } ?? ""
      return .words("\(report.file): \(resultWords(report.result)), \(sub.rawValue)\(meaning)")
    }
    return checks + signatures + brokenAnchors
  }

  /// The name of a check, whose id may hold an item's or a step's number.
  private func checkName(_ id: String) -> String {
    let parts = id.split(separator: ".").map { $0.allSatisfy(\.isNumber) ? "N" : String($0) }
    return say.named("check." + parts.joined(separator: ".")) ?? id
  }

  var identity: [ReportBlock] {
    guard let seal = verification.seal else { return [paragraph(.noSeal)] + manifestTable }
    var facts = [
      ReportFact(say[.bundleID], .code(seal.bundleID)),
      ReportFact(say[.sealedBy], .given(seal.sealer.node)),
      ReportFact(say[.sealedAt], words(.byOwnClock, seal.time.text)),
      ReportFact(say[.sealRoot], .code(seal.root.base64)),
      ReportFact(say[.sealDigest], .code(hex(seal.digest.bytes))),
      ReportFact(say[.termsDigest], .code(hex(seal.terms.bytes))),
    ]
    if let view = verification.viewID { facts.append(ReportFact(say[.viewID], .code(view))) }
    facts.append(
      ReportFact(
        say[.carrier],
        verification.carrier.map { words(.carrierOther, $0) }
          ?? words(.carrierSealer)))
    return [.facts(facts)] + manifestTable + [paragraph(.canonicalForm)]
  }

  private var manifestTable: [ReportBlock] {
    guard !file.manifests.isEmpty else { return [paragraph(.noManifests)] }
    var table = ReportTable(
      caption: say[.manifestsCaption], columns: [say[.file], "SHA-256"], widths: [35, 65])
    for manifest in file.manifests {
      table.add([.given(manifest.path), .code(manifest.sha256)])
    }
    return [.table(table)]
  }

  /// More are found in the table of items.
  private static let maximumExhibits = 20
  /// So that the first page stays one page; point 5 has all.
  private static let maximumCoverAnchors = 5
  private static let maximumCoverProblems = 5
}
