import ASiC
import CAdES
import Evidence
import Foundation
import Testing

/// Other programs' containers (conformance/asic), each with the verdict that it must get.
///
/// The structure is judged more strictly than others do, by design: what the EU's validator (DSS)
/// accepts with `mimetype` out of place or `../` in a name fails here with `container.structure`.
struct VerifyForeignTests {
  /// 2026-11-22 12:00:00 UTC, when the prototype's signatures were hours old.
  private static let dayAfter: Int64 = 1_795_348_800

  /// The verdict and, where it matters, the check or sub-indication that brought it about.
  private static let ours: [String: (Verdict, String)] = [
    "good-B.asice": (.cannotBeDecided, "TRY_LATER"),
    "good-T.asice": (.cannotBeDecided, "TRY_LATER"),
    "good-LT.asice": (.verified, ""), "good-LTA.asice": (.verified, ""),
    "bad-T-tampered-file.asice": (.notVerified, "HASH_FAILURE"),
    "bad-T-tampered-manifest.asice": (.notVerified, "HASH_FAILURE"),
    "warn-T-unreferenced-item.asice": (.cannotBeDecided, "signature.coverage"),
    "design1-LT-items-unreferenced.asice": (.verified, "signature.coverage"),
    "design2-two-sigs-union.asice": (.verified, ""),
    "r1-full-before-redaction.asice": (.verified, ""),
    "r2-redacted-by-node-b.asice": (.verified, ""),
    "r4-item-tampered.asice": (.notVerified, "HASH_FAILURE"),
    "s01-mimetype-last.asice": (.notVerified, "container.structure"),
    "s03-mimetype-extra.asice": (.notVerified, "container.structure"),
    "s04-no-mimetype-comment.asice": (.notVerified, "container.structure"),
    "s05-no-mimetype-no-comment.asice": (.notVerified, "container.structure"),
    "s06-no-comment.asice": (.verified, ""),
    "s07-mimetype-newline.asice": (.notVerified, "container.structure"),
    "s08-zip64-entries.asice": (.verified, ""), "s10-extra-in-metainf.asice": (.verified, ""),
    "s11-path-traversal.asice": (.notVerified, "container.structure"),
    "s12-many-files.asice": (.verified, ""),
    "s13-manifest-doctype.asice": (.notVerified, "manifest"),
    "s15-signature-removed.asice": (.notVerified, "signature.present"),
    "s17-unencoded.asice": (.verified, ""),
  ]

  /// Its signers aren't ours to trust, so the best that can be is CANNOT BE DECIDED. All but two
  /// have no stored `mimetype` without extra field in front, which fails here and not there; their
  /// signatures get the sub-indications of VERDICTS.tsv all the same.
  private static let dss: [String: (Verdict, String)] = [
    "ASiC-E-CAdES-BpLTA.sce": (.notVerified, "NO_CERTIFICATE_CHAIN_FOUND"),
    "brokenReference.asice": (.notVerified, "HASH_FAILURE"),
    "cp852encoded_signature.asice": (.notVerified, "NO_CERTIFICATE_CHAIN_FOUND"),
    "dss1421-broken.asice": (.notVerified, "HASH_FAILURE"),
    "dss1421.asice": (.notVerified, "NO_CERTIFICATE_CHAIN_FOUND"),
    "emptyCertStore.asice": (.cannotBeDecided, "NO_SIGNING_CERTIFICATE_FOUND"),
    "multifiles-ok.asice": (.notVerified, "NO_CERTIFICATE_CHAIN_FOUND"),
    "no-signature.asics": (.notVerified, "container.structure"),
    // Its references stand inside the reference to the signature, which no schema allows.
    "nonConformantManifest.asice": (.notVerified, "manifest"),
    "onefile-ok.asice": (.notVerified, "NO_CERTIFICATE_CHAIN_FOUND"),
    "onefile-ok.asics": (.notVerified, "NO_CERTIFICATE_CHAIN_FOUND"),
    "removed-doc.asice": (.notVerified, "SIGNED_DATA_NOT_FOUND"),
  ]

  @Test func everyContainerOfOurPrototype() throws {
    guard let folder = Self.folder("ours") else { return }
    let pem = try String(contentsOfFile: folder + "/pki/ca.pem", encoding: .utf8)
    let trust = TrustAnchors(try Certificate.parsePEM(pem))
    try compare(folder, "ours", Self.ours, trust)
  }

  @Test func everyContainerOfTheEuropeanValidator() throws {
    guard let folder = Self.folder("dss") else { return }
    try compare(folder, "dss", Self.dss, TrustAnchors([]))
  }

  private func compare(
    _ folder: String, _ name: String, _ expected: [String: (Verdict, String)], _ trust: TrustAnchors
  ) throws {
    let suffixes = ["asice", "asics", "sce"]
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      .filter { file in suffixes.contains { file.hasSuffix("." + $0) } }
    #expect(Set(files) == Set(expected.keys))
    var count = 0
    for file in files {
      guard let (verdict, reason) = expected[file],
        let data = FileManager.default.contents(atPath: folder + "/" + file)
      else { continue }
      let result = judge([UInt8](data), trust, now: Self.dayAfter).verification
      print("  \(file)  \(result.verdict.rawValue)  \(result.signatures.map { "\($0.result)" })")
      #expect(result.verdict == verdict, "\(file): \(result.summary)")
      #expect(reason.isEmpty || result.mentions(reason), "\(file): \(result.summary)")
      if result.verdict == verdict, reason.isEmpty || result.mentions(reason) { count += 1 }
    }
    print("conformance/asic/\(name): \(count) of \(files.count) as expected")
  }

  private static func folder(_ name: String) -> String? {
    let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let given = ProcessInfo.processInfo.environment["ROGATORY_CONFORMANCE"]
    let folder = (given ?? root + "/../shared/conformance") + "/asic/\(name)"
    guard FileManager.default.fileExists(atPath: folder) else {
      print("skipped: no vectors in \(folder); ROGATORY_CONFORMANCE names their place")
      return nil
    }
    return folder
  }
}

extension Verification {
  /// Whether a check of this id was added beyond passing, or a signature has this sub-indication.
  func mentions(_ reason: String) -> Bool {
    checks.contains { $0.id == reason && $0.result != .pass }
      || signatures.contains { $0.result.subIndication?.rawValue == reason }
  }
}
