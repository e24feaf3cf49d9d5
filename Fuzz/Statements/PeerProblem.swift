/// Stands for the type of this name in Exchange, which needs the network libraries.
public struct PeerProblem: Hashable, Sendable {
  /// The problem in words.
  public var words: String
}
