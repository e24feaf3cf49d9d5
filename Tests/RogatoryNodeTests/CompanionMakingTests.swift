import Evidence
import Foundation
import Redaction
import RogatoryNode
import Testing

/// Companions of real and hostile files, against what other programs see in them.
@Suite(.enabled(if: Programs.areThere, "netpbm or poppler-utils isn't installed"))
struct CompanionMakingTests {
  @Test func everyPictureOfTheEvidenceHasThePixelsOfItsDecoder() throws {
    guard let folder = Evidence.folder else { return }
    let made = try make([folder + "/images", folder + "/synthetic-ip-case"])
    let names = Set(made.sources.map(\.name))
    for (name, program, arguments) in [
      ("GPS.jpg", "jpegtopnm", []), ("Reconyx_HC500_Hyperfire.jpg", "jpegtopnm", []),
      ("no_exif.jpg", "jpegtopnm", []), ("ExifTool.jps", "jpegtopnm", []),
      ("BSG1.tiff", "tifftopnm", []), ("ExifTool.tif", "tifftopnm", []),
      ("listing-screenshot-01.png", "pngtopnm", []),
    ] as [(String, String, [String])] {
      let source = try #require(made.sources.first { $0.name == name + ".tiles.tiff" })
      let folder = folder + (name.hasSuffix(".png") ? "/synthetic-ip-case/" : "/images/")
      let expected = try Programs.run(program, ["-quiet"] + arguments, input: folder + name)
      try expect(source, shows: Pixmap(expected))
      #expect(source.companion?.original == name)
      #expect(source.companion?.tool == Derivation.pageTiles)
    }
    for name in ["PDF.pdf.page-001.tiff", "chain-of-title-certificate.pdf.page-001.words.csv"] {
      #expect(names.contains(name))
    }
    #expect(made.warnings.map(\.item) == ["IMG_5195.HEIC"])
    #expect(made.warnings.first?.problem == .unsupported)
  }

  @Test(arguments: 2...8)
  func aTurnedPhotoStandsUpright(value: Int) throws {
    let folder = try Folder()
    // 70 × 41 pixels, no multiple of 16, and no two alike beside each other.
    var pixels = Array("P6\n70 41\n255\n".utf8)
    for y in 0..<41 { for x in 0..<70 { pixels += [UInt8(x * 3), UInt8(y * 6), UInt8(x ^ y)] } }
    let plain = try folder.write("plain.ppm", pixels)
    let jpeg = try Programs.run("pnmtojpeg", ["-quality=100"], input: plain)
    let exif = exifDirectory(orientation: UInt16(value), isLittle: value % 2 == 0)
    _ = try folder.write("a/photo.jpg", [0xFF, 0xD8] + exifSegment(exif) + jpeg[2...])
    let made = try make([folder.path + "/a"])
    #expect(made.warnings.isEmpty)
    let source = try #require(made.sources.first)
    let stored = try folder.write(
      "stored.ppm", Programs.run("jpegtopnm", ["-quiet"], input: folder.path + "/a/photo.jpg"))
    let upright = try Programs.run("pamflip", Programs.turns[value] ?? [], input: stored)
    try expect(source, shows: Pixmap(upright))
    #expect(source.companion?.parameters.first { $0.key == "orientation" }?.value == "\(value)")
  }

