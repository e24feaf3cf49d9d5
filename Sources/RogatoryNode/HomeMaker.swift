import Age
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
  /// Whether peers call it, or it fetches from them.
  public var delivery: PeerCard.Delivery

  /// An order for a new home.
  public init(
    node: NodeID, country: String, authority: String, development: Bool, host: String, port: Int,
    algorithm: SigningKey.Kind = .p256, delivery: PeerCard.Delivery = .push
  ) {
    self.algorithm = algorithm
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
    try maker.makeKeys()
    if order.development {
      try maker.makeDevelopmentPKI()
    } else {
      try maker.makeRequests()
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
    return try NodeHome(path: path)
  }
}

private struct HomeMaker {
  let path: String
  let order: HomeOrder
  let now: Int64

  func write(_ name: String, _ text: String, mode: UInt32 = 0o600) throws {
    try AtomicFile.write(Array(text.utf8), to: path + "/" + name, mode: mode, replacing: false)
  }

  func makeKeys() throws {
    let node = order.node.text
    try write("keys/signing.key", SigningKey.generate(order.algorithm).pem)
    try write("keys/tls.key", SigningKey.generate(.p256).pem)
    try write(
      "keys/log.key",
      NoteSigner.generate(name: NodeLog.origin(of: node), kind: .ed25519).secretText() + "\n")
    try write(
      "keys/cosigner.key",
      NoteSigner.generate(name: NodeLog.cosignerName(of: node), kind: .cosignature)
        .secretText() + "\n")
    try write(
      "keys/age.key", IdentityFile.text(Identity.generateHybrid(), created: now))
  }

  func makeDevelopmentPKI() throws {
    let rootKey = try SigningKey.generate(.p384)
    let rootName = try name("\(order.node) development root")
    let root = try Development.root(
      key: rootKey, name: rootName, validity: validity(years: 10))
    let issuer = try SigningIdentity(key: rootKey, certificate: root)
    try write("pki/ca.key", rootKey.pem)
    try write("pki/anchors.pem", root.pem, mode: 0o644)
    let tsaKey = try SigningKey.generate(.p256)
    try write("pki/tsa.key", tsaKey.pem)
    let tsa = try Development.timestamping(
      for: tsaKey, name: name("\(order.node) time stamps"), issuer: issuer,
      validity: validity(years: 5))
    try write("pki/tsa.pem", tsa.pem, mode: 0o644)
    let signing = try Development.signing(
      for: key("signing"), name: name(order.node.text), issuer: issuer,
      validity: validity(years: 3))
    try write("pki/signing.pem", signing.pem, mode: 0o644)
    let names = hostNames()
    let tls = try Development.tls(
      for: key("tls"), name: name("\(order.node) peer link"), dnsNames: names.dns,
      ipAddresses: names.addresses, issuer: issuer, validity: validity(years: 2))
    try write("pki/tls.pem", tls.pem, mode: 0o644)
    let list = try Development.revocationList(
      issuer: issuer, number: UInt64(now), thisUpdate: now, nextUpdate: now + 30 * 86_400)
    try write("pki/crl.pem", list.pem, mode: 0o644)
  }

  /// Requests for a real authority; its answers are put beside them by hand (Docs/Operating.md).
  func makeRequests() throws {
    let names = hostNames()
    try write(
      "pki/signing.csr",
      Development.certificateRequest(
        key: key("signing"), name: name(order.node.text), use: .signing), mode: 0o644)
    try write(
      "pki/tls.csr",
      Development.certificateRequest(
        key: key("tls"), name: name("\(order.node) peer link"),
        use: .tls(dnsNames: names.dns, ipAddresses: names.addresses)), mode: 0o644)
  }

  private func key(_ name: String) throws -> SigningKey {
    let bytes = try readSmallFile(path + "/keys/\(name).key", limit: 1 << 16)
    return try SigningKey(pem: String(decoding: bytes, as: UTF8.self))
  }

  private func name(_ commonName: String) throws -> DistinguishedName {
    try DistinguishedName(
      commonName: commonName, organization: order.authority, country: order.country)
  }

  /// An hour before now, so that a peer whose clock is a little behind accepts it at once.
  private func validity(years: Int64) throws -> Validity {
    try Validity(notBefore: now - 3600, notAfter: now + years * 365 * 86_400)
  }

  private func hostNames() -> (dns: [String], addresses: [String]) {
    let isAddress =
      order.host.contains(":") || order.host.allSatisfy { $0 == "." || $0.isNumber }
    return isAddress
      ? (["localhost"], [order.host == "0.0.0.0" ? "127.0.0.1" : order.host])
      : ([order.host], [])
  }
}
