import DurableFiles
import Evidence
import RogatoryNode

/// A policy from a file, with the files of terms that it names beside it.
func readPolicy(at path: String) throws -> Policy {
  let bytes = try readSmallFile(path, limit: Policy.maximumByteCount, followingLinks: true)
  do {
    let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? ""
    var files: [String: [UInt8]] = [:]
    for name in try Policy.listFiles(yaml: bytes) {
      files[name] = try readSmallFile(
        folder + name, limit: Policy.maximumListByteCount, followingLinks: true)
    }
    return try Policy(yaml: bytes, files: files)
  } catch let error as PolicyError {
    throw Failure(
      .failed, "\(path): \(error.words)", safe: "nothing was written",
      hint: "Docs/CommandLine.md, \"Redaction policies\", shows every key")
  }
}

extension NodeHome {
  /// The labels of a bundle's case; nil for a policy that wants none.
  ///
  /// A bundle may belong to several cases: the first that its terms name is the one that it was
  /// sealed for.
  func pseudonyms(for policy: Policy, of verified: VerifiedBundle) throws -> PseudonymFile? {
    guard policy.wantsCasePseudonyms else { return nil }
    guard let reference = verified.bundle.terms.cases.first else {
      throw Failure(
        .refused, "the policy wants labels for a whole case, and the bundle's terms name none",
        safe: "nothing was written",
        hint: "seal with --case, or use `scope: bundle` in the policy")
    }
    return try pseudonyms(ofCase: reference)
  }
}
