internal import Foundation

/// How the bytes of a text stand for characters.
///
/// What a charset has no character for is read as windows-1252, byte by byte, as everywhere where
/// evidence is searched: old texts stay readable, and nothing is dropped.
enum Charset {
  case utf8
  /// windows-1252, which is also what is meant by ISO-8859-1 wherever the two differ.
  case latin1
  case utf16(isBigEndian: Bool?)
  /// One byte a character; what the upper half stands for.
  case single([[UInt8]])
  /// One byte below 0x80, else two to four.
  case multiple(MultibyteCharset)

  /// The charset of a name as mails and pages give it; UTF-8 for one that we don't know, since that
  /// falls back to windows-1252 where it doesn't fit.
  init(name: String) {
    let name = name.lowercased()
    switch name {
    case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "l1", "windows-1252", "cp1252",
      "x-ansi":
      self = .latin1
    case "utf-16", "utf16", "ucs-2", "unicode": self = .utf16(isBigEndian: nil)
    case "utf-16be": self = .utf16(isBigEndian: true)
    case "utf-16le": self = .utf16(isBigEndian: false)
    case "iso-8859-15", "iso8859-15", "latin9", "latin-9": self = .single(Self.latin9)
    default:
      if let encoding = singleByteEncodings[name] {
        self = .single(
          (0x80...0xFF).map { byte in
            let text = String(bytes: [UInt8(byte)], encoding: encoding)
            return text.map { Array($0.utf8) } ?? windows1252(UInt8(byte))
          })
      } else if let charset = MultibyteCharset(name: name) {
        self = .multiple(charset)
      } else {
        self = .utf8
      }
    }
  }

  /// The text of bytes in this charset.
  func decode(_ raw: [UInt8]) -> DecodedText {
    switch self {
    case .utf8: decodeUTF8(raw)
    case .latin1: decodeSingle(raw) { windows1252($0) }
    case .single(let upper): decodeSingle(raw) { upper[Int($0) - 0x80] }
    case .utf16(let isBigEndian): decodeUTF16(raw, isBigEndian: isBigEndian)
    case .multiple(let charset): decodeMultibyte(raw, charset)
    }
  }

  /// ISO-8859-1 but for eight characters.
  private static let latin9: [[UInt8]] = (0x80...0xFF).map { value in
    let changed: [Int: UInt16] = [
      0xA4: 0x20AC, 0xA6: 0x160, 0xA8: 0x161, 0xB4: 0x17D, 0xB8: 0x17E, 0xBC: 0x152, 0xBD: 0x153,
      0xBE: 0x178,
    ]
    return utf8Bytes(Unicode.Scalar(changed[value] ?? UInt16(value)))
  }
}

private func decodeUTF8(_ raw: [UInt8]) -> DecodedText {
  if raw.starts(with: [0xEF, 0xBB, 0xBF]) {
    let whole = DecodedText(plain: raw)
    return decodeUTF8(Array(raw.dropFirst(3))).composed(over: whole.part(3..<raw.count))
  }
  if String(validating: raw, as: UTF8.self) != nil { return DecodedText(plain: raw) }
  var text = DecodedText()
  text.reserve(raw.count)
  var index = 0
  while index < raw.count {
    let start = index
    while index < raw.count {
      let length = raw[index] < 0x80 ? 1 : scalarLength(raw, at: index)
      if length == 0 { break }
      index += length
    }
    text.append(contentsOf: raw[start..<index], from: start)
    if index < raw.count {
      text.append(windows1252(raw[index]), standingFor: index..<index + 1)
      index += 1
    }
  }
  return text
}

/// The bytes of the scalar that begins here in UTF-8; 0 where none does.
private func scalarLength(_ raw: [UInt8], at start: Int) -> Int {
  let length = raw[start] < 0xC2 ? 0 : raw[start] < 0xE0 ? 2 : raw[start] < 0xF0 ? 3 : 4
  guard length > 0, start + length <= raw.count else { return 0 }
  return String(validating: raw[start..<start + length], as: UTF8.self) == nil ? 0 : length
}

