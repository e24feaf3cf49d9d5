import Evidence
import Foundation
import SeededNumbers
import Testing

/// Places in text and in pictures.
struct DetectPositionTests {
  @Test(arguments: [
    "at <60.1699, 24.9384>.", "<60.1699,24.9384>", "<-22.9068;-43.1729>", "[<24.93840,60.16990>]",
    "<60,1699; 24,9384>", "<60.1699° N>, <24.9384° E>", "<60.0000 N 0.0000 W>",
    "@<38.7223,-9.1393>,15z",
    "ll=<38.7223,-9.1393>&z=3", "<60°10'11.8\"N> <24°56'18\"E>",
    "<N 60° 10.194′>", "<60° 10′ 12″>", "<60 deg 10' 11.77\" N>", "<W0.5000°>", "<60.17° N>",
    "\"lat\": <60.17>, \"lon\": <24.9>", "latitude=<60.1>", "Longitude: <-9.14>",
    "GPSLatitude > <60.1>",
    "<geo:38.7223,-9.1393>;u=35", "<geo:1,2,3>", "<$GPGGA,123519,4807.038,N,01131.000,E,1,08*47>\n",
    "<$GNRMC,123519,A,4807.038,N>", "широта <60.1699, 24.9384>", "位置：<60.1699,24.9384>",
    "<60º10'N>",
    "<\u{2212}22.9068 | 43.1729>",
    "60.16, 24.93", "1.2345", "181.0000, 10.0000", "95.0000, 95.0000", "60.1699", "45°", "20° C",
    "45° 30'",
    "1.23456789", "60,1699,24,9384", "geo:", "geo:12", "geography:1.0,2.0", "$GPGSV,1,2",
    "$GPGGA 123",
    "lat 12", "flat: 1.5", "platitude: 60", "version 1.2345.6789, 1.2345", "60.1699x24.9384",
    "N 60", "5' 10\"",
    "1234.5678, 1234.5678", "x60.1699,24.9384", "EUR 60.17, 24.93",
  ])
  func positions(text: String) throws { try DetectTests().check(.gps, text) }

  @Test(arguments: [
    "lat", "lon", "lng", "latitude", "GPSLongitude", "start_lat", "Latitud", "long",
  ])
  func namesThatSayPosition(name: String) {
    #expect(isPositionName(name))
    #expect(Detector.gps.isNamed(name))
  }

  @Test(arguments: ["flat", "plate", "length", "along", "", "platform", "longest", "salon"])
  func namesThatDoNot(name: String) { #expect(!isPositionName(name)) }

  /// A TIFF structure of one directory, which points at another.
  private func exif(
    isBig: Bool, pointer: UInt16 = 0x8825, tag: UInt16 = 2, count: UInt32 = 3
  ) -> [UInt8] {
    func field(_ value: UInt32, _ byteCount: Int) -> [UInt8] {
      let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
      return isBig ? bytes.reversed() : bytes
    }
    func directory(_ tag: UInt16, _ type: UInt32, _ count: UInt32, _ value: UInt32) -> [UInt8] {
      field(1, 2) + field(UInt32(tag), 2) + field(type, 2) + field(count, 4) + field(value, 4)
        + field(0, 4)
    }
    return Array((isBig ? "MM" : "II").utf8) + field(42, 2) + field(8, 4)
      + directory(pointer, 4, 1, 26) + directory(tag, 5, count, 44)
  }

  @Test(arguments: [true, false])
  func gpsDirectoriesAreFoundInAnyContainer(isBig: Bool) {
    let tiff = exif(isBig: isBig)
    #expect(positionOfPicture(tiff, isCut: false) == .found)
    let jpeg = [0xFF, 0xD8, 0xFF, 0xE1, 0, 60] + Array("Exif\0\0".utf8) + tiff + [0xFF, 0xD9]
    #expect(positionOfPicture(jpeg, isCut: true) == .found)
    let png = Array("\u{89}PNG\r\n....eXIf".utf8) + tiff
    #expect(positionOfPicture(png, isCut: false) == .found)
    #expect(positionOfPicture(Array(tiff.dropLast(5)), isCut: false) == .absent)
    // The version alone is no place, nor is a latitude without a value, nor another directory.
    #expect(positionOfPicture(exif(isBig: isBig, tag: 0), isCut: false) == .absent)
    #expect(positionOfPicture(exif(isBig: isBig, count: 0), isCut: false) == .absent)
    #expect(positionOfPicture(exif(isBig: isBig, pointer: 0x8769), isCut: false) == .absent)
  }

  @Test func metadataAsTextAreReadAndCompressedOnesAreNot() {
    let xmp = Array("<rdf exif:GPSLatitude='60,10N'/>".utf8)
    #expect(positionOfPicture(xmp, isCut: false) == .found)
    #expect(positionOfPicture(Array("nothing".utf8), isCut: false) == .absent)
    #expect(positionOfPicture(Array("nothing".utf8), isCut: true) == .unknown)
    let packed = Array("....zTXtRaw profile type exif\0".utf8)
    #expect(positionOfPicture(packed, isCut: false) == .unknown)
  }

  @Test func directoriesThatPointInCirclesEnd() {
    // The next directory is the first one again; headers stand at every eighth byte.
    var loop = exif(isBig: false, pointer: 0x8769)
    loop.replaceSubrange(40..<44, with: [8, 0, 0, 0])
    #expect(positionOfPicture(loop, isCut: false) == .absent)
    let headers = [[UInt8]](repeating: [0x49, 0x49, 0x2A, 0, 8, 0, 0, 0], count: 5_000).flatMap {
      $0
    }
    #expect(positionOfPicture(headers, isCut: false) == .unknown)
  }

  @Test func changedPicturesNeverTrap() {
    var generator = SplitMix64(seed: 11)
    let tiff = exif(isBig: true) + exif(isBig: false)
    for _ in 0..<5_000 {
      var bytes = tiff
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        bytes[Int.random(in: bytes.indices, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      _ = positionOfPicture(bytes, isCut: false)
    }
  }

  @Test func aPieceAtATimeIsTheSame() {
    var search = PositionSearch()
    for byte in exif(isBig: true) { withUnsafeBytes(of: byte) { search.push($0) } }
    #expect(search.finish() == .found)
    var long = PositionSearch()
    let piece = [UInt8](repeating: 7, count: 1 << 20)
    for _ in 0..<17 { piece.withUnsafeBytes { long.push($0) } }
    #expect(long.finish() == .unknown)
  }

  /// Photographs of others, where they are at hand.
  @Test func photographsOfOthers() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../shared/evidence/images").standardizedFileURL
    let found = ["DSCN0010.jpg", "GPS.jpg", "IMG_5195.HEIC"]
    guard FileManager.default.fileExists(atPath: folder.appending(path: found[0]).path) else {
      return print("Skipped: there are no photographs at \(folder.path)")
    }
    for name in found + ["no_exif.jpg", "BSG1.tiff"] {
      let bytes = try Data(contentsOf: folder.appending(path: name))
      let expected: PicturePosition = found.contains(name) ? .found : .absent
      #expect(positionOfPicture(Array(bytes), isCut: false) == expected, "\(name)")
    }
  }
}
