import Foundation
import Merkle
import Redaction
import SeededNumbers
import Testing

/// Random bundles, redacted at random in one to three steps, tampered with at random: the second
/// implementation makes the same of them, and whatever is changed is refused.
///
/// `ROGATORY_SEED` repeats a run; a run prints its seed. `ROGATORY_RANDOM_BUNDLES` changes how many
/// there are.
@Suite struct RandomBundleTests {
  @Test func randomBundlesAreWhatTheSecondImplementationMakesAndNoChangeIsAccepted() throws {
    let environment = ProcessInfo.processInfo.environment
    let seed =
      environment["ROGATORY_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)
    let count = environment["ROGATORY_RANDOM_BUNDLES"].flatMap { Int($0) } ?? Self.defaultCount
    print("random bundles: ROGATORY_SEED=\(seed)")
    var random = SplitMix64(seed: seed)
    var bundles: [RandomBundle] = []
    var refused: [String: Int] = [:]
    for number in 0..<count {
      let bundle = try RandomBundle(&random)
      for package in bundle.packages { try package.verify(trusting: RandomBundle.trusted) }
      let other = bundles.last?.packages.last
      for _ in 0..<Self.tamperings {
        let change = Tampering(bundle.packages, other: other, &random)
        guard let change, change.package != bundle.packages.last else { continue }
        let refusal = try change.package.refusal(trusting: RandomBundle.trusted)
        #expect(refusal != nil, "bundle \(number) of seed \(seed): \(change.name)")
        refused[change.name, default: 0] += 1
      }
      bundles.append(bundle)
    }
    for (name, times) in refused.sorted(by: { $0.key < $1.key }) { print("\(times) \(name)") }
    print(
      "random bundles: \(count) in \(bundles.reduce(0) { $0 + $1.steps.count }) steps, "
        + "\(refused.values.reduce(0, +)) changed ones refused, 0 accepted")
    #expect(refused.count > 25 || count < 100)
    try compare(bundles, seed)
  }

  private func compare(_ bundles: [RandomBundle], _ seed: UInt64) throws {
    guard let answers = try SecondOpinion.ask(bundles.map(\.question)) else {
      print("skipped: there is no Python for the second implementation")
      return
    }
    #expect(answers.count == bundles.count)
    var views = 0
    for (number, (bundle, answer)) in zip(bundles, answers).enumerated() {
      let place = Comment(rawValue: "bundle \(number) of seed \(seed)")
      #expect(answer.ids.map(\.bytes) == bundle.ids.map(\.bytes), place)
      #expect(answer.views == bundle.packages.dropFirst().map(\.view), place)
      #expect(answer.leaves == bundle.packages.last?.leaves, place)
      #expect(answer.files == bundle.packages.last?.files, place)
      views += answer.views.count
    }
    print("random bundles: \(views) views equal to those of the second implementation")
  }

  /// The unoptimised program is some twenty times slower.
  private static var defaultCount: Int {
    #if DEBUG
      return 50
    #else
      return 1000
    #endif
  }
  private static let tamperings = 16
}

/// One change of a package that no verifier may accept.
struct Tampering {
  let name: String
  var package: Package

  /// A random change of the last of `packages`; nil where the one that was drawn doesn't apply.
  init?(_ packages: [Package], other: Package?, _ random: inout SplitMix64) {
    guard let last = packages.last else { return nil }
    package = last
    let kind = Int.random(in: 0..<10, using: &random)
    switch kind {
    case 0:
      name = "view \(mutate(&package.view.bytes, &random))"
    case 1, 2:
      guard let key = last.leaves.keys.sorted().randomElement(using: &random) else { return nil }
      var bytes = last.leaves[key]?.bytes ?? []
      name = "leaves \(mutate(&bytes, &random))"
      package.leaves[key] = Hex(bytes)
    case 3, 4:
      guard let key = last.files.keys.sorted().randomElement(using: &random) else { return nil }
      var bytes = last.files[key]?.bytes ?? []
      name = "file \(mutate(&bytes, &random))"
      package.files[key] = Hex(bytes)
    case 5:
      guard let change = package.exchangeFiles(packages, &random) else { return nil }
      name = change
    case 6:
      guard let change = package.exchangeStatements(packages, other: other, &random) else {
        return nil
      }
      name = change
    case 7, 8:
      guard let change = try? package.signAgain(&random) else { return nil }
      name = change
    default:
      var text = Array((Bool.random(using: &random) ? package.seal : package.terms).utf8)
      let isSeal = text == Array(package.seal.utf8)
      let change = mutate(&text, &random)
      let changed = String(decoding: text, as: UTF8.self)
      if isSeal { package.seal = changed } else { package.terms = changed }
      name = "\(isSeal ? "seal" : "terms") \(change)"
    }
  }
}

/// Changes bytes in one of the ways in which bytes can be changed, and says how.
private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix64) -> String {
  let place = Int.random(in: 0...bytes.count, using: &random)
  switch Int.random(in: 0..<5, using: &random) {
  case 0 where place < bytes.count:
    bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
    return "bit flipped"
  case 1 where place < bytes.count:
    bytes.removeSubrange(place...)
    return "cut short"
  case 2 where place < bytes.count:
    bytes.remove(at: place)
    return "byte removed"
  case 3 where bytes.count > 1 && place < bytes.count - 1:
    bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &random))
    return "bytes swapped"
  default:
    bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
    return "byte inserted"
  }
}

