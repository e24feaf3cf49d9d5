import CanonicalJSON
import Evidence
import Redaction

// Points 10, 11 and 16: what the evidence may be used for, and what the report can't say.
extension ReportBuilder {
  var handling: [ReportBlock] {
    guard let terms = verification.terms?.json.object else { return [paragraph(.noTerms)] }
    var blocks: [ReportBlock] = []
    let facts = Self.termRows.map { key, label in
      // What isn't told of these two has a meaning of its own.
      switch key {
      case "redactors" where terms[key] == nil: ReportFact(say[label], words(.sealerAlone))
      case "locked" where terms[key] == nil: ReportFact(say[label], words(.nothing))
      default: ReportFact(say[label], texts(terms[key]))
      }
    }
    blocks.append(.facts(facts))
    if let code = terms["handling"]?.string, let meaning = say.named("handling.\(code)") {
      blocks.append(.paragraph(.words(meaning)))
    }
    blocks.append(paragraph(.onePersonMeaning(terms["onePerson"] == true)))
    if let release = verification.release?.json.object {
      blocks.append(paragraph(.releaseMeaning))
      blocks.append(
        .facts(
          release.sorted { $0.key < $1.key }.filter { $0.key != "schema" && $0.key != "bundle" }
            .map { ReportFact($0.key, texts($0.value)) }))
    }
    return blocks + [paragraph(.termsMeaning)]
  }

  private static let termRows: [(String, Phrase)] = [
    ("purpose", .purpose), ("necessity", .necessity), ("tlp", .tlp), ("handling", .handlingCode),
    ("conditions", .conditions), ("onward", .onward), ("retention", .retention),
    ("region", .region), ("userNotice", .userNotice), ("redactors", .redactors),
    ("locked", .locked), ("relations", .relations), ("sourceEvaluation", .sourceEvaluation),
    ("informationEvaluation", .informationEvaluation), ("languages", .languages),
  ]

  var legalBasis: [ReportBlock] {
    guard let basis = verification.terms?.legalBasis?.object else { return [paragraph(.noBasis)] }
    let known: [(String, Phrase)] = [
      ("instrument", .instrument), ("article", .article), ("authorisation", .authorisation),
      ("issuingAuthority", .issuingAuthority), ("validatingAuthority", .validatingAuthority),
      ("validUntil", .validUntil),
    ]
    var facts = known.map { ReportFact(say[$1], texts(basis[$0])) }
    for (key, value) in basis.sorted(by: { $0.key < $1.key })
    where !known.contains(where: { $0.0 == key }) {
      facts.append(ReportFact(key, texts(value)))
    }
    var blocks: [ReportBlock] = [.facts(facts)]
    if let until = basis["validUntil"]?.string.flatMap({ StatementTime($0) }),
      until.unixSeconds < order.time
    {
      blocks.append(paragraph(.basisExpired, until.text))
    }
    return blocks + [paragraph(.basisMeaning)]
  }

  /// What a JSON value says, each part a line of its own.
  private func texts(_ value: JSON?) -> [ReportText] {
    switch value {
    case nil: [words(.notTold)]
    case .string(let text): [.given(text)]
    case .integer(let number): [.given(String(number))]
    case .bool(let flag): [words(flag ? .yes : .no)]
    case .array(let elements):
      elements.isEmpty
        ? [words(.notTold)]
        : elements.prefix(Self.maximumElements).map { .given(Self.plain($0)) }
          + (elements.count > Self.maximumElements
            ? [words(.andMore, String(elements.count - Self.maximumElements))] : [])
    case .object(let members):
      members.sorted { $0.key < $1.key }.prefix(Self.maximumElements)
        .map { .given("\($0.key): \(Self.plain($0.value))") }
    }
  }

  private static func plain(_ value: JSON) -> String {
    value.string ?? String(decoding: value.canonicalBytes, as: UTF8.self)
  }

  var limits: [ReportBlock] {
    var limits: [Phrase] = [.limitTruth, .limitAnchors, .limitPerson, .limitCollection]
    if verification.seal == nil { limits.append(.limitForeign) }
    if verification.withheldCount > 0 || !verification.records.isEmpty {
      limits += [.limitFullerCopy, .limitShown, .limitWithheld]
    }
    if !verification.derivations.isEmpty
      || verification.items.contains(where: { $0.headers[Derivation.headerKey] != nil })
    {
      limits.append(.limitDerived)
    }
    limits += [
      .limitRevocation, order.logAnchors.isEmpty ? .limitLog : .limitLogProof, .limitTerms,
      .limitReport,
    ]
    var texts = limits.map { ReportText.words(say[$0]) }
    let unmade = verification.checks.filter { $0.result == .notRun }
    texts += unmade.map { .english("\($0.id): \($0.detail)") }
    return [.list(texts)]
  }

  /// Locked ranges of a bundle can be many; `rogatory inspect` shows all.
  private static let maximumElements = 100
}

extension Phrase {
  fileprivate static func onePersonMeaning(_ isAllowed: Bool) -> Phrase {
    isAllowed ? .onePerson : .twoPersons
  }
}
