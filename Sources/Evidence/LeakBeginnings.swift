import ASiC

/// Finds where packed parts may begin, by four bytes of each.
///
/// A table of hashes is asked at each place, and only there are bytes compared.
final class LeakBeginnings {
  private let filter: UnsafeMutablePointer<Bool>
  private var keys: Set<UInt32> = []

  init() {
    filter = .allocate(capacity: Self.slotCount)
    filter.initialize(repeating: false, count: Self.slotCount)
    var beginnings = ["PK\u{3}\u{4}", "stre", "zTXt", "iTXt", "UEsD", "H4sI", "JVBE", "/Enc"]
      .map { Array($0.utf8) }
    beginnings.append([0x45, 0, 0x6E, 0])
    // The flags of gzip are five bits.
    for flags in 0..<32 { beginnings.append([0x1F, 0x8B, 8, UInt8(flags)]) }
    for bytes in beginnings {
      let key = bytes.reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
      keys.insert(key)
      filter[Self.slot(key)] = true
    }
  }

  deinit { filter.deallocate() }

  /// The first place from `start` on, before `end`, where a part may begin.
  func first(in block: UnsafeBufferPointer<UInt8>, from start: Int, before end: Int) -> Int? {
    let raw = UnsafeRawPointer(block.baseAddress)
    let limit = min(end, block.count - 3)
    guard let raw, start < limit else { return nil }
    for index in start..<limit {
      let key = raw.loadUnaligned(fromByteOffset: index, as: UInt32.self).littleEndian
      if filter[Self.slot(key)], keys.contains(key) { return index }
    }
    return nil
  }

  @inline(__always)
  private static func slot(_ key: UInt32) -> Int {
    Int((key &* 0x9E37_79B1) &>> 20)
  }

  private static let slotCount = 1 << 12
}

extension LeakStream {
  /// Opens the part that begins at `index`, if one does.
  func begin(at index: Int) {
    switch block[index] {
    case UInt8(ascii: "P"): beginMember(at: index)
    case 0x1F:
      open(.inflation(Inflation(.gzip)), "gzip", header: index, data: index, isCertain: index == 0)
    case UInt8(ascii: "s"): beginPDFStream(at: index)
    case UInt8(ascii: "z"), UInt8(ascii: "i"): beginPNGText(at: index)
    case UInt8(ascii: "/"), UInt8(ascii: "E"): noteEncryption(at: index)
    default:
      guard index == 0 || base64Value(block[index - 1]) == nil else { return }
      open(.base64(LeakBase64Reader()), "base64", header: index, data: index, isCertain: false)
    }
  }

  /// A local file header of ZIP (APPNOTE 4.3.7).
  private func beginMember(at index: Int) {
    let nameLength = Int(number(at: index + 26, bytes: 2))
    let data = index + 30 + nameLength + Int(number(at: index + 28, bytes: 2))
    let (version, flags) = (number(at: index + 4, bytes: 2), number(at: index + 6, bytes: 2))
    let method = number(at: index + 8, bytes: 2)
    guard index + 30 + nameLength <= count, nameLength > 0, version & 0xFF <= 63,
      block[(index + 30)..<(index + 30 + nameLength)].allSatisfy({ $0 >= 0x20 })
    else { return }
    if flags & 1 == 1 { return tell(.encrypted, at: index) }
    switch method {
    // Its bytes stand as they are, and are searched as such.
    case 0: return
    case 8 where data <= count:
      open(
        .inflation(Inflation(.none)), "ZIP member", header: index, data: data, isCertain: true)
    case 8: tell(.damaged, at: index)
    default: tell(.unknownFormat("ZIP method \(method)"), at: index)
    }
  }

