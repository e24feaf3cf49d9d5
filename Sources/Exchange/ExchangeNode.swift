public import Age
public import AuditLog
public import Evidence
public import Federation
public import Logging
public import ServiceLifecycle
import Synchronization

/// One node's side of every exchange: what commands and services of a node are made of.
///
/// It holds no connection and no file open; whatever needs one opens it for as long as it runs.
public struct ExchangeNode: Sendable {
  /// Where bundles lie. The folders exist and belong to the node alone.
  public struct Folders: Hashable, Sendable {
    /// Encrypted bundles on their way out, `<transfer>.age`.
    public var outbox: String
    /// What came and isn't checked: `<transfer>.part`.
    public var quarantine: String
    /// Checked bundles, `<transfer>.asice`.
    public var inbox: String

    /// The three folders.
    public init(outbox: String, quarantine: String, inbox: String) {
      self.outbox = outbox
      self.quarantine = quarantine
      self.inbox = inbox
    }
  }

  let node: NodeID
  let log: NodeLog
  let folders: Folders
  let host: String
  let port: Int
  let tls: Cached<TLSMaterial>
  let limits: ExchangeLimits
  let logger: Logger
  let directory: Cached<Directory>
  let signatory: Cached<Signatory>
  let trust: Cached<TrustAnchors>
  let identities: @Sendable () throws -> [Identity]
  let policy: Cached<WitnessPolicy?>
  let alarms: @Sendable () throws -> [String]
  let now: @Sendable () -> Int64
  let swaps = SwapGate()
  let bell = TransferBell()
  let proven = ProvenReceipts()
  let certificates: PeerCertificates
  let signedDirectory: @Sendable (_ version: Int64?) throws -> [UInt8]?
  let onListening: @Sendable (Int) -> Void
  /// Told of the bytes of bundles as they are encrypted and sent, for whoever watches one transfer.
  public var onProgress: @Sendable (ExchangeProgress) -> Void = { _ in }

  /// A node's side, from its parts.
  ///
  /// - Parameters:
  ///   - log: the node's log, opened with ``TransferStore/tables``.
  ///   - host: the address to listen on; with port 0 the system chooses, and `onListening` tells.
  ///   - tls: read again after a second, so that a renewed certificate works without a restart.
  ///   - directory: read again after a second, so that an approved peer works without a restart.
  ///   - signatory: read again after half a minute, for new revocation lists.
  ///   - policy: whose cosignatures this node's log needs, and where witnesses are reached.
  ///   - alarms: sentences that an administrator has to be told for as long as they are true.
  ///   - revocations: what is known of the revocation of peers' TLS certificates.
  ///   - signedDirectory: an adopted version of the federation's directory, the newest for nil.
  ///   - now: milliseconds since 1970.
  ///   - onListening: called once the service accepts connections, with its port.
  public init(
    node: NodeID, log: NodeLog, folders: Folders, host: String, port: Int,
    tls: @escaping @Sendable () throws -> TLSIdentity, limits: ExchangeLimits = .standard,
    logger: Logger, directory: @escaping @Sendable () throws -> Directory,
    signatory: @escaping @Sendable () throws -> Signatory,
    identities: @escaping @Sendable () throws -> [Identity],
    trust: @escaping @Sendable () throws -> TrustAnchors,
    policy: @escaping @Sendable () throws -> WitnessPolicy? = { nil },
    alarms: @escaping @Sendable () throws -> [String] = { [] },
    revocations: PeerRevocations = PeerRevocations(),
    signedDirectory: @escaping @Sendable (_ version: Int64?) throws -> [UInt8]? = { _ in nil },
    now: @escaping @Sendable () -> Int64 = systemMilliseconds,
    onListening: @escaping @Sendable (_ port: Int) -> Void = { _ in }
  ) {
    self.node = node
    self.log = log
    self.folders = folders
    self.host = host
    self.port = port
    self.tls = Cached(for: .seconds(1), TLSMaterial.reader(tls))
    self.limits = limits
    self.logger = logger
    self.directory = Cached(for: .seconds(1), directory)
    self.signatory = Cached(for: .seconds(30), signatory)
    self.trust = Cached(for: .seconds(1), trust)
    self.identities = identities
    self.policy = Cached(for: .seconds(30), policy)
    self.alarms = alarms
    certificates = PeerCertificates(revocations)
    self.signedDirectory = signedDirectory
    self.now = now
    self.onListening = onListening
  }

  var store: TransferStore { TransferStore(log: log) }

  /// Now, in Unix seconds.
  var seconds: Int64 { now() / 1000 }

  /// The approved peer of this id.
  ///
  /// - Throws: ``ExchangeError/unknownPeer(_:)``, or ``ExchangeError/heldPeer(_:_:)`` for a node that
  ///   nothing is exchanged with now.
  func peer(_ id: String) throws -> Peer {
    let directory = try directory.value()
    guard let node = try? NodeID(id) else { throw ExchangeError.unknownPeer(id) }
    if let peer = directory.peers[node] { return peer }
    if let held = directory.held[node] { throw ExchangeError.heldPeer(id, held.reason) }
    throw ExchangeError.unknownPeer(id)
  }

  /// The encrypted file of a transfer that goes out.
  func outboxPath(_ id: TransferID) -> String { "\(folders.outbox)/\(id).age" }
  /// The encrypted file of a transfer that comes in.
  func partPath(_ id: TransferID) -> String { "\(folders.quarantine)/\(id).part" }
  /// The decrypted file while it is checked.
  func checkPath(_ id: TransferID) -> String { "\(folders.quarantine)/\(id).asice" }
  /// The checked file.
  func inboxPath(_ id: TransferID) -> String { "\(folders.inbox)/\(id).asice" }

  /// The transfers to peers, newest first, at most a thousand.
  public func outbox() throws -> [TransferSummary] { try store.rows(.out).map(\.summary) }

  /// The transfers from peers, newest first, at most a thousand.
  public func inbox() throws -> [TransferSummary] { try store.rows(.in).map(\.summary) }

  /// The services of a running node: its listener for peers, the one that delivers, the one that has
  /// the log witnessed, the one that fetches where the node isn't called, and the one that settles
  /// what time is over for.
  public func services() -> [any Service] {
    let reception = Reception(self)
    return [
      PeerService(self, reception), DeliveryService(self), WitnessService(node: self),
      PullService(node: self, reception: reception), LapseService(node: self),
    ]
  }
}

/// How a bundle that goes out moves on.
public enum ExchangeProgress: Sendable {
  /// So many bytes more, of so many, are encrypted.
  case encrypted(UInt64, of: UInt64)
  /// So many bytes more, of so many that the peer doesn't have, are handed to the link.
  case sent(UInt64, of: UInt64)
}

/// Parses a transfer id that a person or a peer gave.
func transferID(_ text: String) throws(ExchangeError) -> TransferID {
  guard let id = TransferID(text) else { throw .badTransferID(text) }
  return id
}

/// A value from outside that is read again when it is older than a while.
final class Cached<Value: Sendable>: Sendable {
  private let lifetime: Duration
  private let read: @Sendable () throws -> Value
  private let held = Mutex<(value: Value, until: ContinuousClock.Instant)?>(nil)

  init(for lifetime: Duration, _ read: @escaping @Sendable () throws -> Value) {
    self.lifetime = lifetime
    self.read = read
  }

  func value() throws -> Value {
    if let held = held.withLock({ $0 }), held.until > .now { return held.value }
    let value = try read()
    held.withLock { $0 = (value, .now + lifetime) }
    return value
  }
}
