/// What the first pass over an item's content found: how to cut it, and how many leaves that gives.
public struct Survey: Hashable, Sendable {
  /// How the second pass cuts.
  public let cutting: Cutting
  /// The number of leaves, at least 1.
  public let leafCount: UInt64
  /// The bytes of the content.
  public let byteCount: UInt64
  /// The cutting that the media type asks for, where the content couldn't be cut so; nil where it
  /// was.
  ///
  /// A person must be told: fewer leaves can be withheld alone than the file's type promises.
  public var fellBackFrom: Cutting?
  /// What is wrong with the content; nil where nothing is. It is set wherever the content fell
  /// back, and for JSON that isn't well-formed, which is cut into its tokens all the same.
  public var fault: ContentFault?
}

/// How content breaks the rules of its media type.
public enum ContentFault: Error, Hashable, Sendable {
  /// It isn't UTF-8 from this byte on.
  case notUTF8(offset: UInt64)
  /// It ends inside quotes.
  case unclosedQuote
  /// It isn't JSON: the byte here can't stand where it does, or the content ends too early.
  case notJSON(offset: UInt64)
}

/// Decides how an item is cut, and counts its leaves.
///
/// Tables and JSON whose quotes don't close are cut as text, and what isn't UTF-8 as a grid; each
/// such step back begins again, and ``Survey/fellBackFrom`` tells it. What parts the cells of a CSV
/// file is found in its first line, which is read for that alone. A grid isn't read at all: its leaf
/// count follows from `byteCount`.
///
/// - Parameters:
///   - mediaType: the item's media type; it decides by the rules of Docs/Redaction.md.
///   - byteCount: how long the content is.
///   - grid: a grid that the sealer asks for, such as 1 for `--exact`; nil or 0 leaves the choice.
///   - cutting: a cutting that the sealer insists on, such as the tiles of a picture; nil leaves the
///     choice. There is no stepping back from it.
///   - reopen: gives a reader at the start of the content, and forgets the lengths written so far;
///     called before each attempt, and after the last one if that failed.
///   - writeLengths: takes the lengths of the leaves of a table, in order, many at a time.
/// - Throws: ``SegmentError/byteCountChanged(expected:found:)``; any ``SegmentError`` where a
///   `cutting` is given; what the closures throw.
public func survey(
  mediaType: String, byteCount: UInt64, grid: UInt32? = nil, cutting: Cutting? = nil,
  reopen: () throws -> ByteReader, writeLengths: (UnsafeBufferPointer<UInt64>) throws -> Void
) throws -> Survey {
  if let cutting {
    if case .grid(let leafByteCount) = cutting { return gridSurvey(leafByteCount, byteCount) }
    let leafCount = try countLeaves(cutting, byteCount, reopen(), writeLengths) ?? 0
    return Survey(cutting: cutting, leafCount: leafCount, byteCount: byteCount)
  }
  if let grid, grid > 0 { return gridSurvey(grid, byteCount) }
  guard var wanted = tableCutting(mediaType) else {
    return gridSurvey(defaultGrid(mediaType, byteCount), byteCount)
  }
  var fault: ContentFault?
  var next: Cutting? = wanted
  attempts: while let cutting = next {
    var (json, separators) = (JSONCheck(), SeparatorSearch())
    do {
      let leafCount = try countLeaves(cutting, byteCount, reopen(), writeLengths) { bytes in
        if cutting == .json { json.push(bytes) }
        if cutting == .csv { separators.push(bytes) }
        return cutting != .csv || !separators.isDone || separators.cutting == .csv
      }
      if let leafCount, cutting != .csv || separators.cutting == .csv {
        if cutting == .json {
          json.finish()
          fault = json.fault.map { .notJSON(offset: $0) }
        }
        return Survey(
          cutting: cutting, leafCount: leafCount, byteCount: byteCount,
          fellBackFrom: cutting == wanted ? nil : wanted, fault: fault)
      }
      (wanted, next) = (.semicolons, .semicolons)
    } catch SegmentError.unclosedQuote where cutting == .csv && separators.cutting != .csv {
      (wanted, next) = (.semicolons, .semicolons)
    } catch SegmentError.unclosedQuote {
      fault = .unclosedQuote
      next = .text
    } catch SegmentError.notUTF8(let offset) {
      fault = .notUTF8(offset: offset)
      break attempts
    }
  }
  _ = try reopen()
  var survey = gridSurvey(defaultGrid(mediaType, byteCount), byteCount)
  survey.fellBackFrom = wanted
  survey.fault = fault
  return survey
}

private func gridSurvey(_ leafByteCount: UInt32, _ byteCount: UInt64) -> Survey {
  let grid = max(1, leafByteCount)
  return Survey(
    cutting: .grid(grid), leafCount: ItemShape.gridLeafCount(byteCount: byteCount, grid: grid),
    byteCount: byteCount)
}

/// The table that a media type asks for; nil for what is cut into a grid from the start.
private func tableCutting(_ mediaType: String) -> Cutting? {
  switch Form(mediaType: mediaType) {
  case .csv: .csv
  case .json: .json
  default:
    if isTabSeparated(mediaType: mediaType) {
      .tabs
    } else {
      mediaType.hasPrefix("text/") || mediaType.hasPrefix("message/") ? .text : nil
    }
  }
}

private func defaultGrid(_ mediaType: String, _ byteCount: UInt64) -> UInt32 {
  if isDiskImage(mediaType: mediaType) { return 4096 }
  return byteCount <= 1 << 30 ? 64 : 512
}

/// The number of leaves; nil where `goesOn`, which sees every chunk first, said no.
private func countLeaves(
  _ cutting: Cutting, _ byteCount: UInt64, _ read: ByteReader,
  _ writeLengths: (UnsafeBufferPointer<UInt64>) throws -> Void,
  goesOn: (UnsafeRawBufferPointer) -> Bool = { _ in true }
) throws -> UInt64? {
  var segmenter = Segmenter(cutting)
  var check = UTF8Check()
  var (total, leafCount, length): (UInt64, UInt64, UInt64) = (0, 0, 0)
  var isComplete = true
  let lengths = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: lengthsAtATime)
  defer { lengths.deallocate() }
  var held = 0
  func count(_ piece: SegmentPiece) throws {
    switch piece {
    case .bytes(let bytes): length &+= UInt64(bytes.count)
    case .endLeaf:
      lengths[held] = length
      held &+= 1
      length = 0
      if held == lengthsAtATime { try handOver() }
    }
  }
  func handOver() throws {
    leafCount += UInt64(held)
    try writeLengths(UnsafeBufferPointer(rebasing: lengths[..<held]))
    held = 0
  }
  try withUnsafeTemporaryAllocation(byteCount: surveyChunk, alignment: 16) { buffer in
    while case let found = try read(buffer), found > 0 {
      let chunk = UnsafeRawBufferPointer(rebasing: buffer[..<min(found, buffer.count)])
      total += UInt64(chunk.count)
      guard total <= byteCount else {
        throw SegmentError.byteCountChanged(expected: byteCount, found: total)
      }
      guard goesOn(chunk) else {
        isComplete = false
        return
      }
      if cutting.isOfText, cutting != .text { try check.push(chunk) }
      try segmenter.push(chunk, count)
    }
  }
  guard isComplete else { return nil }
  guard total == byteCount else {
    throw SegmentError.byteCountChanged(expected: byteCount, found: total)
  }
  try check.finish()
  try segmenter.finish(count)
  if held > 0 { try handOver() }
  return leafCount
}

/// How many bytes are asked for at a time; larger ones gained nothing.
private let surveyChunk = 1 << 16
private let lengthsAtATime = 4096
