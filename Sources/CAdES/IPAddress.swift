import COpenSSL

/// An IP address as alternative names have it: four octets, or sixteen (RFC 5280, clause 4.2.1.6).
enum IPAddress {
  static func octets(_ text: String) throws(CAdESError) -> [UInt8] {
    guard let parsed = a2i_IPADDRESS(text) else {
      ERR_clear_error()
      throw .invalidName(text)
    }
    defer { ASN1_OCTET_STRING_free(parsed) }
    let count = Int(ASN1_STRING_length(parsed))
    return [UInt8](UnsafeBufferPointer(start: ASN1_STRING_get0_data(parsed), count: count))
  }
}
