import CanonicalJSON
import DurableFiles
public import Federation

// Who this node exchanges with: peers that its officers approved by hand, `peers/<id>.json`, and those of
// the directory that they adopted.
extension NodeHome {
  /// The peers as they are now, with this node's own card, and the nodes that are held.
  public func directory() throws -> Directory {
    let adopted = try adoptedDirectory()
    let (peers, held) = try nodes(adopted)
    return Directory(own: try ownCard(), peers: peers, held: held, adoption: adopted?.adoption)
  }

  /// The peers that this node exchanges with, by id.
  public func peers() throws -> [Peer] {
    try nodes(adoptedDirectory()).peers.sorted { $0.card.node < $1.card.node }
  }

  /// The nodes that are known and not exchanged with now, by id.
  public func heldPeers() throws -> [HeldPeer] {
    try nodes(adoptedDirectory()).held.sorted { $0.card.node < $1.card.node }
  }

  private func nodes(_ adopted: AdoptedDirectory?) throws -> (peers: [Peer], held: [HeldPeer]) {
    Directory.nodes(
      besides: id, byHand: try peersByHand(), adopted: adopted?.document, adopted?.adoption,
      at: currentTime())
  }

  /// The peers that were approved by hand, withdrawn ones too, by id.
  public func peersByHand() throws -> [Peer] {
    try listFiles(file("peers")).filter { $0.hasSuffix(".json") }.sorted().map { name in
      try Peer(json: document("peers/" + name))
    }
  }

  /// Stores a peer that was approved by hand.
  public func save(_ peer: Peer) throws {
    try write(peer.json, "peers/\(peer.card.node).json")
    // What was proposed is decided on.
    try? removeDurably(file("proposals/\(peer.card.node).json"))
  }

  /// The peers that one officer proposed and no second one has decided on, by id.
  public func proposedPeers() throws -> [ProposedPeer] {
    guard (try? facts(ofFile: file("proposals"))) != nil else { return [] }
    return try listFiles(file("proposals")).filter { $0.hasSuffix(".json") }.sorted().map { name in
      try ProposedPeer(json: document("proposals/" + name))
    }
  }

  /// Stores a proposal, in place of an earlier one for the same node.
  public func save(_ proposal: ProposedPeer) throws {
    try ensureDirectory(file("proposals"))
    try write(proposal.json, "proposals/\(proposal.card.node).json")
  }

  /// Refuses a card that would let one node speak as another, or that is this node's own.
  ///
  /// - Throws: ``NodeError/ownCard``, `FederationError.sharedAnchor`, or
  ///   ``NodeError/namedByDirectory(_:)`` where the adopted directory has the say.
  public func checkNew(_ card: PeerCard) throws {
    guard card.node != id else { throw NodeError.ownCard }
    let adopted = try adoptedDirectory()
    guard adopted?.document.entry(card.node) == nil else {
      throw NodeError.namedByDirectory(card.node.text)
    }
    let (peers, held) = try nodes(adopted)
    let known = [try ownCard()] + peers.map(\.card) + held.map(\.card)
    let anchors = Set((card.signingAnchors + card.tlsAnchors).map(\.sha256))
    let keys = Set(card.tlsKeys)
    for other in known where other.node != card.node {
      let isShared =
        (other.signingAnchors + other.tlsAnchors).contains { anchors.contains($0.sha256) }
        || other.tlsKeys.contains(where: keys.contains)
      if isShared { throw FederationError.sharedAnchor(other.node.text, card.node.text) }
    }
  }

  func document(_ name: String, limit: Int = maximumFile) throws -> JSON {
    try JSON(parsing: readSmallFile(file(name), limit: limit), limit: limit)
  }

  func write(_ json: JSON, _ name: String) throws {
    try AtomicFile.write(Array(json.prettyText.utf8) + [10], to: file(name), replacing: true)
  }
}

/// A peer that one officer proposed.
public struct ProposedPeer: Hashable, Sendable {
  /// Its card.
  public let card: PeerCard
  /// Who proposed it, and when (RFC 3339).
  public let proposedBy, proposedAt: String

  /// A proposal.
  public init(card: PeerCard, by officer: Officer, at time: String) {
    self.card = card
    proposedBy = officer.id.text
    proposedAt = time
  }

  init(json: JSON) throws {
    guard let inner = json["card"], let officer = json["proposedBy"]?.string,
      let time = json["proposedAt"]?.string
    else { throw NodeError.malformed("proposals") }
    card = try PeerCard(json: inner)
    proposedBy = officer
    proposedAt = time
  }

  var json: JSON {
    [
      "card": card.json, "proposedBy": .string(proposedBy), "proposedAt": .string(proposedAt),
    ]
  }
}
