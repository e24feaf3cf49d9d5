import CanonicalJSON
import Redaction

extension CaseGraph {
  /// The graph of a bundle, from its statements alone; items are delivered when it is written.
  init(seal: SealStatement, terms: HandlingTerms, records: [RedactionRecord]) {
    self.init(
      bundleID: seal.bundleID, sealer: seal.sealer.node, sealTime: seal.time.text,
      itemCount: seal.itemCount, terms: Terms(terms), redactions: records.map(Redaction.init))
  }

  /// `items` in the order of their numbers, withheld ones too.
  ///
  /// - Parameter changed: what stands in the place of some of them, by number.
  func write(
    items: ItemReports, changed: [Int: ItemReport] = [:],
    _ write: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try self.write(
      item: { number in
        guard items.indices.contains(number - 1) else { return nil }
        let item = changed[number] ?? items[number - 1]
        return item.state == .withheld ? nil : Item(item)
      }, to: write)
  }
}

extension CaseGraph.Item {
  fileprivate init(_ item: ItemReport) {
    self.init(
      headers: item.headers, state: item.state == .partial ? .partial : .disclosed,
      path: item.path)
  }
}

extension CaseGraph.Redaction {
  fileprivate init(_ record: RedactionRecord) {
    self.init(
      step: Int(clamping: record.sequence), node: record.redactor.node, time: record.time.text,
      proposer: record.proposer, approver: record.approver,
      cuts: Self.reasons(of: record.cuts))
  }

  /// Each reason once where the cuts of an item have it one after the other, as most do.
  private static func reasons(of cuts: [Cut]) -> [CaseGraph.Cut] {
    var reasons: [CaseGraph.Cut] = []
    for cut in cuts {
      if let last = reasons.last, last.item == cut.item,
        last.code.utf8.elementsEqual(cut.code.utf8), last.basis.utf8.elementsEqual(cut.basis.utf8)
      {
        continue
      }
      reasons.append(CaseGraph.Cut(item: cut.item, code: cut.code, basis: cut.basis))
    }
    return reasons
  }
}

extension CaseGraph.Terms {
  fileprivate init(_ terms: HandlingTerms) {
    self.init()
    caseReferences = terms.cases
    let basis = terms.legalBasis
    instrument = basis?["instrument"]?.string
    article = basis?["article"]?.string
    authorisation = basis?["authorisation"]?.string
    issuingAuthority = basis?["issuingAuthority"]?.string
    validatingAuthority = basis?["validatingAuthority"]?.string
    validUntil = basis?["validUntil"]?.string
    purpose = terms.purpose
    necessity = terms.json["necessity"]?.string
    tlp = terms.tlp
    europolHandling = terms.json["handling"]?.string
  }
}

extension ItemReport {
  /// What an item's disclosed header leaves say, as text.
  mutating func read(_ head: ItemHead) {
    for field in head.headers {
      // A header that isn't UTF-8 has no text that a person could read; its leaf is still checked.
      if let text = String(validating: field.field.value, as: UTF8.self) {
        headers[field.field.key] = text
      }
    }
  }
}
