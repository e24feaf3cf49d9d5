// Associated Signature Containers: what a bundle looks like on disk.
//
// Implements, of ETSI EN 319 162-1: the container (clause 4.2, 4.4.2 `mimetype`, Annex A.1 comment),
// and the ASiCManifest of "ASiC-E with CAdES" (clause 4.4.4, Annex A.4). Of PKWARE's APPNOTE 6.3: the
// methods stored and deflated, data descriptors, ZIP64 (clause 4.3 to 4.5); neither encryption nor
// several disks. Signatures are CAdES' subject, the roles of files are Evidence's.
//
// The reader accepts a file only if local headers, data, central directory and end record follow
// each other without a gap and say the same; whatever is allowed but not what `ContainerWriter`
// would have written is told as a `ContainerDeviation`. `ContainerFlipTests` flips each bit of a
// container and shows that none goes unnoticed; `ContainerConformanceTests` reads other programs'
// containers and manifests.

/// The two kinds of container (EN 319 162-1, clause 4.2).
public enum ContainerKind: Hashable, Sendable, CaseIterable {
  /// Several files, and manifests that name what a signature covers.
  case asicE
  /// One file and its signature.
  case asicS

  /// The content of the entry `mimetype`, without a line end.
  public var mediaType: String {
    switch self {
    case .asicE: "application/vnd.etsi.asic-e+zip"
    case .asicS: "application/vnd.etsi.asic-s+zip"
    }
  }

  /// The archive's comment that EN 319 162-1, Annex A.1 allows.
  var comment: [UInt8] { Array("mimetype=\(mediaType)".utf8) }
}

/// How much of a container is read before it is refused.
///
/// All of them bound memory or time that a sender controls.
public struct ContainerLimits: Hashable, Sendable {
  /// Entries, directories included.
  ///
  /// 120,000 items with a leaf file each fit. An entry costs some forty bytes of memory, and its name.
  public var maximumEntries: Int
  /// Bytes of the central directory: 128 for each of the entries above.
  ///
  /// It is streamed, but the names stay in memory.
  public var maximumDirectorySize: UInt64
  /// Bytes of all entries when inflated.
  ///
  /// What is stored is bounded by the file itself; this bounds what deflated entries announce.
  public var maximumTotalSize: UInt64
  /// Inflated bytes for each deflated one; text rarely exceeds 20, zeros reach 1032.
  public var maximumRatio: UInt64
  /// Entries up to this size may have any ratio: they harm nobody.
  public var ratioFreeSize: UInt64

  /// Creates limits; each defaults to that of ``standard``.
  public init(
    maximumEntries: Int = 1 << 18, maximumDirectorySize: UInt64 = 1 << 25,
    maximumTotalSize: UInt64 = 1 << 42, maximumRatio: UInt64 = 200, ratioFreeSize: UInt64 = 1 << 20
  ) {
    self.maximumEntries = maximumEntries
    self.maximumDirectorySize = maximumDirectorySize
    self.maximumTotalSize = maximumTotalSize
    self.maximumRatio = maximumRatio
    self.ratioFreeSize = ratioFreeSize
  }

  /// 262,144 entries, a directory of 32 MiB, 4 TiB inflated, 200:1 beyond 1 MiB.
  public static let standard = ContainerLimits()
}
