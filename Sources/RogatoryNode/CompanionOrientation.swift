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
  orientations(limit: 1) { offset, count in
    offset < UInt64(bytes.count) ? Array(bytes[Int(offset)...].prefix(count)) : []
  }.first ?? nil
}

/// The tags in the directories of a TIFF file (TIFF 6.0, section 2), one for each of its pictures;
/// nil where a directory says nothing that can be read. A directory that is broken ends the list.
///
/// - Parameters:
///   - limit: so many directories are looked at: they can form a circle.
///   - read: gives that many bytes from an offset, fewer at the file's end.
package func orientations(
  limit: Int, _ read: (_ offset: UInt64, _ count: Int) throws -> [UInt8]
) rethrows -> [PictureOrientation?] {
  let head = try read(0, 8)
  let isLittle: Bool
  switch head.prefix(4) {
  case [0x49, 0x49, 42, 0]: isLittle = true
  case [0x4D, 0x4D, 0, 42]: isLittle = false
  default: return []
  }
  func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
    let part = bytes[offset..<offset + count]
    return (isLittle ? Array(part.reversed()) : Array(part)).reduce(0) { $0 << 8 | Int($1) }
  }
  guard head.count == 8 else { return [] }
  var next = UInt64(number(head, 4, 4))
  var found: [PictureOrientation?] = []
  while next != 0, found.count < limit {
    let size = try read(next, 2)
    guard size.count == 2 else { break }
    let count = number(size, 0, 2)
    guard count <= maximumEntries else { break }
    let entries = try read(next + 2, entryByteCount * count + 4)
    guard entries.count >= entryByteCount * count else { break }
    let start = (0..<count).lazy.map { entryByteCount * $0 }
      .first { number(entries, $0, 2) == orientationTag }
    found.append(
      start.flatMap { start in
        number(entries, start + 2, 2) == shortType && number(entries, start + 4, 4) == 1
          ? PictureOrientation(rawValue: number(entries, start + 8, 2)) : nil
      })
    guard entries.count == entryByteCount * count + 4 else { break }
    next = UInt64(number(entries, entryByteCount * count, 4))
  }
  return found
}

private let exifMark: [UInt8] = Array("Exif".utf8) + [0, 0]
private let applicationOne: UInt8 = 0xE1
private let startOfScan: UInt8 = 0xDA
private let orientationTag = 274
private let shortType = 3
private let entryByteCount = 12
/// Cameras write the EXIF segment first or second; editors put a few dozen others in front.
private let maximumSegments = 64
/// Real directories have a few dozen entries.
private let maximumEntries = 512
