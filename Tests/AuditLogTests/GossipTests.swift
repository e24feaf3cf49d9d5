import AuditLog
import Merkle
import Testing

/// Third logs: what one peer was shown, compared with what another was.
@Suite struct GossipTests {
  let folder: TemporaryFolder
  let log: NodeLog
  let third: NodeLog
  /// The third log's node with another history, signed by the same key.
  let other: NodeLog

  init() throws {
    folder = try TemporaryFolder()
    log = try NodeLog(settings(folder["pt"]))
    third = try NodeLog(settings(folder["sg"], node: "sg"))
    other = try NodeLog(settings(folder["sg2"], node: "sg"))
    for count in [3, 4] {
      try grow(third, count)
      try grow(other, count)
    }
    let old = try #require(try third.signedCheckpoint(size: 3))
    _ = try log.acceptPeerCheckpoint(
      note: old.serialized, key: third.verifierKey, proof: ConsistencyProof(path: []))
  }

  private func gossip(_ node: NodeLog, size: UInt64) throws {
    let note = try #require(try node.signedCheckpoint(size: size)).serialized
    try log.takeGossip(note: note, key: third.verifierKey, from: "fi")
  }

  @Test func theSameIsNoNews() throws {
    try gossip(third, size: 3)
    #expect(try log.pendingGossip(of: third.verifierKey).isEmpty)
  }

  @Test func twoRootsForOneSizeAreAForkAtOnce() throws {
    #expect(throws: AuditLogError.fork(origin: third.origin, size: 3)) {
      try gossip(other, size: 3)
    }
    let evidence = try log.forks()
    #expect(evidence.count == 1)
    #expect(evidence[0].text.contains("contradicts itself"))
    #expect(try verifyLog(at: folder["pt"]).isConsistent)
  }

  @Test func aNewerOneOfOneHistoryIsProvenAndThenHeld() throws {
    try gossip(third, size: 7)
    let pending = try #require(try log.pendingGossip(of: third.verifierKey).first)
    #expect((pending.heldSize, pending.source) == (3, "fi"))
    try log.settle(pending, proof: third.consistencyProof(from: 3, to: 7))
    #expect(try log.pendingGossip(of: third.verifierKey).isEmpty)
    #expect(try log.peerCheckpoint(origin: third.origin)?.text == third.checkpoint().note.text)
  }

  /// A swap the other way round may bring a newer one while the proof is on its way: no fork.
  @Test func whatWeHoldGrowsBetweenQuestionAndProof() throws {
    try gossip(third, size: 7)
    let pending = try #require(try log.pendingGossip(of: third.verifierKey).first)
    _ = try third.append(LogDraft(.seal)) as LogEntry
    _ = try log.acceptPeerCheckpoint(
      note: third.checkpoint().serialized, key: third.verifierKey,
      proof: third.consistencyProof(from: 3, to: 8))
    try log.settle(pending, proof: third.consistencyProof(from: 3, to: 7))
    #expect(try log.forks().isEmpty)
    #expect(try log.pendingGossip(of: third.verifierKey).isEmpty)
    #expect(try log.peerCheckpoint(origin: third.origin)?.text == third.checkpoint().note.text)
  }

  @Test func aNewerOneOfAnotherHistoryCannotBeProven() throws {
    try gossip(other, size: 7)
    let pending = try #require(try log.pendingGossip(of: third.verifierKey).first)
    #expect(throws: AuditLogError.fork(origin: third.origin, size: 7)) {
      try log.settle(pending, proof: other.consistencyProof(from: 3, to: 7))
    }
    #expect(try log.forks().count == 1)
    #expect(try log.pendingGossip(of: third.verifierKey).isEmpty)
  }

  @Test func aRefusedProofIsKeptAsEvidence() throws {
    try gossip(other, size: 7)
    let pending = try #require(try log.pendingGossip(of: third.verifierKey).first)
    #expect(throws: AuditLogError.fork(origin: third.origin, size: 7)) {
      try log.settle(pending, proof: nil)
    }
    #expect(try log.forks().map(\.proof) == [""])
  }

  @Test func nobodyFillsTheTableNorForgesTheSource() throws {
    #expect(throws: AuditLogError.badSignature(name: third.origin)) {
      let note = try #require(try third.signedCheckpoint(size: 7)).serialized
      let text = String(decoding: note, as: UTF8.self).replacing("\n7\n", with: "\n6\n")
      try log.takeGossip(note: Array(text.utf8), key: third.verifierKey, from: "fi")
    }
    for _ in 0..<80 {
      _ = try third.append(LogDraft(.seal)) as LogEntry
      try log.takeGossip(note: third.checkpoint().serialized, key: third.verifierKey, from: "fi")
    }
    #expect(try log.pendingGossip(of: third.verifierKey).count == LogLimits.gossip)
  }
}
