/// A header of the central directory (APPNOTE 4.3.12), with its ZIP64 field resolved.
struct DirectoryRecord {
  /// The record, name, extra field and comment included.
  let bytes: [UInt8]
  let name: EntryName
  /// Whether the name ends with a slash, which ``name`` is without.
  let isDirectory: Bool
  let nameIsDecodable: Bool
  let hasExtraField: Bool
  let size: UInt64
  let compressedSize: UInt64
  let offset: UInt64

  var versionMadeBy: UInt16 { bytes.little(at: 4) }
  var versionNeeded: UInt16 { bytes.little(at: 6) }
  var flags: UInt16 { bytes.little(at: 8) }
  var methodNumber: UInt16 { bytes.little(at: 10) }
  var time: UInt32 { bytes.little(at: 12) }
  var crc32: UInt32 { bytes.little(at: 16) }
  var commentLength: UInt16 { bytes.little(at: 32) }
  var internalAttributes: UInt16 { bytes.little(at: 36) }
  var externalAttributes: UInt32 { bytes.little(at: 38) }
  var rawName: ArraySlice<UInt8> { bytes[ZIP.centralLength..<ZIP.centralLength + nameLength] }
  var hasDescriptor: Bool { flags & Flag.descriptor != 0 }
  private var nameLength: Int { Int(bytes.little(at: 28, as: UInt16.self)) }

  /// Reads the record at `offset` and checks what can be checked without the local header.
  init(at position: UInt64, end: UInt64, window: inout SourceWindow) throws(ContainerError) {
    guard end - position >= UInt64(ZIP.centralLength) else { throw .truncated(offset: position) }
    let fixed = try window.bytes(at: position, count: ZIP.centralLength)
    guard fixed.little(at: 0) == ZIP.centralSignature else {
      throw .malformedRecord(offset: position)
    }
    let nameLength = Int(fixed.little(at: 28, as: UInt16.self))
    let extraLength = Int(fixed.little(at: 30, as: UInt16.self))
    let length =
      ZIP.centralLength + nameLength + extraLength + Int(fixed.little(at: 32, as: UInt16.self))
    guard end - position >= UInt64(length) else { throw .truncated(offset: position) }
    bytes = try window.bytes(at: position, count: length)
    guard bytes.little(at: 34, as: UInt16.self) == 0 else { throw .multipleDisks }

    let extraStart = ZIP.centralLength + nameLength
    let decoded = try DecodedName(
      bytes[ZIP.centralLength..<extraStart], isUTF8: bytes.little(at: 8) & Flag.utf8 != 0,
      offset: position)
    name = decoded.name
    isDirectory = decoded.isDirectory
    nameIsDecodable = decoded.isDecodable

    let extra = try ExtraField(bytes[extraStart..<extraStart + extraLength], of: name)
    hasExtraField = extraLength > 0
    var wide = ZIP64Values(extra.zip64)
    size = try wide.resolve(bytes.little(at: 24), of: name)
    compressedSize = try wide.resolve(bytes.little(at: 20), of: name)
    offset = try wide.resolve(bytes.little(at: 42), of: name)
    try wide.finish(of: name)
    try checkKind()
    try checkFeatures()
  }

  /// Files and directories only, be it said by the name, MS-DOS bits or a Unix mode.
  private func checkKind() throws(ContainerError) {
    let unixKind = externalAttributes >> 16 & 0xF000
    let allowed: [UInt32] = isDirectory ? [0, 0x4000] : [0, 0x8000]
    guard allowed.contains(unixKind) else { throw .notAFile(name) }
    let volumeLabel: UInt32 = 0x08
    let directory: UInt32 = 0x10
    let forbidden = isDirectory ? volumeLabel : volumeLabel | directory
    guard externalAttributes & forbidden == 0 else { throw .notAFile(name) }
    // Some programs deflate a directory's nothing, which makes two bytes.
    let emptySize: UInt64 = methodNumber == Entry.Method.deflated.rawValue ? 2 : 0
    if isDirectory, size != 0 || crc32 != 0 || ![0, emptySize].contains(compressedSize) {
      throw .impossibleSize(name)
    }
  }

  private func checkFeatures() throws(ContainerError) {
    guard flags & Flag.encryption == 0 else { throw .encrypted(name) }
    guard let method = Entry.Method(rawValue: methodNumber) else {
      throw .unsupportedMethod(name, methodNumber)
    }
    // Without the descriptor's help nobody knows where stored data ends.
    let allowed =
      method == .deflated ? Flag.utf8 | Flag.descriptor | Flag.deflateLevel : Flag.utf8
    guard flags & ~allowed == 0, versionNeeded & 0xFF <= Self.maximumVersion else {
      throw .unsupportedFeature(name, flags: flags, version: versionNeeded)
    }
    if method == .stored, size != compressedSize { throw .impossibleSize(name) }
  }

  /// 6.3 added UTF-8 names; of what later ones add we read nothing.
  private static let maximumVersion: UInt16 = 63

  /// The general purpose bits that we know (APPNOTE 4.4.4).
  private enum Flag {
    static let utf8: UInt16 = 1 << 11
    static let descriptor: UInt16 = 1 << 3
    static let deflateLevel: UInt16 = 0b110
    /// Encryption, strong encryption, masked headers.
    static let encryption: UInt16 = 1 | 1 << 6 | 1 << 13
  }
}

/// A name's bytes as text.
///
/// Bytes that aren't UTF-8 and don't claim to be are in an encoding that nobody states (CP437 by the
/// standard, the system's in practice). Such a name is kept, unambiguously but not prettily: bytes
/// outside ASCII, and `%`, stand as `%XX`. A manifest can't name it by accident.
private struct DecodedName {
  let name: EntryName
  let isDirectory: Bool
  let isDecodable: Bool

  init(_ bytes: ArraySlice<UInt8>, isUTF8: Bool, offset: UInt64) throws(ContainerError) {
    isDirectory = bytes.last == UInt8(ascii: "/")
    let path = isDirectory ? bytes.dropLast() : bytes
    if let text = String(validating: path, as: UTF8.self) {
      isDecodable = true
      name = try EntryName(text)
    } else {
      guard !isUTF8 else { throw .ambiguousName(offset: offset) }
      isDecodable = false
      name = try EntryName(percentEncoded(path) { $0 < 0x80 && $0 != UInt8(ascii: "%") })
    }
  }
}

/// Text in which the bytes that aren't `plain` stand as `%XX`.
func percentEncoded(_ bytes: some Sequence<UInt8>, plain: (UInt8) -> Bool) -> String {
  let digits = Array("0123456789ABCDEF".utf8)
  var text: [UInt8] = []
  for byte in bytes {
    if plain(byte) {
      text.append(byte)
    } else {
      text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return String(decoding: text, as: UTF8.self)
}
