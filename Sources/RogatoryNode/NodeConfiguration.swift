public import Federation

/// `node.yaml`: what a person may set. `Config/node.yaml` explains every key.
public struct NodeConfiguration: Codable, Hashable, Sendable {
  /// The node's id, as in seals: `[a-z0-9][a-z0-9._-]{0,63}`.
  public var node: String
  /// Its country, ISO 3166-1 alpha-2.
  public var country: String
  /// The authority that runs it, in words.
  public var authority: String
  /// Whether this is a development node: keys without passphrase, own authority.
  public var development: Bool
  /// The address that `serve` listens on for peers.
  public var listen: Listen
  /// The URL under which peers reach it; empty where it isn't called at all.
  public var url: String
  /// Whether peers call it (`push`) or it fetches from them (`pull`); absent means `push`.
  public var delivery: PeerCard.Delivery?
  /// Whether `seal` makes companions of pictures and PDFs without being asked; absent means no.
  public var companions: Bool?
  /// The rule for how long the log is kept, an id of `rogatory log rules`; absent means the country's.
  public var logRule: String?
  /// The address that `serve` listens on for those who watch the node; absent means nowhere.
  public var metrics: Listen?
  /// The time-stamp authority that is asked over HTTP; absent where the development one stamps.
  public var tsa: TimestampSource?
  /// Where current revocation lists are: URLs, or files (relative to the home).
  public var crl: [String]?
  /// Whether a peer's TLS certificate needs something current about its revocation, and that of each issuer;
  /// absent means no: what there is counts.
  public var requirePeerRevocation: Bool?
  /// Whom `serve` asks about the TLS certificates of peers; absent means nobody.
  public var peerRevocation: PeerRevocation?
  /// OCSP responders, by URL.
  public var ocsp: [String]?
  /// What one peer may ask of the node.
  public var limits: Limits

  /// A time-stamp authority over HTTP (RFC 3161, clause 3.4).
  public struct TimestampSource: Codable, Hashable, Sendable {
    /// Where it answers, `http://` or `https://`.
    public var url: String
    /// The policy that its time-stamps must be made under, as a dotted identifier; absent: any.
    public var policy: String?
    /// A PEM file (relative to the home) with the roots that its certificate chains to.
    public var anchors: String?
  }

  /// How `serve` asks about the TLS certificates of peers (RFC 6960).
  public struct PeerRevocation: Codable, Hashable, Sendable {
    /// OCSP responders, by URL, asked in this order about each certificate.
    public var responders: [String]?
    /// Whether the responders and revocation lists that a certificate names are asked for, too; absent: no.
    public var namedByCertificates: Bool?
    /// Seconds until the same certificate is asked about again; absent: 900.
    public var everySeconds: Int?

    var interval: Int { everySeconds ?? 900 }
  }

  /// An address and a port.
  public struct Listen: Codable, Hashable, Sendable {
    /// A host name or address.
    public var host: String
    /// A port, 0…65535.
    public var port: Int
  }

  /// Limits that every peer meets; each is refused before, not failed during.
  public struct Limits: Codable, Hashable, Sendable {
    /// Uploads of one peer at the same time.
    public var concurrentTransfersPerPeer: Int
    /// Offers of one peer in a minute.
    public var offersPerMinute: Int
    /// The longest encrypted bundle, in bytes.
    public var maximumBundleBytes: Int64
    /// What must stay free on the disk after an upload, in bytes.
    public var freeDiskFloorBytes: Int64
    /// Seconds after which a connection that sends nothing is closed.
    public var idleTimeoutSeconds: Int
    /// Encrypted bundles in quarantine and promised room there, in bytes; absent: 4 TiB.
    public var quarantineBytes: Int64?
    /// The same of one peer; absent: 2 TiB.
    public var quarantineBytesPerPeer: Int64?
    /// What one peer may offer in 24 hours, in bytes; absent or 0: no limit.
    public var bytesPerDayPerPeer: Int64?
    /// Offers of one peer that are accepted and not settled; absent: 256.
    public var openTransfersPerPeer: Int?
    /// Connections at the same time; absent: 512.
    public var connections: Int?
    /// Connections of one peer at the same time; absent: 64.
    public var connectionsPerPeer: Int?
    /// Requests of one peer in a minute; absent: 60,000.
    public var requestsPerMinute: Int?
    /// The least rate of a body, in bytes a second; absent: 1024.
    public var slowestBytesPerSecond: Int?
    /// Seconds that a body may be slower than that; absent: 60.
    public var slowestSeconds: Int?
    /// Seconds until a delivered bundle that nobody opens gets its `NON_RETRIEVAL`; absent: 30 days.
    public var retrievalSeconds: Int?
    /// Seconds until an accepted offer is given up of which no byte has come; absent: 14 days.
    public var offerExpirySeconds: Int?
    /// Seconds after which a peer's turn is broken off while others wait for one; absent: 30.
    public var deliveryTurnSeconds: Int?
    /// Peers that are delivered to at the same time; absent: 32.
    public var concurrentDeliveries: Int?

