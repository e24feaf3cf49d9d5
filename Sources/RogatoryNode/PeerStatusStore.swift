import CAdES
import DurableFiles
import Federation
import Synchronization

/// Which TLS certificates peers have shown, and what OCSP responders said of them: `peer-status/` in the
/// home.
///
///     certificates/<node>@<SHA-256 of the leaf>.pem     a chain as it was shown, the leaf first
///     answers/<SHA-256 of the certificate>.der          the newest answer about a certificate
///
/// What is amiss with a file here costs another question to a responder, no more: each is signed.
final class PeerStatusStore: Sendable {
  private let certificates, answers: String
  private let chainCache = Mutex<Cache<[NodeID: [[Certificate]]]>>(.init())
  private let responseCache = Mutex<Cache<[OCSPResponse]>>(.init())

  init(folder: String) {
    certificates = folder + "/certificates"
    answers = folder + "/answers"
  }

  /// Keeps a chain; one with the same leaf that is longer stays.
  func keep(_ chain: [Certificate], of peer: NodeID) {
    guard let leaf = chain.first else { return }
    let prefix = "\(peer)@"
    let path = "\(certificates)/\(prefix)\(name(leaf)).pem"
    if let known = self.chain(at: path), known.count >= chain.count { return }
    // Silent where it can't: the home may be read-only, and the next connection shows it again.
    guard (try? ensureDirectory(certificates)) != nil else { return }
    try? AtomicFile.write(
      Array(chain.map(\.pem).joined().utf8), to: path, mode: 0o644, replacing: true)
    let own = files(certificates).filter { $0.hasPrefix(prefix) }
      .map { "\(certificates)/\($0)" }
      .sorted { modified($0) > modified($1) }
    for old in own.dropFirst(Self.chainsOfPeer) { try? removeDurably(old) }
  }

  /// The chains of each peer, the newest first.
  func chains() -> [NodeID: [[Certificate]]] {
    chainCache.withLock { cache in
      cache.value(of: certificates) {
        var found: [NodeID: [(modified: Int64, chain: [Certificate])]] = [:]
        for file in files(certificates).prefix(Self.mostFiles) {
          let path = "\(certificates)/\(file)"
          guard let peer = try? NodeID(String(file.prefix { $0 != "@" })),
            let chain = self.chain(at: path)
          else { continue }
          found[peer, default: []].append((modified(path), chain))
        }
        return found.mapValues { rows in
          rows.sorted { $0.modified > $1.modified }.map(\.chain)
        }
      } ?? [:]
    }
  }

  /// The answers that are kept.
  func responses() -> [OCSPResponse] {
    responseCache.withLock { cache in
      cache.value(of: answers) {
        files(answers).prefix(Self.mostFiles).compactMap { response(at: "\(answers)/\($0)") }
      } ?? []
    }
  }

  /// The answer about a certificate that is kept.
  func response(about certificate: Certificate) -> OCSPResponse? {
    response(at: "\(answers)/\(name(certificate)).der")
  }

  /// Keeps an answer, unless what is kept says more.
  ///
  /// An answer has no number: whoever stands in between may give an old one that is still good. So one is
  /// replaced by one that isn't older alone, and a revocation by nothing but a revocation, unless the
  /// issuer said that it may take it back.
  func keep(_ response: OCSPResponse, _ new: OCSPStatus, about link: PeerStatusInquiry.Link) throws
  {
    let kept = self.response(about: link.certificate)
    if let old = kept?.status(of: link.certificate, issuedBy: link.issuer) {
      guard new.thisUpdate >= old.thisUpdate else { return }
      if old.revokedSince != nil, new.revokedSince == nil, !old.isHold { return }
    }
    try ensureDirectory(answers)
    try AtomicFile.write(
      response.der, to: "\(answers)/\(name(link.certificate)).der", mode: 0o644, replacing: true)
  }

  /// Removes what is of no use any more: chains of nodes that aren't known, or that have ended, and answers
  /// about certificates of none that is kept.
  func clean(keeping nodes: Set<NodeID>, at now: Int64) {
    var used: Set<String> = []
    for (peer, chains) in chains() {
      for chain in chains {
        guard let leaf = chain.first else { continue }
        if nodes.contains(peer), leaf.notAfter >= now {
          used.formUnion(chain.map { "\(name($0)).der" })
        } else {
          try? removeDurably("\(certificates)/\(peer)@\(name(leaf)).pem")
        }
      }
    }
    for file in self.files(answers) where !used.contains(file) {
      try? removeDurably("\(answers)/\(file)")
    }
  }

  private func chain(at path: String) -> [Certificate]? {
    guard let bytes = try? readSmallFile(path, limit: Self.longestFile),
      let chain = try? Certificate.parsePEM(String(decoding: bytes, as: UTF8.self))
    else { return nil }
    return chain
  }

  private func response(at path: String) -> OCSPResponse? {
    (try? readSmallFile(path, limit: Self.longestFile)).flatMap { try? OCSPResponse(der: $0) }
  }

  private func files(_ folder: String) -> [String] {
    ((try? listFiles(folder)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
  }

  private func modified(_ path: String) -> Int64 { (try? facts(ofFile: path).modified) ?? 0 }

  private func name(_ certificate: Certificate) -> String {
    certificate.sha256.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }

  /// A peer has one certificate, and two while it changes; old ones are shown by nobody.
  private static let chainsOfPeer = 4
  /// A directory names 1024 nodes at most, and a chain has two or three certificates.
  private static let mostFiles = 8192
  /// A response has 1 MiB at most; eight certificates of 64 KiB are shorter in PEM.
  private static let longestFile = 1 << 20
}

/// What was read of a folder, for as long as no name in it changes: files come whole, under new names.
private struct Cache<Value> {
  private var held: (modified: Int64, value: Value)?

  /// Nil where there is no such folder.
  mutating func value(of folder: String, _ read: () -> Value) -> Value? {
    guard let modified = try? facts(ofFile: folder).modified else { return nil }
    if let held, held.modified == modified { return held.value }
    let value = read()
    // Two changes within one tick of the file system's clock have one time, so the second would be missed.
    let isSettled = currentTime() - modified / 1_000_000_000 > 2
    held = isSettled ? (modified, value) : nil
    return value
  }
}
