import Synchronization

/// What issuers signed and was checked before in this process: paths to anchors, and revocation lists.
///
/// Peers' offers and receipts come under the same few certificates and lists, and an issuer's signature
/// of P-384 costs libcrypto ten times a signer's of P-256. That these bytes were signed by that key stays
/// true; revocation, times and the strength of algorithms are looked at each time.
final class CheckedSignatures: Sendable {
  /// A global, since it is a property of the process: every validation may profit, and handing it through
  /// each of them would put it into every signature of the module.
  static let shared = CheckedSignatures()

  private struct Known {
    var paths: [[UInt8]: Path] = [:]
    var lists: Set<[UInt8]> = []
  }

  /// Which of the certificates in question make the path, and when all of them are valid.
  private struct Path {
    var places: [Int]
    var notBefore, notAfter: Int64
  }

  private let known = Mutex(Known())

  /// A path that was found before between the same certificates, if all of it is valid at `time`.
  func path(among certificates: [Certificate], _ question: [UInt8], at time: Int64)
    -> CertificationPath?
  {
    guard let path = known.withLock({ $0.paths[question] }),
      path.notBefore < time, time < path.notAfter
    else { return nil }
    return CertificationPath(certificates: path.places.map { certificates[$0] })
  }

  func remember(_ path: CertificationPath, among certificates: [Certificate], _ question: [UInt8]) {
    let places = path.certificates.compactMap { certificates.firstIndex(of: $0) }
    guard let notBefore = path.certificates.map(\.notBefore).max(),
      let notAfter = path.certificates.map(\.notAfter).min(),
      places.count == path.certificates.count
    else { return }
    known.withLock { known in
      if known.paths.count >= Self.limit { known.paths = [:] }
      known.paths[question] = Path(places: places, notBefore: notBefore, notAfter: notAfter)
    }
  }

  /// Whether the list's signature was found good; `check` is asked where that isn't known.
  func isSigned(_ list: RevocationList, by issuer: Certificate, _ check: () -> Bool) -> Bool {
    let question = Self.question([issuer.spki, list.der])
    if known.withLock({ $0.lists.contains(question) }) { return true }
    guard check() else { return false }
    known.withLock { known in
      if known.lists.count >= Self.limit { known.lists = [] }
      known.lists.insert(question)
    }
    return true
  }

  /// A digest over all of it, in this order; each part's length stands before it.
  static func question(_ parts: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    for part in parts {
      bytes.append(contentsOf: withUnsafeBytes(of: UInt64(part.count).bigEndian, Array.init))
      bytes.append(contentsOf: part)
    }
    return DigestAlgorithm.sha256.hash(bytes)
  }

  /// Entries of each kind, some hundred bytes; a full table begins anew. A federation has dozens of nodes.
  private static let limit = 1024
}
