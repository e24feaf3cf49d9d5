/// Why bytes aren't a container that we accept, or why one can't be written.
///
/// Offsets count bytes from the start of the file.
public enum ContainerError: Error, Hashable, Sendable {
  // Reading and writing.

  /// The file can't be read.
  case readFailed(errno: Int32)
  /// The file can't be written.
  case writeFailed(errno: Int32)

  // The archive as a whole.

  /// There is no end record: these bytes are no ZIP archive.
  case notAnArchive
  /// The archive ends before the record at `offset` is complete.
  case truncated(offset: UInt64)
  /// Bytes stand before the first local header.
  case dataBeforeArchive
  /// Bytes stand after the end record, which ends at `offset`.
  case dataAfterArchive(offset: UInt64)
  /// Bytes that belong to no record stand at `offset`.
  case gap(offset: UInt64)
  /// The record at `offset` lies inside the one before it, or the records are out of order.
  case overlap(offset: UInt64)
  /// The record at `offset` contradicts itself, or what it points to.
  case malformedRecord(offset: UInt64)
  /// The comment names another kind of container than `mimetype` does, or holds an end record.
  case unexpectedComment
  /// The archive is a part of a set.
  case multipleDisks
  /// The container holds more entries than ``ContainerLimits/maximumEntries``.
  case tooManyEntries(UInt64, limit: Int)
  /// The directory is larger than ``ContainerLimits/maximumDirectorySize``.
  case directoryTooLarge(UInt64, limit: UInt64)
  /// The entries announce more bytes than ``ContainerLimits/maximumTotalSize``.
  case contentTooLarge(limit: UInt64)

  // The mimetype (EN 319 162-1, clause 4.4.2).

  /// The first entry isn't `mimetype`.
  case mimetypeNotFirst
  /// The entry `mimetype` is deflated, or has an extra field or a data descriptor.
  case mimetypeNotPlain
  /// The value of `mimetype` is none of ``ContainerKind/mediaType``.
  case unknownMediaType

  // Entries.

  /// The name would leave the directory it is extracted to, or can't be stored.
  case unsafeName(String)
  /// The name's bytes aren't the UTF-8 that its flag announces, or a second name contradicts it.
  case ambiguousName(offset: UInt64)
  /// Two names are equal but for case or Unicode normalisation.
  case duplicateName(EntryName)
  /// The name is a file's and, as a part of another name, a directory's.
  case fileAndDirectory(EntryName)
  /// The local header says something else than the central directory.
  case headersDiffer(EntryName, HeaderField)
  /// The entry is a symbolic link, a device or another thing that is no file.
  case notAFile(EntryName)
  /// The entry is encrypted.
  case encrypted(EntryName)
  /// The method is neither stored (0) nor deflated (8).
  case unsupportedMethod(EntryName, UInt16)
  /// The entry needs a feature that we don't read.
  case unsupportedFeature(EntryName, flags: UInt16, version: UInt16)
  /// The extra field doesn't parse, or contradicts the header.
  case malformedExtraField(EntryName)
  /// The data descriptor isn't one, or contradicts the directory.
  case malformedDescriptor(EntryName)
  /// A stored entry with two sizes, or a directory with content or a checksum of some.
  case impossibleSize(EntryName)
  /// The entry inflates to more than ``ContainerLimits/maximumRatio`` times its size.
  case suspiciousRatio(EntryName)

  // Content.

  /// The entry's bytes don't have the CRC-32 that the directory states.
  case checksumMismatch(EntryName)
  /// The deflated data is broken, or inflates to another size than stated.
  case corruptData(EntryName)
  /// The entry has more bytes than the caller takes.
  case entryTooLarge(EntryName, size: UInt64, limit: Int)

  // Writing.

  /// The file to write to isn't empty.
  case outputNotEmpty
  /// More or fewer bytes were written than announced.
  case announcedSizeMissed(EntryName, announced: UInt64)
  /// An entry of unannounced size reached 4 GiB without room for a ZIP64 field.
  case tooLargeWithoutZIP64(EntryName)
  /// A reserved entry was never filled, or one was to be filled that isn't reserved.
  case unfilledSlot(EntryName)
}

/// A field that the local header and the central directory both hold.
public enum HeaderField: Hashable, Sendable {
  /// The name's bytes.
  case name
  /// The general purpose bit flags.
  case flags
  /// The compression method.
  case method
  /// The CRC-32.
  case checksum
  /// The sizes, be they in the header or in a ZIP64 field.
  case sizes
}
