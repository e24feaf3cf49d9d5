/// A file inside a container, as its directory describes it.
public struct Entry: Hashable, Sendable {
  /// How the content is stored.
  public enum Method: UInt16, Sendable {
    /// As it is.
    case stored = 0
    /// Deflated (RFC 1951).
    case deflated = 8
  }

  /// The path inside the container.
  public let name: EntryName
  /// Bytes of the content.
  public let size: UInt64
  /// Bytes that the content takes in the file.
  public let compressedSize: UInt64
  /// Where the local header starts.
  public let offset: UInt64
  /// Where the content starts.
  public let dataOffset: UInt64
  /// CRC-32 of the content.
  public let crc32: UInt32
  /// How the content is stored.
  public let method: Method
}

/// What a container from elsewhere may have, and ours never has.
///
/// A container without any is, byte for byte, what ``ContainerWriter`` writes for its entries.
public enum ContainerDeviation: Hashable, Sendable {
  /// The archive has no comment.
  case noComment
  /// The archive's comment is another than Annex A.1's.
  case comment
  /// ZIP64 end records that no size needs, or that name other versions.
  case endRecord
  /// Made by another program, or for another version.
  case versionMadeBy(EntryName, UInt16)
  /// Another version is needed to extract, or the two headers disagree about it.
  case versionNeeded(EntryName, UInt16)
  /// Flags other than "the name is UTF-8".
  case flags(EntryName, UInt16)
  /// Deflated content.
  case deflated(EntryName)
  /// Another time than 1980-01-01 00:00, or two times.
  case time(EntryName)
  /// An extra field, or a ZIP64 field that no size needs.
  case extraField(EntryName)
  /// Other attributes than a plain file's.
  case attributes(EntryName)
  /// A comment on an entry.
  case entryComment(EntryName)
  /// A name in an unknown encoding; each of its bytes that isn't ASCII stands as `%XX`.
  case undecodableName(EntryName)
  /// An entry for a directory, which is left out of ``ContainerReader/entries``.
  case directory(EntryName)
  /// Any other difference.
  case header(EntryName)
}
