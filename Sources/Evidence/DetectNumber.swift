/// Finds telephone numbers in international form, with single separators between digits.
func findPhones(in bytes: UnsafeBufferPointer<UInt8>, _ report: (Range<Int>) -> Void) {
  var index = 0
  while index < bytes.count {
    let prefix = phonePrefixLength(bytes, at: index)
    guard prefix > 0 else {
      index += 1
      continue
    }
    let run = digits(bytes, from: index + prefix, separators: " -./()", maximum: 16)
    if (8...15).contains(run.values.count), run.values[0] != 0, !isAlphanumeric(bytes.at(run.end)) {
      report(index..<run.end)
      index = run.end
    } else {
      index += prefix
    }
  }
}

private func phonePrefixLength(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
  let before = bytes.at(index - 1)
  if isAlphanumeric(before) { return 0 }
  if bytes[index] == UInt8(ascii: "+") { return 1 }
  // Zeros behind a point, colon or hyphen are those of a fraction, a time or a date.
  if [0x2C, 0x2D, 0x2E, 0x3A].contains(before) { return 0 }
  return bytes[index] == 0x30 && bytes.at(index + 1) == 0x30 ? 2 : 0
}

/// Finds payment card numbers, with single spaces or hyphens between digits.
func findCards(in bytes: UnsafeBufferPointer<UInt8>, _ report: (Range<Int>) -> Void) {
  var index = 0
  while index < bytes.count {
    guard isDigit(bytes[index]), !isAlphanumeric(bytes.at(index - 1)) else {
      index += 1
      continue
    }
    let run = digits(bytes, from: index, separators: " -", maximum: 20)
    if (13...19).contains(run.values.count), (2...6).contains(run.values[0]),
      !isAlphanumeric(bytes.at(run.end)), passesLuhn(run.values)
    {
      report(index..<run.end)
      index = run.end
    } else {
      index += 1
    }
  }
}

private func passesLuhn(_ digits: [Int]) -> Bool {
  let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
    let doubled = digit.element * (digit.offset % 2 + 1)
    return sum + doubled / 10 + doubled % 10
  }
  return sum % 10 == 0
}

/// The digits from a place on, up to `maximum`, and where the last one ends.
private func digits(
  _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, separators: String, maximum: Int
) -> (values: [Int], end: Int) {
  var values: [Int] = []
  var (index, end) = (start, start)
  var gap = 0
  while values.count < maximum, gap <= maximumGap {
    let byte = bytes.at(index)
    if isDigit(byte) {
      values.append(Int(byte - 0x30))
      end = index + 1
      gap = 0
    } else if separators.utf8.contains(byte) {
      gap += 1
    } else {
      break
    }
    index += 1
  }
  return (values, end)
}

/// The most separators between two digits: `) ` in `+351 (21) 555 01`, and one more.
private let maximumGap = 3

/// Finds account numbers: two letters, two check digits, and up to 30 letters and digits, in one
/// piece or in groups with single spaces between them.
func findIBANs(in bytes: UnsafeBufferPointer<UInt8>, _ report: (Range<Int>) -> Void) {
  var index = 0
  while index < bytes.count {
    guard isLetter(bytes[index]), isLetter(bytes.at(index + 1)), isDigit(bytes.at(index + 2)),
      isDigit(bytes.at(index + 3)), !isAlphanumeric(bytes.at(index - 1)),
      let end = endOfIBAN(bytes, from: index)
    else {
      index += 1
      continue
    }
    report(index..<end)
    index = end
  }
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
    } else if byte == 0x20, length != nil, bytes.at(index - 1) != 0x20 {
      index += 1
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
