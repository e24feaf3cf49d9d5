public import Redaction

/// Which items of a bundle were made from which: the disclosed `derived-from` header leaves.
public struct CompanionIndex: Sendable {
  /// An item that was made from another.
  public struct Companion: Hashable, Sendable {
    /// Its own number, from 1.
    public let number: Int
    /// What it was made from, and how.
    public let derivation: Derivation
  }

  private var byOriginal: [Int: [Companion]] = [:]
  private var originals: [Int: Derivation] = [:]

  /// The companions among the items of a bundle that aren't wholly withheld.
  public init(_ items: ItemReports) {
    for place in items.indices {
      guard let value = items.header(Derivation.headerKey, ofItemAt: place),
        items[place].state != .withheld, let derivation = Derivation(value.utf8),
        derivation.original != place + 1
      else { continue }
      byOriginal[derivation.original, default: []].append(
        Companion(number: place + 1, derivation: derivation))
      originals[place + 1] = derivation
    }
  }

  /// Whether no item was made from another.
  public var isEmpty: Bool { originals.isEmpty }

  /// The companions of an item, by number; none for an item that is a companion itself.
  public func companions(of original: Int) -> [Companion] { byOriginal[original] ?? [] }

  /// What an item was made from; nil unless it is a companion.
  public func derivation(of number: Int) -> Derivation? { originals[number] }
}
