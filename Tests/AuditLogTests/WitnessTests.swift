import AuditLog
import Foundation
import Merkle
import Testing

@Suite struct WitnessTests {
  let folder: TemporaryFolder
  let log: NodeLog
  let peer: NodeLog

  init() throws {
    folder = try TemporaryFolder()
    log = try NodeLog(settings(folder["pt"]))
    peer = try NodeLog(settings(folder["fi"], node: "fi"))
  }

  /// `log` shows its newest checkpoint to `peer`, with a proof from `old`.
  private func show(_ log: NodeLog, from old: UInt64) throws -> NoteSignature {
    let new = try log.checkpoint()
    return try peer.acceptPeerCheckpoint(
      note: new.serialized, key: log.verifierKey,
      proof: log.consistencyProof(from: old, to: new.checkpoint.size), from: old)
  }

  @Test func aGrowingLogIsCosignedAndKeepsTheCosignature() throws {
    var held: UInt64 = 0
    for count in [3, 0, 1, 60] {
      if count > 0 { try grow(log, count) }
      let cosignature = try show(log, from: held)
      held = try log.checkpoint().checkpoint.size
      try log.acceptCosignature(cosignature.line, key: peer.cosignerKey, size: held)
      try log.checkpoint().note.verify(peer.cosignerKey)
      #expect(try peer.peerCheckpoint(origin: log.origin)?.text == log.checkpoint().note.text)
    }
    let proof = try log.tlogProof(index: 2)
    try proof.note.verify(peer.cosignerKey)
    #expect(try log.cosignedCheckpoint() == log.checkpoint())
    #expect(try peer.peerCheckpoints().count == 1)
    let verification = try verifyLog(at: folder["pt"])
    #expect(verification.isConsistent)
    #expect(verification.cosignatures == 3)
  }

  @Test func anotherSizeThanHeldIsAConflictWithOurs() throws {
    try grow(log, 3)
    #expect(throws: AuditLogError.witnessSize(0)) { try show(log, from: 2) }
    _ = try show(log, from: 0)
    try grow(log, 1)
    #expect(throws: AuditLogError.witnessSize(3)) { try show(log, from: 2) }
    _ = try show(log, from: 3)
  }

  @Test func aSmallerCheckpointIsRefused() throws {
    try grow(log, 3)
    let old = try log.checkpoint()
    try grow(log, 2)
    _ = try show(log, from: 0)
    #expect(throws: AuditLogError.wentBack(from: 5, to: 3)) {
      try peer.acceptPeerCheckpoint(
        note: old.serialized, key: log.verifierKey, proof: ConsistencyProof(path: []))
    }
  }

  @Test func aForeignOrChangedNoteIsRefused() throws {
    try grow(log, 3)
    let note = try log.checkpoint().serialized
    #expect(throws: AuditLogError.unknownKey(name: peer.origin)) {
      try peer.acceptPeerCheckpoint(
        note: note, key: peer.verifierKey, proof: ConsistencyProof(path: []))
    }
    let text = String(decoding: note, as: UTF8.self).replacing("\n3\n", with: "\n4\n")
    #expect(throws: AuditLogError.badSignature(name: log.origin)) {
      try peer.acceptPeerCheckpoint(
        note: Array(text.utf8), key: log.verifierKey, proof: ConsistencyProof(path: []))
    }
    #expect(throws: AuditLogError.wrongKeyKind) {
      try peer.acceptPeerCheckpoint(
        note: note, key: log.cosignerKey, proof: ConsistencyProof(path: []))
    }
  }

  /// The administrator writes the log anew, with the node's own key.
  @Test(arguments: [3, 4, 9])
  func aRewrittenLogIsDetected(newSize: Int) throws {
    try grow(log, 4)
    _ = try show(log, from: 0)
    let rewritten = try NodeLog(settings(folder["pt2"]))
    try grow(rewritten, newSize)
    switch newSize {
    case 3:
      #expect(throws: AuditLogError.wentBack(from: 4, to: 3)) {
        let note = try rewritten.checkpoint().serialized
        return try peer.acceptPeerCheckpoint(
          note: note, key: log.verifierKey, proof: ConsistencyProof(path: []))
      }
      #expect(try forks() == 0)
    case 4:
      #expect(throws: AuditLogError.fork(origin: log.origin, size: 4)) {
        try show(rewritten, from: 4)
      }
      #expect(try forks() == 1)
    default:
      #expect(throws: AuditLogError.proofFailed) { try show(rewritten, from: 4) }
      #expect(try forks() == 1)
    }
    #expect(try peer.peerCheckpoint(origin: log.origin)?.text == log.checkpoint().note.text)
    #expect(try verifyLog(at: folder["fi"]).isConsistent)
  }

  private func forks() throws -> Int {
    var entries = 0
    try peer.show(EntryFilter(event: .fork)) { _ in entries += 1 }
    let rows = try sqlite(folder["fi"], "SELECT count(*) FROM forks")
    #expect(rows == "\(entries)\n")
    return entries
  }

  @Test func gossipShowsWhatIsNewAndWhatForks() throws {
    let third = try NodeLog(settings(folder["sg"], node: "sg"))
    try grow(log, 4)
    let note = try log.checkpoint().serialized
    #expect(try third.compareGossip(note: note, key: log.verifierKey) == .newer(than: nil))
    _ = try show(log, from: 0)
    #expect(try peer.compareGossip(note: note, key: log.verifierKey) == .known)
    try grow(log, 1)
    let newer = try log.checkpoint().serialized
    #expect(try peer.compareGossip(note: newer, key: log.verifierKey) == .newer(than: 4))
    let other = try NodeLog(settings(folder["pt2"]))
    try grow(other, 3)
    let older = try other.checkpoint().serialized
    #expect(try peer.compareGossip(note: older, key: log.verifierKey) == .older(than: 4))
    try grow(other, 1)
    let forked = try other.checkpoint().serialized
    for _ in 0..<2 {
      #expect(throws: AuditLogError.fork(origin: log.origin, size: 4)) {
        try peer.compareGossip(note: forked, key: log.verifierKey)
      }
    }
    #expect(try forks() == 1)
  }

  @Test func onlyCosignaturesOfOurCheckpointsAreKept() throws {
    try grow(log, 3)
    let cosignature = try show(log, from: 0)
    #expect(throws: AuditLogError.noSuchSize(2)) {
      try log.acceptCosignature(cosignature.line, key: peer.cosignerKey, size: 2)
    }
    #expect(throws: AuditLogError.badSignature(name: peer.cosignerKey.name)) {
      try log.acceptCosignature(cosignature.line, key: peer.cosignerKey, size: 0)
    }
    #expect(throws: AuditLogError.unknownKey(name: log.cosignerKey.name)) {
      try log.acceptCosignature(cosignature.line, key: log.cosignerKey, size: 3)
    }
    #expect(throws: AuditLogError.malformedNote) {
      try log.acceptCosignature("x", key: peer.cosignerKey, size: 3)
    }
  }
}
