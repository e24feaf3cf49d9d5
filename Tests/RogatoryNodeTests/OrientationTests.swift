import RogatoryNode
import Testing

/// The one tag of EXIF that is read, out of files that may be anything.
struct OrientationTests {
  @Test(arguments: 1...8)
  func everyValueInBothByteOrders(value: Int) {
    for isLittle in [true, false] {
      let directory = exifDirectory(orientation: UInt16(value), isLittle: isLittle)
      #expect(orientation(ofTIFFDirectory: directory)?.rawValue == value)
      let file = jpeg(exif: directory)
      #expect(turn(in: file).rawValue == value)
    }
  }

  @Test func otherSegmentsMayComeBefore() {
    let directory = exifDirectory(orientation: 6, isLittle: false)
    let jfif: [UInt8] = [0xFF, 0xE0, 0, 6, 1, 2, 3, 4]
    let other: [UInt8] = [0xFF, 0xE1, 0, 12] + Array("http://x.y".utf8)
    #expect(turn(in: jpeg(exif: directory, before: jfif + other)) == .turnedLeft)
    let many = Array(repeating: jfif, count: 64).flatMap { $0 }
    #expect(turn(in: jpeg(exif: directory, before: many)) == .upright)
  }

  @Test func nothingThatIsBrokenTrapsOrTurns() {
    let file = jpeg(exif: exifDirectory(orientation: 8, isLittle: true))
    for length in 0..<file.count - 6 {
      #expect([.upright, .turnedRight].contains(turn(in: Array(file[..<length]))))
    }
    for index in file.indices {
      for bit in 0..<8 {
        var changed = file
        changed[index] ^= 1 << bit
        _ = turn(in: changed)
      }
    }
    #expect(turn(in: []) == .upright)
    #expect(turn(in: [0xFF, 0xD8, 0xFF, 0xE1, 0, 0]) == .upright)
  }

  @Test(arguments: [UInt16(0), 9, 65_535])
  func otherValuesMeanNothing(value: UInt16) {
    #expect(
      orientation(ofTIFFDirectory: exifDirectory(orientation: value, isLittle: true)) == nil)
  }

  @Test func directoriesOfATIFFInACircleEnd() {
    var file = exifDirectory(orientation: 6, isLittle: true)
    let read = { (offset: UInt64, count: Int) in
      offset < UInt64(file.count) ? Array(file[Int(offset)...].prefix(count)) : []
    }
    #expect(orientations(limit: 9, read) == [.turnedLeft])
    file[file.count - 4] = 8
    #expect(orientations(limit: 9, read) == Array(repeating: .turnedLeft, count: 9))
    file[8] = 0xFF
    file[9] = 0xFF
    #expect(orientations(limit: 9, read) == [])
  }

  private func turn(in file: [UInt8]) -> PictureOrientation {
    RogatoryNode.orientation(ofJPEG: { offset, count in
      guard offset < UInt64(file.count) else { return [] }
      return Array(file[Int(offset)...].prefix(count))
    })
  }
}

/// A TIFF structure whose first directory has three entries.
func exifDirectory(orientation: UInt16, isLittle: Bool) -> [UInt8] {
  func bytes(_ value: UInt32, _ count: Int) -> [UInt8] {
    let all = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    return isLittle ? all : all.reversed()
  }
  func entry(_ tag: UInt32, _ type: UInt32, _ value: [UInt8]) -> [UInt8] {
    bytes(tag, 2) + bytes(type, 2) + bytes(1, 4) + value
  }
  return (isLittle ? [0x49, 0x49] : [0x4D, 0x4D]) + bytes(42, 2) + bytes(8, 4) + bytes(3, 2)
    + entry(256, 4, bytes(9, 4)) + entry(274, 3, bytes(UInt32(orientation), 2) + [0, 0])
    + entry(296, 3, bytes(2, 2) + [0, 0]) + bytes(0, 4)
}

/// The beginning of a JPEG file with an EXIF segment.
func jpeg(exif: [UInt8], before: [UInt8] = []) -> [UInt8] {
  [0xFF, 0xD8] + before + exifSegment(exif) + [0xFF, 0xDA, 0, 4, 0, 0]
}

func exifSegment(_ exif: [UInt8]) -> [UInt8] {
  let length = 2 + 6 + exif.count
  return [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + Array("Exif".utf8) + [0, 0] + exif
}
