/// Writes `disclosure/NNNN.leaves` in one pass.
///
/// The caller knows how many leaves a run has before the first of them comes: the count stands in
/// front of the lengths.
public final class LeavesWriter {
  private let sink: ByteSink
  private let shape: ItemShape
  private var position: UInt64 = 0
  private var isDisclosed: Bool?
  private var missingLengths: UInt64 = 0

  /// Writes the head.
  public init(head: ItemHead, write: @escaping ByteWriter) throws {
    sink = ByteSink(write)
    shape = head.shape
    var start = LeavesReader.magic + shape.bytes
    start.append(bigEndian: UInt32(head.headers.count))
    try sink.append(start)
    for header in head.headers {
      var index: [UInt8] = []
      index.append(bigEndian: header.index)
      try sink.append(index)
      let field = header.field.bytes
      try sink.append(varint: UInt64(field.count))
      try sink.append(field)
    }
  }

  /// Begins a run of `count` > 0 leaves; kinds alternate.
  public func beginRun(disclosed: Bool, count: UInt64) throws {
    precondition(missingLengths == 0, "Redaction: the run before lacks lengths")
    precondition(isDisclosed != disclosed, "Redaction: runs alternate")
    precondition(1...(shape.leafCount - position) ~= count, "Redaction: runs sum to the leaves")
    isDisclosed = disclosed
    position += count
    missingLengths = disclosed && shape.mode == .table ? count : 0
    try sink.append([disclosed ? RunKind.disclosed : RunKind.withheld])
    try sink.append(varint: count)
  }

  /// Adds the length of the next leaf of a disclosed run of a table; in a grid no lengths are
  /// written.
  public func appendLength(_ length: UInt64) throws {
    precondition(missingLengths > 0, "Redaction: a length for each disclosed leaf of a table")
    missingLengths -= 1
    try sink.append(varint: length)
  }

  /// Adds the lengths of the next `count` leaves as they stand in the file, LEB128, each in its shortest
  /// form: `body` gives them to its argument, in pieces that end anywhere.
  package func appendLengths(count: UInt64, encoded body: (ByteWriter) throws -> Void) throws {
    precondition(missingLengths >= count, "Redaction: a length for each disclosed leaf of a table")
    missingLengths -= count
    try body { try self.sink.append($0) }
  }

  /// Writes what is left in memory; all runs must have been given.
  public func finish() throws {
    precondition(position == shape.leafCount, "Redaction: runs sum to the leaves")
    precondition(missingLengths == 0, "Redaction: the run before lacks lengths")
    try sink.flush()
  }
}
