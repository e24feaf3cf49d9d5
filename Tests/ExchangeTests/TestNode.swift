import Age
import AuditLog
import CAdES
import DurableFiles
import Evidence
import Exchange
import Federation
import Foundation
import GRDB
import Logging
import Redaction
import ServiceLifecycle
import Synchronization
import Testing

/// A node in a folder of its own, with a development authority, that listens on loopback.
final class TestNode: Sendable {
  let id: NodeID
  let folder: String
  let log: NodeLog
  let signatory: Signatory
  let anchor: Certificate
  let tlsIssuer: SigningIdentity
  let identity: Identity
  let officers: OfficerList
  private let logKey: NoteSigner
  private let cosigner: NoteSigner
  private let tlsKey: [UInt8]
  private let peers = Mutex<[Peer]>([])
  private let heldPeers = Mutex<[HeldPeer]>([])
  /// The revocation lists that this node knows.
  let lists = Mutex<[RevocationList]>([])
  /// The OCSP responses that it has.
  let responses = Mutex<[OCSPResponse]>([])
  /// The directory that this node adopted, and its file.
  let adopted = Mutex<(adoption: DirectoryAdoption, file: [UInt8])?>(nil)
  private let port = Mutex(0)
  let limits: ExchangeLimits

  /// How far the node's clock is ahead, in seconds.
  let clockAhead: Int64

  /// Whether peers call it, or it fetches from them.
  let delivery: PeerCard.Delivery

  init(
    _ name: String, limits: ExchangeLimits = .standard, clockAhead: Int64 = 0,
    delivery: PeerCard.Delivery = .push
  ) throws {
    self.clockAhead = clockAhead
    self.delivery = delivery
    id = try NodeID(name)
    self.limits = limits
    folder = NSTemporaryDirectory() + "rogatory-exchange-\(name)-\(UUID().uuidString)"
    for part in ["", "/outbox", "/quarantine", "/inbox"] { try ensureDirectory(folder + part) }
    let now = Int64(Date().timeIntervalSince1970) + clockAhead
    let rootKey = try SigningKey.generate(.p256)
    let validity = try Validity(notBefore: now - 3600, notAfter: now + 86_400)
    func named(_ text: String) throws -> DistinguishedName {
      try DistinguishedName(commonName: text, organization: name, country: "PT")
    }
    anchor = try Development.root(key: rootKey, name: named("\(name) root"), validity: validity)
    let issuer = try SigningIdentity(key: rootKey, certificate: anchor)
    tlsIssuer = issuer
    let signingKey = try SigningKey.generate(.p256)
    let signing = try Development.signing(
      for: signingKey, name: named(name), issuer: issuer, validity: validity)
    let tsaKey = try SigningKey.generate(.p256)
    let tsa = try Development.timestamping(
      for: tsaKey, name: named("\(name) time"), issuer: issuer, validity: validity)
    let authority = try TimestampAuthority(
      identity: SigningIdentity(key: tsaKey, certificate: tsa))
    let crl = try Development.revocationList(
      issuer: issuer, number: 1, thisUpdate: now, nextUpdate: now + 86_400)
    signatory = Signatory(
      node: name, identity: try SigningIdentity(key: signingKey, certificate: signing),
      timestamp: {
        try authority.respond(to: $0, at: Int64(Date().timeIntervalSince1970) + clockAhead)
      },
      anchors: [anchor], certificates: [tsa], revocationLists: [crl])
    let tls = try SigningKey.generate(.p256)
    let certificate = try Development.tls(
      for: tls, name: named("\(name) link"), dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"],
      issuer: issuer, validity: validity)
    tlsKey = tls.spkiSHA256
    try AtomicFile.write(Array(tls.pem.utf8), to: folder + "/tls.key", replacing: true)
    try AtomicFile.write(Array(certificate.pem.utf8), to: folder + "/tls.pem", replacing: true)
    identity = Identity.generateX25519()
    logKey = try NoteSigner.generate(name: NodeLog.origin(of: name), kind: .ed25519)
    cosigner = try NoteSigner.generate(name: NodeLog.cosignerName(of: name), kind: .cosignature)
    log = try NodeLog(
      NodeLog.Settings(
        path: folder + "/log.sqlite", node: name, signer: logKey, cosigner: cosigner,
        software: "test", tables: TransferStore.tables))
    var officers = OfficerList()
    try officers.add(Officer(id: NodeID("ana"), role: "investigator", unit: "U"))
    try officers.add(Officer(id: NodeID("rui"), role: "releasing-authority", unit: "U"))
    self.officers = officers
  }

