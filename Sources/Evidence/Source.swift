public import Redaction

/// A file to be sealed, as the caller presents it: nothing here opens a path.
public struct SourceItem {
  /// The path relative to the sealed folder, with `/`; for a single file its last component.
  public let name: String
  /// Its size in bytes when it was opened; another size at the end is an error.
  public let size: UInt64
  /// When it was last changed, RFC 3339 in UTC.
  public let modified: String?
  /// Its media type by name and first bytes, where they were looked at before.
  public let mediaType: String?
  /// Opens the file anew, at its beginning. Sources may be opened and read by several threads, each
  /// source by one.
  public let open: () throws -> ByteReader
  /// Throws where the file is no longer what it was when this value was made.
  public let checkUnchanged: () throws -> Void
  /// What the file was made into this item from; nil for evidence as it was found.
  public let companion: CompanionSource?

  /// A source with its way to be read.
  public init(
    name: String, size: UInt64, modified: String?, mediaType: String? = nil,
    companion: CompanionSource? = nil,
    open: @escaping () throws -> ByteReader, checkUnchanged: @escaping () throws -> Void
  ) {
    self.name = name
    self.size = size
    self.modified = modified
    self.mediaType = mediaType
    self.companion = companion
    self.open = open
    self.checkUnchanged = checkUnchanged
  }
}

/// That a source was made from another one, so that parts of it can be withheld.
public struct CompanionSource: Hashable, Sendable {
  /// The name of the source that it was made from; it must be among those sealed with it.
  public let original: String
  /// Its media type, which its name doesn't decide.
  public let mediaType: String
  /// How it is cut, whatever the order says.
  public let cutting: Cutting
  /// ``Derivation/pageTiles`` or ``Derivation/pageWords``.
  public let tool: String
  /// How it was made.
  public let parameters: [Derivation.Parameter]

  /// A companion's origin.
  public init(
    original: String, mediaType: String, cutting: Cutting, tool: String,
    parameters: [Derivation.Parameter]
  ) {
    self.original = original
    self.mediaType = mediaType
    self.cutting = cutting
    self.tool = tool
    self.parameters = parameters
  }

  /// The version of what the tools give.
  static let version = "1"
}

/// How evidence was acquired; each becomes an `acquired-…` header leaf of every item.
public struct Acquisition: Sendable {
  /// The person or unit that acquired it.
  public var by: String?
  /// When, RFC 3339 in UTC.
  public var at: String
  /// By what means.
  public var method: String?
  /// From where.
  public var source: String?

  /// An acquisition; only the time is always known.
  public init(at: String, by: String? = nil, method: String? = nil, source: String? = nil) {
    self.at = at
    self.by = by
    self.method = method
    self.source = source
  }
}
