import CAdES
import DurableFiles
import Glibc

/// Where a node without authority of its own gets revocation lists and OCSP responses from: the
/// keys `crl` and `ocsp` of node.yaml.
struct RevocationSources: Sendable {
  let home: NodeHome
  let client = AuthorityClient()

  /// The current list of each source. One that isn't reached is taken from the copy of its last
  /// list, as long as that is current; one without such a copy is left out, and the signature
  /// waits to be completed.
  func lists(at now: Int64) -> [RevocationList] {
    (home.configuration.crl ?? []).flatMap { source in
      // A file costs nothing to read, and whoever replaces it means that at once. It may hold the lists of
      // an authority's old root and of its new one.
      Self.isURL(source)
        ? [list(from: source, at: now)].compactMap { $0 }
        : listsInFile(source).filter { $0.nextUpdate.map { now <= $0 } ?? true }
    }
  }

  /// The same without asking anybody: what is kept of `crl`, and of the lists that are `followed`.
  func keptLists(followed urls: [String], at now: Int64) -> [RevocationList] {
    let sources = home.configuration.crl ?? []
    return sources.filter { !Self.isURL($0) }.flatMap(listsInFile)
      .filter { $0.nextUpdate.map { now <= $0 } ?? true }
      + keptLists(ofURLs: sources.filter(Self.isURL) + urls, at: now)
  }

  /// The copies of lists that are current; one in which somebody is revoked counts when it is over, too.
  func keptLists(ofURLs urls: [String], at now: Int64) -> [RevocationList] {
    urls.compactMap(kept).filter { $0.revokedCount > 0 || $0.nextUpdate.map { now <= $0 } ?? true }
  }

  static func isURL(_ source: String) -> Bool {
    source.hasPrefix("http://") || source.hasPrefix("https://")
  }

  /// The list of a URL, asked for once an hour.
  func list(from source: String, at now: Int64) -> RevocationList? {
    let copy = copyPath(source)
    let kept = kept(source)
    let fetchedAt = (try? facts(ofFile: copy).modified).map { $0 / 1_000_000_000 } ?? 0
    let isFresh = fetchedAt <= now && now < fetchedAt + Self.renewal
    if let kept, isFresh, kept.nextUpdate.map({ now <= $0 }) ?? true { return kept }
    if let fetched = fetch(source) {
      try? AtomicFile.write(Array(fetched.pem.utf8), to: copy, mode: 0o644, replacing: true)
      return fetched
    }
    guard let kept, let next = kept.nextUpdate, now <= next else { return nil }
    return kept
  }

  /// What is kept here of a source: the list that a signature would get without a network.
  func kept(_ source: String) -> RevocationList? {
    guard Self.isURL(source) else { return listsInFile(source).first }
    return (try? readSmallFile(copyPath(source), limit: Self.maximumList)).map(Self.parse)?.first
  }

  private func copyPath(_ source: String) -> String {
    home.file("pki/crl-\(fileName(source)).pem")
  }

  private func fetch(_ url: String) -> RevocationList? {
    (try? client.get(url, limit: Self.maximumList)).map(Self.parse)?.first
  }

  private func listsInFile(_ source: String) -> [RevocationList] {
    let path = source.hasPrefix("/") ? source : home.file(source)
    return (try? readSmallFile(path, limit: Self.maximumList, followingLinks: true))
      .map(Self.parse) ?? []
  }

  /// DER, as authorities publish it, or PEM.
  private static func parse(_ bytes: [UInt8]) -> [RevocationList] {
    if bytes.first == 0x30 { return (try? [RevocationList(der: bytes)]) ?? [] }
    return String(validating: bytes, as: UTF8.self)
      .flatMap { try? RevocationList.parsePEM($0) } ?? []
  }

  /// What the responders say of these certificates; the first that knows one is believed as far as
  /// its signature goes, which validation looks at.
  func statuses(_ subjects: [(certificate: Certificate, issuer: Certificate)]) -> [OCSPResponse] {
    subjects.compactMap { subject in
      for url in home.configuration.ocsp ?? [] {
        let request = ocspRequest(about: subject.certificate, of: subject.issuer)
        guard let bytes = try? client.status(request, at: url),
          let response = try? OCSPResponse(der: bytes),
          response.speaks(
            of: subject.certificate, issuedBy: subject.issuer, at: currentTime())
        else { continue }
        return response
      }
      return nil
    }
  }

  /// A source as a file name of its own, whatever stands in it.
  private func fileName(_ source: String) -> String {
    source.utf8.reduce(into: UInt64(14_695_981_039_346_656_037)) { hash, byte in
      hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211
    }.description
  }

  /// A list is asked for once an hour: authorities issue them daily or weekly.
  private static let renewal: Int64 = 3600
  /// As large as a list may be in a signature, in PEM.
  private static let maximumList = 23 << 20
}
