import COpenSSL

/// A name of up to three parts, as development certificates and requests have them.
public struct DistinguishedName: Hashable, Sendable {
  let der: [UInt8]

  /// Country is a code of two capital letters; the others are 1 to 64 characters (X.520).
  public init(
    commonName: String, organization: String? = nil, country: String? = nil
  ) throws(CAdESError) {
    var parts: [[UInt8]] = []
    if let country {
      guard country.utf8.count == 2, country.utf8.allSatisfy({ (0x41...0x5a).contains($0) })
      else { throw .invalidName(country) }
      parts.append(Self.part(.country, DER.printable(country)))
    }
    for (type, text) in [(ObjectIdentifier.organization, organization), (.commonName, commonName)] {
      guard let text else { continue }
      guard (1...64).contains(text.unicodeScalars.count),
        text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
      else { throw .invalidName(text) }
      parts.append(Self.part(type, DER.utf8(text)))
    }
    der = DER.sequence(of: parts)
  }

  private static func part(_ type: ObjectIdentifier, _ value: [UInt8]) -> [UInt8] {
    DER.set(of: [DER.sequence(DER.identifier(type), value)])
  }
}

/// A DER name as RFC 2253 writes it.
func nameText(_ der: [UInt8]) throws(CAdESError) -> String {
  let name = der.withUnsafeBufferPointer { buffer in
    var cursor = buffer.baseAddress
    return d2i_X509_NAME(nil, &cursor, buffer.count)
  }
  guard let name else {
    ERR_clear_error()
    throw .malformed(.certificate, offset: 0)
  }
  defer { X509_NAME_free(name) }
  let bytes = try LibCrypto.output { shim_X509_NAME_print($0, name) }
  return String(decoding: bytes, as: UTF8.self)
}

/// The first value of one type in a DER name.
func nameAttribute(_ type: ObjectIdentifier, of der: [UInt8]) -> String? {
  do throws(DERError) {
    var name = try DERReader.single(der, Tag.sequence).reader
    while !name.isAtEnd {
      var part = try name.next(Tag.set).reader
      while !part.isAtEnd {
        var pair = try part.sequence()
        if try pair.identifier() == type { return try pair.next().text }
      }
    }
    return nil
  } catch { return nil }
}
