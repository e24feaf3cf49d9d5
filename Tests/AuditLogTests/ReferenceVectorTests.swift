import AuditLog
import CanonicalJSON
import Foundation
import Merkle
import SeededNumbers
import Testing

/// `conformance/note/log300.json`, which a second implementation made.
@Suite struct ReferenceVectorTests {
  struct Vectors: Decodable {
    struct Head: Decodable {
      var size: UInt64
      var root, checkpoint, cosignature, request: String

      enum CodingKeys: String, CodingKey {
        case size, root, checkpoint, cosignature
        case request = "add_checkpoint_request"
      }
    }
    struct Proof: Decodable {
      var index: UInt64
      var entry, text: String

      enum CodingKeys: String, CodingKey {
        case index, entry
        case text = "tlog_proof"
      }
    }
    var origin, logSeed, witnessSeed, logKey, witnessKey: String
    var entries: [String]
    var checkpoints: [Head]
    var proofs: [Proof]

    enum CodingKeys: String, CodingKey {
      case origin, entries, checkpoints, proofs
      case logSeed = "log_seed"
      case witnessSeed = "witness_seed"
      case logKey = "log_vkey"
      case witnessKey = "witness_vkey"
    }
  }

  static func vectors() throws -> Vectors? {
    let file = conformance + "/note/log300.json"
    guard FileManager.default.fileExists(atPath: file) else {
      print("skipped: no \(file)")
      return nil
    }
    return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: URL(filePath: file)))
  }

  private func seed(_ text: String) -> [UInt8] {
    var rest = text[...]
    var bytes: [UInt8] = []
    while let byte = UInt8(rest.prefix(2), radix: 16) {
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    return bytes
  }

  @Test func checkpointsCosignaturesAndRequestsAreTheSameBytes() throws {
    guard let vectors = try Self.vectors() else { return }
    let log = try NoteSigner(name: vectors.origin, kind: .ed25519, seed: seed(vectors.logSeed))
    #expect(log.verifierKey.text == vectors.logKey)
    let witnessKey = try VerifierKey(vectors.witnessKey)
    let witness = try NoteSigner(
      name: witnessKey.name, kind: .cosignature, seed: seed(vectors.witnessSeed))
    #expect(witness.verifierKey == witnessKey)

    let leaves = vectors.entries.map { Hash(leaf: $0.utf8) }
    for head in vectors.checkpoints {
      var tree = CompactTree()
      for leaf in leaves.prefix(Int(head.size)) { tree.append(leaf: leaf) }
      #expect(tree.root.base64 == head.root)
      let text = "\(vectors.origin)\n\(head.size)\n\(tree.root.base64)\n"
      let signed = try text + "\n" + log.sign(text: text).line
      #expect(signed == head.checkpoint)
      let note = try SignedNote(parsing: head.checkpoint.utf8)
      #expect(try Checkpoint(note: note, verifiedBy: log.verifierKey).root == tree.root)

      let cosignature = try NoteSignature(line: head.cosignature)
      #expect(cosignature.isValid(over: text, key: witnessKey))
      #expect(!cosignature.isValid(over: text + "x\n", key: witnessKey))
      let time = try #require(cosignature.cosignedTime)
      #expect(try witness.cosign(text: text, time: time).line == head.cosignature)

      let request = try AddCheckpointRequest(parsing: head.request.utf8)
      #expect(request.serialized == Array(head.request.utf8))
      let old = request.oldSize
      if old > 0 {
        var tree = CompactTree()
        for leaf in leaves.prefix(Int(old)) { tree.append(leaf: leaf) }
        let new = try Checkpoint(parsing: request.note.text)
        try request.proof.check(from: old, root: tree.root, to: new.size, root: new.root)
      }
    }
    print("log300: \(vectors.checkpoints.count) checkpoints, cosignatures and requests")
  }

  @Test func proofsHoldAndAreTheSameBytes() throws {
    guard let vectors = try Self.vectors() else { return }
    let key = try VerifierKey(vectors.logKey)
    for vector in vectors.proofs {
      let proof = try TlogProof(parsing: vector.text.utf8)
      #expect(proof.serialized == Array(vector.text.utf8))
      #expect(proof.index == vector.index)
      #expect(try proof.check(entry: Array(vector.entry.utf8), key: key).size == 300)
      #expect(throws: AuditLogError.proofFailed) {
        try proof.check(entry: Array((vector.entry + " ").utf8), key: key)
      }
      try proof.note.verify(VerifierKey(vectors.witnessKey))
    }
    print("log300: \(vectors.proofs.count) proofs")
  }

  /// Every parser of a text from outside: mutated input throws or parses, and what parses has one
  /// spelling.
  @Test func mutatedTextsThrowOrAreCanonical() throws {
    guard let vectors = try Self.vectors() else { return }
    var random = SplitMix64(seed: 7)
    for _ in 0..<4000 {
      let head = vectors.checkpoints[Int(random.next() % UInt64(vectors.checkpoints.count))]
      let proof = vectors.proofs[Int(random.next() % UInt64(vectors.proofs.count))]
      let note = random.mutate(Array((head.checkpoint + head.cosignature).utf8))
      if let parsed = try? SignedNote(parsing: note) {
        #expect(parsed.serialized == note)
        if let checkpoint = try? Checkpoint(parsing: parsed.text) {
          #expect(checkpoint.text == parsed.text)
        }
      }
      let request = random.mutate(Array(head.request.utf8))
      if let parsed = try? AddCheckpointRequest(parsing: request) {
        #expect(parsed.serialized == request)
      }
      let text = random.mutate(Array(proof.text.utf8))
      if let parsed = try? TlogProof(parsing: text) { #expect(parsed.serialized == text) }
      let key = random.mutate(Array(vectors.witnessKey.utf8))
      if let name = String(validating: key, as: UTF8.self), let parsed = try? VerifierKey(name) {
        #expect(Array(parsed.text.utf8) == key)
      }
      let path = random.mutate(Array("tile/2/x001/x234/067.p/44".utf8))
      if let name = String(validating: path, as: UTF8.self),
        let parsed = try? TilePath(parsing: name)
      {
        #expect(Array(parsed.text.utf8) == path)
      }
    }
  }
}

extension SplitMix64 {
  /// One to three bytes changed, removed or repeated.
  mutating func mutate(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...next() % 3 where !bytes.isEmpty {
      let place = Int(next() % UInt64(bytes.count))
      switch next() % 4 {
      case 0: bytes[place] = UInt8(truncatingIfNeeded: next())
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(bytes[place], at: place)
      default: bytes.removeLast(place % 9)
      }
    }
    return bytes
  }
}
