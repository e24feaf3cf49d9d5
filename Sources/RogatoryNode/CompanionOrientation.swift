/// How a picture's rows and columns lie, by EXIF's and TIFF's tag `Orientation` (274), 1 to 8.
package enum PictureOrientation: Int, Sendable {
  case upright = 1
  case mirrored, turnedAround, flipped, transposed, turnedLeft, transversed, turnedRight

  /// Whether the upright picture has rows where the stored one has columns.
  var swapsSides: Bool { rawValue >= 5 }

  /// Where a pixel of the upright picture stands in the stored one of `width` × `height`.
  func source(x: Int, y: Int, width: Int, height: Int) -> (x: Int, y: Int) {
    switch self {
    case .upright: (x, y)
    case .mirrored: (width - 1 - x, y)
    case .turnedAround: (width - 1 - x, height - 1 - y)
    case .flipped: (x, height - 1 - y)
    case .transposed: (y, x)
    case .turnedLeft: (y, height - 1 - x)
    case .transversed: (width - 1 - y, height - 1 - x)
    case .turnedRight: (width - 1 - y, x)
    }
  }
}

/// The orientation of a JPEG file (EXIF 2.32, 4.7.2 and 4.6.4), `upright` where it says nothing that
/// can be read: other programs show such a picture as it is stored, too.
///
/// - Parameter read: gives that many bytes from an offset, fewer at the file's end.
package func orientation(
  ofJPEG read: (_ offset: UInt64, _ count: Int) throws -> [UInt8]
) rethrows -> PictureOrientation {
  var offset: UInt64 = 2
  for _ in 0..<maximumSegments {
    let head = try read(offset, 4 + exifMark.count)
    guard head.count >= 4, head[0] == 0xFF, head[1] != startOfScan else { return .upright }
    let length = Int(head[2]) << 8 | Int(head[3])
    guard length >= 2 else { return .upright }
    if head[1] == applicationOne, head[4...].elementsEqual(exifMark) {
      let body = try read(
        offset + UInt64(4 + exifMark.count), max(0, length - 2 - exifMark.count))
      return orientation(ofTIFFDirectory: body) ?? .upright
    }
    offset += 2 + UInt64(length)
  }
  return .upright
}

/// The tag in the first directory of a TIFF structure; nil where there is none that can be read.
package func orientation(ofTIFFDirectory bytes: [UInt8]) -> PictureOrientation? {
  let isLittle: Bool
  switch bytes.prefix(4) {
  case [0x49, 0x49, 42, 0]: isLittle = true
  case [0x4D, 0x4D, 0, 42]: isLittle = false
  default: return nil
  }
  func number(_ offset: Int, _ count: Int) -> Int? {
    guard offset >= 0, offset + count <= bytes.count else { return nil }
    let part = bytes[offset..<offset + count]
    return (isLittle ? Array(part.reversed()) : Array(part)).reduce(0) { $0 << 8 | Int($1) }
  }
  guard let directory = number(4, 4), let count = number(directory, 2), count <= maximumEntries
  else { return nil }
  for entry in 0..<count {
    let start = directory + 2 + 12 * entry
    guard let tag = number(start, 2) else { return nil }
    guard tag == orientationTag else { continue }
    guard number(start + 2, 2) == shortType, number(start + 4, 4) == 1 else { return nil }
    return number(start + 8, 2).flatMap(PictureOrientation.init(rawValue:))
  }
  return nil
}

private let exifMark: [UInt8] = Array("Exif".utf8) + [0, 0]
private let applicationOne: UInt8 = 0xE1
private let startOfScan: UInt8 = 0xDA
private let orientationTag = 274
private let shortType = 3
/// Cameras write the EXIF segment first or second; editors put a few dozen others in front.
private let maximumSegments = 64
/// Real directories have a few dozen entries.
private let maximumEntries = 512
