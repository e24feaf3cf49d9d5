import Glibc
public import Redaction

/// A file to be sealed, as the caller presents it: nothing here opens a path.
public struct SourceItem {
  /// The path relative to the sealed folder, with `/`; for a single file its last component.
  public let name: String
  /// Its size in bytes when it was opened; another size at the end is an error.
  public let size: UInt64
  /// When it was last changed, RFC 3339 in UTC.
  public let modified: String?
  /// Opens the file anew, at its beginning.
  public let open: () throws -> ByteReader
  /// Throws where the file is no longer what it was when this value was made.
  public let checkUnchanged: () throws -> Void
  /// What the file was made into this item from; nil for evidence as it was found.
  public let companion: CompanionSource?

  /// A source with its way to be read.
  public init(
    name: String, size: UInt64, modified: String?, companion: CompanionSource? = nil,
    open: @escaping () throws -> ByteReader, checkUnchanged: @escaping () throws -> Void
  ) {
    self.name = name
    self.size = size
    self.modified = modified
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

/// Room for intermediate bytes that may outgrow memory: a file of the caller's, used as scratch.
public final class ScratchFile {
  private let descriptor: Int32
  private let owner: AnyObject?
  private var buffer: [UInt8] = []
  private var written: UInt64 = 0

  /// Scratch space in an empty file that is open for reading and writing.
  ///
  /// `owner` closes it, and lives for as long as this value; without one the caller does.
  public init(fileDescriptor: Int32, keeping owner: AnyObject? = nil) {
    descriptor = fileDescriptor
    self.owner = owner
  }

  /// How many bytes were written since the last ``reset()``.
  var count: UInt64 { written + UInt64(buffer.count) }

  func reset() throws {
    buffer.removeAll(keepingCapacity: true)
    if written > 0 {
      guard ftruncate(descriptor, 0) == 0 else { throw ScratchError(errno: errno) }
      written = 0
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.spillSize { try spill() }
  }

  func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try write($0) }
  }

  /// Hands out everything written so far, from the beginning, in pieces.
  func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try forEachPiece(in: 0..<count, body)
  }

  /// Hands out a range of what was written, in pieces.
  func forEachPiece(
    in range: Range<UInt64>, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var piece = [UInt8](repeating: 0, count: written > range.lowerBound ? Self.spillSize : 0)
    var offset = range.lowerBound
    while offset < min(range.upperBound, written) {
      let wanted = Int(min(UInt64(piece.count), min(range.upperBound, written) - offset))
      let got = piece.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress, wanted, off_t(offset))
      }
      guard got > 0 else { throw ScratchError(errno: got == 0 ? EIO : errno) }
      try piece.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<got])) }
      offset += UInt64(got)
    }
    guard offset < range.upperBound else { return }
    try buffer.withUnsafeBytes {
      let part = Int(offset - written)..<Int(range.upperBound - written)
      try body(UnsafeRawBufferPointer(rebasing: $0[part]))
    }
  }

  private func spill() throws {
    var offset = 0
    while offset < buffer.count {
      let got = buffer.withUnsafeBytes {
        pwrite(
          descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset,
          off_t(written) + off_t(offset))
      }
      guard got > 0 else { throw ScratchError(errno: errno) }
      offset += got
    }
    written += UInt64(buffer.count)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Small items never touch the disk; larger ones are written in pieces of this size.
  private static let spillSize = 1 << 20
}

/// Scratch space can't be written or read; `errno` says why.
public struct ScratchError: Error, Hashable, Sendable {
  /// The system's error number.
  public let errno: Int32

  /// An error of the system.
  public init(errno: Int32) { self.errno = errno }
}
