import Evidence
import Redaction

/// Collects what stands before the tiles of a picture, which says how many there are across.
struct PictureHeader {
  private var bytes: [UInt8] = []

  mutating func push(_ piece: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: piece.prefix(TileGrid.maximumHeaderBytes - bytes.count))
  }

  /// The tiles; nil where the bytes aren't the beginning of a tiled picture of ours.
  var grid: TileGrid? { TileGrid(header: bytes) }
}

extension TileGrid {
  /// The rectangle that the tiles of a run of leaves cover; nil for leaves that the picture hasn't got,
  /// and for leaf 0.
  ///
  /// A run that goes over several rows of tiles covers their whole width.
  func rectangle(of leaves: Range<UInt64>) -> CutPlace.Part? {
    guard leaves.lowerBound >= 1, !leaves.isEmpty, leaves.upperBound <= leafCount else {
      return nil
    }
    let (first, last) = (leaves.lowerBound - 1, leaves.upperBound - 2)
    let side = UInt64(Tile.side)
    let down = first / columns..<last / columns + 1
    let across = down.count == 1 ? first % columns..<last % columns + 1 : 0..<columns
    return .pixels(
      x: across.lowerBound * side..<min(UInt64(width), across.upperBound * side),
      y: down.lowerBound * side..<min(UInt64(height), down.upperBound * side))
  }
}
