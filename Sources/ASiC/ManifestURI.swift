extension EntryName {
  /// The name as a URI relative to the container's root (RFC 3986).
  ///
  /// Only unreserved characters and `/` stand for themselves: some validators take `+` for a space.
  var uri: String {
    percentEncoded(path.utf8) { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-._~/".utf8.contains(byte)
      }
    }
  }

  /// Reads a URI reference relative to the container's root.
  ///
  /// Characters that RFC 3986 wants encoded may stand as they are. A scheme, a query, a fragment, an
  /// encoded slash, bytes that aren't UTF-8, and paths that no name has are refused.
  init(uri: String) throws(ManifestError) {
    var bytes: [UInt8] = []
    var digits: [UInt8] = []  // of a percent sign that has begun
    var isEscape = false
    for byte in uri.utf8 {
      if isEscape {
        digits.append(byte)
        guard digits.count == 2 else { continue }
        guard let value = Self.byte(hexadecimal: digits), value != UInt8(ascii: "/") else {
          throw .unsafeURI(uri)
        }
        bytes.append(value)
        digits = []
        isEscape = false
      } else if byte == UInt8(ascii: "%") {
        isEscape = true
      } else {
        guard !"?#".utf8.contains(byte) else { throw .unsafeURI(uri) }
        bytes.append(byte)
      }
    }
    guard !isEscape, !Self.hasScheme(uri), let path = String(validating: bytes, as: UTF8.self)
    else { throw .unsafeURI(uri) }
    do throws(ContainerError) {
      try self.init(path)
    } catch {
      throw .unsafeURI(uri)
    }
  }

  /// A colon before the first slash makes what is before it a scheme.
  private static func hasScheme(_ uri: String) -> Bool {
    uri.utf8.prefix { $0 != UInt8(ascii: "/") }.contains(UInt8(ascii: ":"))
  }

  private static func byte(hexadecimal digits: [UInt8]) -> UInt8? {
    // `UInt8(_:radix:)` would take a sign for a digit.
    guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
    return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
