/// What an item was made from, as its sealer says: the value of the header leaf `derived-from`.
///
/// `<item number> <tool> <version>[ <key>=<value>]…`, words parted by single spaces. A verifier
/// reports it as attested: only what follows from the tree is proven.
public struct Derivation: Hashable, Sendable {
  /// The number of the item that it was made from, from 1.
  public let original: Int
  /// What made it: ``pageTiles`` or ``pageWords`` for a companion of ours.
  public let tool: String
  /// The version of the tool's output.
  public let version: String
  /// How it was made, in the order of the text.
  public let parameters: [Parameter]

  /// One word `key=value`.
  public struct Parameter: Hashable, Sendable {
    /// What stands before the first `=`; the whole word where there is none.
    public let key: String
    /// What stands behind it.
    public let value: String

    /// A parameter; neither text may hold a space.
    public init(_ key: String, _ value: String) {
      self.key = key
      self.value = value
    }
  }

  /// A derivation; no text may be empty or hold a space.
  public init(original: Int, tool: String, version: String, parameters: [Parameter]) {
    self.original = original
    self.tool = tool
    self.version = version
    self.parameters = parameters
  }

  /// The derivation in a header leaf's value; nil where the value doesn't begin with the number of
  /// an item and two words.
  public init?(_ value: some Sequence<UInt8>) {
    guard let text = String(validating: Array(value), as: UTF8.self) else { return nil }
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count >= 3, words.allSatisfy({ !$0.isEmpty }),
      let number = UInt64(statement: words[0]), 1...UInt64(UInt32.max) ~= number
    else { return nil }
    original = Int(number)
    tool = String(words[1])
    version = String(words[2])
    parameters = words.dropFirst(3).map { word in
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return Parameter(String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
  }

  /// The value of the first parameter of this key.
  public subscript(key: String) -> String? { parameters.first { $0.key == key }?.value }

  /// The page that it shows, from 1, where the parameters say so.
  public var page: Int? {
    guard let text = self["page"], let number = UInt64(statement: text[...]), number > 0 else {
      return nil
    }
    return Int(exactly: number)
  }

  /// The bytes of the header leaf's value.
  public var bytes: [UInt8] {
    Array(
      ([String(original), tool, version] + parameters.map { "\($0.key)=\($0.value)" })
        .joined(separator: " ").utf8)
  }

  /// A page or picture as tiles: see ``Tile``.
  public static let pageTiles = "page-tiles"
  /// The words of a page and where they stand, as CSV.
  public static let pageWords = "page-words"
  /// The key of the header leaf.
  public static let headerKey = "derived-from"
}
