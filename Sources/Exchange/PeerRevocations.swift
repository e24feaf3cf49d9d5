public import CAdES
public import Federation

/// What a node knows of the revocation of its peers' TLS certificates, and where it keeps which ones they
/// show. The closures may block.
public struct PeerRevocations: Sendable {
  /// Whether a connection needs something current about each link of a peer's path.
  public var isRequired: Bool
  /// Current lists of the authorities of TLS certificates.
  public var lists: @Sendable () -> [RevocationList]
  /// The answers of OCSP responders that are kept.
  public var responses: @Sendable () -> [OCSPResponse]
  /// The chains that peers have shown before, each its leaf first.
  public var chains: @Sendable () -> [[Certificate]]
  /// Keeps a chain that an approved peer has shown, the leaf first; the client of a connection sees the
  /// leaf alone.
  public var keep: @Sendable (_ chain: [Certificate], _ peer: NodeID) -> Void
  /// Asks about a chain that a peer shows where nothing current is kept, for a person who tests the link; who
  /// gave no answer that counts, and why, in words.
  public var ask: @Sendable (_ chain: [Certificate], _ card: PeerCard) -> [String]

  /// Sources; what isn't named knows and keeps nothing.
  public init(
    isRequired: Bool = false, lists: @escaping @Sendable () -> [RevocationList] = { [] },
    responses: @escaping @Sendable () -> [OCSPResponse] = { [] },
    chains: @escaping @Sendable () -> [[Certificate]] = { [] },
    keep: @escaping @Sendable (_ chain: [Certificate], _ peer: NodeID) -> Void = { _, _ in },
    ask: @escaping @Sendable (_ chain: [Certificate], _ card: PeerCard) -> [String] = { _, _ in [] }
  ) {
    self.isRequired = isRequired
    self.lists = lists
    self.responses = responses
    self.chains = chains
    self.keep = keep
    self.ask = ask
  }
}
