import ASiC
import CAdES
import CanonicalJSON
import Evidence
import Foundation
import Merkle
import Redaction
import Testing

/// What a redaction keeps, and what it must not leave anywhere.
struct RedactTests {
  @Test func everySelectorTakesWhatItNames() throws {
    let world = try SampleWorld.shared.get()
    let parts = try SampleParts(world.redacted)
    let result = judge(world.redacted, world.trust).verification
    #expect(result.verdict == .verifiedRedacted, "\(result.summary)")
    #expect(result.records.count == 1)
    #expect(result.withheldCount == 1)
    #expect(
      try parts.text("orders.csv") == """
        buyer,email,total
        [REDACTED PD-NAME],ilmari@mail.example,12
        [REDACTED PD-NAME],rita@mail.example,7

        """)
    #expect(try parts.text("note.txt") == "The parcel of [REDACTED PD-NAME] came on Friday.\n")
    #expect(
      try parts.text("subscriber.json")
        == #"{"subscriber":{"name":"[REDACTED PD-NAME]","plan":"flat"},"id":42}"#)
    let partial = result.items.filter { $0.state == .partial }
    #expect(partial.compactMap(\.name).sorted() == ["note.txt", "orders.csv", "subscriber.json"])
    for item in partial {
      #expect(item.headers["sha256"] == nil && item.headers["size"] == nil)
      #expect(item.headers["media-type"] != nil)
    }
    let whole = try #require(result.items.first { $0.state == .withheld })
    #expect(whole.headers.isEmpty && whole.path == nil)
    #expect(result.items.first { $0.name == "dump.bin" }?.headers["sha256"] != nil)
    #expect(result.carrier == "fi-nbi")
  }

  @Test func theSealersSignatureStaysByteForByteAndTheCarrierIsNew() throws {
    let world = try SampleWorld.shared.get()
    let (full, once, twice) = (
      try SampleParts(world.full), try SampleParts(world.redacted), try SampleParts(world.twice)
    )
    for path in [Layout.seal, Layout.terms, Layout.manifest(1), Layout.signature(1)] {
      #expect(once[path] == full[path])
      #expect(twice[path] == full[path])
    }
    for path in [Layout.record(1), Layout.manifest(2), Layout.signature(2)] {
      #expect(twice[path] == once[path])
    }
    #expect(once[Layout.signature(900)] != full[Layout.signature(900)])
    #expect(twice[Layout.signature(900)] != once[Layout.signature(900)])
    #expect(!once.paths.contains { $0.hasPrefix("custody/") })
    let result = judge(world.twice, world.trust).verification
    #expect(result.records.map(\.sequence) == [1, 2])
    #expect(try twice.text("orders.csv").contains("[REDACTED PD-NAME],[REDACTED PD-CONTACT],12"))
  }

  /// Nothing may digest, size or name what is withheld, in whatever form it is written.
  @Test func nothingSpeaksOfWhatIsWithheld() throws {
    let world = try SampleWorld.shared.get()
    let full = judge(world.full, world.trust).verification
    let names = ["kestrel.txt", "orders.csv", "note.txt", "subscriber.json"]
    for copy in [world.redacted, world.twice] {
      for text in ["Ilmari Sarasvuo", "Rita", "Quaresma", "Kestrel", "kestrel", "warehouse"] {
        #expect(!copy.holds(text), "\(text)")
      }
      for name in names {
        let content = try #require(SampleWorld.files.first { $0.0 == name }?.1)
        let digest = Hash(digestOf: content)
        let leaf = Hash(leaf: content)
        for hash in [digest, leaf] {
          #expect(copy.firstRange(of: hash.bytes) == nil, "\(name)")
          #expect(!copy.holds(hex(hash.bytes)) && !copy.holds(hash.base64), "\(name)")
          #expect(!copy.holds(hex(hash.bytes).uppercased()), "\(name)")
        }
        let item = try #require(full.items.first { $0.name == name })
        let sealed = try #require(item.headers["size"])
        let parts = try SampleParts(copy)
        #expect(!parts.paths.contains { $0.contains("kestrel") })
        // The size as a header leaf or in the CASE graph; other numbers may be equal by chance.
        if let leaves = parts[Layout.leaves(item.number)] {
          #expect(!leaves.holds("size\(sealed)") && !leaves.holds("sha256"))
        } else {
          #expect(name == "kestrel.txt")
        }
      }
      for entry in try ContainerReader(bytes: copy).entries {
        #expect(Layout.itemNumber(ofPath: entry.name.path) != (try number("kestrel.txt", world)))
      }
    }
  }

  @Test func noDigestOfTheSupersededCarrierIsLeft() throws {
    let world = try SampleWorld.shared.get()
    let full = try SampleParts(world.full)
    let once = try SampleParts(world.redacted)
    let manifest = try Manifest(parsing: full.bytes(Layout.manifest(900)))
    for object in manifest.objects where once[object.name.path] != full[object.name.path] {
      #expect(world.redacted.firstRange(of: object.digest) == nil, "\(object.name.path)")
      #expect(!world.redacted.holds(Data(object.digest).base64EncodedString()))
      #expect(!world.redacted.holds(hex(object.digest)))
    }
    #expect(world.redacted.firstRange(of: try full.bytes(Layout.signature(900)).suffix(64)) == nil)
  }

  /// The view of the full bundle holds the seed of everything: none of its secrets may remain.
  @Test func noSeedOfWhatIsWithheldRemains() throws {
    let world = try SampleWorld.shared.get()
    let view = try View(parsing: SampleParts(world.full).bytes(Layout.view))
    let number = try number("kestrel.txt", world)
    guard case .disclosed(let seed) = view.state(ofItem: number) else {
      Issue.record("nothing is withheld in the full bundle")
      return
    }
    for secret in [seed, seed.header, seed.content] {
      let bytes = secret.withUnsafeBytes { Array($0) }
      #expect(world.redacted.firstRange(of: bytes) == nil)
    }
    #expect(world.redacted.firstRange(of: view.bytes.suffix(32)) == nil)
  }

  @Test func anItemOfWhichEverythingIsCutGoesAsAWhole() throws {
    let world = try SampleWorld.shared.get()
    let token = try SampleWorld.token(world.full, world.trust)
    let policy = "rules:\n  - item: kestrel.txt\n    match: (?s).+\n    code: INF"
    let result = judge(try world.sealer.redact(token, policy), world.trust).verification
    #expect(result.verdict == .verifiedRedacted, "\(result.summary)")
    // All content is cut, yet the name stays: that isn't the whole item.
    let item = try #require(result.items.first { $0.name == "kestrel.txt" })
    #expect(item.state == .partial && item.path == nil && item.sha256 == nil)
    #expect(result.carrier == nil)
  }

  @Test func aPartIsTakenBeforeTheWhole() throws {
    let world = try SampleWorld.shared.get()
    let token = try SampleWorld.token(world.redacted, world.trust)
    let policy = "rules:\n  - item: note.txt\n    all: true\n    code: REL"
    let result = judge(try world.sealer.redact(token, policy), world.trust).verification
    #expect(result.verdict == .verifiedRedacted, "\(result.summary)")
    #expect(result.withheldCount == 2)
    #expect(result.checks.contains { $0.id == "redaction.bounds" && $0.result == .warn })
  }

  @Test func aClosedChainTakesNoFurtherStep() throws {
    let world = try SampleWorld.shared.get()
    let token = try SampleWorld.token(world.full, world.trust)
    let closed = try world.redactor.redact(token, SampleWorld.policy, closing: true)
    let again = try SampleWorld.token(closed, world.trust)
    #expect(throws: EvidenceError.closed) {
      try world.redactor.redact(again, SampleWorld.secondPolicy)
    }
  }

  @Test func onlyWhomTheTermsNameMayRedact() throws {
    let world = try SampleWorld.shared.get()
    let token = try SampleWorld.token(world.full, world.trust)
    #expect(throws: EvidenceError.notPermitted(node: "se-npa")) {
      try world.stranger.redact(token, SampleWorld.policy)
    }
    // Nobody is named: the sealer alone.
    let bundle = try world.sealer.seal(SampleWorld.files)
    let other = try SampleWorld.token(bundle, world.trust)
    #expect(throws: EvidenceError.notPermitted(node: "fi-nbi")) {
      try world.redactor.redact(other, SampleWorld.policy)
    }
    let result = judge(try world.sealer.redact(other, SampleWorld.policy), world.trust).verification
    #expect(result.verdict == .verifiedRedacted, "\(result.summary)")
  }

  @Test func twoPersonsWhereTheTermsWantTwo() throws {
    let world = try SampleWorld.shared.get()
    let bundle = try world.sealer.seal(
      SampleWorld.files, terms: SampleNode.terms(onePerson: false))
    let token = try SampleWorld.token(bundle, world.trust)
    for approver in [nil, "proposer"] {
      #expect(throws: EvidenceError.notPermitted(node: "pt-ipcu")) {
        try world.sealer.redact(token, SampleWorld.policy, approver: approver)
      }
    }
    let copy = try world.sealer.redact(token, SampleWorld.policy, approver: "approver")
    #expect(judge(copy, world.trust).verification.verdict == .verifiedRedacted)
  }

  @Test func whatTheTermsLockStays() throws {
    let world = try SampleWorld.shared.get()
    for number in 1...3 {
      let (bytes, sealed) = try world.sealer.seal(
        SampleWorld.files.map { SourceItem($0.0, $0.1) },
        terms: SampleNode.terms(locked: [["item": .integer(Int64(number))]]))
      let name = try #require(sealed.items.first { $0.number == number }?.name)
      let token = try SampleWorld.token(bytes, world.trust)
      let policy = "rules:\n  - item: \(name)\n    all: true\n    code: OTH"
      #expect(throws: EvidenceError.locked(item: number)) {
        try world.sealer.redact(token, policy)
      }
    }
  }

  @Test func aPolicyThatFindsNothing() throws {
    let world = try SampleWorld.shared.get()
    let token = try SampleWorld.token(world.full, world.trust)
    #expect(throws: EvidenceError.nothingToCut) {
      try world.sealer.redact(token, "rules:\n  - item: none\n    all: true\n    code: OTH")
    }
  }

  private func number(_ name: String, _ world: SampleWorld) throws -> Int {
    try SampleParts(world.full).number(name)
  }
}

extension SampleParts {
  func text(_ name: String) throws -> String {
    String(decoding: try bytes(item(name)), as: UTF8.self)
  }
}

extension [UInt8] {
  func holds(_ text: String) -> Bool { firstRange(of: Array(text.utf8)) != nil }
}
