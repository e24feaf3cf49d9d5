/// What stands in the withheld places of an item's file, as the cuts say.
///
/// A grid holds zero bytes for each withheld leaf, whatever its media type. A table holds a
/// placeholder for each leaf in CSV and JSON, in text one for each longest row of leaves whose
/// placeholder is the same. A picture holds a grey tile for each; its header has no placeholder.
struct WithheldSlots {
  private let form: Form
  private let cuts: [Cut]
  private var nextCut = 0

  /// - Parameter cuts: cuts of the item in any order; those of its content count.
  init(form: Form, cuts: [Cut]) {
    self.form = form
    self.cuts = cuts.filter { $0.rank == 2 }
      .sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  /// Calls `body` with each placeholder of the withheld run of a table, and how often it stands
  /// there.
  ///
  /// Runs come ascending. Leaves that no cut covers get nothing; the account refuses those.
  mutating func forEachPlaceholder(
    in run: Range<UInt64>, _ body: ([UInt8], UInt64) throws -> Void
  ) throws {
    // Without its first leaf a picture can't be read.
    guard form != .image || run.lowerBound > 0 else { throw RedactionError.file(.noRendering) }
    while nextCut < cuts.count, cuts[nextCut].range.upperBound <= run.lowerBound { nextCut += 1 }
    var last: [UInt8]?
    for cut in cuts[nextCut...] {
      let covered = cut.range.clamped(to: run)
      guard !covered.isEmpty else { break }
      let piece = placeholder(form: form, code: cut.code, shown: cut.shown)
      if form != .text {
        try body(piece, covered.leafCount)
      } else if piece != last {
        try body(piece, 1)
      }
      last = piece
    }
  }
}
