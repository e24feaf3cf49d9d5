import DurableFiles
import Evidence
import Glibc
import Redaction

/// A tiled picture in the store.
struct StoredPicture {
  let grid: TileGrid
  let range: Range<UInt64>
  let headerByteCount: UInt32
  /// How it lay before it was made upright.
  var orientation: PictureOrientation

  var cutting: Cutting { .tiles(header: headerByteCount) }

  var sizeParameters: [Derivation.Parameter] {
    [
      Derivation.Parameter("width", String(grid.width)),
      Derivation.Parameter("height", String(grid.height)),
    ]
  }
}

/// A file that is being decoded.
struct DecodedDocument {
  private let file: FileReader
  private let deadline: Int64

  /// Opens the file once for all decoders.
  init(_ collected: CollectedFile) throws {
    self.init(try FileReader(at: collected.path))
  }

  private init(_ file: FileReader) {
    self.file = file
    deadline = currentTime() + Self.maximumSeconds
  }

  /// Whether the document has had its time.
  var isOutOfTime: Bool { currentTime() > deadline }

  /// Decodes all pictures of a raster file; each is upright.
  func pictures(
    _ input: DecoderInput, _ decoders: Decoders, into store: CompanionStore
  ) throws -> [StoredPicture] {
    if input == .png { try checkSizeOfPNG() }
    var words = input.pictureArguments
    let (orientations, isTurnedByDecoder) = try orientations(input)
    if input == .tiff, !isTurnedByDecoder { words.append("-orientraw") }
    let isUpright = orientations.allSatisfy { $0 == .upright }
    let target = isTurnedByDecoder || isUpright ? store : try store.another()
    var pictures = try decode(input.programs[0], words, decoders, resolution: 0, into: target)
    for index in pictures.indices where index < orientations.count {
      pictures[index].orientation = orientations[index]
    }
    if target === store { return pictures }
    return try pictures.map { try turn($0, from: target, into: store) }
  }

  /// How the pictures of a file lie, and whether the decoder makes them upright.
  ///
  /// `tifftopnm` mirrors, but where rows and columns are swapped it only swaps the numbers: such
  /// files are decoded as they are stored.
  private func orientations(_ input: DecoderInput) throws -> ([PictureOrientation], Bool) {
    switch input {
    case .png, .pdf, .office: return ([], true)
    case .jpeg: return ([try orientation(ofJPEG: bytes(at:count:))], false)
    case .tiff:
      let found = try RogatoryNode.orientations(limit: Self.maximumPages, bytes(at:count:))
        .map { $0 ?? .upright }
      return (found, !found.contains(where: \.swapsSides))
    }
  }

  /// The PDF that an office file's converter makes of it.
  func converted(
    from format: OfficeFormat, _ decoders: Decoders, into store: CompanionStore
  ) throws -> DecodedDocument {
    guard let words = OfficeConverter.words(decoders.sandbox, for: format) else {
      throw DecoderFault.notStarted(errno: ENOENT)
    }
    try runDecoder(
      words, input: file.fileDescriptor, limits: OfficeConverter.limits, store.append)
    return DecodedDocument(try store.openForReading())
  }

  /// The pages of a PDF.
  func pages(_ decoders: Decoders) throws -> DocumentPages {
    var text: [UInt8] = []
    try decoders.run(
      "pdfinfo",
      [
        "-enc", "UTF-8", "-box", "-f", "1", "-l", String(Self.maximumPages), Self.standardInput,
      ], input: file.fileDescriptor
    ) { bytes in
      guard text.count + bytes.count <= Self.maximumInfo else { throw DecoderFault.tooMuchOutput }
      text.append(contentsOf: bytes)
    }
    return try DocumentPages(text)
  }

  /// Draws a page.
  func page(
    _ page: Int, of pages: DocumentPages, _ decoders: Decoders, into store: CompanionStore
  ) throws -> StoredPicture {
    try pages.checkSize(ofPage: page, resolution: Self.resolution)
    let words = [
      "-r", String(Self.resolution), "-f", String(page), "-l", String(page), Self.standardInput,
    ]
    let drawn = try decode(
      "pdftoppm", words, decoders, resolution: Self.resolution, into: store)
    guard drawn.count == 1, let picture = drawn.first else { throw DecoderFault.malformedOutput }
    try pages.check(picture.grid, isPage: page, resolution: Self.resolution)
    return picture
  }

