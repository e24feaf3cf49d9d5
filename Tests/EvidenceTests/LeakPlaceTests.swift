import Evidence
import Foundation
import SeededNumbers
import Testing

/// Where a value stands is told exactly, however the bytes are cut into blocks, and what can't be
/// searched is told too.
struct LeakPlaceTests {
  /// Texts over five letters hold every value by chance; a search that looks at each place says where.
  @Test(arguments: 1...6) func hitsAreThoseOfANaiveSearch(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let letters = Array("abAB  \n".utf8)
    let text = (0..<150_000).map { _ in letters.randomElement(using: &random) ?? 0 }
    let value = (0..<9).map { _ in "abba".randomElement(using: &random) ?? "a" }
    let sample = try LeakSample(
      secrets: [String(value)], [("text.txt", String(decoding: text, as: UTF8.self))])
    let hits = try sample.report().hits.filter { $0.name == "text.txt" }
    #expect(hits.map(\.offset) == Self.places(of: Array(String(value).utf8), in: text))
  }

  /// Folds everything, looks at each place, and joins those that overlap.
  private static func places(of value: [UInt8], in text: [UInt8]) -> [UInt64] {
    var folded: [(byte: UInt8, place: Int)] = []
    for (place, byte) in text.enumerated() {
      let byte = byte == 0x0A ? 0x20 : byte | 0x20
      if byte != 0x20 || folded.last?.byte != 0x20 { folded.append((byte, place)) }
    }
    var found: [UInt64] = []
    var end = 0
    for start in 0...(folded.count - value.count)
    where folded[start..<start + value.count].map(\.byte) == value {
      if folded[start].place >= end { found.append(UInt64(folded[start].place)) }
      end = folded[start + value.count - 1].place + 1
    }
    return found
  }

  /// Blocks end near 64 KiB; the value stands at every offset around there.
  @Test(arguments: ["plain", "base64", "hex", "quoted-printable"])
  func noBorderOfABlockHidesAValue(encoding: String) throws {
    let value = "Corvin Montelvas"
    let written =
      switch encoding {
      case "base64": Data(value.utf8).base64EncodedString()
      case "hex": value.utf8.map { String(format: "%02x", $0) }.joined(separator: " ")
      case "quoted-printable":
        value.utf8.map { String(format: "=%02X", $0) }.joined(separator: "=\n")
      default: value
      }
    let border = (64 << 10) + 4500
    let files = stride(from: -100, through: 20, by: 3).map { shift in
      let before = String(repeating: ". ", count: (border + shift) / 2)
      return ("\(shift + 100).txt", before + "|" + written + "|" + before)
    }
    let report = try LeakSample(secrets: [value], files).report()
    let places = Dictionary(grouping: report.leaks) { $0.name ?? "" }
    for (name, text) in files {
      let bar = try #require(Array(text.utf8).firstIndex(of: UInt8(ascii: "|")))
      #expect(places[name]?.map(\.offset) == [UInt64(bar + 1)], "\(name)")
    }
  }

  @Test(.enabled(if: hasPython)) func whatCannotBeSearchedIsTold() throws {
    let folder = try SampleFolder()
    try python(["-c", Self.unsearchable, folder.path])
    let sample = try LeakSample(
      folder.files(in: "case") + [("a.txt", Array("Corvin Montelvas".utf8))],
      policy: """
        rules:
          - item: a.txt
            all: true
            code: SC
        """)
    let report = try sample.report()
    #expect(report.leaks.isEmpty)
    let numbers = Dictionary(
      uniqueKeysWithValues: try SampleParts(sample.redacted).numbers.map { ($1, $0) })
    var reasons: [String: [LeakGap.Reason]] = [:]
    for gap in report.gaps {
      let number = Int(gap.path.dropFirst("items/".count).prefix(4)) ?? 0
      reasons[numbers[number] ?? gap.path, default: []].append(gap.reason)
    }
    #expect(
      reasons == [
        "encrypted.zip": [.encrypted], "lzma.zip": [.unknownFormat("ZIP method 14")],
        "bzip2.zip": [.unknownFormat("ZIP method 12")], "archive.7z": [.unknownFormat("7z")],
        "text.xz": [.unknownFormat("xz")], "cut.gz": [.damaged], "bomb.gz": [.tooLarge],
        "locked.pdf": [.encrypted], "lzw.pdf": [.unknownFormat("LZWDecode")],
        "deep.zip": [.tooDeep], "message.asc": [.encrypted],
      ])
  }

  private static let unsearchable = """
    import bz2, gzip, io, lzma, os, sys, zipfile, zlib
    case = os.path.join(sys.argv[1], 'case'); os.makedirs(case)
    def put(name, data): open(os.path.join(case, name), 'wb').write(data)
    def archive(name, data, method=zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, 'w', method) as z: z.writestr(name, data)
        return out.getvalue()
    text = b'words of no meaning, ' * 50
    data = bytearray(archive('a.txt', text)); data[6] |= 1; put('encrypted.zip', bytes(data))
    put('lzma.zip', archive('a.txt', text, zipfile.ZIP_LZMA))
    put('bzip2.zip', archive('a.txt', text, zipfile.ZIP_BZIP2))
    put('archive.7z', b'7z\\xbc\\xaf\\x27\\x1c' + bytes(100))
    put('text.xz', lzma.compress(text))
    put('cut.gz', gzip.compress(os.urandom(3000))[:-1000])
    put('bomb.gz', gzip.compress(bytes(300 << 20), 9))
    put('locked.pdf', b'%PDF-1.7\\ntrailer << /Encrypt 5 0 R >>\\n')
    put('lzw.pdf', b'%PDF-1.2\\n1 0 obj << /Length 9 /Filter /LZWDecode >>\\nstream\\n123456789\\nendstream')
    data = text
    for depth in range(8): data = archive('a', data)
    put('deep.zip', data)
    put('message.asc', b'-----BEGIN PGP MESSAGE-----\\n\\nabc\\n')
    """
}
