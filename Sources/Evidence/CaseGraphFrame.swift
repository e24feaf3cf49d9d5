// The parts of the graph that there is one of: bundle, markings, parties, authorization,
// investigation.

extension CaseGraph {
  func beginBundle(_ text: inout CaseGraphText) {
    text.beginObject()
    text.beginObject("@context")
    for (prefix, namespace) in Self.context { text.string(prefix, namespace) }
    text.endObject()
    text.string("@id", iri(.bundle, 0))
    text.string("@type", "uco-core:Bundle")
    text.string("uco-core:name", bundleID)
    text.string("uco-core:specVersion", Self.specification)
    text.literal("uco-core:objectCreatedTime", "xsd:dateTime", Self.dateTime(sealTime))
    text.reference("uco-core:createdBy", iri(.organization, 0))
    if !markings.isEmpty { text.references("uco-core:objectMarking", [iri(.marking, 0)]) }
    text.beginArray("uco-core:object")
    addMarkings(&text)
  }

  func endBundle(_ text: inout CaseGraphText) {
    text.endArray()
    text.endObject()
  }

  /// The node that sealed, each other node that redacted, and the roles in which people did.
  func addParties(_ text: inout CaseGraphText) {
    addParty(sealer, iri(.organization, 0), "uco-identity:Organization", &text)
    for redaction in redactions where redactorNumber(redaction) == redaction.step {
      addParty(
        redaction.node, iri(.organization, redaction.step), "uco-identity:Organization", &text)
    }
    for (number, role) in roles.enumerated() {
      addParty(role, iri(.role, number), "uco-identity:Identity", &text)
    }
  }

  /// The number of a redactor's organization: the sealer's is 0, another's the first step it made.
  func redactorNumber(_ redaction: Redaction) -> Int {
    if redaction.node == sealer { return 0 }
    return redactions.first { $0.node == redaction.node }?.step ?? redaction.step
  }

  /// The proposers and approvers, each once, in the order in which they appear.
  var roles: [String] {
    var seen: Set<String> = []
    return redactions.flatMap { [$0.proposer] + ($0.approver.map { [$0] } ?? []) }
      .filter { seen.insert($0).inserted }
  }

  func addAuthorization(_ text: inout CaseGraphText) {
    guard hasAuthorization else { return }
    text.beginNode(nil, iri(.authorization, 0), "case-investigation:Authorization")
    text.string("uco-core:name", terms.authorisation ?? terms.instrument)
    let end = Self.dateTime(terms.validUntil)
    text.strings(
      "uco-core:description",
      [
        Self.sentence("Article", terms.article),
        Self.sentence("Issuing authority", terms.issuingAuthority),
        Self.sentence("Validating authority", terms.validatingAuthority),
        Self.sentence("Valid until", end == nil ? terms.validUntil : nil),
        Self.sentence("Necessity", terms.necessity),
      ].compactMap { $0 })
    text.string("case-investigation:authorizationType", terms.instrument)
    text.strings(
      "case-investigation:authorizationIdentifier", terms.authorisation.map { [$0] } ?? [])
    text.literal("uco-core:endTime", "xsd:dateTime", end)
    text.endObject()
  }

  func addInvestigation(
    _ plan: CaseGraphPlan, _ text: inout CaseGraphText,
    _ write: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    text.beginNode(nil, iri(.investigation, 0), "case-investigation:Investigation")
    text.string("uco-core:name", terms.title ?? terms.caseReferences.first)
    addCaseReferences(&text)
    if hasAuthorization {
      text.references("case-investigation:relevantAuthorization", [iri(.authorization, 0)])
    }
    text.beginArray("uco-core:object")
    for number in plan.visible.lazy.joined() {
      text.reference(nil, iri(.provenanceRecord, number))
      try text.drain(to: write)
    }
    for acquisition in plan.acquisitions {
      text.reference(nil, iri(.acquisition, acquisition.number))
      try text.drain(to: write)
    }
    for redaction in redactions { text.reference(nil, iri(.redaction, redaction.step)) }
    text.endArray()
    text.endObject()
  }

  private func addCaseReferences(_ text: inout CaseGraphText) {
    guard !terms.caseReferences.isEmpty else { return }
    text.beginArray("uco-core:externalReference")
    for (number, reference) in terms.caseReferences.enumerated() {
      text.beginNode(nil, iri(.caseReference, number), "uco-core:ExternalReference")
      text.string("uco-core:definingContext", "case reference")
      text.string("uco-core:externalIdentifier", reference)
      text.endObject()
    }
    text.endArray()
  }

  private func addParty(
    _ name: String, _ iri: String, _ type: String, _ text: inout CaseGraphText
  ) {
    text.beginNode(nil, iri, type)
    text.string("uco-core:name", name)
    text.endObject()
  }

  private func addMarkings(_ text: inout CaseGraphText) {
    guard !markings.isEmpty else { return }
    text.beginNode(nil, iri(.marking, 0), "uco-marking:MarkingDefinition")
    text.string("uco-marking:definitionType", "handling")
    text.beginArray("uco-marking:definition")
    for (number, marking) in markings.enumerated() {
      text.beginNode(nil, iri(.markingStatement, number), marking.type)
      text.string("uco-marking:definitionType", marking.definition)
      text.string(marking.key, marking.value)
      text.endObject()
    }
    text.endArray()
    text.endObject()
  }

  private struct Marking {
    let type, definition, key, value: String
  }

  private var markings: [Marking] {
    let statements = [terms.tlp, Self.sentence("Europol handling code", terms.europolHandling)]
    let purpose = terms.purpose.map {
      Marking(
        type: "uco-marking:TermsOfUseMarking", definition: "terms-of-use",
        key: "uco-marking:termsOfUse", value: $0)
    }
    return statements.compactMap { $0 }.map {
      Marking(
        type: "uco-marking:StatementMarking", definition: "statement",
        key: "uco-marking:statement", value: $0)
    } + (purpose.map { [$0] } ?? [])
  }

  private var hasAuthorization: Bool {
    let parts = [
      terms.instrument, terms.article, terms.authorisation, terms.issuingAuthority,
      terms.validatingAuthority, terms.validUntil,
    ]
    return parts.contains { $0 != nil }
  }

  /// The older of the two versions that the graph conforms to.
  private static let specification = "CASE 1.4.0 / UCO 1.4.0"

  /// Prefixes in the order of the alphabet. `kb` is one for all bundles: the UUIDs tell them apart.
  private static let context = [
    ("case-investigation", "https://ontology.caseontology.org/case/investigation/"),
    ("kb", "urn:rogatory:kb:"),
    ("uco-action", "https://ontology.unifiedcyberontology.org/uco/action/"),
    ("uco-core", "https://ontology.unifiedcyberontology.org/uco/core/"),
    ("uco-identity", "https://ontology.unifiedcyberontology.org/uco/identity/"),
    ("uco-location", "https://ontology.unifiedcyberontology.org/uco/location/"),
    ("uco-marking", "https://ontology.unifiedcyberontology.org/uco/marking/"),
    ("uco-observable", "https://ontology.unifiedcyberontology.org/uco/observable/"),
    ("uco-tool", "https://ontology.unifiedcyberontology.org/uco/tool/"),
    ("uco-types", "https://ontology.unifiedcyberontology.org/uco/types/"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
  ]

  /// `label: value`, or nil where there is no value.
  static func sentence(_ label: String, _ value: String?) -> String? {
    value.map { "\(label): \($0)" }
  }
}
