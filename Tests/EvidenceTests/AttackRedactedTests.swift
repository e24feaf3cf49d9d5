import CAdES
import CanonicalJSON
import Evidence
import Merkle
import Redaction

extension Attack {
  static let onTheRedactedBundle: [Attack] = recordAttacks + disclosureAttacks

  private static let recordAttacks: [Attack] = [
    Attack("the record is gone, with its signature", fails: "redaction.account") { parts, world in
      parts.remove(Layout.record(1), Layout.manifest(2), Layout.signature(2))
      try parts.carry(by: world.redactor)
    },
    Attack("the record's signature is gone", fails: "redaction.1.signer") { parts, world in
      parts.remove(Layout.manifest(2), Layout.signature(2))
      try parts.carry(by: world.redactor)
    },
    Attack("the record is gone, its signature isn't", fails: "manifest.objects") { parts, world in
      parts.remove(Layout.record(1))
      try parts.carry(by: world.redactor)
    },
    Attack("the record is signed by another permitted node", fails: "redaction.1.signer") {
      parts, world in
      try parts.setRecord(parts.records[0], step: 1, by: world.sealer)
      try parts.carry(by: world.redactor)
    },
    Attack("the record is signed with another commitment", fails: "redaction.1.signer") {
      parts, world in
      try parts.setRecord(parts.records[0], step: 1, by: world.redactor, .proofOfSender)
      try parts.carry(by: world.redactor)
    },
    Attack("a trusted node redacts that the terms don't name", fails: "redaction.1") {
      parts, world in
      let record = try parts.records[0].changed(redactor: world.stranger.signerName)
      try parts.setRecord(record, step: 1, by: world.stranger)
      try parts.carry(by: world.stranger)
    },
    Attack("a node redacts under the name of one that may", fails: "redaction.1.signer") {
      parts, world in
      let name = try SignerName(node: world.redactor.name, key: world.stranger.signerName.key)
      try parts.setRecord(parts.records[0].changed(redactor: name), step: 1, by: world.stranger)
      try parts.carry(by: world.stranger)
    },
    Attack("the record is about another bundle's seal", fails: "redaction.1") { parts, world in
      let other = try SampleParts(world.other).seal
      try parts.setRecord(parts.records[0].changed(seal: other), step: 1, by: world.redactor)
      try parts.carry(by: world.redactor)
    },
    Attack("the record names another view", fails: "redaction.chain") { parts, world in
      let view = try View(seed: .generate(), itemCount: 5)
      try parts.setRecord(parts.records[0].changed(view: view), step: 1, by: world.redactor)
      try parts.carry(by: world.redactor)
    },
    Attack("the record leaves a cut out", fails: "redaction.account") { parts, world in
      let cuts = Array(parts.records[0].cuts.dropLast())
      try parts.setRecord(parts.records[0].changed(cuts: cuts), step: 1, by: world.redactor)
      try parts.carry(by: world.redactor)
    },
    Attack("the record cuts what is disclosed", fails: "redaction.account") { parts, world in
      let number = try parts.number("dump.bin")
      let more = Cut(
        item: number, part: .content(0..<1), code: "OTH", rule: 0, basis: "-")
      let cuts = (parts.records[0].cuts + [more]).sorted { $0.item < $1.item }
      try parts.setRecord(parts.records[0].changed(cuts: cuts), step: 1, by: world.redactor)
      try parts.carry(by: world.redactor)
    },
    Attack("the record gives another reason than the file shows", fails: "seal.root") {
      parts, world in
      let record = parts.records[0]
      let cuts = record.cuts.map { cut in
        Cut(
          item: cut.item, part: cut.part, code: cut.code == "PD-NAME" ? "OTH" : cut.code,
          rule: cut.rule, basis: cut.basis)
      }
      try parts.setRecord(record.changed(cuts: cuts), step: 1, by: world.redactor)
      try parts.carry(by: world.redactor)
    },
    Attack("the record names a release that isn't here", fails: "release") { parts, world in
      let record = parts.records[0]
      let release = Release(
        bundleID: parts.seal.bundleID, transfer: "t", sender: world.redactor.name,
        recipients: ["x"], time: "2026-11-20T12:00:00Z")
      let bound = try RedactionRecord(
        seal: record.seal, previous: record.previous, sequence: 1, view: record.view,
        isClosed: false, redactor: record.redactor, proposer: "p", approver: nil,
        release: Hash(digestOf: release.bytes), time: record.time, cuts: record.cuts)
      try parts.setRecord(bound, step: 1, by: world.redactor)
      try parts.carry(by: world.redactor)
    },
    Attack("nobody approved, where the terms want two persons", fails: "redaction.1") {
      parts, world in
      let terms = try String(decoding: parts.bytes(Layout.terms), as: UTF8.self)
        .replacing(#""onePerson":true"#, with: #""onePerson":false"#)
      try parts.reseal(terms: Array(terms.utf8), world)
    },
    Attack("what the terms lock is withheld", fails: "redaction.account", saying: "lock") {
      parts, world in
      let number = try SampleParts(world.full).number("kestrel.txt")
      var terms = try JSON(canonical: parts.bytes(Layout.terms), limit: 1 << 20).object ?? [:]
      terms["locked"] = [["item": .integer(Int64(number))]]
      try parts.reseal(terms: JSON.object(terms).canonicalBytes, world)
    },
  ]

  private static let disclosureAttacks: [Attack] = [
    Attack("a placeholder is forged", fails: "seal.root", saying: "orders.csv") { parts, world in
      try parts.replace(
        "[REDACTED PD-NAME],ilmari", by: "Otto,ilmari", in: parts.item("orders.csv"))
      try parts.carry(by: world.redactor)
    },
    Attack("the withheld name stands in its place again", fails: "seal.root") { parts, world in
      try parts.replace("[REDACTED PD-NAME]", by: "Rita Quaresma", in: parts.item("note.txt"))
      try parts.carry(by: world.redactor)
    },
    Attack("the disclosed rest of an item is changed", fails: "seal.root") { parts, world in
      try parts.replace("Friday", by: "Monday", in: parts.item("note.txt"))
      try parts.carry(by: world.redactor)
    },
    Attack("a withheld item's disclosure is put back", fails: "container.layout") { parts, world in
      let full = try SampleParts(world.full)
      for path in [try full.leaves("kestrel.txt"), try full.item("kestrel.txt")] {
        parts[path] = try full.bytes(path)
      }
      try parts.carry(by: world.redactor)
    },
    Attack("a withheld item's file is put back", fails: "container.layout") { parts, world in
      let full = try SampleParts(world.full)
      let path = try full.item("kestrel.txt")
      parts[path] = try full.bytes(path)
      try parts.carry(by: world.redactor)
    },
    Attack("a partial item's full disclosure is put back", fails: "seal.root") { parts, world in
      let full = try SampleParts(world.full)
      for path in [try full.leaves("note.txt"), try full.item("note.txt")] {
        parts[path] = try full.bytes(path)
      }
      try parts.carry(by: world.redactor)
    },
    Attack("the full view is put back", fails: "redaction.chain") { parts, world in
      parts[Layout.view] = try SampleParts(world.full).bytes(Layout.view)
      try parts.carry(by: world.redactor)
    },
    Attack("everything is put back, the record stays", fails: "redaction.account") {
      parts, world in
      let full = try SampleParts(world.full)
      for entry in full.entries where !entry.path.hasPrefix("META-INF/") {
        parts[entry.path] = entry.bytes
      }
      try parts.carry(by: world.redactor)
    },
    Attack("the superseded carrier seal came along", fails: "manifest.objects") { parts, world in
      let full = try SampleParts(world.full)
      try parts.replaceCarrier(full, as: 899)
    },
    Attack("a derived header came along", fails: "seal.root", saying: "note.txt") { parts, world in
      // The view discloses no header that the file doesn't; so one of them becomes `size`.
      try parts.makeHeaderDerived(of: "note.txt")
      try parts.carry(by: world.redactor)
    },
  ]

  static let onTwoSteps: [Attack] = [
    Attack("the records are swapped", fails: "redaction.1") { parts, world in
      let records = parts.records
      try parts.setRecord(records[1], step: 1, by: world.redactor)
      try parts.setRecord(records[0], step: 2, by: world.redactor)
      try parts.carry(by: world.redactor)
    },
    Attack("the last record is dropped", fails: "redaction.chain") { parts, world in
      parts.remove(Layout.record(2), Layout.manifest(3), Layout.signature(3))
      try parts.carry(by: world.redactor)
    },
    Attack("the first record is dropped", fails: "redaction.1") { parts, world in
      let second = parts.records[1]
      parts.remove(Layout.record(2), Layout.manifest(3), Layout.signature(3))
      try parts.setRecord(second, step: 1, by: world.redactor)
      try parts.carry(by: world.redactor)
    },
    Attack("the first record was changed after the second", fails: "redaction.2") { parts, world in
      let first = try parts.records[0].changed(view: View(seed: .generate(), itemCount: 5))
      try parts.setRecord(first, step: 1, by: world.redactor)
      try parts.carry(by: world.redactor)
    },
    Attack("the second record has the number of the first", fails: "redaction.2") { parts, world in
      try parts.setRecord(parts.records[1].changed(sequence: 1), step: 2, by: world.redactor)
      try parts.carry(by: world.redactor)
    },
    Attack("a record follows a closed one", fails: "redaction.2") { parts, world in
      let first = try parts.records[0].changed(isClosed: true)
      try parts.setRecord(first, step: 1, by: world.redactor)
      try parts.setRecord(parts.records[1].changed(previous: first), step: 2, by: world.redactor)
      try parts.carry(by: world.redactor)
    },
    Attack("one leaf is claimed by both records", fails: "bundle.statements") { parts, world in
      let note = try parts.number("note.txt")
      let cuts = (parts.records[1].cuts + parts.records[0].cuts.filter { $0.item == note })
        .sorted { $0.item < $1.item }
      try parts.setRecord(parts.records[1].changed(cuts: cuts), step: 2, by: world.redactor)
      try parts.carry(by: world.redactor)
    },
    Attack("the step before is put back under both records", fails: "redaction.chain") {
      parts, world in
      let before = try SampleParts(world.redacted)
      for entry in before.entries where !entry.path.hasPrefix("META-INF/") {
        parts[entry.path] = entry.bytes
      }
      try parts.carry(by: world.redactor)
    },
    Attack("the carrier is the one of the step before", fails: "carrier") { parts, world in
      try parts.replaceCarrier(SampleParts(world.redacted), as: 900)
    },
  ]
}

extension SampleParts {
  /// Seals anew with other terms, as the sealer could, and links and signs the first record again.
  fileprivate mutating func reseal(terms: [UInt8], _ world: SampleWorld) throws {
    self[Layout.terms] = terms
    let statement = try seal.changed(terms: Hash(digestOf: terms))
    try setSeal(statement, by: world.sealer)
    try setRecord(records[0].changed(seal: statement), step: 1, by: world.redactor)
    try carry(by: world.redactor)
  }

  fileprivate mutating func replaceCarrier(_ other: SampleParts, as number: Int) throws {
    let text = String(decoding: try other.bytes(Layout.manifest(900)), as: UTF8.self)
    self[Layout.manifest(number)] = Array(
      text.replacing("signature900.p7s", with: "signature\(number).p7s").utf8)
    self[Layout.signature(number)] = try other.bytes(Layout.signature(900))
  }

  /// Renames the header `acquired-by` to a key of the same length and place that counts as derived.
  fileprivate mutating func makeHeaderDerived(of name: String) throws {
    try replaceBytes("acquired-by", by: "acquiree-by", in: try leaves(name))
  }
}