  /// Writes a page's words as CSV; nil where it has none.
  func words(
    ofPage page: Int, in grid: TileGrid, _ decoders: Decoders, into store: CompanionStore
  ) throws -> Range<UInt64>? {
    let start = store.byteCount
    var table = PageWordTable(page: UInt32(page), grid: grid, resolution: Self.resolution)
    try decoders.run(
      "pdftotext",
      [
        "-tsv", "-enc", "UTF-8", "-f", String(page), "-l", String(page), Self.standardInput, "-",
      ], input: file.fileDescriptor
    ) { bytes in
      try table.push(bytes) { row in try Array(row.utf8).withUnsafeBytes(store.append) }
    }
    try table.finish()
    guard table.wordCount > 0 else {
      try store.truncate(to: start)
      return nil
    }
    return start..<store.byteCount
  }

  private func decode(
    _ program: String, _ words: [String], _ decoders: Decoders, resolution: UInt16,
    into store: CompanionStore
  ) throws -> [StoredPicture] {
    var pictures: [StoredPicture] = []
    var writer: TiledPictureWriter?
    var start = store.byteCount
    var reader = PixmapReader()
    try decoders.run(program, words, input: file.fileDescriptor) { bytes in
      try reader.push(bytes) { event in
        switch event {
        case .picture(let header):
          guard pictures.count < Self.maximumPages,
            let grid = TileGrid(width: header.width, height: header.height)
          else { throw DecoderFault.tooLarge }
          start = store.byteCount
          writer = TiledPictureWriter(grid, resolution: resolution, write: store.append)
        case .row(let row): try writer?.push(row: row)
        case .end:
          guard let finished = writer.take() else { return }
          finished.finish()
          pictures.append(
            StoredPicture(
              grid: finished.grid, range: start..<store.byteCount,
              headerByteCount: finished.headerByteCount, orientation: .upright))
        }
      }
    }
    try reader.finish()
    return pictures
  }

  private func turn(
    _ picture: StoredPicture, from scratch: CompanionStore, into store: CompanionStore
  ) throws -> StoredPicture {
    try scratch.flush()
    var turning = PictureTurning(
      picture.grid, firstTile: picture.range.lowerBound + UInt64(picture.headerByteCount),
      in: scratch, picture.orientation)
    guard let grid = turning.grid else { throw DecoderFault.tooLarge }
    let start = store.byteCount
    var writer = TiledPictureWriter(grid, write: store.append)
    try turning.forEachRow(of: grid) { try writer.push(row: $0) }
    writer.finish()
    return StoredPicture(
      grid: grid, range: start..<store.byteCount, headerByteCount: writer.headerByteCount,
      orientation: picture.orientation)
  }

  /// The decoder of PNG holds the whole picture before it gives a byte of it, so its size is looked
  /// at first (PNG 3rd edition, 11.2.1).
  private func checkSizeOfPNG() throws {
    let head = try bytes(at: 16, count: 8).map { UInt64($0) }
    guard head.count == 8 else { throw DecoderFault.malformedOutput }
    let sides = [head[..<4], head[4...]].map { $0.reduce(0) { $0 << 8 | $1 } }
    guard sides.allSatisfy({ $0 <= PixmapHeader.maximumSide }),
      sides[0] * sides[1] <= PixmapHeader.maximumPixels
    else { throw DecoderFault.tooLarge }
  }

  private func bytes(at offset: UInt64, count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = try bytes.withUnsafeMutableBytes {
        try file.read(
          into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]),
          at: offset + UInt64(filled))
      }
      if got == 0 { break }
      filled += got
    }
    return Array(bytes[..<filled])
  }

  /// Pixels an inch of pages: text of eight points can be read, a page of A4 has 2.2 megapixels.
  static let resolution: UInt16 = 150
  /// The most pages of a document: each costs two children. Longer ones are split by who has them.
  static let maximumPages = 1000
  /// After so many pages that can't be drawn the rest isn't tried.
  static let maximumBadPages = 10
  /// The longest that one document may take: no page of a thousand is near its own limit.
  private static let maximumSeconds: Int64 = 3600
  /// Seven lines of some 70 bytes a page, and titles that can be long.
  private static let maximumInfo = 4 << 20
  /// The child's own standard input, by a name that programs which want a name can open.
  private static let standardInput = "/dev/stdin"
}
