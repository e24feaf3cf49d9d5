public import CAdES
public import CanonicalJSON
public import Redaction

/// A peer that two officers of this node approved.
public struct Peer: Hashable, Sendable {
  /// What the peer told of itself, or the federation's directory of it.
  public let card: PeerCard
  /// Who proposed the peer, or the directory that names it.
  public let proposedBy: String
  /// Who approved it: never the proposer.
  public let approvedBy: String
  /// When, RFC 3339.
  public let approvedAt: String
  /// Set where two officers withdrew it by hand.
  public let withdrawal: Withdrawal?

  /// A peer, approved by two.
  public init(card: PeerCard, approval: Approval, at time: String) {
    self.card = card
    proposedBy = approval.proposer.id.text
    approvedBy = approval.approver.id.text
    approvedAt = time
    withdrawal = nil
  }

  /// A peer that a directory names, approved with the directory.
  public init(card: PeerCard, adopted: DirectoryAdoption) {
    self.card = card
    proposedBy = adopted.proposedBy
    approvedBy = adopted.approvedBy
    approvedAt = adopted.approvedAt
    withdrawal = nil
  }

  private init(_ peer: Peer, withdrawal: Withdrawal) {
    card = peer.card
    (proposedBy, approvedBy, approvedAt) = (peer.proposedBy, peer.approvedBy, peer.approvedAt)
    self.withdrawal = withdrawal
  }

  /// The peer, not exchanged with any more.
  public func withdrawn(_ withdrawal: Withdrawal) -> Peer { Peer(self, withdrawal: withdrawal) }

  /// The stored form of an approved peer.
  public init(json: JSON) throws(FederationError) {
    guard let inner = json["card"] else { throw .badField("card") }
    let approval = try DirectoryAdoption.approval(json)
    card = try PeerCard(json: inner)
    (proposedBy, approvedBy, approvedAt) = approval
    withdrawal = try json["withdrawn"].map { json throws(FederationError) in
      try Withdrawal(json: json)
    }
  }

  /// The stored form.
  public var json: JSON {
    var object: [String: JSON] = [
      "card": card.json, "proposedBy": .string(proposedBy), "approvedBy": .string(approvedBy),
      "approvedAt": .string(approvedAt),
    ]
    object["withdrawn"] = withdrawal?.json
    return .object(object)
  }
}

/// A node that is known and not exchanged with now. What waits for it is held.
public struct HeldPeer: Hashable, Sendable {
  /// Why.
  public enum Reason: Hashable, Sendable {
    /// The federation or two officers withdrew it.
    case withdrawn(Withdrawal)
    /// Its entry comes into force later.
    case notYetValid(from: StatementTime)
    /// Its entry ended.
    case expired(at: StatementTime)
    /// The whole directory ended, and no newer version was adopted.
    case directoryExpired(at: StatementTime)
  }

  /// Its last card.
  public let card: PeerCard
  /// Why it is held.
  public let reason: Reason

  /// A node that is held.
  public init(card: PeerCard, reason: Reason) {
    self.card = card
    self.reason = reason
  }

  /// Whether its anchors still vouch for what it signed.
  public var isTrusted: Bool {
    if case .withdrawn(let withdrawal) = reason { withdrawal.reason != .compromised } else { true }
  }
}

/// The nodes that this node knows: itself, its approved peers, and those that are held.
public struct Directory: Sendable {
  /// This node's own card.
  public let own: PeerCard
  /// The approved peers by id.
  public let peers: [NodeID: Peer]
  /// Known nodes that nothing is exchanged with now.
  public let held: [NodeID: HeldPeer]
  /// The version of the federation's directory that was adopted; nil where there is none.
  public let adoption: DirectoryAdoption?
  private let owners: [[UInt8]: NodeID]

  /// The directory of a node and its peers.
  public init(
    own: PeerCard, peers: [Peer], held: [HeldPeer] = [], adoption: DirectoryAdoption? = nil
  ) {
    self.own = own
    self.adoption = adoption
    self.peers = Dictionary(peers.map { ($0.card.node, $0) }, uniquingKeysWith: { _, new in new })
    self.held = Dictionary(held.map { ($0.card.node, $0) }, uniquingKeysWith: { _, new in new })
    var owners: [[UInt8]: NodeID] = [:]
    for card in held.map(\.card) + self.peers.values.map(\.card) {
      for key in card.tlsKeys { owners[key] = card.node }
    }
    self.owners = owners
  }

  /// What an adopted directory and the peers of this node's own come to at a time.
  ///
  /// A node that the directory names is what the directory says, whatever was approved by hand.
  public static func nodes(
    besides own: NodeID, byHand: [Peer], adopted: DirectoryDocument?,
    _ adoption: DirectoryAdoption?, at now: Int64
  ) -> (peers: [Peer], held: [HeldPeer]) {
    var peers: [Peer] = []
    var held: [HeldPeer] = []
    if let adopted, let adoption {
      for entry in adopted.entries where entry.card.node != own {
        if let reason = entry.reasonToHold(in: adopted, at: now) {
          held.append(HeldPeer(card: entry.card, reason: reason))
        } else {
          peers.append(Peer(card: entry.card, adopted: adoption))
        }
      }
    }
    for peer in byHand where adopted?.entry(peer.card.node) == nil {
      if let withdrawal = peer.withdrawal {
        held.append(HeldPeer(card: peer.card, reason: .withdrawn(withdrawal)))
      } else {
        peers.append(peer)
      }
    }
    return (peers, held)
  }

  /// The card of the node with this id, its own included.
  public func card(of node: String) -> PeerCard? {
    if node == own.node.text { return own }
    guard let id = try? NodeID(node) else { return nil }
    return peers[id]?.card ?? held[id]?.card
  }

  /// The peer that has this SHA-256 as a TLS key. The peer is who its certificate says, never a header.
  public func peer(tlsKey: [UInt8]) -> Peer? { owners[tlsKey].flatMap { peers[$0] } }

  /// The node that has this TLS key and is held.
  public func heldPeer(tlsKey: [UInt8]) -> HeldPeer? { owners[tlsKey].flatMap { held[$0] } }

  /// The anchors that vouch for signatures of this node, and for no other.
  public func signingAnchors(of node: String) -> [Certificate] {
    if let id = try? NodeID(node), let held = held[id], !held.isTrusted { return [] }
    return card(of: node)?.signingAnchors ?? []
  }

  /// The cards of all whose signatures count: this node, its peers, and held nodes that are trusted.
  public var trustedCards: [PeerCard] {
    [own] + peers.values.map(\.card) + held.values.filter(\.isTrusted).map(\.card)
  }
}

extension DirectoryEntry {
  /// Why nothing is exchanged with the node at this time; nil where it is a peer.
  func reasonToHold(in document: DirectoryDocument, at now: Int64) -> HeldPeer.Reason? {
    if let withdrawal { return .withdrawn(withdrawal) }
    if now > document.validUntil.unixSeconds {
      return .directoryExpired(at: document.validUntil)
    }
    if now < validFrom.unixSeconds { return .notYetValid(from: validFrom) }
    return now > validUntil.unixSeconds ? .expired(at: validUntil) : nil
  }
}
