import ASiC
import Evidence
import Foundation
import Merkle
import Redaction
import Testing

/// What a leak test finds, what it doesn't call a leak, and what it says of both.
struct LeakTests {
  static let name = "Annabella Quist"

  @Test func nothingIsFoundWhereNothingIs() throws {
    let sample = try LeakSample(secrets: [Self.name], [("note.txt", "Bella Quistgaard came.\n")])
    let report = try sample.report()
    #expect(report.hits.isEmpty && report.gaps.isEmpty)
    // The name, and three digests of the file that it was in.
    #expect(report.valueCount == 4)
    #expect(report.byteCount > 0)
  }

  @Test func aHitSaysWhereAndOfWhatAndNeverTheValue() throws {
    let text = "On Friday came ANNABELLA\n  quist, alone.\n"
    let sample = try LeakSample(secrets: ["Bo Lundqvist", Self.name], [("note.txt", text)])
    let report = try sample.report()
    let hit = try #require(report.hits.first)
    #expect(report.hits.count == 1)
    #expect(hit.name == "note.txt" && hit.offset == 15 && hit.inner.isEmpty)
    #expect(hit.encoding == "plain" && !hit.isWarning)
    #expect(hit.label == "\(hit.item ?? 0)@15")
    #expect(hit.source.code == "PD-NAME" && hit.source.rule == 1)
    // Header row, line end, cell, line end: the second cell is leaf 4.
    #expect(hit.source.part == .content(4..<5))
    #expect(!"\(report)".localizedCaseInsensitiveContains("annabella"))
    #expect(!"\(report)".localizedCaseInsensitiveContains("quist"))
  }

  @Test func aNameThatHoldsTheValueIsNotTold() throws {
    let sample = try LeakSample(
      secrets: [Self.name], [("Annabella Quist.txt", "see Annabella Quist\n")])
    let report = try sample.report()
    #expect(report.leaks.contains { $0.path.hasPrefix("items/") })
    #expect(report.leaks.contains { $0.path.hasSuffix(".leaves") })
    #expect(report.leaks.contains { $0.path == "metadata/case.jsonld" })
    #expect(report.leaks.allSatisfy { $0.name == nil })
    #expect(!"\(report)".contains("Quist") && !"\(report)".contains("Annabella"))
  }

  /// Under six characters: as a word, and only told.
  @Test func shortValuesAreWordsAndWarnings() throws {
    let sample = try LeakSample(
      secrets: ["Ruk", "Mr. Ona"],
      [("note.txt", "ruk and Rukma and xRuk\n"), ("list.csv", "a,b\n1,Ruk\n")])
    let report = try sample.report()
    #expect(report.leaks.isEmpty)
    #expect(report.warnings.map(\.offset).sorted() == [0, 6])
    let five = try LeakSample(secrets: ["Lisbo"], [("note.txt", "Lisbon, lisbo.\n")]).report()
    #expect(five.warnings.map(\.offset) == [8] && five.leaks.isEmpty)
    let six = try LeakSample(secrets: ["Lisbon"], [("note.txt", "xLisbonx\n")]).report()
    #expect(six.leaks.map(\.offset) == [1])
  }

  @Test func placeholdersAreNoLeak() throws {
    let sample = try LeakSample(
      secrets: ["PD-NAME", "REDACTED", "Corvin Montelvas"], [("note.txt", "nothing\n")])
    let report = try sample.report()
    #expect(report.leaks.allSatisfy { $0.item == nil }, "\(report.leaks)")
  }

  @Test func whatTheSameItemStillHoldsIsALeak() throws {
    let sample = try LeakSample(
      [("people.csv", Array("name,note\nAnnabella Quist,called by annabella quist\n".utf8))],
      policy: """
        rules:
          - item: people.csv
            columns: [name]
            code: PD-NAME
        """)
    let hit = try #require(try sample.report().leaks.first)
    #expect(hit.name == "people.csv")
    #expect(hit.offset == UInt64("name,note\n[REDACTED PD-NAME],called by ".utf8.count))
  }

  @Test func aWithheldItemIsKnownByNameDigestsAndSentences() throws {
    let statement = """
      STATEMENT

      I have worked nights in the unit behind the laundry since autumn, and
      the chargers come without marks.

      """
    let digest = Hash(digestOf: Array(statement.utf8)).bytes
    let copied = "He said: \"I have worked nights in the unit behind the laundry since autumn\"."
    let sample = try LeakSample(
      [
        ("kestrel/statement-of-source.txt", Array(statement.utf8)),
        ("hashes.txt", Array(("a  " + digest.map { String(format: "%02X", $0) }.joined()).utf8)),
        ("mail.txt", Array(copied.utf8)),
        ("list.txt", Array("1. statement-of-source.txt\n".utf8)),
        ("other.txt", Array("The unit behind the laundry was closed. I have worked nights.".utf8)),
      ],
      policy: """
        rules:
          - item: "kestrel/**"
            all: true
            code: INF
        """)
    let report = try sample.report()
    #expect(Set(report.leaks.compactMap(\.name)) == ["hashes.txt", "mail.txt", "list.txt"])
    #expect(report.leaks.count == 3)
    let ofDigest = try #require(report.leaks.first { $0.name == "hashes.txt" })
    #expect(ofDigest.offset == 3 && ofDigest.encoding == "digest in hex")
    #expect(ofDigest.source.part == .digest("SHA-256") && ofDigest.source.code == "INF")
    // The first six words of the sentence are too short for a passage; it begins at the second.
    #expect(report.leaks.first { $0.name == "mail.txt" }?.offset == 12)
    #expect(report.leaks.first { $0.name == "list.txt" }?.source.part == .header("name"))
  }

  @Test func phrasesOfManyItemsOnlyWarn() throws {
    let mail = "MIME-Version: 1.0\nX-Scanner: this message was found clean today\n\n"
    let sample = try LeakSample(
      (1...4).map { ("mail-\($0).eml", Array((mail + "Message number \($0).\n").utf8)) },
      policy: """
        rules:
          - item: mail-1.eml
            all: true
            code: SC
        """)
    #expect(try sample.report().leaks.isEmpty)
  }

  @Test func copiesOfContentThatIsNoTextAreFound() throws {
    var state: UInt64 = 7
    let picture = (0..<9000).map { _ -> UInt8 in
      state = state &* 6_364_136_223_846_793_005 &+ 1
      return UInt8(state >> 56)
    }
    let sample = try LeakSample(
      [
        ("photo.bin", picture), ("disk.bin", [UInt8](repeating: 0, count: 70_001) + picture),
        ("mail.txt", Array(Data(picture[2000..<7000]).base64EncodedString().utf8)),
        ("other.bin", Array(picture.reversed())),
      ],
      policy: """
        rules:
          - item: photo.bin
            all: true
            code: SC
        """)
    #expect(Set(try sample.report().leaks.compactMap(\.name)) == ["disk.bin", "mail.txt"])
  }

  @Test func onlyCopiesOfOneSealCompare() throws {
    let world = try SampleWorld.shared.get()
    #expect(throws: LeakError.otherSeal) {
      try LeakSample.report(world.redacted, against: world.other)
    }
    let item = try SampleParts(world.full).number("orders.csv")
    #expect(throws: LeakError.disclosesMore(item: item)) {
      try LeakSample.report(world.redacted, against: world.twice)
    }
    #expect(try LeakSample.report(world.twice, against: world.redacted).leaks.isEmpty)
    #expect(try LeakSample.report(world.full, against: world.full).valueCount == 0)
  }
}