extension Package {
  /// Files left out, exchanged, or put back as they were before the last step.
  fileprivate mutating func exchangeFiles(
    _ packages: [Package], _ random: inout SplitMix64
  ) -> String? {
    let before = packages.dropLast().last ?? self
    switch Int.random(in: 0..<7, using: &random) {
    case 0:
      guard let key = files.keys.sorted().randomElement(using: &random) else { return nil }
      files[key] = nil
      return "file left out"
    case 1:
      guard let key = leaves.keys.sorted().randomElement(using: &random) else { return nil }
      leaves[key] = nil
      return "leaves left out"
    case 2:
      guard let key = before.files.keys.sorted().randomElement(using: &random) else { return nil }
      files[key] = before.files[key]
      return "file of the step before"
    case 3:
      guard let key = before.leaves.keys.sorted().randomElement(using: &random) else { return nil }
      leaves[key] = before.leaves[key]
      return "leaves of the step before"
    case 4:
      view = before.view
      return "view of the step before"
    case 5:
      let keys = files.keys.sorted().shuffled(using: &random).prefix(2)
      guard let one = keys.first, let other = keys.last, one != other else { return nil }
      (files[one], files[other]) = (files[other], files[one])
      return "files exchanged"
    default:
      let label = Array("[REDACTED ".utf8)
      guard
        let key = files.keys.sorted().first(where: { key in
          String(decoding: files[key]?.bytes ?? [], as: UTF8.self).contains("[REDACTED ")
        }), let bytes = files[key]?.bytes,
        let place = bytes.indices.first(where: { bytes[$0...].starts(with: label) })
      else { return nil }
      files[key]?.bytes.replaceSubrange(
        place..<place + label.count, with: Array("[REDACTED X".utf8))
      return "placeholder forged"
    }
  }

  /// Records left out, repeated, reordered or taken from elsewhere.
  fileprivate mutating func exchangeStatements(
    _ packages: [Package], other: Package?, _ random: inout SplitMix64
  ) -> String? {
    guard let last = records.last else { return nil }
    switch Int.random(in: 0..<8, using: &random) {
    case 0:
      records.removeLast()
      return "last record left out"
    case 1:
      records.removeFirst()
      return "first record left out"
    case 2:
      records.append(last)
      return "record repeated"
    case 3:
      records.reverse()
      return "records reordered"
    case 4:
      guard let spliced = other?.records.last else { return nil }
      records[records.count - 1] = spliced
      return "record of another bundle"
    case 5:
      guard let other else { return nil }
      (seal, terms) = (other.seal, other.terms)
      return "seal of another bundle"
    case 6:
      var bytes = Array(last.utf8)
      let change = mutate(&bytes, &random)
      records[records.count - 1] = String(decoding: bytes, as: UTF8.self)
      return "record \(change)"
    default:
      records = []
      return "no records"
    }
  }

  /// The last record told otherwise, and signed by one who might.
  fileprivate mutating func signAgain(_ random: inout SplitMix64) throws -> String? {
    guard let last = try parsedRecords().last else { return nil }
    guard let signer = RandomBundle.redactors.first(where: { $0.name == last.redactor }),
      let other = RandomBundle.redactors.first(where: { $0.name != last.redactor })
    else { return nil }
    var cuts = last.cuts
    let place = Int.random(in: 0..<cuts.count, using: &random)
    func record(
      _ cuts: [Cut], previous: Hash? = nil, sequence: UInt64? = nil, view: Hash? = nil,
      approver: String? = "judge-3", by name: SignerName? = nil
    ) throws -> [UInt8] {
      try RedactionRecord(
        seal: last.seal, previous: previous ?? last.previous, sequence: sequence ?? last.sequence,
        view: view ?? last.view, isClosed: last.isClosed, redactor: name ?? last.redactor,
        proposer: last.proposer, approver: approver, release: last.release, time: last.time,
        cuts: cuts
      ).bytes
    }
    let text: [UInt8]
    var by = signer
    let change: String
    switch Int.random(in: 0..<9, using: &random) {
    case 0:
      cuts.remove(at: place)
      (text, change) = (try record(cuts), "cut not told")
    case 1, 2:
      let isLonger = Bool.random(using: &random)
      func moved(_ range: Range<UInt64>) -> Range<UInt64> {
        range
          .lowerBound..<(isLonger
          ? range.upperBound + 1 : max(range.lowerBound + 1, range.upperBound - 1))
      }
      switch cuts[place].part {
      case .all: return nil
      case .header(let range): cuts[place].part = .header(moved(range))
      case .content(let range): cuts[place].part = .content(moved(range))
      }
      if cuts == last.cuts { return nil }
      (text, change) = (try record(cuts), isLonger ? "cut told too long" : "cut told too short")
    case 3:
      guard case .content = cuts[place].part,
        let file = files[name(cuts[place].item)]?.bytes,
        String(decoding: file, as: UTF8.self).contains("[REDACTED ")
      else { return nil }
      let cut = cuts[place]
      cuts[place] = Cut(
        item: cut.item, part: cut.part, code: "OTH", rule: cut.rule, basis: cut.basis,
        shown: cut.shown)
      (text, change) = (try record(cuts), "another code than in the slot")
    case 4: (text, change) = (try record(cuts, sequence: last.sequence + 1), "sequence skipped")
    case 5:
      (text, change) = (try record(cuts, previous: Hash(digestOf: [])), "previous record changed")
    case 6: (text, change) = (try record(cuts, approver: nil), "nobody approved")
    case 7:
      by = other
      (text, change) = (last.bytes, "signed by another")
    default:
      by = RandomBundle.sealer
      (text, change) = (
        try record(cuts, by: RandomBundle.sealer.name), "redacted by one whom the terms don't name"
      )
    }
    records[records.count - 1] = try by.sign(text)
    return change
  }
}
