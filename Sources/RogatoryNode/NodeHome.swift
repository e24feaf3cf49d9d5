public import CAdES
import CanonicalJSON
import DurableFiles
public import Evidence
public import Federation
import Foundation
import Glibc

/// The folder that holds everything of one node.
///
///     node.yaml officers.json peers/<id>.json       configuration, people, approved peers
///     federation/ proposals/<id>.json               adopted directories, peers that one officer proposed
///     keys/    signing.key tls.key log.key cosigner.key age.key           secrets, mode 0600
///              log.pub cosigner.pub age.pub …      what is public of those that are encrypted
///     pki/     anchors.pem signing.pem tls.pem tsa.pem crl.pem (ca.key tsa.key in development)
///     peer-status/                                  peers' TLS certificates, and answers about them
///     waiting-timestamps/                           bundles that wait for an authority
///     log.sqlite                                    the audit log and the state of transfers
///     checked-files.txt                             bundle files that this node has checked
///     outbox/ quarantine/ inbox/                    bundles on their way, being checked, arrived
public struct NodeHome: Sendable {
  /// The folder's path.
  public let path: String
  /// What `node.yaml` says.
  public let configuration: NodeConfiguration
  /// The node's id.
  public let id: NodeID
  /// Opens the node's keys.
  let keys: KeyRing
  let adoptedCache = AdoptedDirectoryCache()
  /// What is known of the TLS certificates of peers.
  let peerStatusStore: PeerStatusStore

  /// Opens an existing home; `keys` opens its keys, where they are under a passphrase.
  ///
  /// - Throws: ``NodeError/noHome(_:)`` where there is none, ``NodeError/malformed(_:)``, or
  ///   `FileError`.
  public init(path: String, keys: KeyRing = KeyRing()) throws {
    self.path = path
    self.keys = keys
    peerStatusStore = PeerStatusStore(folder: path + "/peer-status")
    try Self.finishKeyChange(at: path)
    let bytes: [UInt8]
    do {
      bytes = try readSmallFile(path + "/node.yaml", limit: 1 << 20)
    } catch {
      if error.isNotFound { throw NodeError.noHome(path) }
      throw error
    }
    configuration = try NodeConfiguration(
      yaml: String(decoding: bytes, as: UTF8.self), environment: ProcessInfo.processInfo.environment
    )
    id = try NodeID(configuration.node)
  }

  /// A path inside the home.
  public func file(_ name: String) -> String { path + "/" + name }

  /// Whether the file at `path` lies in this node's inbox, whatever way its name leads there.
  public func holdsInInbox(_ path: String) -> Bool {
    guard let inbox = realpath(file("inbox"), nil) else { return false }
    defer { free(inbox) }
    guard let found = realpath(path, nil) else { return false }
    defer { free(found) }
    return String(cString: found).hasPrefix(String(cString: inbox) + "/")
  }

  /// The text of a small file inside the home.
  func text(_ name: String) throws -> String {
    let bytes = try readSmallFile(file(name), limit: Self.maximumFile)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw NodeError.malformed(name)
    }
    return text
  }

  /// The anchors of this node's own certificates.
  public func anchors() throws -> [Certificate] {
    try Certificate.parsePEM(text("pki/anchors.pem"))
  }

  /// The first certificate in a file of `pki/`.
  func certificate(_ name: String) throws -> Certificate { try certificates(in: name)[0] }

  /// The certificates in a file of `pki/`, at least one: the node's own, and its issuers up to the root.
  func certificates(in name: String) throws -> [Certificate] {
    do {
      return try Certificate.parsePEM(text("pki/" + name))
    } catch let error as FileError where error.isNotFound {
      throw NodeError.awaitingCertificates(name)
    }
  }

  /// The roots that the time-stamp authority's certificate chains to, where it is another's.
  public func timestampAnchors() throws -> [Certificate] {
    guard let name = configuration.tsa?.anchors else { return [] }
    return try Certificate.parsePEM(text(name))
  }

  /// This node's officers.
  public func officers() throws -> OfficerList {
    try OfficerList(json: JSON(parsing: text("officers.json").utf8, limit: Self.maximumFile))
  }

  /// Stores the officers.
  public func save(_ officers: OfficerList) throws {
    try AtomicFile.write(
      Array(officers.json.prettyText.utf8) + [10], to: file("officers.json"), replacing: true)
  }

  /// The approval of an act: by the officers named, or on a development node by the first two.
  ///
  /// - Throws: ``NodeError/secondPersonNeeded`` elsewhere when one is missing.
  public func approval(by proposer: String?, approvedBy: String?) throws -> Approval {
    let officers = try officers()
    if let proposer, let approvedBy {
      return try officers.approval(by: proposer, approvedBy: approvedBy)
    }
    guard configuration.development else { throw NodeError.secondPersonNeeded }
    if proposer == nil, approvedBy == nil { return try officers.developmentApproval() }
    let named = proposer ?? approvedBy ?? ""
    guard let other = officers.handling.first(where: { $0.id.text != named }) else {
      throw FederationError.noSecondOfficer
    }
    return try officers.approval(
      by: proposer ?? other.id.text, approvedBy: approvedBy ?? other.id.text)
  }

  /// What this node tells peers of itself.
  public func ownCard() throws -> PeerCard {
    PeerCard(
      node: id, country: configuration.country, authority: configuration.authority,
      url: configuration.url, tlsAnchors: try anchors(),
      tlsKey: try certificate("tls.pem").spkiSHA256, nextTLSKeys: try nextTLSKeys(),
      signingAnchors: try anchors(),
      timestampAnchors: try timestampAnchors(),
      recipients: try recipients(), logKey: try logKey(), cosignerKey: try cosignerKey(),
      nextCosignerKeys: try nextCosignerKeys(),
      delivery: configuration.delivery ?? .push)
  }

  /// Which anchors vouch for whom: this node's own and its peers'.
  public func trust() throws -> TrustAnchors {
    var certificates: [Certificate] = []
    var nodes: [[UInt8]: String] = [:]
    let directory = try directory()
    var stampers: [Certificate] = []
    for card in directory.trustedCards {
      for anchor in card.signingAnchors {
        certificates.append(anchor)
        nodes[anchor.sha256] = card.node.text
      }
      stampers += card.timestampAnchors.filter { !stampers.contains($0) }
    }
    return TrustAnchors(certificates, nodes: nodes, timestampAnchors: stampers)
  }

  /// Keys, lists and cards are small; a thousand peers' anchors are the longest.
  static let maximumFile = 4 << 20
}

/// The names in a folder, without `.` and `..`, unsorted.
package func listFiles(_ path: String) throws -> [String] {
  guard let directory = opendir(path) else {
    throw FileError.failed(.open, path: path, errno: errno)
  }
  defer { closedir(directory) }
  var names: [String] = []
  errno = 0
  while let entry = readdir(directory) {
    let bytes = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
    guard let name = String(validating: bytes, as: UTF8.self) else {
      throw NodeError.unreadableName(path + "/" + String(decoding: bytes, as: UTF8.self))
    }
    if name != ".", name != ".." { names.append(name) }
  }
  guard errno == 0 else { throw FileError.failed(.read, path: path, errno: errno) }
  return names
}

/// Now, in Unix seconds.
public func currentTime() -> Int64 { Int64(time(nil)) }
