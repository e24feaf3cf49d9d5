public import CAdES
import DurableFiles

extension NodeHome {
  /// One of the node's certificates, and what it is for.
  public struct CertificateRow: Sendable {
    /// `anchor`, `signing`, `tls` or `time-stamps`.
    public let use: String
    /// The certificate.
    public let certificate: Certificate
    /// What `pki renew` calls its renewal, where the node can renew it itself.
    var renewed: String? {
      switch use {
      case "anchor": certificate.subject.contains("development root") ? "root" : nil
      case "time-stamps": use
      default: CertifiedUse(rawValue: use)?.rawValue
      }
    }
    /// SHA-256 of its DER, as people compare it: upper-case hex in pairs.
    public var fingerprint: String {
      certificate.sha256.map { byte in
        let text = String(byte, radix: 16, uppercase: true)
        return text.count == 1 ? "0" + text : text
      }.joined(separator: ":")
    }
  }

  /// The node's certificates; those that aren't installed yet are left out.
  public func certificates() throws -> [CertificateRow] {
    var rows = try anchors().map { CertificateRow(use: "anchor", certificate: $0) }
    for (use, name) in [
      ("signing", "signing.pem"), ("tls", "tls.pem"), ("time-stamps", "tsa.pem"),
    ] where (try? facts(ofFile: file("pki/" + name))) != nil {
      rows.append(CertificateRow(use: use, certificate: try certificate(name)))
    }
    return rows
  }

  /// Names of the PEM files in a folder, sorted: a trust folder's anchors.
  package static func pemFiles(in folder: String) throws -> [String] {
    try names(in: folder).filter { $0.hasSuffix(".pem") }
  }

  /// The names in a folder, sorted.
  package static func names(in folder: String) throws -> [String] {
    try listFiles(folder).sorted()
  }
}
