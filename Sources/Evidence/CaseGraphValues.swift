import Crypto

/// What a node stands for; part of its IRI, so never to be renamed.
enum CaseGraphKind: String {
  case acquisition
  case authorization
  case bundle
  case caseReference = "case-reference"
  case contentDataFacet = "content-data-facet"
  case derivation
  case examiner
  case file
  case fileFacet = "file-facet"
  case hash
  case investigation
  case location
  case marking
  case markingStatement = "marking-statement"
  case organization
  case provenanceRecord = "provenance-record"
  case redaction
  case redactionReason = "redaction-reason"
  case role
  case tool
}

extension CaseGraph {
  /// A name-based UUID, version 5 (RFC 9562, clause 5.5), in lower case.
  ///
  /// SHA-1 is what the standard prescribes; nothing here rests on its strength, since names are
  /// numbers of our own.
  static func uuid(namespace: [UInt8], name: String) -> String {
    var hash = Insecure.SHA1()
    namespace.withUnsafeBytes { hash.update(bufferPointer: $0) }
    var name = name
    name.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    let digest = hash.finalize()
    return digest.withUnsafeBytes { digest in
      String(unsafeUninitializedCapacity: 36) { text in
        var place = 0
        for index in 0..<16 {
          if index == 4 || index == 6 || index == 8 || index == 10 {
            text[place] = UInt8(ascii: "-")
            place += 1
          }
          var byte = digest[index]
          if index == 6 { byte = byte & 0x0f | 0x50 }
          if index == 8 { byte = byte & 0x3f | 0x80 }
          text[place] = lowerDigit(byte >> 4)
          text[place + 1] = lowerDigit(byte & 15)
          place += 2
        }
        return place
      }
    }
  }

  /// A time that is both RFC 3339 and `xsd:dateTime`.
  ///
  /// Capital letters, no leap second, no hour 24, no year 0. Anything else is nil, for a literal that
  /// isn't of its datatype spoils the whole graph.
  static func dateTime(_ text: String?) -> String? {
    guard let text else { return nil }
    let bytes = Array(text.utf8)
    guard (20...maximumDateTimeLength).contains(bytes.count) else { return nil }
    let shape = Array("dddd-dd-ddTdd:dd:dd".utf8)
    guard zip(shape, bytes).allSatisfy({ $0 == UInt8(ascii: "d") ? isDecimalDigit($1) : $0 == $1 }),
      (1...9999).contains(number(bytes[0..<4])), (1...12).contains(number(bytes[5..<7])),
      (1...dayCount(year: number(bytes[0..<4]), month: number(bytes[5..<7])))
        .contains(number(bytes[8..<10])),
      number(bytes[11..<13]) < 24, number(bytes[14..<16]) < 60, number(bytes[17..<19]) < 60
    else { return nil }
    var rest = bytes[19...]
    if rest.first == UInt8(ascii: ".") {
      let fraction = rest.dropFirst().prefix(while: isDecimalDigit)
      guard !fraction.isEmpty else { return nil }
      rest = rest.dropFirst(1 + fraction.count)
    }
    return isOffset(Array(rest)) ? text : nil
  }

  /// A byte count as a seal writes it: decimal, no leading zero, below 2^63.
  static func byteCount(_ text: String?) -> String? {
    guard let text, let value = Int64(text), value >= 0, String(value) == text else { return nil }
    return text
  }

  /// A SHA-256 as a seal writes it: 64 lower-case hex digits.
  static func sha256Hex(_ text: String?) -> String? {
    guard let text, text.utf8.count == 64,
      text.utf8.allSatisfy({
        isDecimalDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      })
    else { return nil }
    return text
  }

  /// The last component of a path; nil for one that ends in a slash.
  static func fileName(_ path: String?) -> String? {
    guard
      let last = path?.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        .last
    else { return nil }
    return last.isEmpty ? nil : String(last)
  }

  /// What follows the last dot of a file name, if something stands on both sides of it.
  static func fileExtension(_ name: String?) -> String? {
    guard let name, let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot > name.utf8.startIndex
    else { return nil }
    let rest = name.utf8[name.utf8.index(after: dot)...]
    return rest.isEmpty ? nil : String(rest)
  }
}

private func lowerDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}

/// `Z`, or an offset of at most 14 hours, as `xsd:dateTime` allows.
private func isOffset(_ bytes: [UInt8]) -> Bool {
  if bytes == [UInt8(ascii: "Z")] { return true }
  guard bytes.count == 6, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
    bytes[3] == UInt8(ascii: ":"), [1, 2, 4, 5].allSatisfy({ isDecimalDigit(bytes[$0]) })
  else { return false }
  let minutes = number(bytes[4...5])
  return minutes < 60 && number(bytes[1...2]) * 60 + minutes <= 14 * 60
}

private func dayCount(year: Int, month: Int) -> Int {
  switch month {
  case 2:
    year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
  case 4, 6, 9, 11: 30
  default: 31
  }
}

private func isDecimalDigit(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

/// The value of at most four digits.
private func number(_ digits: ArraySlice<UInt8>) -> Int {
  digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
}

/// Nanoseconds and an offset; longer fractions are nobody's clock.
private let maximumDateTimeLength = "2026-01-01T00:00:00.123456789+00:00".utf8.count