    /// What a small node can bear.
    public static let standard = Limits(
      concurrentTransfersPerPeer: 4, offersPerMinute: 600,
      maximumBundleBytes: 1 << 40, freeDiskFloorBytes: 256 << 20, idleTimeoutSeconds: 60)
  }

  /// A configuration from YAML and the variables that go before it, with a check of each value.
  ///
  /// - Parameter environment: `ROGATORY_LISTEN_PORT` replaces `listen.port`, and so on for every key but
  ///   those that say what the node is (Docs/Operating.md, "Configuration").
  /// - Throws: ``NodeError/configuration(_:)`` with the key.
  public init(yaml: String, environment: [String: String] = [:]) throws {
    do {
      self = try ConfigurationSource.configuration(yaml: yaml, environment: environment)
      try check()
    } catch let problem as ConfigurationProblem {
      throw NodeError.configuration(problem)
    }
  }

  private func check() throws(ConfigurationProblem) {
    let tests: [(key: String, holds: Bool)] = [
      ("node", (try? NodeID(node)) != nil),
      ("country", country.count == 2),
      ("listen.port", (0...65535).contains(listen.port)),
      ("metrics.port", (0...65535).contains(metrics?.port ?? 0)),
      ("url", url.hasPrefix("https://") || (delivery == .pull && url.isEmpty)),
      ("tsa.url", tsa.map { Self.isHTTP($0.url) } ?? true),
      ("ocsp", (ocsp ?? []).allSatisfy(Self.isHTTP)),
      (
        "peerRevocation.responders",
        (peerRevocation?.responders ?? []).allSatisfy(Self.isHTTP)
      ),
      ("peerRevocation.everySeconds", (5...86_400).contains(peerRevocation?.interval ?? 900)),
    ]
    for test in tests + limits.checks where !test.holds { throw .badValue(test.key) }
  }

  /// The keys that hold a value, such as `listen.port`.
  public static var keyNames: [String] { ConfigurationSource.leaves.map(\.name) }

  /// Every key with some value: what ``ConfigurationSource`` learns the keys from.
  static var complete: NodeConfiguration {
    var all = NodeConfiguration(
      node: "", country: "", authority: "", development: false, host: "", port: 0, url: "")
    all.companions = false
    all.logRule = ""
    all.tsa = TimestampSource(url: "", policy: "", anchors: "")
    all.crl = []
    all.requirePeerRevocation = false
    all.ocsp = []
    all.peerRevocation = PeerRevocation()
    return all
  }

  private static func isHTTP(_ url: String) -> Bool {
    url.hasPrefix("http://") || url.hasPrefix("https://")
  }

  /// A configuration for a new node.
  public init(
    node: NodeID, country: String, authority: String, development: Bool, host: String, port: Int,
    url: String, delivery: PeerCard.Delivery = .push
  ) {
    self.init(
      node: node.text, country: country, authority: authority, development: development, host: host,
      port: port, url: url, delivery: delivery)
  }

  private init(
    node: String, country: String, authority: String, development: Bool, host: String, port: Int,
    url: String, delivery: PeerCard.Delivery = .push
  ) {
    self.node = node
    self.country = country
    self.authority = authority
    self.development = development
    listen = Listen(host: host, port: port)
    // Two development nodes on one machine are the rule: the system finds each a port.
    metrics = Listen(host: "127.0.0.1", port: development ? 0 : Self.metricsPort)
    self.url = url
    self.delivery = delivery
    limits = .standard
  }

  /// Where `serve` tells its figures unless the file says otherwise.
  private static let metricsPort = 9464

  /// The file that a new home gets.
  var yaml: String {
    """
    # This node, as `rogatory init` made it. Config/node.yaml of the distribution explains each key.
    node: \(node)
    country: \(country)
    authority: \(quoted(authority))
    development: \(development)
    listen:
      host: \(quoted(listen.host))
      port: \(listen.port)
    url: \(quoted(url))
    delivery: \((delivery ?? .push).rawValue)
    companions: \(companions ?? false)
    metrics:
      host: "127.0.0.1"
      port: \(metrics?.port ?? 0)
    limits:
      concurrentTransfersPerPeer: \(limits.concurrentTransfersPerPeer)
      offersPerMinute: \(limits.offersPerMinute)
      maximumBundleBytes: \(limits.maximumBundleBytes)
      freeDiskFloorBytes: \(limits.freeDiskFloorBytes)
      idleTimeoutSeconds: \(limits.idleTimeoutSeconds)

    """
  }

  private func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
