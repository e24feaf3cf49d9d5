import Evidence
import Pictures
import Redaction

/// What decoders give, what pictures say of themselves, and what ties companions to originals.
let pictureTargets = [
  Target("pixmap", longest: 1024, seeds: pixmapSeeds) { bytes in
    let whole = Result { try rows(bytes, step: .max) }
    for step in [1, 7] {
      let other = Result { try rows(bytes, step: step) }
      expect((try? whole.get()) == (try? other.get()), "rows differ by how the bytes come")
    }
  },
  Target("orientation", longest: 1024, seeds: orientationSeeds) { bytes in
    func read(_ offset: UInt64, _ count: Int) -> [UInt8] {
      offset < UInt64(bytes.count) ? Array(bytes[Int(offset)...].prefix(count)) : []
    }
    _ = orientation(ofJPEG: read)
    expect(orientations(limit: 5, read).count <= 5, "more directories than the limit")
    _ = orientation(ofTIFFDirectory: bytes)
  },
  Target("companion", longest: 1024, seeds: companionSeeds) { bytes in
    if let derivation = Derivation(bytes) {
      expect(Derivation(derivation.bytes) == derivation, "a derivation is another when written")
      _ = (derivation.page, derivation.isCompanion)
    }
    guard let grid = TileGrid(header: bytes) else { return }
    // The writer's resolution is 0; any is read.
    expect(TileGrid(header: header(of: grid)) == grid, "a picture is another when written")
  },
]

/// The rows of all pictures, each with its picture's number before it.
private func rows(_ bytes: [UInt8], step: Int) throws -> [[UInt8]] {
  var reader = PixmapReader()
  var (rows, count): ([[UInt8]], UInt8) = ([], 0)
  var rest = bytes[...]
  while !rest.isEmpty {
    let part = Array(rest.prefix(step))
    rest = rest.dropFirst(part.count)
    try part.withUnsafeBytes { part in
      try reader.push(part) { event in
        switch event {
        case .picture: count &+= 1
        case .row(let row): rows.append([count] + Array(row))
        case .end: break
        }
      }
    }
  }
  try reader.finish()
  return rows
}

private func header(of grid: TileGrid) -> [UInt8] {
  let output = Output()
  let writer = TiledPictureWriter(grid, write: output.write)
  return Array(output.bytes.prefix(Int(writer.headerByteCount)))
}

private func pixmapSeeds() -> [[UInt8]] {
  [
    Array("P6\n2 2\n255\n".utf8) + [UInt8](repeating: 9, count: 12),
    Array("P4 9 1\n".utf8) + [1, 2], Array("P5 # c\n1 1 65535\n".utf8) + [1, 2],
    Array("P5 2 1 3\n".utf8) + [0, 3] + Array("P6 1 1 255\n".utf8) + [1, 2, 3],
  ]
}

private func orientationSeeds() -> [[UInt8]] {
  let big: [UInt8] = [
    0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
  ]
  let little: [UInt8] = [
    0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 3, 0, 0, 0, 8, 0, 0, 0,
  ]
  let exif = Array("Exif".utf8) + [0, 0] + big
  return [
    big, little, [0xFF, 0xD8, 0xFF, 0xE1, 0, UInt8(exif.count + 2)] + exif + [0xFF, 0xDA, 0, 2],
  ]
}

private func companionSeeds() -> [[UInt8]] {
  let texts = [
    "2 page-tiles 1 page=1 dpi=150", "4294967295 page-words 1 page=12 x", "1 other 0.1 =",
  ]
  let grids = [(1, 1), (33, 20)].compactMap { TileGrid(width: $0, height: $1) }
  return texts.map { Array($0.utf8) } + grids.map(header)
}
