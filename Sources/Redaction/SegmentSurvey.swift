/// What the first pass over an item's content found: how to cut it, and how many leaves that gives.
public struct Survey: Hashable, Sendable {
  /// How the second pass cuts.
  public let cutting: Cutting
  /// The number of leaves, at least 1.
  public let leafCount: UInt64
  /// The bytes of the content.
  public let byteCount: UInt64
}

/// Decides how an item is cut, and counts its leaves.
///
/// CSV and JSON whose quotes don't close are cut as text, and what isn't UTF-8 as a grid; each such
/// step back begins again. A grid isn't read at all: its leaf count follows from `byteCount`.
///
/// - Parameters:
///   - mediaType: the item's media type; it decides by the rules of Docs/Redaction.md.
///   - byteCount: how long the content is.
///   - grid: a grid that the sealer asks for, such as 1 for `--exact`; nil or 0 leaves the choice.
///   - reopen: gives a reader at the start of the content, and forgets the lengths written so far;
///     called before each attempt, and after the last one if that failed.
///   - writeLength: takes the length of each leaf of a table, in order.
/// - Throws: ``SegmentError/byteCountChanged(expected:found:)``; what the closures throw.
public func survey(
  mediaType: String, byteCount: UInt64, grid: UInt32? = nil, reopen: () throws -> ByteReader,
  writeLength: (UInt64) throws -> Void
) throws -> Survey {
  let attempts = grid ?? 0 > 0 ? [] : tableCuttings(mediaType)
  for cutting in attempts {
    let read = try reopen()
    do {
      let leafCount = try countLeaves(cutting, byteCount, read, writeLength)
      return Survey(cutting: cutting, leafCount: leafCount, byteCount: byteCount)
    } catch SegmentError.unclosedQuote {
      continue
    } catch SegmentError.notUTF8 {
      break
    }
  }
  if !attempts.isEmpty { _ = try reopen() }
  let leafByteCount = grid.flatMap { $0 > 0 ? $0 : nil } ?? defaultGrid(mediaType, byteCount)
  let (full, rest) = byteCount.quotientAndRemainder(dividingBy: UInt64(leafByteCount))
  let leafCount = max(1, full + (rest > 0 ? 1 : 0))
  return Survey(cutting: .grid(leafByteCount), leafCount: leafCount, byteCount: byteCount)
}

/// The ways to try, best first; none for what is cut into a grid from the start.
private func tableCuttings(_ mediaType: String) -> [Cutting] {
  switch Form(mediaType: mediaType) {
  case .csv: [.csv, .text]
  case .json: [.json, .text]
  default: mediaType.hasPrefix("text/") || mediaType.hasPrefix("message/") ? [.text] : []
  }
}

private func defaultGrid(_ mediaType: String, _ byteCount: UInt64) -> UInt32 {
  if isDiskImage(mediaType: mediaType) { return 4096 }
  return byteCount <= 1 << 30 ? 64 : 512
}

private func countLeaves(
  _ cutting: Cutting, _ byteCount: UInt64, _ read: ByteReader,
  _ writeLength: (UInt64) throws -> Void
) throws -> UInt64 {
  var segmenter = Segmenter(cutting)
  var check = UTF8Check()
  var (total, leafCount, length): (UInt64, UInt64, UInt64) = (0, 0, 0)
  func count(_ piece: SegmentPiece) throws {
    switch piece {
    case .bytes(let bytes): length += UInt64(bytes.count)
    case .endLeaf:
      try writeLength(length)
      leafCount += 1
      length = 0
    }
  }
  try withUnsafeTemporaryAllocation(byteCount: surveyChunk, alignment: 16) { buffer in
    while case let found = try read(buffer), found > 0 {
      let chunk = UnsafeRawBufferPointer(rebasing: buffer[..<min(found, buffer.count)])
      total += UInt64(chunk.count)
      guard total <= byteCount else {
        throw SegmentError.byteCountChanged(expected: byteCount, found: total)
      }
      if cutting != .text { try check.push(chunk) }
      try segmenter.push(chunk, count)
    }
  }
  guard total == byteCount else {
    throw SegmentError.byteCountChanged(expected: byteCount, found: total)
  }
  try check.finish()
  try segmenter.finish(count)
  return leafCount
}

/// How many bytes are asked for at a time; larger ones gained nothing.
private let surveyChunk = 1 << 16
