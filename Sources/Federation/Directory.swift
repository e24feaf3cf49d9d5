public import CAdES
public import CanonicalJSON

/// A peer that two officers of this node approved.
public struct Peer: Hashable, Sendable {
  /// What the peer told of itself.
  public let card: PeerCard
  /// Who proposed the peer.
  public let proposedBy: String
  /// Who approved it: never the proposer.
  public let approvedBy: String
  /// When, RFC 3339.
  public let approvedAt: String

  /// A peer, approved by two.
  public init(card: PeerCard, approval: Approval, at time: String) {
    self.card = card
    proposedBy = approval.proposer.id.text
    approvedBy = approval.approver.id.text
    approvedAt = time
  }

  /// The stored form of an approved peer.
  public init(json: JSON) throws(FederationError) {
    guard let inner = json["card"] else { throw .badField("card") }
    guard let proposer = json["proposedBy"]?.string, let approver = json["approvedBy"]?.string,
      proposer != approver
    else { throw .badField("approvedBy") }
    guard let time = json["approvedAt"]?.string else { throw .badField("approvedAt") }
    card = try PeerCard(json: inner)
    proposedBy = proposer
    approvedBy = approver
    approvedAt = time
  }

  /// The stored form.
  public var json: JSON {
    .object([
      "card": card.json, "proposedBy": .string(proposedBy), "approvedBy": .string(approvedBy),
      "approvedAt": .string(approvedAt),
    ])
  }
}

/// The nodes that this node knows: itself and its approved peers.
public struct Directory: Sendable {
  /// This node's own card.
  public let own: PeerCard
  /// The approved peers by id.
  public let peers: [NodeID: Peer]

  /// The directory of a node and its peers.
  public init(own: PeerCard, peers: [Peer]) {
    self.own = own
    self.peers = Dictionary(peers.map { ($0.card.node, $0) }, uniquingKeysWith: { _, new in new })
  }

  /// The card of the node with this id, its own included.
  public func card(of node: String) -> PeerCard? {
    if node == own.node.text { return own }
    return peers.values.first { $0.card.node.text == node }?.card
  }

  /// The peer whose TLS key has this SHA-256. The peer is who its certificate says, never a header.
  public func peer(tlsKey: [UInt8]) -> Peer? {
    peers.values.first { $0.card.tlsKey == tlsKey }
  }

  /// The anchors that vouch for signatures of this node, and for no other.
  public func signingAnchors(of node: String) -> [Certificate] {
    card(of: node)?.signingAnchors ?? []
  }
}
