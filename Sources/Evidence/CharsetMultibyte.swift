internal import Foundation

/// A charset of East Asia: a lead byte from 0x80 on, and what belongs to it.
struct MultibyteCharset {
  private enum Kind { case shiftJIS, eucJP, eucKR, gb18030, big5, iso2022JP }

  private let kind: Kind

  init?(name: String) {
    switch name {
    case "shift_jis", "shift-jis", "sjis", "windows-31j", "cp932": kind = .shiftJIS
    case "euc-jp": kind = .eucJP
    case "euc-kr", "ks_c_5601-1987": kind = .eucKR
    case "gb2312", "gbk", "gb18030", "cp936": kind = .gb18030
    case "big5": kind = .big5
    case "iso-2022-jp": kind = .iso2022JP
    default: return nil
    }
  }

  /// How many bytes the character that begins here takes, within what there is.
  func length(_ raw: [UInt8], at index: Int) -> Int {
    let byte = raw[index]
    if kind == .iso2022JP { return lengthOfShifted(raw, at: index) }
    var length = byte < 0x80 ? 1 : 2
    switch kind {
    case .shiftJIS where (0xA1...0xDF).contains(byte): length = 1
    case .eucJP where byte == 0x8F: length = 3
    case .gb18030 where length == 2 && index + 1 < raw.count && isDigit(raw[index + 1]):
      length = 4
    default: break
    }
    return min(length, raw.count - index)
  }

  /// The text of one character's bytes; nil if they are none.
  func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    var bytes = Array(bytes)
    if kind == .eucJP {
      // Foundation on Linux has no EUC-JP, but the same characters in ISO-2022-JP.
      guard bytes.count == 2, bytes[0] >= 0xA1, bytes[1] >= 0xA1 else { return nil }
      bytes = [0x1B, 0x24, 0x42, bytes[0] & 0x7F, bytes[1] & 0x7F, 0x1B, 0x28, 0x42]
    }
    return String(bytes: bytes, encoding: encoding).map { Array($0.utf8) }
  }

  private var encoding: String.Encoding {
    switch kind {
    case .shiftJIS: .shiftJIS
    case .eucJP, .iso2022JP: .iso2022JP
    case .eucKR: String.Encoding(rawValue: 0x8000_0940)
    case .gb18030: String.Encoding(rawValue: 0x8000_0632)
    case .big5: String.Encoding(rawValue: 0x8000_0A03)
    }
  }

  /// From an escape sequence up to the next, with that one if it goes back to ASCII; else one byte.
  private func lengthOfShifted(_ raw: [UInt8], at start: Int) -> Int {
    guard raw[start] == 0x1B else { return 1 }
    guard let next = raw[(start + 1)...].firstIndex(of: 0x1B) else { return raw.count - start }
    let goesBack =
      next + 2 < raw.count && raw[next + 1] == 0x28
      && (raw[next + 2] == 0x42 || raw[next + 2] == 0x4A)
    return goesBack ? next + 3 - start : next - start
  }
}

/// Text in such a charset, each character mapped as a whole.
func decodeMultibyte(_ raw: [UInt8], _ charset: MultibyteCharset) -> DecodedText {
  var text = DecodedText()
  text.reserve(raw.count)
  // Texts repeat their characters, and asking Foundation for each takes a microsecond.
  var known: [ArraySlice<UInt8>: [UInt8]] = [:]
  var index = 0
  while index < raw.count {
    let length = charset.length(raw, at: index)
    let character = raw[index..<index + length]
    if length == 1, raw[index] < 0x80 {
      text.append(contentsOf: character, from: index)
    } else if let found = known[character] ?? charset.decode(character) {
      if known.count < maximumKnownCount { known[character] = found }
      text.append(found, standingFor: index..<index + length)
    } else {
      text.append(windows1252(raw[index]), standingFor: index..<index + 1)
      index += 1
      continue
    }
    index += length
  }
  return text
}

/// More characters than a text uses; a hostile one gets no more memory than that.
private let maximumKnownCount = 8 << 10