  deinit {
    try? log.close()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// The card, with the port that the node listens on, if it is called at all.
  var card: PeerCard {
    PeerCard(
      node: id, country: "PT", authority: "Unit",
      url: delivery == .push ? "https://127.0.0.1:\(port.withLock { $0 })" : "",
      tlsAnchors: [anchor], tlsKey: tlsKey, signingAnchors: [anchor],
      recipients: [identity.recipient.string], logKey: logKey.verifierKey.text,
      cosignerKey: cosigner.verifierKey.text, delivery: delivery)
  }

  var logPath: String { folder + "/log.sqlite" }

  func approve(_ card: PeerCard) throws {
    let peer = Peer(
      card: card, approval: try officers.developmentApproval(), at: "2026-11-21T00:00:00Z")
    peers.withLock { peers in
      peers.removeAll { $0.card.node == card.node }
      peers.append(peer)
    }
  }

  func withdraw(_ node: NodeID) { peers.withLock { $0.removeAll { $0.card.node == node } } }

  /// Holds a node: known, and not exchanged with.
  func hold(_ card: PeerCard, _ reason: HeldPeer.Reason) {
    withdraw(card.node)
    heldPeers.withLock { $0.append(HeldPeer(card: card, reason: reason)) }
  }

  var directory: Directory {
    Directory(
      own: card, peers: peers.withLock { $0 }, held: heldPeers.withLock { $0 },
      adoption: adopted.withLock { $0?.adoption })
  }

  /// Has the node come with another TLS certificate from now on: of its own authority or another's, for
  /// its own key or a new one.
  @discardableResult
  func useCertificate(
    by other: TestNode? = nil, newKey: Bool = false, dnsNames: [String] = ["localhost"],
    ipAddresses: [String] = ["127.0.0.1"], from start: Int64 = -3600, to end: Int64 = 86_400
  ) throws -> Certificate {
    let key = try newKey ? SigningKey.generate(.p256) : ownTLSKey()
    let now = Int64(Date().timeIntervalSince1970)
    let certificate = try Development.tls(
      for: key,
      name: DistinguishedName(commonName: "\(id) link", organization: id.text, country: "PT"),
      dnsNames: dnsNames, ipAddresses: ipAddresses, issuer: other?.tlsIssuer ?? tlsIssuer,
      validity: Validity(notBefore: now + start, notAfter: now + end))
    try AtomicFile.write(Array(key.pem.utf8), to: folder + "/tls.key", replacing: true)
    try AtomicFile.write(Array(certificate.pem.utf8), to: folder + "/tls.pem", replacing: true)
    return certificate
  }

  private func ownTLSKey() throws -> SigningKey {
    try SigningKey(
      pem: String(decoding: readSmallFile(folder + "/tls.key", limit: 1 << 16), as: UTF8.self))
  }

  /// The certificate that the node comes with.
  var tlsCertificate: Certificate {
    get throws {
      let pem = try readSmallFile(folder + "/tls.pem", limit: 1 << 16)
      return try Certificate.parsePEM(String(decoding: pem, as: UTF8.self))[0]
    }
  }

  /// A current list of this node's authority that revokes these of its certificates.
  func revocationList(of certificates: [Certificate] = []) throws -> RevocationList {
    let now = Int64(Date().timeIntervalSince1970)
    return try Development.revocationList(
      issuer: tlsIssuer, number: UInt64(now), thisUpdate: now - 60, nextUpdate: now + 86_400,
      revoked: certificates.map {
        try Development.Revocation(certificate: $0, time: now - 60, reason: .keyCompromise)
      })
  }

  var trust: TrustAnchors {
    let cards = [card] + peers.withLock { $0.map(\.card) }
    var nodes: [[UInt8]: String] = [:]
    for card in cards {
      for anchor in card.signingAnchors { nodes[anchor.sha256] = card.node.text }
    }
    return TrustAnchors(cards.flatMap(\.signingAnchors), nodes: nodes)
  }

  func exchange(
    onListening: @escaping @Sendable (Int) -> Void = { _ in },
    clockAhead milliseconds: Int64 = 0, requiresRevocation: Bool = false
  ) -> ExchangeNode {
    var logger = Logger(label: id.text)
    logger.logLevel = .critical
    return ExchangeNode(
      node: id, log: log,
      folders: ExchangeNode.Folders(
        outbox: folder + "/outbox", quarantine: folder + "/quarantine", inbox: folder + "/inbox"),
      host: "127.0.0.1", port: 0,
      tls: { [self] in
        TLSIdentity(chain: [try tlsCertificate], key: try ownTLSKey())
      }, limits: limits, logger: logger,
      directory: { [self] in directory }, signatory: { [self] in signatory },
      identities: { [self] in [identity] }, trust: { [self] in trust },
      revocations: PeerRevocations(
        isRequired: requiresRevocation, lists: { [self] in lists.withLock { $0 } },
        responses: { [self] in responses.withLock { $0 } }),
      signedDirectory: { [self] _ in adopted.withLock { $0?.file } },
      now: { [clockAhead] in systemMilliseconds() + clockAhead * 1000 + milliseconds },
      onListening: { [self] value in
        port.withLock { $0 = value }
        onListening(value)
      })
  }

  /// Runs the node's listener, with or without its delivery service, while `body` runs.
  @discardableResult
  func serving<T: Sendable>(
    delivery: Bool = false, clockAhead milliseconds: Int64 = 0,
    _ body: @Sendable () async throws -> T
  ) async throws -> T {
    let ready = AsyncStream.makeStream(of: Int.self)
    let exchange = exchange(
      onListening: { ready.continuation.yield($0) },
      clockAhead: milliseconds)
    let services = delivery ? exchange.services() : [exchange.services()[0]]
    var logger = Logger(label: "group")
    logger.logLevel = .critical
    let group = ServiceGroup(
      configuration: .init(services: services.map { .init(service: $0) }, logger: logger))
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      for await _ in ready.stream { break }
      do {
        let result = try await body()
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
        return result
      } catch {
        await group.triggerGracefulShutdown()
        try? await tasks.waitForAll()
        throw error
      }
    }
  }

