import CAdES
import CanonicalJSON

/// What one version of a directory changes of another.
public struct DirectoryDiff: Hashable, Sendable {
  /// What became of a node.
  public enum NodeChange: Hashable, Sendable {
    /// It wasn't there.
    case came
    /// It is left out.
    case went
    /// It is there, and withdrawn now.
    case withdrawn(Withdrawal)
    /// It was withdrawn, and isn't any more.
    case returned
    /// These of its fields are others.
    case changed([String])
  }

  /// A node that isn't what it was.
  public struct Node: Hashable, Sendable {
    /// What became of it.
    public let change: NodeChange
    /// Its entry now, or the last one.
    public let entry: DirectoryEntry
    /// Whether a key or anchor is new to this node's people, so that they have to compare it.
    public let hasNewKeys: Bool
  }

  /// A member that isn't what it was.
  public struct Member: Hashable, Sendable {
    /// `came`, `went` or `changed`.
    public let change: String
    /// The member now, or as it was.
    public let member: DirectoryMember
  }

  /// The nodes that changed, by id.
  public let nodes: [Node]
  /// The members that changed, by id.
  public let members: [Member]
  /// The thresholds, where they differ.
  public let thresholds: [Int]
  /// The ends of validity, where they differ.
  public let ends: [String]

  /// What `new` changes of `old`; where nothing was before, everything came.
  public init(from old: DirectoryDocument?, to new: DirectoryDocument) {
    let before = old?.entries ?? []
    var nodes: [Node] = new.entries.compactMap { entry in
      let known = before.first { $0.card.node == entry.card.node }
      return Self.change(from: known, to: entry).map {
        Node(change: $0, entry: entry, hasNewKeys: Self.hasNewKeys(entry.card, known?.card))
      }
    }
    nodes += before.filter { new.entry($0.card.node) == nil }.map {
      Node(change: .went, entry: $0, hasNewKeys: false)
    }
    self.nodes = nodes.sorted { $0.entry.card.node < $1.entry.card.node }
    var members: [Member] = new.members.compactMap { member in
      guard let known = old?.member(member.id) else {
        return Member(change: "came", member: member)
      }
      return known == member ? nil : Member(change: "changed", member: member)
    }
    members += (old?.members ?? []).filter { new.member($0.id) == nil }.map {
      Member(change: "went", member: $0)
    }
    self.members = members.sorted { $0.member.id < $1.member.id }
    thresholds =
      old.map { $0.threshold == new.threshold ? [] : [$0.threshold, new.threshold] } ?? []
    ends =
      old.map { $0.validUntil == new.validUntil ? [] : [$0.validUntil.text, new.validUntil.text] }
      ?? []
  }

  private static func change(from old: DirectoryEntry?, to new: DirectoryEntry) -> NodeChange? {
    guard let old else { return .came }
    guard old != new else { return nil }
    if let withdrawal = new.withdrawal, old.withdrawal == nil { return .withdrawn(withdrawal) }
    if new.withdrawal == nil, old.withdrawal != nil { return .returned }
    let cards = differences(old.card.json, new.card.json)
    return .changed(cards + differences(old.json, new.json).filter { $0 != "card" })
  }

  private static func differences(_ old: JSON, _ new: JSON) -> [String] {
    let (old, new) = (old.object ?? [:], new.object ?? [:])
    return Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted()
  }

  private static func hasNewKeys(_ new: PeerCard, _ old: PeerCard?) -> Bool {
    guard let old else { return true }
    // A key that was announced as the next one was compared then.
    let isKnown =
      new.tlsKeys.allSatisfy(old.tlsKeys.contains)
      && (new.tlsAnchors + new.signingAnchors + new.timestampAnchors).allSatisfy(
        (old.tlsAnchors + old.signingAnchors + old.timestampAnchors).contains)
      && new.recipients.allSatisfy(old.recipients.contains)
      && new.logKey == old.logKey && new.cosignerKeys.allSatisfy(old.cosignerKeys.contains)
    return !isKnown
  }

  /// Whether the two say the same of everything.
  public var isEmpty: Bool {
    nodes.isEmpty && members.isEmpty && thresholds.isEmpty && ends.isEmpty
  }
}
