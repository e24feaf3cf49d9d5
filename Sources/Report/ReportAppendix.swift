import Evidence
import Redaction

/// What each report carries along: the program that recomputes a seal without any code of ours
/// (Docs/Bundle.md), as it stands in `Scripts`.
enum ReportAppendix {
  /// `check_bundle.py`.
  static let checkBundle = String(decoding: PackageResources.check_bundle_py, as: UTF8.self)

  /// SHA-256 of `check_bundle.py` in hexadecimal.
  static let checkBundleDigest: String = {
    var digest = Digest256()
    digest.update(PackageResources.check_bundle_py)
    return hex(digest.finalize())
  }()
}
