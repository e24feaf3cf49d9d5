/// Why people ask for something or refuse it, as a code that both nodes and their logs may hold:
/// a capital letter, then capitals, digits, `-` and `_`, at most 64. Never prose, which may name somebody.
public struct ReasonCode: Hashable, Sendable, CustomStringConvertible {
  /// The code.
  public let text: String

  /// Parses a code; nil for any other form.
  public init?(_ text: String) {
    guard text.wholeMatch(of: #/[A-Z][A-Z0-9_-]{0,63}/#) != nil else { return nil }
    self.text = text
  }

  public var description: String { text }
}
