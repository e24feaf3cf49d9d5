public import Age
import AuditLog
public import CAdES
import DurableFiles
public import Federation

/// What `init` is asked for.
public struct HomeOrder: Sendable {
  /// The node's id.
  public var node: NodeID
  /// Its country, ISO 3166-1 alpha-2.
  public var country: String
  /// The authority that runs it.
  public var authority: String
  /// Whether it gets an authority of its own and keys without passphrase.
  public var development: Bool
  /// The host that it listens on and that its TLS certificate names.
  public var host: String
  /// The port that it listens on.
  public var port: Int
  /// What it signs evidence with.
  public var algorithm: SigningKey.Kind
  /// What its keys are encrypted under; nil leaves them plain.
  public var passphrase: Passphrase?
  /// Whether peers call it, or it fetches from them.
  public var delivery: PeerCard.Delivery

  /// An order for a new home.
  public init(
    node: NodeID, country: String, authority: String, development: Bool, host: String, port: Int,
    algorithm: SigningKey.Kind = .p256, passphrase: Passphrase? = nil,
    delivery: PeerCard.Delivery = .push
  ) {
    self.algorithm = algorithm
    self.passphrase = passphrase
    self.delivery = delivery
    self.node = node
    self.country = country
    self.authority = authority
    self.development = development
    self.host = host
    self.port = port
  }
}

extension NodeHome {
  /// Makes a new home: keys, certificates or requests for them, configuration.
  ///
  /// `node.yaml` is written last: until then the folder is no home, and a second `init` that finds
  /// leftovers of an interrupted one says so.
  ///
  /// - Throws: ``NodeError/homeExists(_:)`` where the folder has anything in it.
  public static func make(at path: String, _ order: HomeOrder, now: Int64) throws -> NodeHome {
    try ensureDirectory(path)
    guard try listFiles(path).isEmpty else { throw NodeError.homeExists(path) }
    for name in ["keys", "pki", "peers", "outbox", "quarantine", "inbox"] {
      try createDirectory(path + "/" + name)
    }
    let maker = HomeMaker(path: path, order: order, now: now)
    let certified = try maker.makeKeys()
    if order.development {
      try maker.makeDevelopmentPKI(certified)
    } else {
      try maker.makeRequests(certified)
    }
    var officers = OfficerList()
    if order.development {
      try officers.add(
        Officer(id: NodeID("officer-1"), role: "investigator", unit: order.authority))
      try officers.add(
        Officer(id: NodeID("officer-2"), role: "releasing-authority", unit: order.authority))
    }
    try maker.write("officers.json", officers.json.prettyText + "\n")
    let host = order.host.contains(":") ? "[\(order.host)]" : order.host
    let configuration = NodeConfiguration(
      node: order.node, country: order.country, authority: order.authority,
      development: order.development, host: order.host, port: order.port,
      url: order.delivery == .push ? "https://\(host):\(order.port)" : "",
      delivery: order.delivery)
    try maker.write("node.yaml", configuration.yaml)
    let passphrase = order.passphrase
    return try NodeHome(
      path: path,
      keys: KeyRing {
        guard let passphrase else { throw NodeError.passphraseNeeded }
        return passphrase
      })
  }
}

private struct HomeMaker {
  let path: String
  let order: HomeOrder
  let now: Int64

  func write(_ name: String, _ text: String, mode: UInt32 = 0o600) throws {
    try AtomicFile.write(Array(text.utf8), to: path + "/" + name, mode: mode, replacing: false)
  }

  /// The keys that get certificates.
  struct CertifiedKeys {
    let signing: SigningKey
    let tls: SigningKey
  }

  func makeKeys() throws -> CertifiedKeys {
    let node = order.node.text
    let keys = try CertifiedKeys(
      signing: SigningKey.generate(order.algorithm), tls: SigningKey.generate(.p256))
    let writer = KeyWriter(folder: path, passphrase: order.passphrase)
    try writer.write("keys/signing.key", keys.signing.pem)
    try writer.write("keys/tls.key", keys.tls.pem)
    try writer.write(
      "keys/log.key",
      NoteSigner.generate(name: NodeLog.origin(of: node), kind: .ed25519).secretText() + "\n")
    try writer.write(
      "keys/cosigner.key",
      NoteSigner.generate(name: NodeLog.cosignerName(of: node), kind: .cosignature)
        .secretText() + "\n")
    try writer.write("keys/age.key", IdentityFile.text(Identity.generateHybrid(), created: now))
    return keys
  }

  func makeDevelopmentPKI(_ keys: CertifiedKeys) throws {
    let rootKey = try SigningKey.generate(.p384)
    let rootName = try certificates.name("\(order.node) development root")
    let root = try Development.root(
      key: rootKey, name: rootName, validity: certificates.validity(years: 10, at: now))
    let issuer = try SigningIdentity(key: rootKey, certificate: root)
    try write("pki/ca.key", rootKey.pem)
    try write("pki/anchors.pem", root.pem, mode: 0o644)
    let tsaKey = try SigningKey.generate(.p256)
    try write("pki/tsa.key", tsaKey.pem)
    let tsa = try Development.timestamping(
      for: tsaKey, name: certificates.name("\(order.node) time stamps"), issuer: issuer,
      validity: certificates.validity(years: 5, at: now))
    try write("pki/tsa.pem", tsa.pem, mode: 0o644)
    for (use, key) in [(CertifiedUse.signing, keys.signing), (.tls, keys.tls)] {
      let certificate = try certificates.issue(use, for: key, by: issuer, at: now)
      try write("pki/\(use.rawValue).pem", certificate.pem, mode: 0o644)
    }
    let list = try Development.revocationList(
      issuer: issuer, number: UInt64(now), thisUpdate: now, nextUpdate: now + 30 * 86_400)
    try write("pki/crl.pem", list.pem, mode: 0o644)
  }

  /// Requests for a real authority; its answers are put beside them by hand (Docs/Operating.md).
  func makeRequests(_ keys: CertifiedKeys) throws {
    for (use, key) in [(CertifiedUse.signing, keys.signing), (.tls, keys.tls)] {
      try write(
        "pki/\(use.rawValue).csr", certificates.request(use, for: key), mode: 0o644)
    }
  }

  private var certificates: NodeCertificates {
    NodeCertificates(
      node: order.node.text, authority: order.authority, country: order.country, host: order.host)
  }
}
