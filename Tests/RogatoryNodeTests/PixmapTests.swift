import RogatoryNode
import Testing

/// The pixmaps that decoders give, and what isn't one.
struct PixmapTests {
  private func read(_ bytes: [UInt8], step: Int = .max) throws -> [[UInt8]] {
    var reader = PixmapReader()
    var pictures: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(step))
      rest = rest.dropFirst(piece.count)
      try piece.withUnsafeBytes { piece in
        try reader.push(piece) { event in
          switch event {
          case .picture: pictures.append([])
          case .row(let row): pictures[pictures.count - 1].append(contentsOf: row)
          case .end: break
          }
        }
      }
    }
    try reader.finish()
    return pictures
  }

  /// Streams, each with the picture that it is.
  private static let forms: [(header: String, samples: [UInt8], pixels: [UInt8])] = [
    ("P6\n2 1\n255\n", [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]),
    ("P5 3 2 255\n", [7, 8, 9, 1, 2, 3], grey([7, 8, 9, 1, 2, 3])),
    (
      "P4\n9 2\n", [0b1010_0000, 0x80, 0, 0],
      grey([0, 255, 0, 255, 255, 255, 255, 255, 0] + [UInt8](repeating: 255, count: 9))
    ),
    ("P5\n2 1\n65535\n", [0xFF, 0xFF, 0x80, 0x00], grey([255, 128])),
    ("P6\n1 1\n1\n", [0, 1, 1], [0, 255, 255]),
    ("P5\n3 1\n15\n", [0, 15, 200], grey([0, 255, 255])),
  ]

  private static func grey(_ samples: [UInt8]) -> [UInt8] { samples.flatMap { [$0, $0, $0] } }

  @Test func everyFormInEveryChunk() throws {
    let stream = Self.forms.flatMap { Array($0.header.utf8) + $0.samples }
    let expected = Self.forms.map(\.pixels)
    for step in 1...stream.count {
      let pictures = try read(stream, step: step)
      #expect(pictures == expected, "pieces of \(step)")
    }
  }

  @Test(
    arguments: [
      "", "P", "P6", "P3\n1 1\n255\nabc", "P6\n1 1\n255\nab", "P6\n1 1\n255\nabcd",
      "Q6\n1 1\n255\nabc",
      "P6\n0 1\n255\n", "P6\n1 0\n255\n", "P6\n1 1\n0\nabc", "P6\n1 1\n65536\nabc",
      "P6\n-1 1\n255\nabc", "P6\n# 1\n1 1\n255\nabc", "P6\n1  1\n255\nabc", "P7\nWIDTH 1\n",
      "P61 1\n255\nabc",
    ])
  func whatIsNoPixmapIsRefused(text: String) {
    #expect(throws: DecoderFault.malformedOutput) { try read(Array(text.utf8)) }
  }

  @Test(
    arguments: [
      "P6\n65536 1\n255\n", "P6\n1 65536\n255\n", "P6\n20000 20000\n255\n",
      "P5\n99999999 1\n255\n", "P4\n65535 65535\n",
    ])
  func hugeOnesAreRefusedByTheirHeader(text: String) {
    #expect(throws: DecoderFault.tooLarge) { try read(Array(text.utf8)) }
  }
}
