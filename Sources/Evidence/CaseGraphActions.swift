// What was done: an investigative action for each acquisition and for each step of redaction. Their
// `wasInformedBy` is the custody chain; transfers are told by receipts.

extension CaseGraph {
  /// Adds what `item` is the first to name: a person, a tool, a place, an acquisition.
  func addAcquisition(
    of item: Item, number: Int, _ plan: CaseGraphPlan, _ text: inout CaseGraphText,
    _ write: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    for shared in Self.shared where plan.number(of: shared.header, item) == number {
      text.beginNode(nil, iri(shared.kind, number), shared.type)
      text.string("uco-core:name", item[shared.header])
      text.endObject()
    }
    guard let acquisition = plan.acquisition(of: item), acquisition.number == number else { return }
    text.beginNode(
      nil, iri(.acquisition, number), "case-investigation:InvestigativeAction")
    text.string("uco-core:name", item["acquired-method"] ?? "Acquisition")
    addTimes(item["acquired-at"], &text)
    for shared in Self.shared {
      if let first = plan.number(of: shared.header, item) {
        text.references(shared.property, [iri(shared.kind, first)])
      }
    }
    text.beginArray("uco-action:result")
    for member in acquisition.items.lazy.joined() {
      text.reference(nil, iri(.file, member))
      text.reference(nil, iri(.provenanceRecord, member))
      try text.drain(to: write)
    }
    text.endArray()
    text.endObject()
  }

  func addRedactions(
    _ plan: CaseGraphPlan, _ text: inout CaseGraphText,
    _ write: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    let people = roles
    var reasonCount = 0
    for (index, redaction) in redactions.enumerated() {
      let reasons = Self.reasons(redaction.cuts)
      let numbers = reasonCount..<reasonCount + reasons.count
      reasonCount = numbers.upperBound
      beginRedaction(redaction, people, &text)
      if index == 0 {
        try addReferences(
          "case-investigation:wasInformedBy", plan.acquisitions.lazy.map { $0.number },
          .acquisition, &text, write)
      } else {
        text.references(
          "case-investigation:wasInformedBy", [iri(.redaction, redactions[index - 1].step)])
      }
      try addReferences(
        "uco-action:object", touched(by: reasons, plan), .provenanceRecord, &text, write)
      try addReferences("uco-action:result", numbers, .redactionReason, &text, write)
      text.endObject()
      for (reason, number) in zip(reasons, numbers) {
        addReason(reason, number: number, step: redaction.step, plan, &text)
        try text.drain(to: write)
      }
    }
  }

  private func beginRedaction(
    _ redaction: Redaction, _ people: [String], _ text: inout CaseGraphText
  ) {
    text.beginNode(
      nil, iri(.redaction, redaction.step), "case-investigation:InvestigativeAction")
    let act = redaction.cuts.isEmpty ? "Leave to redact" : "Redaction"
    text.string("uco-core:name", "\(act), step \(redaction.step)")
    addTimes(redaction.time, &text)
    text.reference("uco-action:performer", iri(.organization, redactorNumber(redaction)))
    text.references(
      "uco-action:participant",
      [redaction.proposer, redaction.approver].compactMap { $0 }.compactMap { role in
        people.firstIndex(of: role).map { iri(.role, $0) }
      })
  }

  /// Why something of one item was withheld.
  ///
  /// Of an item that is withheld whole, number and code are told, and nothing that was cut before.
  private func addReason(
    _ reason: Reason, number: Int, step: Int, _ plan: CaseGraphPlan, _ text: inout CaseGraphText
  ) {
    let isVisible = plan.isVisible(reason.item)
    text.beginNode(nil, iri(.redactionReason, number), "uco-core:Annotation")
    if isVisible { text.strings("uco-core:description", reason.bases) }
    text.strings("uco-core:tag", [reason.code])
    text.strings(
      "uco-core:statement",
      ["Item \(reason.item): \(isVisible ? "cut" : "withheld"), reason \(reason.code)"])
    text.references(
      "uco-core:object",
      [isVisible ? iri(.provenanceRecord, reason.item) : iri(.redaction, step)])
    text.endObject()
  }

  /// The items that a step cut into and that are still there in part, each once, ascending.
  private func touched(by reasons: [Reason], _ plan: CaseGraphPlan) -> [Int] {
    var items: [Int] = []
    for reason in reasons where reason.item != items.last && plan.isVisible(reason.item) {
      items.append(reason.item)
    }
    return items
  }

  private func addReferences(
    _ key: String, _ numbers: some Collection<Int>, _ kind: CaseGraphKind,
    _ text: inout CaseGraphText, _ write: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    guard !numbers.isEmpty else { return }
    text.beginArray(key)
    for number in numbers {
      text.reference(nil, iri(kind, number))
      try text.drain(to: write)
    }
    text.endArray()
  }

  /// A time or a `start/end`; anything else is told as text.
  private func addTimes(_ value: String?, _ text: inout CaseGraphText) {
    guard let value else { return }
    let parts = value.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if parts.count <= 2, let start = Self.dateTime(parts.first), let end = Self.dateTime(parts.last)
    {
      text.literal("uco-action:startTime", "xsd:dateTime", start)
      text.literal("uco-action:endTime", "xsd:dateTime", end)
    } else {
      text.string("uco-core:description", "Time: \(value)")
    }
  }

  /// All cuts of one step that have item and code in common.
  private struct Reason {
    let item: Int
    let code: String
    var bases: [String]
  }

  /// Ascending by item, then by the bytes of the code; bases likewise.
  private static func reasons(_ cuts: [Cut]) -> [Reason] {
    var reasons: [Reason] = []
    for cut in cuts.sorted(by: precedes) {
      if let last = reasons.last, last.item == cut.item, last.code.utf8.elementsEqual(cut.code.utf8)
      {
        let isKnown = last.bases.last?.utf8.elementsEqual(cut.basis.utf8) ?? false
        if !isKnown { reasons[reasons.count - 1].bases.append(cut.basis) }
      } else {
        reasons.append(Reason(item: cut.item, code: cut.code, bases: [cut.basis]))
      }
    }
    return reasons
  }

  private static func precedes(_ left: Cut, _ right: Cut) -> Bool {
    if left.item != right.item { return left.item < right.item }
    if !left.code.utf8.elementsEqual(right.code.utf8) {
      return left.code.utf8.lexicographicallyPrecedes(right.code.utf8)
    }
    return left.basis.utf8.lexicographicallyPrecedes(right.basis.utf8)
  }

  private struct Shared {
    let header: String
    let kind: CaseGraphKind
    let type: String
    let property: String
  }

  /// Who, with what and where: nodes that several acquisitions can have in common.
  private static let shared = [
    Shared(
      header: "acquired-by", kind: .examiner, type: "uco-identity:Identity",
      property: "uco-action:performer"),
    Shared(
      header: "acquired-tool", kind: .tool, type: "uco-tool:Tool",
      property: "uco-action:instrument"),
    Shared(
      header: "acquired-place", kind: .location, type: "uco-location:Location",
      property: "uco-action:location"),
  ]
}
