import AuditLog
import Merkle

/// What a log and its witnesses exchange: notes, checkpoints, proofs, keys, paths.
let logTargets = [
  Target("note", longest: 2048, seeds: noteSeeds) { bytes in
    let note = try SignedNote(parsing: bytes)
    expect(note.serialized == bytes, "a note has other bytes when written")
    for signature in note.signatures {
      expect(try NoteSignature(line: signature.line) == signature, "a signature line differs")
      _ = signature.cosignedTime
    }
    try? note.verify(signers.log.verifierKey)
    try? note.verify(signers.witness.verifierKey)
    let checkpoint = try Checkpoint(parsing: note.text)
    expect(checkpoint.text.utf8.elementsEqual(note.text.utf8), "a checkpoint has another text")
  },
  Target("proof", longest: 4096, seeds: proofSeeds) { bytes in
    if let proof = try? TlogProof(parsing: bytes) {
      expect(proof.serialized == bytes, "a proof has other bytes when written")
      _ = try? proof.check(entry: [1], key: signers.log.verifierKey)
      _ = try? InclusionProof(path: proof.path).check(
        leaf: Hash(leaf: [1]), index: proof.index, size: proof.index | 5, root: .emptyTree)
    }
    let request = try AddCheckpointRequest(parsing: bytes)
    expect(request.serialized == bytes, "a request has other bytes when written")
    let checkpoint = try Checkpoint(parsing: request.note.text)
    try request.proof.check(
      from: request.oldSize, root: .emptyTree, to: checkpoint.size, root: checkpoint.root)
  },
  Target("witnesses", longest: 2048, seeds: policySeeds) { bytes in
    let policy = try WitnessPolicy(parsing: bytes)
    let signed = try SignedNote(parsing: note())
    if let checkpoint = try? policy.check(signed, key: signers.log.verifierKey) {
      expect(checkpoint.size == 1, "a policy accepts another checkpoint")
    }
  },
  Target("key", longest: 256, seeds: keySeeds) { bytes in
    guard let text = text(bytes) else { return }
    func expectText(_ written: String?, _ what: String) {
      if let written { expect(written.utf8.elementsEqual(text.utf8), "\(what) has another text") }
    }
    expectText((try? VerifierKey(text))?.text, "a verifier key")
    expectText((try? NoteSigner(secretText: text))?.secretText(), "a signer's key")
    expectText((try? TilePath(parsing: text))?.text, "a tile's path")
    expectText(Hash(base64: text)?.base64, "a hash")
    expectText(Base64.decode(bytes).map { Base64.encode($0) }, "base64")
  },
]

/// The keys of the seeds, from fixed bytes.
private let signers = certain("no keys") {
  (
    log: try NoteSigner(
      name: "node-a.example/log", kind: .ed25519, seed: [UInt8](repeating: 0x21, count: 32)),
    witness: try NoteSigner(
      name: "node-b.example/witness", kind: .cosignature,
      seed: [UInt8](repeating: 0x22, count: 32))
  )
}

private func note() throws -> [UInt8] {
  let text = "node-a.example/log\n1\n\(Hash(leaf: [1]).base64)\n"
  let lines = [
    try signers.log.sign(text: text), try signers.witness.cosign(text: text, time: 1_795_176_000),
  ].map(\.line)
  return Array((text + "\n" + lines.joined()).utf8)
}

private func noteSeeds() throws -> [[UInt8]] { [try note()] + Vectors.files("tiles/witness") }

private func policySeeds() -> [[UInt8]] {
  let (log, witness) = (signers.log.verifierKey.text, signers.witness.verifierKey.text)
  return [
    "quorum none\n", "log \(log)\nwitness W \(witness) https://w.example/\nquorum W\n",
    "# one\nwitness W \(witness)\ngroup g any W\ngroup h 1 g\n\tquorum h\n",
  ].map { Array($0.utf8) }
}

private func proofSeeds() throws -> [[UInt8]] {
  let signed = try SignedNote(parsing: note())
  let path = [Hash(leaf: [2]), .emptyTree]
  return [
    TlogProof(index: 0, path: [], note: signed).serialized,
    TlogProof(index: 4, path: path, extra: [1, 2, 3], note: signed).serialized,
    AddCheckpointRequest(oldSize: 0, proof: ConsistencyProof(path: []), note: signed).serialized,
    AddCheckpointRequest(oldSize: 3, proof: ConsistencyProof(path: path), note: signed).serialized,
  ]
}

private func keySeeds() -> [[UInt8]] {
  let texts = [
    signers.log.verifierKey.text, signers.witness.verifierKey.text, signers.log.secretText(),
    "tile/0/000", "tile/entries/x001/x234/067.p/8", "tile/63/000.p/255", Hash.emptyTree.base64,
  ]
  return texts.map { Array($0.utf8) }
}