  @Test(arguments: 1...8)
  func aTurnedTIFFStandsUpright(value: Int) throws {
    guard Programs.path("tiffset") != nil else { return }
    let folder = try Folder()
    let grid = try #require(TileGrid(width: 33, height: 20))
    let picture = tiled(grid) { x, y in [UInt8(x * 7), UInt8(y * 12), 9] }
    let tiles = try folder.write("a/tiles.tif", picture)
    let stored = try folder.write(
      "stored.ppm", Programs.run("tifftopnm", ["-quiet"], input: tiles))
    let strips = folder.path + "/a/strips.tif"
    _ = try Programs.run("tiffcp", ["-s", tiles, strips], input: "/dev/null")
    for path in [tiles, strips] {
      _ = try Programs.run("tiffset", ["-s", "274", "\(value)", path], input: "/dev/null")
    }
    let made = try make([folder.path + "/a"])
    // What tifftopnm makes of tiles whose rows and columns are swapped is nonsense.
    #expect(made.warnings.map(\.item) == (value < 5 ? [] : ["tiles.tif"]))
    #expect(made.sources.count == (value < 5 ? 2 : 1))
    let turn = Programs.turns[value] ?? []
    let upright = try Pixmap(
      turn.isEmpty
        ? Array(Data(contentsOf: URL(filePath: stored)))
        : Programs.run("pamflip", turn, input: stored))
    for source in made.sources {
      try expect(source, shows: upright)
      #expect(
        source.companion?.parameters.first { $0.key == "orientation" }?.value == "\(value)")
    }
  }

  @Test func eachPageOfATIFFIsAPicture() throws {
    guard let evidence = Evidence.folder, Programs.path("tiffcp") != nil else { return }
    let folder = try Folder()
    try folder.makeFolder("a")
    let pages = ["ExifTool.tif", "BSG1.tiff"].map { evidence + "/images/" + $0 }
    _ = try Programs.run("tiffcp", pages + [folder.path + "/a/x.tif"], input: "/dev/null")
    let made = try make([folder.path + "/a"])
    #expect(made.sources.map(\.name) == ["x.tif.page-001.tiff", "x.tif.page-002.tiff"])
    #expect(made.sources.map { $0.companion?.parameters.first?.value } == ["1", "2"])
  }

  @Test func wordsStandOnTheirPixelsOnTurnedPagesToo() throws {
    let folder = try Folder()
    let text = "BT /F1 24 Tf 40 120 Td (Hello Rotated) Tj 0 -50 Td (second, \"line\") Tj ET"
    let frames = [
      "", "/Rotate 90", "/Rotate 180", "/Rotate 270", "/CropBox [20 20 280 180]",
      "/CropBox [20 20 280 180] /Rotate 90",
    ]
    _ = try folder.write("a/x.pdf", pdf(frames.map { ($0, text) }))
    let made = try make([folder.path + "/a"])
    #expect(made.warnings.isEmpty)
    #expect(made.sources.count == 2 * frames.count)
    for page in 1...frames.count {
      let picture = try #require(
        made.sources.first { $0.name == "x.pdf.page-00\(page).tiff" }
      ).pixels()
      let words = try #require(made.sources.first { $0.name == "x.pdf.page-00\(page).words.csv" })
      let rows = String(decoding: try words.bytes(), as: UTF8.self).split(separator: "\n")
      #expect(rows[0] == "page,line,x,y,width,height,text")
      #expect(
        Set(rows.dropFirst().map { $0.split(separator: ",", maxSplits: 6)[6] })
          == ["Hello", "Rotated", "\"second,\"", "\"\"\"line\"\"\""])
      let boxes = rows.dropFirst().map { row in
        row.split(separator: ",").prefix(6).compactMap { Int($0) }
      }
      #expect(boxes.allSatisfy { $0.count == 6 && $0[0] == page })
      var inked = Set<Int>()
      for y in 0..<picture.height {
        for x in 0..<picture.width where picture[x, y].allSatisfy({ $0 < 128 }) {
          let box = boxes.firstIndex {
            ($0[2]..<$0[2] + $0[4]).contains(x) && ($0[3]..<$0[3] + $0[5]).contains(y)
          }
          #expect(box != nil, "page \(page): ink at \(x), \(y)")
          if let box { inked.insert(box) }
        }
      }
      #expect(inked.count == 4)
      #expect(boxes.map { $0[1] }.max() == 2)
    }
  }

  @Test func hostileFilesGiveWarningsAndNothingElse() throws {
    let folder = try Folder()
    let names = try Hostile.files.map { try folder.write("a/" + $0.name, $0.bytes) }
    let made = try make([folder.path + "/a"])
    #expect(made.sources.map(\.name) == [])
    #expect(Set(made.warnings.map(\.item)) == Set(Hostile.files.map(\.name)))
    #expect(made.warnings.count == names.count)
    for warning in made.warnings {
      let expected = Hostile.files.first { $0.name == warning.item }?.problem
      #expect(warning.problem == expected, "\(warning.item)")
    }
  }

  @Test func aBadPageLeavesTheOthersAlone() throws {
    let folder = try Folder()
    let text = "BT /F1 24 Tf 40 120 Td (Good) Tj ET"
    let pages = [("", text), ("/MediaBox [0 0 14400 14400]", text), ("", text)]
    _ = try folder.write("a/x.pdf", pdf(pages))
    let made = try make([folder.path + "/a"])
    #expect(
      made.sources.map(\.name) == [
        "x.pdf.page-001.tiff", "x.pdf.page-001.words.csv", "x.pdf.page-003.tiff",
        "x.pdf.page-003.words.csv",
      ])
    #expect(made.warnings.map(\.page) == [2])
  }

  @Test func aTakenNameIsAWarning() throws {
    let folder = try Folder()
    let picture = tiled(try #require(TileGrid(width: 3, height: 3))) { _, _ in [1, 2, 3] }
    _ = try folder.write("a/x.tif", picture)
    _ = try folder.write("a/x.tif.tiles.tiff", Array("text".utf8))
    let made = try make([folder.path + "/a"])
    #expect(made.sources.isEmpty)
    #expect(made.warnings.contains { $0.problem == .nameTaken("x.tif.tiles.tiff") })
  }

  private func make(_ paths: [String]) throws -> Companions {
    try makeCompanions(for: collect(paths), beside: NSTemporaryDirectory() + "/b.asice")
  }

  private func expect(_ source: SourceItem, shows picture: Pixmap) throws {
    let shown = try source.pixels()
    #expect(shown.width == picture.width && shown.height == picture.height, "\(source.name)")
    #expect(shown.pixels == picture.pixels, "\(source.name)")
  }
}