  /// A sealed bundle of this node's with one item of this many bytes.
  func sealBundle(bytes count: Int = 5000, terms: String? = nil) throws -> String {
    let path = folder + "/\(UUID().uuidString).asice"
    var generator = Mutations(seed: UInt64(count))
    let content = (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 32) }
    let source = SourceItem(
      name: "disk.img", size: UInt64(count), modified: nil,
      open: {
        var offset = 0
        return { buffer in
          let part = min(buffer.count, content.count - offset)
          content.withUnsafeBytes {
            buffer.copyMemory(from: .init(rebasing: $0[offset..<offset + part]))
          }
          offset += part
          return part
        }
      }, checkUnchanged: {})
    let file = try AtomicFile(at: path)
    let scratch = try AtomicFile(at: path + ".scratch")
    let order = SealingOrder(
      acquisition: Acquisition(at: "2026-11-21T09:00:00Z"),
      terms: try terms.map { try .init(parsing: Array($0.utf8), limit: 1 << 16) })
    _ = try seal(
      [source], order, by: signatory, into: file.fileDescriptor,
      scratch: ScratchFile(fileDescriptor: scratch.fileDescriptor),
      at: Int64(Date().timeIntervalSince1970))
    try file.commit(replacing: false)
    return path
  }

  /// The log's entries as text, for what they must or mustn't say.
  func entries(_ event: AuditLog.LogEvent) throws -> [String] {
    var found: [String] = []
    try log.show(EntryFilter(event: event)) {
      found.append(String(decoding: $0.body, as: UTF8.self))
    }
    return found
  }

  /// How many `denied` entries have this code, once there are any.
  func denials(containing code: String) async throws -> Int {
    for _ in 0..<100 {
      let count = try entries(.denied).count { $0.contains("\"\(code)\"") }
      if count > 0 { return count }
      try await Task.sleep(for: .milliseconds(20))
    }
    return 0
  }

  var approval: Approval { get throws { try officers.developmentApproval() } }
}

/// Two nodes that approved each other, the second one listening.
@discardableResult
func withTwoNodes<T: Sendable>(
  limits: ExchangeLimits = .standard, clockAhead: Int64 = 0,
  _ body: @Sendable (_ sender: TestNode, _ receiver: TestNode) async throws -> T
) async throws -> T {
  let sender = try TestNode("pt-ipcu")
  let receiver = try TestNode("fi-nbi", limits: limits, clockAhead: clockAhead)
  return try await receiver.serving {
    try sender.approve(receiver.card)
    try receiver.approve(sender.card)
    return try await body(sender, receiver)
  }
}

/// The logs of two nodes tell the same of what was between them.
func expectReconciled(_ one: TestNode, _ other: TestNode) throws {
  let result = try reconcile(
    ours: one.logPath, theirs: other.logPath, ourKey: one.log.verifierKey,
    theirKey: other.log.verifierKey)
  #expect(result.isClean, "\(result.text)")
}

/// Asks until it is so, for a time that is long even for a busy machine.
func expectEventually(
  _ condition: () async throws -> Bool, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  for _ in 0..<600 {
    if try await condition() { return }
    try await Task.sleep(for: .milliseconds(50))
  }
  Issue.record("it never came to be", sourceLocation: sourceLocation)
}

extension TestNode {
  /// Queues a new bundle of this node's for a peer.
  func queue(
    to peer: TestNode, bytes: Int = 5000, terms: String? = nil,
    priority: TransferPriority = .normal, deadline: TransferDeadline? = nil
  ) throws -> TransferSummary {
    try exchange().queue(
      bundleAt: sealBundle(bytes: bytes, terms: terms), to: peer.id.text, approval: approval,
      priority: priority,
      deadline: deadline)
  }

  func summary(_ id: String) throws -> TransferSummary { try exchange().transfer(id).summary }

  /// The kinds of the receipts of a transfer that this node holds, in order.
  func kinds(_ id: String) throws -> [String] {
    try exchange().transfer(id).receipts.compactMap { $0["kind"]?.string }
  }

  /// What lies in one of the node's folders.
  func files(_ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)")
  }

  /// Sets a transfer's row as a crash or another life might have left it.
  func set(_ assignments: String, of id: String) async throws {
    try await log.transaction { transaction in
      try transaction.db.execute(
        sql: "UPDATE exchange_transfers SET \(assignments) WHERE id = ?", arguments: [id])
    }
  }
}
