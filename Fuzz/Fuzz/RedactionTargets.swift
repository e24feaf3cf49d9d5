import Evidence
import Merkle
import Redaction

/// The files of evidence-seal/v1: view, leaves, item, statements, terms.
let redactionTargets = [
  Target("view", longest: 4096, seeds: viewSeeds) { bytes in
    let view = try View(parsing: bytes)
    expect(view.bytes == bytes, "a view has other bytes when written")
    _ = view.root { _ in Hash.emptyTree }
    _ = (view.withheldRanges, view.shownRanges)
    for number in [1, (1 + view.itemCount) / 2, view.itemCount] { _ = view.state(ofItem: number) }
  },
  Target("leaves", longest: 4096, seeds: leavesSeeds) { bytes in
    let most = bytes.count % 2 == 0 ? 3 : Int.max
    let leaves = try LeavesReader(reader(bytes, most: most))
    let output = Output()
    var runs: [(LeavesReader.Run, [UInt64])] = []
    while let run = try leaves.nextRun() {
      var lengths: [UInt64] = []
      if run.isDisclosed, leaves.head.shape.mode == .table {
        for _ in run.leaves { lengths.append(try leaves.nextLength()) }
      }
      runs.append((run, lengths))
    }
    certain("leaves are read and can't be written") {
      let writer = try LeavesWriter(head: leaves.head, write: output.write)
      for (run, lengths) in runs {
        let count = run.leaves.upperBound - run.leaves.lowerBound
        try writer.beginRun(disclosed: run.isDisclosed, count: count)
        for length in lengths { try writer.appendLength(length) }
      }
      try writer.finish()
    }
    expect(output.bytes == bytes, "leaves have other bytes when written")
  },
  Target("item", longest: 4096, seeds: itemSeeds, run: fuzzItem),
  Target("record", longest: 4096, seeds: recordSeeds) { bytes in
    if let seal = try? SealStatement(parsing: bytes) {
      expect(seal.bytes == bytes, "a seal has other bytes when written")
    }
    let record = try RedactionRecord(parsing: bytes)
    expect(record.bytes == bytes, "a record has other bytes when written")
    let claims = try Claims([record])
    for item in claims.items { _ = claims.cuts(ofItem: item) }
    try claims.account(for: fullView(3))
  },
  Target("terms", longest: 4096, seeds: termsSeeds) { bytes in
    _ = try? Terms(parsing: bytes)
    if let terms = try? HandlingTerms(parsing: bytes) {
      expect(terms.bytes == bytes, "terms have other bytes when written")
      _ = (terms.cases, terms.legalBasis, terms.purpose, terms.tlp, terms.deleteBy, terms.onward)
    }
    let release = try Release(parsing: bytes)
    expect(release.bytes == bytes, "a release has other bytes when written")
  },
]

private func fullView(_ itemCount: Int) throws -> View {
  let seed = certain("32 bytes") { try required(Seed(bytes: [UInt8](repeating: 5, count: 32))) }
  return try View(seed: seed, itemCount: itemCount)
}

private struct Missing: Error {}

private func required<Value>(_ value: Value?) throws -> Value {
  guard let value else { throw Missing() }
  return value
}

private func viewSeeds() throws -> [[UInt8]] {
  try Vectors.packages.map(\.view) + [fullView(3).bytes]
}

private func leavesSeeds() -> [[UInt8]] { Vectors.packages.flatMap { $0.leaves.values } }

private func recordSeeds() -> [[UInt8]] {
  Vectors.packages.flatMap { package in
    (package.records + [package.seal]).map { Array($0.utf8) }
  }
}

private func termsSeeds() throws -> [[UInt8]] {
  let terms = try HandlingTerms(
    template: [
      "tlp": "AMBER", "cases": ["A-1"], "purpose": "x", "onePerson": true,
      "legalBasis": ["instrument": "y"], "retention": ["deleteBy": "2027-01-01"],
      "onward": ["rule": "forbidden"],
    ], bundleID: "00112233445566778899aabbccddeeff", caseReference: "B-2")
  let release = Release(
    bundleID: "00112233445566778899aabbccddeeff", transfer: "t", sender: "a", recipients: ["b"],
    time: "2026-11-20T12:00:00Z")
  return [terms.bytes, release.bytes]
    + Vectors.packages.map { Array($0.terms.utf8) }
}
