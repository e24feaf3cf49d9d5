import AuditLog
import Merkle
import Testing

@Suite struct WitnessPolicyTests {
  let folder: TemporaryFolder
  let log: NodeLog
  let peers: [NodeLog]

  init() throws {
    let folder = try TemporaryFolder()
    self.folder = folder
    log = try NodeLog(settings(folder["pt"]))
    _ = try log.append([LogDraft(.seal), LogDraft(.seal)]) as [LogEntry]
    peers = try ["a", "b", "c"].map { name in
      try NodeLog(
        NodeLog.Settings(
          path: "\(folder.path)/\(name)", node: name,
          signer: NoteSigner.generate(name: NodeLog.origin(of: name), kind: .ed25519),
          cosigner: NoteSigner.generate(name: NodeLog.cosignerName(of: name), kind: .cosignature),
          software: "test"))
    }
  }

  /// The proof of entry 1, cosigned by these peers.
  private func proof(by names: [Int]) throws -> TlogProof {
    for number in names {
      let line = try peers[number].acceptPeerCheckpoint(
        note: log.checkpoint().serialized, key: log.verifierKey, proof: ConsistencyProof(path: []))
      try log.acceptCosignature(line.line, key: peers[number].cosignerKey, size: 2)
    }
    return try log.tlogProof(index: 1)
  }

  private func policy(_ quorum: String) throws -> WitnessPolicy {
    let text =
      "# witnesses\n\n\tlog \(log.verifierKey.text) https://pt.example/\n"
      + zip(["A", "B", "C"], peers).map { "witness \($0) \($1.cosignerKey.text)\n" }.joined()
    return try WitnessPolicy(parsing: Array((text + quorum).utf8))
  }

  @Test func aQuorumIsMetByEnoughCosignatures() throws {
    let entry = try log.entry(at: 1)
    let quorums: [(text: String, metBy: [[Int]])] = [
      ("quorum none\n", [[], [0]]), ("quorum A\n", [[0]]),
      ("group g 2 A B C\nquorum g\n", [[0, 1], [0, 2], [0, 1, 2]]),
      ("group g any A B\nquorum g\n", [[0], [1]]), ("group g all A B C\nquorum g\n", [[0, 1, 2]]),
      ("group x any A B\ngroup y all x C\nquorum y\n", [[0, 2], [1, 2]]),
    ]
    // Cosignatures only come in addition, so the sets are tried in growing order.
    for names in [[], [1], [0, 1], [0, 1, 2]] as [[Int]] {
      let proof = try proof(by: names)
      for quorum in quorums {
        let isMet = quorum.metBy.contains { Set($0).isSubset(of: names) }
        let policy = try policy(quorum.text)
        if isMet {
          #expect(try policy.check(proof.note).size == 2, "\(quorum.text) \(names)")
          #expect(try proof.check(entry: entry, policy: policy).size == 2)
        } else {
          #expect(throws: AuditLogError.noQuorum, "\(quorum.text) \(names)") {
            try policy.check(proof.note)
          }
        }
      }
    }
    let other = try log.entry(at: 0)
    #expect(throws: AuditLogError.proofFailed) {
      try proof(by: []).check(entry: other, policy: policy("quorum A\n"))
    }
  }

  @Test func onlyTheLogsOfThePolicyCount() throws {
    let note = try proof(by: []).note
    let other = peers[0].verifierKey
    let policy = try WitnessPolicy(parsing: Array("log \(other.text)\nquorum none\n".utf8))
    #expect(throws: AuditLogError.unknownKey(name: log.origin)) { try policy.check(note) }
    let none = try WitnessPolicy(parsing: Array("quorum none\n".utf8))
    #expect(throws: AuditLogError.unknownKey(name: log.origin)) { try none.check(note) }
    #expect(try none.check(note, key: log.verifierKey).size == 2)
    let ours = try self.policy("quorum none\n")
    #expect(throws: AuditLogError.unknownKey(name: log.origin)) {
      try ours.check(note, key: other)
    }
    #expect(ours.logs.map(\.url) == ["https://pt.example/"])
    #expect(ours.witnesses.map(\.key) == peers.map(\.cosignerKey))
  }

  @Test func whatIsNoPolicyIsRefusedWithItsLine() throws {
    let (a, b) = (peers[0].cosignerKey.text, peers[1].cosignerKey.text)
    let bad: [(text: String, line: Int)] = [
      ("", 1), ("quorum none", 1), ("quorum A\n", 1), ("quorum none\nquorum none\n", 2),
      ("witness A \(a)\n", 2), ("witness A \(a)\nwitness A \(b)\nquorum A\n", 2),
      ("witness A \(a)\nwitness B \(a)\nquorum A\n", 2), ("witness none \(a)\nquorum none\n", 1),
      ("witness A \(log.verifierKey.text)\nquorum none\n", 1), ("log \(a)\nquorum none\n", 1),
      ("witness A \(a)\ngroup g 2 A\nquorum g\n", 2),
      ("witness A \(a)\ngroup g 0 A\nquorum g\n", 2),
      ("witness A \(a)\ngroup g 01 A\nquorum g\n", 2), ("group g all\nquorum g\n", 1),
      ("group g all X\nquorum g\n", 1), ("witness A \(a)\ngroup g all A A\nquorum g\n", 2),
      ("witness A \(a)\ngroup g all A\ngroup h all A\nquorum h\n", 3),
      ("witness A \(a)\ngroup g all none\nquorum g\n", 2), ("nonsense\nquorum none\n", 1),
      ("quorum none\r\n", 1), ("quorum none extra\n", 1),
    ]
    for (text, line) in bad {
      #expect(throws: AuditLogError.malformedPolicy(line: line), "\(text)") {
        try WitnessPolicy(parsing: Array(text.utf8))
      }
    }
    let long = [UInt8](repeating: UInt8(ascii: "#"), count: LogLimits.policyBytes) + [10]
    #expect(throws: AuditLogError.tooLarge(limit: LogLimits.policyBytes)) {
      try WitnessPolicy(parsing: long)
    }
  }
}