private func decodeSingle(_ raw: [UInt8], _ upper: (UInt8) -> [UInt8]) -> DecodedText {
  var text = DecodedText()
  text.reserve(raw.count)
  var index = 0
  while index < raw.count {
    let start = index
    while index < raw.count, raw[index] < 0x80 { index += 1 }
    text.append(contentsOf: raw[start..<index], from: start)
    if index < raw.count {
      text.append(upper(raw[index]), standingFor: index..<index + 1)
      index += 1
    }
  }
  return text
}

/// UTF-16; without a byte order mark and a name that says it, the order in which more characters
/// are below U+0100.
private func decodeUTF16(_ raw: [UInt8], isBigEndian: Bool?) -> DecodedText {
  var text = DecodedText()
  var index = 0
  var isBig = isBigEndian ?? hasMoreZeros(raw, atEvenPlaces: true)
  if raw.starts(with: [0xFE, 0xFF]) {
    (isBig, index) = (true, 2)
  } else if raw.starts(with: [0xFF, 0xFE]) {
    (isBig, index) = (false, 2)
  }
  func unit(_ place: Int) -> UInt16 {
    let (first, second) = (UInt16(raw[place]), UInt16(raw[place + 1]))
    return isBig ? first << 8 | second : second << 8 | first
  }
  while index + 1 < raw.count {
    let first = unit(index)
    var length = 2
    var scalar = Unicode.Scalar(first) ?? "\u{FFFD}"
    if UTF16.isLeadSurrogate(first), index + 3 < raw.count, UTF16.isTrailSurrogate(unit(index + 2))
    {
      let value = 0x10000 + (UInt32(first) & 0x3FF) << 10 + UInt32(unit(index + 2)) & 0x3FF
      scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
      length = 4
    }
    // A mark stands also where two encoded words were joined.
    if scalar != "\u{FEFF}" {
      text.append(utf8Bytes(scalar), standingFor: index..<index + length)
    }
    index += length
  }
  if index < raw.count { text.append(windows1252(raw[index]), standingFor: index..<index + 1) }
  return text
}

private func hasMoreZeros(_ raw: [UInt8], atEvenPlaces: Bool) -> Bool {
  var difference = 0
  for (index, byte) in raw.enumerated() where byte == 0 { difference += index % 2 == 0 ? 1 : -1 }
  return difference >= 0
}

/// A byte of windows-1252 in UTF-8; a control character where the charset has none.
func windows1252(_ byte: UInt8) -> [UInt8] {
  let special: [UInt16] = [
    0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039,
    0x152, 0x8D, 0x17D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC,
    0x2122, 0x161, 0x203A, 0x153, 0x9D, 0x17E, 0x178,
  ]
  let value = (0x80...0x9F).contains(byte) ? special[Int(byte) - 0x80] : UInt16(byte)
  return utf8Bytes(Unicode.Scalar(value))
}

/// A scalar in UTF-8; U+FFFD for none.
func utf8Bytes(_ scalar: Unicode.Scalar?) -> [UInt8] {
  Array(UTF8.encode(scalar ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter)
}

/// Charsets of one byte a character that Foundation knows on every platform.
private let singleByteEncodings: [String: String.Encoding] = [
  "iso-8859-2": .isoLatin2, "windows-1250": .windowsCP1250, "windows-1251": .windowsCP1251,
  "windows-1253": .windowsCP1253, "windows-1254": .windowsCP1254,
  // Core Foundation's numbers, which Foundation carries with the upper bit set.
  "iso-8859-4": String.Encoding(rawValue: 0x8000_0204),
  "iso-8859-5": String.Encoding(rawValue: 0x8000_0205),
  "iso-8859-7": String.Encoding(rawValue: 0x8000_0207),
  "iso-8859-9": String.Encoding(rawValue: 0x8000_0209),
  "iso-8859-13": String.Encoding(rawValue: 0x8000_020D),
  "windows-1257": String.Encoding(rawValue: 0x8000_0507),
  "koi8-r": String.Encoding(rawValue: 0x8000_0A02),
  "koi8-u": String.Encoding(rawValue: 0x8000_0A08),
]
