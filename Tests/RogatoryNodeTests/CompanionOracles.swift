import Evidence
import Foundation
import Testing

/// Other people's programs.
enum Programs {
  static let areThere = ["pngtopnm", "jpegtopnm", "tifftopnm", "pamflip", "pdftoppm", "pdftotext"]
    .allSatisfy { path($0) != nil }

  /// How `pamflip` makes a picture upright that is stored as the orientation says.
  static let turns = [
    2: ["-lr"], 3: ["-r180"], 4: ["-tb"], 5: ["-xy"], 6: ["-r270"],
    7: ["-xform=transpose,leftright,topbottom"],
    8: ["-r90"],
  ]

  static func path(_ name: String) -> String? {
    let path = "/usr/bin/" + name
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }

  struct Failed: Error { let program: String }

  static func run(_ name: String, _ arguments: [String], input: String) throws -> [UInt8] {
    guard let path = path(name) else { throw Failed(program: name) }
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.standardInput = FileHandle(forReadingAtPath: input)
    process.standardError = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(program: name) }
    return Array(bytes)
  }
}

/// The evidence beside the vectors of others; nil, said aloud, where it isn't there.
enum Evidence {
  static let folder: String? = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let vectors =
      ProcessInfo.processInfo.environment["ROGATORY_CONFORMANCE"]
      ?? root.path + "/../shared/conformance"
    let folder = vectors + "/../evidence"
    guard FileManager.default.fileExists(atPath: folder + "/images") else {
      print("skipped: no evidence in \(folder); ROGATORY_CONFORMANCE names the folder beside it")
      return nil
    }
    return folder
  }()
}

/// A folder that goes with its value.
final class Folder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/companions-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: path + "/" + name, withIntermediateDirectories: true)
  }

  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let url = URL(filePath: path + "/" + name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }
}

/// A picture as red, green and blue.
struct Pixmap {
  let width: Int
  let height: Int
  let pixels: [UInt8]

  init(width: Int, height: Int, pixels: [UInt8]) {
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Reads `P5` or `P6` of eight bits, all of it at once.
  init(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    func word() -> String {
      let word = rest.prefix { $0 != 10 && $0 != 32 }
      rest = rest.dropFirst(word.count + 1)
      return String(decoding: word, as: UTF8.self)
    }
    let kind = word()
    width = try #require(Int(word()))
    height = try #require(Int(word()))
    try #require(word() == "255")
    pixels = kind == "P5" ? rest.flatMap { [$0, $0, $0] } : Array(rest)
    try #require(pixels.count == 3 * width * height)
  }

  subscript(x: Int, y: Int) -> ArraySlice<UInt8> {
    pixels[3 * (y * width + x)..<3 * (y * width + x) + 3]
  }
}

extension SourceItem {
  /// All of its bytes.
  func bytes() throws -> [UInt8] {
    let read = try open()
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 10_007)
    while case let count = try buffer.withUnsafeMutableBytes(read), count > 0 {
      bytes += buffer[..<count]
    }
    try #require(UInt64(bytes.count) == size)
    return bytes
  }

  /// The pixels of a tiled picture, taken from its tiles one by one.
  func pixels() throws -> Pixmap {
    let bytes = try bytes()
    guard case .tiles(let header)? = companion?.cutting else { throw Programs.Failed(program: "") }
    let grid = try #require(TileGrid(header: Array(bytes[..<Int(header)])))
    let (width, height, across) = (Int(grid.width), Int(grid.height), Int(grid.columns))
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * width * height)
    for y in 0..<height {
      for x in 0..<width {
        let tile = Int(header) + 768 * (y / 16 * across + x / 16)
        let pixel = tile + 3 * (y % 16 * 16 + x % 16)
        pixels += bytes[pixel..<pixel + 3]
      }
    }
    return Pixmap(width: width, height: height, pixels: pixels)
  }
}

/// A tiled picture of a colour for each place.
func tiled(_ grid: TileGrid, _ colour: (UInt32, UInt32) -> [UInt8]) -> [UInt8] {
  final class Bytes { var bytes: [UInt8] = [] }
  let file = Bytes()
  var writer = TiledPictureWriter(grid) { file.bytes.append(contentsOf: $0) }
  for y in 0..<grid.height {
    let row = (0..<grid.width).flatMap { colour($0, y) }
    row.withUnsafeBytes { try? writer.push(row: $0) }
  }
  writer.finish()
  return file.bytes
}

/// A PDF of pages of 300 × 200 points: what stands in the page's dictionary, and what is drawn.
func pdf(_ pages: [(frame: String, content: String)]) -> [UInt8] {
  var objects = ["<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
  let parent = 2 + 2 * pages.count
  var kids: [Int] = []
  for (frame, content) in pages {
    objects.append("<< /Length \(content.utf8.count) >>\nstream\n\(content)\nendstream")
    let box = frame.contains("/MediaBox") ? "" : "/MediaBox [0 0 300 200]"
    objects.append(
      "<< /Type /Page /Parent \(parent) 0 R \(box) \(frame) /Contents \(objects.count) 0 R "
        + "/Resources << /Font << /F1 1 0 R >> >> >>")
    kids.append(objects.count)
  }
  let list = kids.map { "\($0) 0 R" }.joined(separator: " ")
  objects.append("<< /Type /Pages /Count \(kids.count) /Kids [\(list)] >>")
  objects.append("<< /Type /Catalog /Pages \(parent) 0 R >>")
  var text = "%PDF-1.4\n"
  var offsets: [Int] = []
  for (index, object) in objects.enumerated() {
    offsets.append(text.utf8.count)
    text += "\(index + 1) 0 obj\n\(object)\nendobj\n"
  }
  let table = text.utf8.count
  text += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
  for offset in offsets {
    let digits = String(offset)
    text += String(repeating: "0", count: 10 - digits.count) + digits + " 00000 n \n"
  }
  text += "trailer << /Size \(objects.count + 1) /Root \(objects.count) 0 R >>\n"
  return Array((text + "startxref\n\(table)\n%%EOF\n").utf8)
}
