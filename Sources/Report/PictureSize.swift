import Redaction

/// The size of a tiled picture (TIFF 6.0, tags 256 and 257), from the bytes before its tiles.
struct PictureSize: Hashable {
  let width: UInt64
  let height: UInt64

  /// The rectangle that a run of tiles covers; nil for tiles that the picture hasn't got.
  ///
  /// A run that goes over several rows of tiles covers their whole width.
  func rectangle(ofTiles run: Range<UInt64>) -> CutPlace.Part? {
    let side = UInt64(Tile.side)
    let across = (width + side - 1) / side
    let down = (height + side - 1) / side
    guard across > 0, !run.isEmpty, run.upperBound <= across * down else { return nil }
    let rows = run.lowerBound / across..<(run.upperBound - 1) / across + 1
    let columns =
      rows.count == 1 ? run.lowerBound % across..<(run.upperBound - 1) % across + 1 : 0..<across
    return .pixels(
      x: columns.lowerBound * side..<min(width, columns.upperBound * side),
      y: rows.lowerBound * side..<min(height, rows.upperBound * side))
  }

  /// Takes the bytes before the tiles.
  struct Reader {
    private var bytes: [UInt8] = []

    mutating func push(_ piece: UnsafeRawBufferPointer) {
      bytes.append(contentsOf: piece.prefix(Self.maximumByteCount - bytes.count))
    }

    /// The size; nil where the bytes aren't the beginning of a TIFF.
    var size: PictureSize? {
      guard bytes.count >= 8 else { return nil }
      let isLittle = bytes.starts(with: Array("II*\0".utf8))
      guard isLittle || bytes.starts(with: [0x4D, 0x4D, 0, 0x2A]) else { return nil }
      let directory = number(at: 4, count: 4, isLittle)
      guard let directory, let entries = number(at: directory, count: 2, isLittle) else {
        return nil
      }
      var values: [Int: Int] = [:]
      // At most 65,535 entries, since their number has two bytes.
      for entry in 0..<entries {
        let place = directory + 2 + 12 * entry
        guard let tag = number(at: place, count: 2, isLittle) else { return nil }
        guard tag == 256 || tag == 257 else { continue }
        let isShort = number(at: place + 2, count: 2, isLittle) == 3
        values[tag] = number(at: place + 8, count: isShort ? 2 : 4, isLittle)
      }
      guard let width = values[256], let height = values[257], width > 0, height > 0 else {
        return nil
      }
      return PictureSize(width: UInt64(width), height: UInt64(height))
    }

    private func number(at place: Int, count: Int, _ isLittle: Bool) -> Int? {
      guard place >= 0, place <= bytes.count - count else { return nil }
      let part = bytes[place..<place + count]
      return (isLittle ? Array(part.reversed()) : Array(part)).reduce(0) { $0 << 8 | Int($1) }
    }

    /// The directory and the offsets of a million tiles.
    private static let maximumByteCount = 16 << 20
  }
}
