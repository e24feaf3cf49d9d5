import Foundation
import Merkle
import Testing

/// The test data of transparency-dev/merkle, read from outside of the project.
@Suite struct ConformanceTests {
  static let folder: String = {
    if let folder = ProcessInfo.processInfo.environment["ROGATORY_CONFORMANCE"] { return folder }
    let root = URL(filePath: #filePath).appending(path: "../../..").standardized
    return root.appending(path: "../shared/conformance").standardized.path
  }()

  private struct Vector: Decodable {
    var leafIdx, treeSize, size1, size2: UInt64?
    var root, leafHash, root1, root2: String?
    var proof: [String]?
    var wantErr: Bool
  }

  @Test func transparencyDevInclusion() throws {
    try run("inclusion") { vector in
      guard
        let leaf = vector.leafHash.flatMap({ Hash(base64: $0) }), let index = vector.leafIdx,
        let root = vector.root.flatMap({ Hash(base64: $0) }), let size = vector.treeSize
      else { throw MerkleError.proofFailed }
      let proof = InclusionProof(path: try path(vector))
      try proof.check(leaf: leaf, index: index, size: size, root: root)
    }
  }

  @Test func transparencyDevConsistency() throws {
    try run("consistency") { vector in
      guard
        let oldRoot = vector.root1.flatMap({ Hash(base64: $0) }), let old = vector.size1,
        let newRoot = vector.root2.flatMap({ Hash(base64: $0) }), let new = vector.size2
      else { throw MerkleError.proofFailed }
      let proof = ConsistencyProof(path: try path(vector))
      try proof.check(from: old, root: oldRoot, to: new, root: newRoot)
    }
  }

  private func path(_ vector: Vector) throws -> [Hash] {
    try (vector.proof ?? []).map {
      guard let hash = Hash(base64: $0) else { throw MerkleError.proofFailed }
      return hash
    }
  }

  private func run(_ kind: String, _ check: (Vector) throws -> Void) throws {
    let data = URL(filePath: Self.folder + "/merkle/testdata/" + kind)
    guard let files = FileManager.default.enumerator(at: data, includingPropertiesForKeys: nil)
    else {
      print("skipped: no \(data.path)")
      return
    }
    var (good, bad) = (0, 0)
    for case let file as URL in files where file.pathExtension == "json" {
      let vector = try JSONDecoder().decode(Vector.self, from: Data(contentsOf: file))
      let name = Comment(rawValue: file.path)
      if vector.wantErr {
        #expect(throws: MerkleError.proofFailed, name) { try check(vector) }
        bad += 1
      } else {
        #expect(throws: Never.self, name) { try check(vector) }
        good += 1
      }
    }
    if good + bad == 0 { print("skipped: nothing in \(data.path)") }
    print("transparency-dev/merkle \(kind): \(good) good and \(bad) bad proofs judged")
  }
}
