import ASiC
import CAdES
import CanonicalJSON
import Merkle
import Redaction

extension Verifier {
  /// Everything that ties the statements of a bundle to each other and to their signers.
  mutating func checkBundle(_ bundle: EvidenceBundle) {
    checkTerms(bundle)
    let sealer = checkSealer(bundle)
    checkChain(bundle)
    checkAccount(bundle)
    checkCompanions(bundle)
    checkCarrier(bundle, sealer: sealer)
    checkRelease(bundle)
    checkArchives(bundle)
    checkLayout(bundle)
    checkCaseGraph(bundle)
    checkExactness()
  }

  private mutating func checkTerms(_ bundle: EvidenceBundle) {
    let sealed = digest(of: Layout.terms).flatMap { Hash(bytes: $0) }
    if sealed == bundle.seal.terms, bundle.terms.bundleID == bundle.seal.bundleID {
      result.add("seal.terms", .pass, "the handling terms are those that were sealed")
    } else {
      result.add("seal.terms", .fail, "terms.json is not the one that was sealed")
    }
  }

  /// The statement must be signed by exactly the key that it names, and by an anchor's leave.
  private mutating func checkSealer(_ bundle: EvidenceBundle) -> SignatureReport? {
    let named = bundle.seal.sealer
    let reports = result.signatures.filter { $0.role == .seal }
    guard let report = reports.first(where: { isSigned($0, by: named) }) else {
      result.add("seal.signer", .fail, "the seal isn't signed by the key that it names")
      return nil
    }
    if report.validation.commitment != .proofOfOrigin {
      result.add("seal.signer", .fail, "the seal's signature doesn't commit to proof of origin")
    } else {
      addSigner("seal.signer", "sealed by", named.node, report)
    }
    return report
  }

  private func isSigned(_ report: SignatureReport, by name: SignerName) -> Bool {
    report.validation.signer.flatMap { Hash(bytes: $0.spkiSHA256) } == name.key
  }

  /// Says who signed, and whether the anchor may vouch for the node that the statement names.
  private mutating func addSigner(
    _ id: String, _ act: String, _ node: String, _ report: SignatureReport
  ) {
    let subject = report.validation.signer?.subject ?? "?"
    guard let anchor = report.validation.anchor else {
      // Not trusted at all: the signature's own result says why, and decides.
      let isLate = report.validation.result.subIndication == .outOfBoundsNoPOE
      result.add(
        id, .undecided,
        "\(act) \(node), certificate \(subject), which no anchor vouches for"
          + (isLate ? " at the time in question" : ""))
      return
    }
    if !trust.vouches(anchor, for: node) {
      let tied = trust.nodes[anchor.sha256] ?? "?"
      result.add(
        id, .fail, "\(act) \(node), yet its certificate comes from the authority of \(tied)")
    } else if trust.nodes[anchor.sha256] == nil, report.validation.signer?.commonName != node {
      result.add(
        id, .warn,
        "\(act) \(node); nothing but the statement ties that name to certificate \(subject)")
    } else {
      result.add(id, .pass, "\(act) \(node), certificate \(subject)")
    }
  }

  private mutating func checkChain(_ bundle: EvidenceBundle) {
    guard !bundle.records.isEmpty else {
      let stray = result.signatures.contains { $0.role == .redaction }
      if stray { result.add("redaction.chain", .fail, "a redaction is signed that isn't here") }
      return
    }
    var chain = RecordChain(seal: bundle.seal, terms: bundle.redactionTerms)
    for (step, record) in zip(1..., bundle.records) {
      let path = Layout.record(step)
      guard
        let report = result.signatures.first(where: {
          $0.role == .redaction && covers($0, path) && isSigned($0, by: record.redactor)
        })
      else {
        result.add(
          "redaction.\(step).signer", .fail, "\(path) isn't signed by the key that it names")
        return
      }
      if report.validation.commitment != .proofOfApproval {
        result.add(
          "redaction.\(step).signer", .fail, "\(path) isn't signed as an approved redaction")
      } else {
        addSigner("redaction.\(step).signer", "redacted by", record.redactor.node, report)
      }
      do {
        try chain.append(record, anchors: anchors(of: report, bundle.namedRedactors))
      } catch {
        result.add("redaction.\(step)", .fail, "\(path): \(describe(error))")
        return
      }
    }
    do {
      try chain.check(view: bundle.view)
      result.add(
        "redaction.chain", .pass,
        counted(bundle.records.count, "record follows", "records follow each other")
          + " without gap")
    } catch {
      result.add("redaction.chain", .fail, describe(error))
    }
  }

  private func covers(_ report: SignatureReport, _ path: String) -> Bool {
    manifests.first { $0.path == report.manifest }?.onlyPath == path
  }

  /// Terms and grants name a redactor's anchor by the SHA-256 of its SubjectPublicKeyInfo.
  private func anchors(of report: SignatureReport, _ named: [Terms.Redactor]) -> Set<Hash> {
    guard let anchor = report.validation.anchor else {
      // Under which anchor it was signed is open, which was said and decides; it isn't proven bad.
      return Set(named.map(\.anchor))
    }
    return Set([Hash(bytes: anchor.spkiSHA256)].compactMap(\.self))
  }