  /// The data of a stream object of PDF (ISO 32000-1, 7.3.8) behind its dictionary.
  private func beginPDFStream(at index: Int) {
    guard block[index...].starts(with: "stream".utf8) else { return }
    var data = index + 6
    if byte(data) == 0x0D { data += 1 }
    if byte(data) == 0x0A { data += 1 }
    var end = index
    while end > 0, [0x20, 0x0A, 0x0D, 0x09].contains(block[end - 1]) { end -= 1 }
    guard data > index + 6, end >= 2, block[end - 1] == UInt8(ascii: ">"),
      block[end - 2] == UInt8(ascii: ">")
    else { return }
    let dictionary = String(decoding: block[max(0, end - 1024)..<end], as: UTF8.self)
    let own =
      dictionary.range(of: "obj", options: .backwards)
      .map { dictionary[$0.upperBound...] } ?? dictionary[...]
    for filter in ["LZWDecode", "ASCII85Decode", "ASCIIHexDecode", "RunLengthDecode", "Crypt"]
    where own.contains("/" + filter) {
      tell(.unknownFormat(filter), at: index)
      return
    }
    guard own.contains("/FlateDecode") || own.contains("/Fl ") else { return }
    if isToldEncrypted { return }
    open(.inflation(Inflation(.zlib)), "PDF stream", header: index, data: data, isCertain: true)
  }

  /// A compressed text chunk of PNG (PNG 1.2, 4.2.3).
  private func beginPNGText(at index: Int) {
    let isInternational = block[index] == UInt8(ascii: "i")
    guard let keyword = block[(index + 4)...].prefix(80).firstIndex(of: 0) else { return }
    var data = keyword + 2
    if isInternational {
      guard byte(keyword + 1) == 1 else { return }
      data = keyword + 3
      // The language, then the translated keyword, each ended by a zero byte.
      for _ in 0..<2 {
        guard data < count, let end = block[data...].prefix(256).firstIndex(of: 0) else { return }
        data = end + 1
      }
    }
    open(.inflation(Inflation(.zlib)), "PNG text", header: index, data: data, isCertain: false)
  }

  private func noteEncryption(at index: Int) {
    let isNew = !unpacker.isToldEncrypted
    let isPDF =
      unpacker.isPDF && block[index...].starts(with: "/Encrypt".utf8)
      && !isWordByte(byte(index + 8))
    let name: [UInt8] = Array("EncryptedPackage".utf8).flatMap { [$0, 0] as [UInt8] }
    let isOffice = unpacker.isOLE && block[index...].starts(with: name)
    guard isNew, isPDF || isOffice else { return }
    unpacker.isToldEncrypted = true
    tell(.encrypted, at: index)
  }

  private var isToldEncrypted: Bool { unpacker.isToldEncrypted }

  /// Tells of formats that are recognized, and not undone, by how a stream begins.
  func lookAtStart() {
    func begins(_ bytes: [UInt8]) -> Bool { block.starts(with: bytes) }
    unpacker.isPDF = begins(Array("%PDF-".utf8))
    unpacker.isOLE = begins([0xD0, 0xCF, 0x11, 0xE0])
    for (bytes, name) in Self.unknownFormats where begins(bytes) {
      return tell(.unknownFormat(name), at: 0)
    }
    for text in Self.encryptedFormats where begins(Array(text.utf8)) {
      return tell(.encrypted, at: 0)
    }
  }

  private func byte(_ index: Int) -> UInt8? { index < count ? block[index] : nil }

  /// A little-endian number; 0 where the block ends before.
  private func number(at index: Int, bytes: Int) -> UInt64 {
    guard index + bytes <= count else { return 0 }
    return block[index..<index + bytes].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static let unknownFormats: [([UInt8], String)] = [
    ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7z"), (Array("Rar!\u{1A}\u{7}".utf8), "RAR"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "xz"), (Array("BZh".utf8), "bzip2"),
    ([0x28, 0xB5, 0x2F, 0xFD], "Zstandard"), ([0x04, 0x22, 0x4D, 0x18], "LZ4"),
    (Array("EVF\u{9}\u{d}\u{a}".utf8) + [0xFF, 0], "EWF"), (Array("MSCF".utf8), "cabinet"),
    (Array("hsqs".utf8), "SquashFS"), (Array("QFI".utf8) + [0xFB], "QCOW"),
  ]
  private static let encryptedFormats = [
    "age-encryption.org/", "-----BEGIN AGE ENCRYPTED FILE", "-----BEGIN PGP MESSAGE", "Salted__",
    "LUKS",
  ]
}
