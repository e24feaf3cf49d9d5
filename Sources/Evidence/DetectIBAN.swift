/// Finds account numbers: two letters, two check digits, and up to 30 letters and digits, in one
/// piece or in groups with single spaces or hyphens between them.
func findIBANs(in bytes: UnsafeBufferPointer<UInt8>, _ report: (Range<Int>) -> Void) {
  var index = 0
  while index < bytes.count {
    guard isLetter(bytes[index]), isLetter(bytes.at(index + 1)), isDigit(bytes.at(index + 2)),
      isDigit(bytes.at(index + 3)),
      !isAlphanumeric(bytes.at(index - 1)) || isLabelled(bytes, index),
      let end = endOfIBAN(bytes, from: index)
    else {
      index += 1
      continue
    }
    report(index..<end)
    index = end
  }
}

/// `IBANDE89…`: the word may touch its number.
private func isLabelled(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Bool {
  let label = Array("iban".utf8)
  return !isAlphanumeric(bytes.at(start - 5))
    && label.indices.allSatisfy { bytes.at(start - 4 + $0) | 0x20 == label[$0] }
}

/// Where the account number from here ends, if its check digits are right.
///
/// Its length is its country's. Of a country that we don't know the longest is taken that has a
/// right check, in capitals and without spaces: hexadecimal digests would pass too often.
private func endOfIBAN(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
  let country = String(decoding: bytes[start..<start + 2], as: UTF8.self).uppercased()
  let length = ibanLengths[country]
  var characters: [UInt8] = []
  var index = start
  var found: Int?
  while characters.count < length ?? 34 {
    let byte = bytes.at(index)
    if isAlphanumeric(byte), length != nil || byte < 0x60 {
      characters.append(byte)
      index += 1
      let ends = !isAlphanumeric(bytes.at(index)) && characters.count >= length ?? 15
      if ends, hasRightCheckDigits(characters) { found = index }
    } else if length != nil, isAlphanumeric(bytes.at(index - 1)) {
      let gap = spaceLength(bytes, at: index) + hyphenLength(bytes, at: index)
      guard gap > 0 else { break }
      index += gap
    } else {
      break
    }
  }
  return found
}

/// ISO 7064 MOD 97-10: the first four characters moved to the end, letters as 10 to 35.
private func hasRightCheckDigits(_ characters: [UInt8]) -> Bool {
  let remainder = (characters[4...] + characters[..<4]).reduce(0) { remainder, byte in
    isDigit(byte)
      ? (remainder * 10 + Int(byte - 0x30)) % 97
      : (remainder * 100 + Int((byte | 0x20) - 0x61) + 10) % 97
  }
  return remainder == 1
}

/// The registry of ISO 13616, 2024.
private let ibanLengths: [String: Int] = [
  "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
  "BI": 27, "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27,
  "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27,
  "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28,
  "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
  "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22,
  "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23,
  "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24,
  "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28,
  "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
]
