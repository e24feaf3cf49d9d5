/// Whether a picture says where it was taken.
package enum PicturePosition: Sendable, Hashable {
  /// A GPS directory (EXIF) with a latitude or longitude, or one in XMP.
  case found
  /// None where one could stand.
  case absent
  /// It can't be known: more than ``PositionSearch/maximumByteCount``, too many places to look at, or
  /// metadata that are compressed.
  case unknown
}

/// Looks through a picture of any kind for a position: JPEG, TIFF, PNG, WebP, HEIC, camera files.
///
/// Formats store EXIF in many ways, but always as the same TIFF structure, and XMP as text. So both
/// are looked for at every byte, whatever the format is: strict where a structure is read, and
/// never trusting a length.
package struct PositionSearch {
  private var bytes: [UInt8] = []
  private var isCut = false

  /// A search at the beginning of a picture.
  package init() {}

  /// Takes the next bytes; beyond the limit, none are kept.
  package mutating func push(_ piece: UnsafeRawBufferPointer) {
    let room = Self.maximumByteCount - bytes.count
    bytes.append(contentsOf: piece.prefix(room))
    if piece.count > room { isCut = true }
  }

  /// Ends the picture.
  package func finish() -> PicturePosition { positionOfPicture(bytes, isCut: isCut) }

  /// What is held of a picture. Cameras put their metadata into the first 256 KiB; programs may
  /// append them to a TIFF.
  package static let maximumByteCount = 16 << 20
}

/// Whether a picture says where it was taken.
///
/// - Parameters:
///   - bytes: the picture, or its beginning.
///   - isCut: whether more follows.
package func positionOfPicture(_ bytes: [UInt8], isCut: Bool) -> PicturePosition {
  bytes.withUnsafeBufferPointer { bytes in
    var left = maximumDirectoryCount
    var isCompressed = false
    for index in bytes.indices {
      switch bytes[index] {
      case 0x49, 0x4D:
        guard let isBig = byteOrder(bytes, index) else { break }
        let reader = DirectoryReader(bytes: bytes, base: index, isBigEndian: isBig)
        let position = reader.search(&left)
        if position != .absent { return position }
      case UInt8(ascii: "e"), UInt8(ascii: "l"):
        if begins(bytes, index, with: positionNames) { return .found }
      case UInt8(ascii: "z"), UInt8(ascii: "X"):
        isCompressed = isCompressed || begins(bytes, index, with: compressedNames)
      default: break
      }
    }
    return isCut || isCompressed ? .unknown : .absent
  }
}

private func begins(
  _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, with names: [[UInt8]]
) -> Bool {
  names.contains { name in name.indices.allSatisfy { bytes.at(start + $0) == name[$0] } }
}

/// The byte order of a TIFF header here, TIFF 6.0 section 2.
private func byteOrder(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool? {
  switch (bytes[index], bytes.at(index + 1), bytes.at(index + 2), bytes.at(index + 3)) {
  case (0x49, 0x49, 0x2A, 0): false
  case (0x4D, 0x4D, 0, 0x2A): true
  default: nil
  }
}

/// Reads the directories of a TIFF structure.
private struct DirectoryReader {
  let bytes: UnsafeBufferPointer<UInt8>
  /// Where its header stands, from which it counts.
  let base: Int
  let isBigEndian: Bool

  /// Looks for a GPS directory in the directories of pictures and in what those point at.
  func search(_ left: inout Int) -> PicturePosition {
    var waiting = [(place: number(base + 4, 4), isGPS: false)]
    var seen: Set<Int> = []
    while let next = waiting.popLast() {
      guard next.place >= 8, seen.insert(next.place).inserted else { continue }
      left -= 1
      if left < 0 { return .unknown }
      guard let entries = entries(at: next.place) else { continue }
      for place in entries {
        let tag = number(place, 2)
        if next.isGPS, positionTags.contains(tag), number(place + 4, 4) > 0 { return .found }
        if !next.isGPS, pointerTags.contains(tag),
          number(place + 2, 2) == 4 || number(place + 2, 2) == 13
        {
          waiting.append((number(place + 8, 4), tag == gpsTag))
        }
      }
      if let last = entries.last { waiting.append((number(last + 12, 4), false)) }
    }
    return .absent
  }

  /// Where a directory's entries stand; nil if there is none that could be.
  private func entries(at offset: Int) -> [Int]? {
    let start = base + offset
    guard start + 2 <= bytes.count else { return nil }
    let count = number(start, 2)
    guard (1...maximumEntryCount).contains(count), start + 2 + 12 * count <= bytes.count else {
      return nil
    }
    let entries = (0..<count).map { start + 2 + 12 * $0 }
    // The types of TIFF 6.0 and its supplements are 1 to 13.
    return entries.allSatisfy { (1...13).contains(number($0 + 2, 2)) } ? entries : nil
  }

  /// A number of two or four bytes; 0 beyond the end.
  private func number(_ place: Int, _ count: Int) -> Int {
    guard place >= 0, place + count <= bytes.count else { return 0 }
    let field = bytes[place..<place + count]
    return isBigEndian
      ? field.reduce(0) { $0 << 8 | Int($1) } : field.reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}

private let gpsTag = 0x8825
/// The GPS and the EXIF directory, and further pictures.
private let pointerTags: Set<Int> = [gpsTag, 0x8769, 0x014A]
/// Latitude, longitude, and those of what was photographed; the name of the area.
private let positionTags: Set<Int> = [2, 4, 0x14, 0x16, 0x1C]

/// As XMP writes it, as an element or attribute; Apple's for film.
private let positionNames = [
  "exif:GPSLatitude", "exif:GPSLongitude", "location.ISO6709",
].map { Array($0.utf8) }
/// PNG's ways to store metadata compressed, of ImageMagick and of XMP.
private let compressedNames = [
  "zTXtRaw profile type exif", "zTXtRaw profile type APP1", "zTXtRaw profile type xmp",
  "XML:com.adobe.xmp\u{0}\u{1}",
].map { Array($0.utf8) }

/// Cameras write fewer than 100 entries in a directory; makers' own are larger.
private let maximumEntryCount = 2_000
/// Directories that are looked at in one picture, so that headers at every byte stay cheap. Camera
/// files have up to 30.
private let maximumDirectoryCount = 2_000