/// Files that are not what they say, and what is said of each.
enum Hostile {
  typealias Problem = CompanionWarning.Problem

  static let files: [(name: String, bytes: [UInt8], problem: Problem)] = {
    let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF]
    let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    func header(_ width: UInt32, _ height: UInt32) -> [UInt8] {
      let sides = [width, height].flatMap { side in
        (0..<4).map { UInt8(truncatingIfNeeded: side >> (24 - 8 * UInt32($0))) }
      }
      return png + [0, 0, 0, 13] + Array("IHDR".utf8) + sides + [8, 6, 0, 0, 0, 1, 2, 3, 4]
    }
    let noise = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    let loop: [UInt8] = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 0]
    return [
      ("empty.png", [], .unsupported), ("text.jpg", Array("hello".utf8), .unsupported),
      ("animation.gif", Array("GIF89a".utf8) + noise, .unsupported),
      ("head.jpg", jpeg, .notDecoded(program: "jpegtopnm")),
      ("noise.jpg", jpeg + noise, .notDecoded(program: "jpegtopnm")),
      ("zero.png", header(0, 1) + noise, .notDecoded(program: "pngtopam")),
      ("noise.png", header(10, 10) + noise, .notDecoded(program: "pngtopam")),
      ("head.png", png, .notDecoded(program: "pngtopam")),
      ("huge.png", header(.max, .max) + noise, .tooLarge(megapixels: 200)),
      ("wide.png", header(65_536, 1) + noise, .tooLarge(megapixels: 200)),
      ("large.png", header(20_000, 20_000) + noise, .tooLarge(megapixels: 200)),
      ("loop.tif", loop, .notDecoded(program: "tifftopnm")),
      ("noise.tif", [0x4D, 0x4D, 0, 42] + noise, .notDecoded(program: "tifftopnm")),
      ("head.pdf", Array("%PDF-1.7\n".utf8), .notDecoded(program: "pdfinfo")),
      ("noise.pdf", Array("%PDF-1.7\n".utf8) + noise, .notDecoded(program: "pdfinfo")),
    ]
  }()
}
