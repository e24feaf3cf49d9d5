public import CAdES
import DurableFiles

extension NodeHome {
  /// What became of an issued certificate.
  public struct Installed: Sendable {
    /// `signing` or `tls`; `signing-next` or `tls-next` where the key isn't in force yet.
    public let use: String
    /// The certificate.
    public let certificate: Certificate
    /// What a person should know about it.
    public let warnings: [String]
  }

  /// Puts issued certificates in the place where the node looks for them.
  ///
  /// Each is recognised by its key, which is one of the node's; the others are its issuers, and stand
  /// behind it in its file. Nothing becomes an anchor by being in the file: anchors are given apart.
  /// Everything is checked before anything is written.
  ///
  /// - Parameters:
  ///   - anchors: roots to trust from now on, for this node's own certificates.
  ///   - timestampAnchors: roots to trust for time-stamps alone.
  /// - Throws: ``NodeError/badCertificate(_:)`` with what is wrong, or errors of files.
  public func install(
    _ certificates: [Certificate], anchors: [Certificate], timestampAnchors: [Certificate] = [],
    at now: Int64
  ) throws -> [Installed] {
    let known = (try? self.anchors()) ?? []
    let roots = known + anchors.filter { !known.contains($0) }
    guard !roots.isEmpty else { throw NodeError.badCertificate(.noAnchor) }
    var files: [(name: String, text: String)] = []
    var installed: [Installed] = []
    for use in CertifiedUse.allCases.reversed() {
      for name in [use.rawValue, use.nextName] where has("keys/\(name).key") {
        let key = try signingKey("keys/\(name).key")
        guard let leaf = certificates.last(where: { $0.spki == key.spki }) else { continue }
        let issuers = certificates.filter { $0 != leaf && !$0.isSelfSigned && $0.isAuthority }
        try check(leaf, for: use.rawValue, issuers: issuers, roots: roots, at: now)
        files.append(("pki/\(name).pem", ([leaf] + issuers).map(\.pem).joined()))
        installed.append(
          Installed(
            use: name, certificate: leaf, warnings: warnings(leaf, use: use.rawValue, at: now)))
      }
    }
    guard !installed.isEmpty || certificates.isEmpty else {
      throw NodeError.badCertificate(.notOurKey)
    }
    if !anchors.isEmpty { files.append(("pki/anchors.pem", roots.map(\.pem).joined())) }
    if !timestampAnchors.isEmpty {
      files.append(("pki/tsa-anchors.pem", timestampAnchors.map(\.pem).joined()))
    }
    for (name, text) in files {
      try AtomicFile.write(Array(text.utf8), to: file(name), mode: 0o644, replacing: true)
    }
    return installed
  }

  func check(
    _ leaf: Certificate, for use: String, issuers: [Certificate], roots: [Certificate],
    at now: Int64
  ) throws {
    guard leaf.notBefore <= now, now <= leaf.notAfter else {
      throw NodeError.badCertificate(.notValidNow(leaf.subject))
    }
    guard leaf.chains(to: roots, through: issuers, at: now) else {
      throw NodeError.badCertificate(.noChain(leaf.subject))
    }
    let isFit = use == "signing" ? leaf.maySignDocuments : leaf.mayServeTLS
    guard isFit else { throw NodeError.badCertificate(.otherUse(leaf.subject, use: use)) }
  }

  private func warnings(_ leaf: Certificate, use: String, at now: Int64) -> [String] {
    var warnings: [String] = []
    if use == "signing", leaf.commonName != id.text {
      warnings.append("its common name isn't the node's id, \(id)")
    }
    if leaf.notAfter - now < 30 * 86_400 { warnings.append("it ends in less than a month") }
    return warnings
  }
}

/// Why a certificate isn't installed.
public enum CertificateProblem: Hashable, Sendable {
  /// No root is trusted yet, and none was given.
  case noAnchor
  /// None of the certificates is for a key of this node.
  case notOurKey
  /// The certificate of this subject has ended, or hasn't begun.
  case notValidNow(String)
  /// The certificate of this subject doesn't chain to an anchor.
  case noChain(String)
  /// The certificate of this subject isn't made for this use.
  case otherUse(String, use: String)
}
