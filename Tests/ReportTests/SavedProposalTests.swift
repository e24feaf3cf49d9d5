import CanonicalJSON
import Evidence
import Redaction
import Report
import Testing

/// The second person's decision: what it binds, and what is refused.
struct SavedProposalTests {
  private static func make(_ sample: SampleBundle) throws -> SavedProposal {
    let verified = try sample.verified()
    let cuts = try completeCuts(
      [2, 6, 10].map { leaf in
        Cut(item: 1, part: .content(leaf..<leaf + 1), code: "TS", rule: 1, basis: "-")
      }, for: verified)
    return SavedProposal(
      try CutListing(cuts, of: verified), of: verified, policy: "p.yaml", nonce: "00",
      proposer: "ann", time: "2026-11-20T12:00:00Z")
  }

  private static func sample() throws -> SampleBundle {
    try SampleBundle([("a.txt", "a b c d e f g h")])
  }

  @Test func theFileIsTheProposal() throws {
    let sample = try Self.sample()
    let proposal = try Self.make(sample)
    #expect(try SavedProposal(parsing: Array(proposal.json.prettyText.utf8)) == proposal)
    let decided = try proposal.deciding(CutChoice(), by: "bea", at: "2026-11-20T13:00:00Z")
    #expect(try SavedProposal(parsing: decided.json.canonicalBytes) == decided)
    #expect(try decided.check(against: sample.verified()).cuts == proposal.listing.cuts.map(\.cut))
  }

  @Test func everyChangedByteIsRefused() throws {
    let sample = try Self.sample()
    let verified = try sample.verified()
    let decided = try Self.make(sample).deciding(CutChoice(), by: "bea", at: "2026-11-20T13:00:00Z")
    let bytes = decided.json.canonicalBytes
    for place in bytes.indices {
      var changed = bytes
      changed[place] ^= 1
      guard let other = try? SavedProposal(parsing: changed) else { continue }
      // What no longer is a decision has none to believe; it was one, so the whole is another.
      guard other.decision != nil else { continue }
      #expect(throws: ProposalError.self, "byte \(place)") { try other.check(against: verified) }
    }
  }

  @Test func aDecisionIsMadeOnce() throws {
    let decided = try Self.make(Self.sample()).deciding(CutChoice(), by: "bea", at: "t")
    #expect(throws: ProposalError.decided(by: "bea")) {
      try decided.deciding(CutChoice(), by: "cy", at: "t")
    }
  }

  @Test func numbersAreThoseOfTheList() throws {
    let proposal = try Self.make(Self.sample())
    let count = proposal.listing.cuts.count
    #expect(throws: ChoiceError.noSuchCut(number: 99, count: count)) {
      try proposal.deciding(CutChoice(rejected: CutNumbers([99])), by: "bea", at: "t")
    }
    let forced = try #require(proposal.listing.cuts.first { $0.isForced }?.number)
    #expect(throws: ChoiceError.forced(number: forced)) {
      try proposal.deciding(CutChoice(rejected: CutNumbers([forced])), by: "bea", at: "t")
    }
    let none = try proposal.deciding(
      CutChoice(rejected: CutNumbers(1...count)), by: "bea", at: "t")
    #expect(none.decision?.accepted.text == "")
  }

  @Test func anotherCopyIsRefused() throws {
    var sample = try Self.sample()
    let proposal = try Self.make(sample)
    try sample.redact([Cut(item: 1, part: .content(0..<1), code: "TS", rule: 1, basis: "-")])
    #expect(throws: ProposalError.otherCopy) { try proposal.check(against: sample.verified()) }
    let other = try Self.sample().verified()
    #expect(throws: ProposalError.otherBundle(proposal.bundle)) {
      try proposal.check(against: other)
    }
  }

  @Test func choosingBringsForcedCutsAlong() throws {
    let sample = try Self.sample()
    let verified = try sample.verified()
    let proposal = try Self.make(sample).check(against: verified)
    let cuts = proposal.cuts
    let chosen = cuts.indices.filter { !cuts[$0].isForced }.map { $0 + 1 }
    let one = try proposal.choosing(CutChoice(accepted: CutNumbers([chosen[0]])), for: verified)
    #expect(one.cuts.filter { !$0.isForced } == [cuts[chosen[0] - 1]])
    #expect(one.cuts.contains { $0.isForced })
    let none = try proposal.choosing(CutChoice(rejected: CutNumbers(1...cuts.count)), for: verified)
    #expect(none.cuts.isEmpty)
    let forced = try #require(cuts.firstIndex { $0.isForced }) + 1
    #expect(throws: ChoiceError.forced(number: forced)) {
      try proposal.choosing(CutChoice(rejected: CutNumbers([forced])), for: verified)
    }
  }

  @Test(arguments: [
    ("1-5,9", "1-5,9"), ("3", "3"), ("1, 2\n# a remark\n4 # another", "1,2,4"), (" 7 ", "7"),
  ])
  func numbersAreReadAsPeopleWriteThem(_ text: String, _ numbers: String) {
    #expect(CutNumbers(parsing: text)?.text == numbers)
  }

  @Test(arguments: [
    "", "x", "0", "1-", "-1", "5-1", "1--2", "1-2-3", "+1", "1.5", "99999999999999999999",
  ])
  func otherTextIsNoNumbers(_ text: String) {
    #expect(CutNumbers(parsing: text) == nil)
  }
}
