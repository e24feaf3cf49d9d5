import CAdES
import CanonicalJSON
import Federation
import Redaction
import Testing

/// What a directory means for a node: who is a peer, who is held, and what a version changes.
struct DirectoryNodesTests {
  private let federation: TestFederation
  private let officers: OfficerList

  init() throws {
    federation = try TestFederation()
    var officers = OfficerList()
    try officers.add(Officer(id: NodeID("ana"), role: "investigator", unit: "U"))
    try officers.add(Officer(id: NodeID("rui"), role: "investigator", unit: "U"))
    self.officers = officers
  }

  private var es: TestMember { federation.members[0] }
  private var fi: TestMember { federation.members[1] }
  private var pt: TestMember { federation.members[2] }

  /// The directory of PT, at a time, where these entries and hand-made peers are.
  private func directory(
    _ entries: [DirectoryEntry], byHand: [Peer] = [], at now: Int64 = TestMember.now
  ) throws -> Directory {
    let document = try federation.document(entries: entries + [pt.entry()])
    let verified = try federation.signed(document, by: [es, fi]).verified(
      after: nil, at: TestMember.now)
    let adoption = DirectoryAdoption(
      verified, approval: try officers.developmentApproval(), at: "2026-11-21T12:00:00Z")
    #expect(try DirectoryAdoption(json: adoption.json, document: document) == adoption)
    let (peers, held) = Directory.nodes(
      besides: pt.id, byHand: byHand, adopted: document, adoption, at: now)
    return Directory(own: pt.card(), peers: peers, held: held, adoption: adoption)
  }

  @Test func whoTheDirectoryNamesIsAPeer() throws {
    let directory = try directory([es.entry(), fi.entry()])
    #expect(Set(directory.peers.keys) == [es.id, fi.id])
    #expect(directory.peer(tlsKey: fi.card().tlsKey)?.card.node == fi.id)
    #expect(directory.peer(tlsKey: pt.card().tlsKey) == nil)
  }

  @Test func anAnnouncedKeyCountsFromNowOnAndTheOldOneUntilItsEnd() throws {
    let before = try directory([fi.entry(fi.card(key: 1)), es.entry()])
    let during = try directory([fi.entry(fi.card(key: 1, next: [2])), es.entry()])
    let after = try directory([fi.entry(fi.card(key: 2)), es.entry()])
    let (old, new) = (fi.card(key: 1).tlsKey, fi.card(key: 2).tlsKey)
    #expect([before, during, after].map { $0.peer(tlsKey: old) != nil } == [true, true, false])
    #expect([before, during, after].map { $0.peer(tlsKey: new) != nil } == [false, true, true])
  }

  @Test func whoIsWithdrawnIsHeld() throws {
    for reason in Withdrawal.Reason.allCases {
      let withdrawal = Withdrawal(at: TestMember.start, reason: reason)
      let directory = try directory([fi.entry(withdrawal: withdrawal), es.entry()])
      #expect(directory.peers[fi.id] == nil)
      #expect(directory.held[fi.id]?.reason == .withdrawn(withdrawal))
      #expect(directory.peer(tlsKey: fi.card().tlsKey) == nil)
      #expect(directory.heldPeer(tlsKey: fi.card().tlsKey)?.card.node == fi.id)
      // What it signed counts on, unless others may have its keys.
      #expect(directory.signingAnchors(of: "fi-nbi").isEmpty == (reason == .compromised))
    }
  }

  @Test func entriesAndDirectoriesHaveAnEnd() throws {
    let entries = [es.entry(), fi.entry()]
    let (start, end) = (es.entry().validFrom, es.entry().validUntil)
    let early = try directory(entries, at: start.unixSeconds - 1)
    #expect(early.held[es.id]?.reason == .notYetValid(from: start))
    let late = try directory(entries, at: end.unixSeconds + 1)
    #expect(late.held[es.id]?.reason == .expired(at: end))
    let whole = try federation.document().validUntil
    let over = try directory(entries, at: whole.unixSeconds + 1)
    #expect(over.peers.isEmpty)
    #expect(over.held[es.id]?.reason == .directoryExpired(at: whole))
  }

  @Test func theDirectoryHasTheSayOverCardsByHand() throws {
    let approval = try officers.developmentApproval()
    let stranger = try TestMember("sg-ipu")
    let byHand = [fi.card(key: 9), stranger.card()].map {
      Peer(card: $0, approval: approval, at: "2026-11-21T12:00:00Z")
    }
    let directory = try directory([es.entry(), fi.entry()], byHand: byHand)
    #expect(directory.peers[fi.id]?.card == fi.card())
    #expect(directory.peers[stranger.id]?.card == stranger.card())
    let withdrawn = byHand[1].withdrawn(Withdrawal(at: TestMember.start, reason: .left))
    #expect(try Peer(json: withdrawn.json) == withdrawn)
    let without = try self.directory([es.entry(), fi.entry()], byHand: [withdrawn])
    #expect(without.held[stranger.id] != nil)
  }

  @Test func aDiffTellsWhoComesGoesAndChanges() throws {
    let old = try federation.document(
      entries: [es.entry(withdrawal: Withdrawal(at: TestMember.start, reason: .left)), fi.entry()])
    let new = try federation.document(
      after: old, entries: [fi.entry(fi.card(key: 1, next: [2])), pt.entry()], threshold: 3,
      validUntil: TestMember.now + 86_400)
    let diff = DirectoryDiff(from: old, to: new)
    #expect(diff.nodes.map(\.entry.card.node) == [es.id, fi.id, pt.id])
    #expect(diff.nodes.map(\.change) == [.went, .changed(["nextTLSKeys"]), .came])
    #expect(diff.nodes.map(\.hasNewKeys) == [false, true, true])
    #expect(diff.thresholds == [2, 3])
    #expect(diff.ends.count == 2)
    #expect(DirectoryDiff(from: old, to: old).isEmpty)
    // The key that was announced takes over: nothing is new to compare.
    let third = try federation.document(
      after: new, entries: [fi.entry(fi.card(key: 2)), pt.entry()], threshold: 3,
      validUntil: TestMember.now + 86_400)
    let next = DirectoryDiff(from: new, to: third)
    #expect(next.nodes.map(\.change) == [.changed(["nextTLSKeys", "tlsKey"])])
    #expect(next.nodes.map(\.hasNewKeys) == [false])
  }

  @Test func wordsTellCardsApart() throws {
    let words = fi.card().words.split(separator: " ")
    #expect(words.count == 8)
    #expect(fi.card().words == fi.card().words)
    #expect(fi.card().words != fi.card(key: 7).words)
  }
}