  private mutating func checkAccount(_ bundle: EvidenceBundle) {
    do {
      try bundle.claims.account(for: bundle.view)
      try bundle.claims.check(locked: bundle.redactionTerms)
      let text =
        bundle.records.isEmpty
        ? "nothing is withheld" : "the records account for exactly what is withheld"
      result.add("redaction.account", .pass, text)
    } catch {
      result.add("redaction.account", .fail, describe(error))
    }
    if !bundle.claims.supersededItems.isEmpty {
      let numbers = bundle.claims.supersededItems.map(String.init).joined(separator: ", ")
      result.add(
        "redaction.bounds", .warn,
        "item \(numbers): parts were cut before the whole was, and their bounds remain visible")
    }
  }

  /// The carrier seal covers every byte that travels; who made it is said even where it's another.
  private mutating func checkCarrier(_ bundle: EvidenceBundle, sealer: SignatureReport?) {
    let carriers = result.signatures.filter { $0.role == .carrier }
    var wanted = LoadedManifest.Objects()
    for place in container.entries.indices {
      let path = container.entries[place].name.path
      if path != "mimetype", !path.hasPrefix("META-INF/") { wanted.entries.insert(place) }
    }
    guard
      let carrier = carriers.first(where: { report in
        manifests.first { $0.path == report.manifest }?.objects == wanted
      })
    else {
      result.add("carrier", .fail, "no carrier seal covers every file of this copy")
      return
    }
    if carrier.validation.commitment != .proofOfSender {
      result.add("carrier", .fail, "the carrier seal doesn't commit to proof of sending")
      return
    }
    for report in result.signatures where report.role == .other {
      result.add("manifest.coverage", .fail, "\(report.manifest) covers files in no known role")
    }
    let signer = carrier.validation.signer
    let isSealer = signer != nil && signer?.spkiSHA256 == sealer?.validation.signer?.spkiSHA256
    let node = carrier.validation.anchor.flatMap { trust.nodes[$0.sha256] } ?? signer?.commonName
    if isSealer {
      result.add("carrier", .pass, "this copy was packed by its sealer")
    } else {
      result.carrier = node ?? signer?.subject
      result.add(
        "carrier", .pass, "this copy was packed by \(result.carrier ?? "?"), not the sealer")
    }
  }

  private mutating func checkRelease(_ bundle: EvidenceBundle) {
    let digest = digest(of: Layout.release).flatMap { Hash(bytes: $0) }
    let recorded = bundle.records.last?.release
    if let recorded, recorded != digest {
      result.add("release", .fail, "release.json is not the one that the last record names")
      return
    }
    guard let release = bundle.release else { return }
    if release.bundleID != bundle.seal.bundleID {
      result.add("release", .fail, "release.json speaks of another bundle")
      return
    }
    let recipients = release.recipients.joined(separator: ", ")
    result.add(
      "release", .pass,
      "released by \(release.sender) to \(recipients), transfer \(release.transfer)")
  }

  /// Files that no statement speaks of don't belong in a bundle.
  private mutating func checkLayout(_ bundle: EvidenceBundle) {
    var paths = [
      "mimetype", Layout.seal, Layout.terms, Layout.release, Layout.view, Layout.caseGraph,
    ]
    paths += bundle.records.indices.map { Layout.record($0 + 1) }
    var known = EntrySet()
    for path in paths { if let place = place(path) { known.insert(place) } }
    known.formUnion(itemFiles)
    let strays = container.entries.indices.lazy.filter { !known.contains($0) }
      .map { [container] in container.entries[$0].name.path }
      .filter { !$0.hasPrefix("META-INF/") && !$0.hasPrefix("custody/") }
    for path in strays.prefix(100) {
      result.add("container.layout", .fail, "\(path) has no place in a bundle")
    }
    if strays.isEmpty { result.add("container.layout", .pass, "no file but those of a bundle") }
  }

  private mutating func checkCaseGraph(_ bundle: EvidenceBundle) {
    guard let read = bundle.reader(Layout.caseGraph) else {
      result.add("case.graph", .fail, "metadata/case.jsonld is missing")
      return
    }
    let graph = CaseGraph(seal: bundle.seal, terms: bundle.terms, records: bundle.records)
    do {
      var derived = Digest256()
      try graph.write(items: result.items) { derived.update($0) }
      var stored = Digest256()
      try forEachPiece(of: read, limit: nil) { stored.update($0) }
      if derived.hash == stored.hash {
        result.add("case.graph", .pass, "the CASE graph says what seal and items say")
      } else {
        result.add("case.graph", .fail, "the CASE graph doesn't follow from seal and items")
      }
    } catch {
      result.add("case.graph", .fail, describe(error))
    }
  }

  /// A signature of ours is exact, so that no flipped bit of a bundle passes.
  private mutating func checkExactness() {
    for report in result.signatures {
      if report.validation.level < .longTerm {
        result.add(
          "signature.level", .warn,
          "\(report.file) is at level \(report.validation.level.rawValue): it can't be judged any "
            + "more when its certificates end, and `extend` can still raise it")
      }
      for deviation in report.validation.deviations {
        result.add("signature.exact", .fail, "\(report.file): \(deviation.explanation)")
      }
    }
  }
}
