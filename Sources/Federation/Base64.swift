import Foundation

/// Base64 after RFC 4648, section 4: standard alphabet, padding, canonical.
package enum Base64 {
  /// The text for these bytes.
  package static func encode(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString()
  }

  /// The bytes of this text, or nil where it isn't the canonical encoding of any.
  package static func decode(_ text: String) -> [UInt8]? {
    // Encoding again is the shortest way to refuse stray padding and non-zero spare bits.
    guard let data = Data(base64Encoded: text), data.base64EncodedString() == text else {
      return nil
    }
    return Array(data)
  }
}

extension [UInt8] {
  /// The bytes in base64.
  package var base64: String { Base64.encode(self) }
}
