import Merkle

/// Reads `disclosure/NNNN.leaves` in one pass: what is disclosed, and how long its leaves are.
///
/// The head is read at once; runs and lengths are pulled, so that an item of any number of leaves
/// takes the same memory.
public final class LeavesReader {
  /// The item's shape and its disclosed header leaves.
  public let head: ItemHead
  private let source: ByteSource
  private var previous: Run?
  /// The lengths of the run before that nobody has asked for.
  private var unreadLengths: UInt64 = 0

  /// A row of leaves that are all disclosed or all withheld.
  public struct Run: Hashable, Sendable {
    /// Whether they are disclosed.
    public let isDisclosed: Bool
    /// Their positions, from 0; never empty.
    public let leaves: Range<UInt64>
  }

  /// Starts at the beginning of the file and reads the head.
  public init(_ read: @escaping ByteReader) throws {
    source = ByteSource(.leaves, read: read)
    let magic = try source.peek(Self.magic.count).prefix(Self.magic.count)
    guard magic.elementsEqual(Self.magic) else { throw RedactionError.leaves(.magic) }
    source.consume(magic.count)
    let shape = try ItemShape(parsing: source.take(ItemShape.byteCount)[...])
    head = try ItemHead(shape: shape, headers: Self.headers(source, count: shape.headerCount))
  }

  private static func headers(_ source: ByteSource, count: UInt32) throws -> [IndexedField] {
    var headers: [IndexedField] = []
    var room = maximumHeaderBytes
    let disclosed = UInt32(bigEndian: try source.take(4)[...])
    for _ in 0..<disclosed {
      let index = UInt32(bigEndian: try source.take(4)[...])
      guard index < count, headers.last.map({ $0.index < index }) ?? true else {
        throw RedactionError.leaves(.headerIndex(index))
      }
      let length = try source.varint()
      guard headers.count < maximumHeaderCount, length <= room else {
        throw RedactionError.leaves(.tooManyHeaders)
      }
      room -= Int(length)
      let field = try HeaderField(parsing: source.take(Int(length)))
      headers.append(IndexedField(index: index, field: field))
    }
    return headers
  }

  /// The next run; nil after the last one, when it is certain that nothing follows.
  ///
  /// Lengths of the run before that weren't read are passed over.
  public func nextRun() throws -> Run? {
    while unreadLengths > 0 { _ = try nextLength() }
    let begin = previous?.leaves.upperBound ?? 0
    let left = head.shape.leafCount - begin
    let offset = source.offset
    guard left > 0 else {
      guard try source.isEmpty() else {
        throw RedactionError.leaves(.trailingBytes(offset: offset))
      }
      return nil
    }
    let kind = try source.byte()
    let count = try source.varint()
    let isDisclosed = kind == RunKind.disclosed
    guard kind <= RunKind.withheld, 1...left ~= count, previous?.isDisclosed != isDisclosed else {
      throw RedactionError.leaves(.run(offset: offset))
    }
    let run = Run(isDisclosed: isDisclosed, leaves: begin..<begin + count)
    previous = run
    unreadLengths = isDisclosed && head.shape.mode == .table ? count : 0
    return run
  }

  /// The length of the next leaf of a disclosed run of a table; asked for at most once for each
  /// leaf.
  public func nextLength() throws -> UInt64 {
    precondition(unreadLengths > 0, "Redaction: a length for each disclosed leaf of a table")
    unreadLengths -= 1
    return try source.varint()
  }

  /// Header leaves are held in memory. They hold facts and thumbnails, not content.
  public static let maximumHeaderBytes = 16 << 20
  /// Far more than the facts about one item.
  public static let maximumHeaderCount = 4096
  static let magic = Array("evidence-leaves/v1\n".utf8)
}

/// The first byte of a run.
enum RunKind {
  static let disclosed: UInt8 = 0
  static let withheld: UInt8 = 1
}
