import COpenSSL

/// PEM, RFC 7468, read and written by libcrypto.
enum PEM {
  static func text(_ label: String, _ der: [UInt8]) -> String {
    // Memory is all that can be missing here.
    let bytes = try? LibCrypto.output { PEM_write_bio($0, label, "", der, der.count) }
    return String(decoding: bytes ?? [], as: UTF8.self)
  }

  /// The contents of all blocks with one of `labels`; other blocks and text between are skipped.
  static func blocks(_ text: String, labels: Set<String>) throws(CAdESError) -> [[UInt8]] {
    let bytes = Array(text.utf8)
    guard bytes.count <= Limits.pemByteCount else {
      throw .tooLarge(.pem, limit: Limits.pemByteCount)
    }
    var blocks: [[UInt8]] = []
    let isComplete = try LibCrypto.withInput(bytes) { bio in
      while true {
        var name: UnsafeMutablePointer<CChar>?
        var header: UnsafeMutablePointer<CChar>?
        var data: UnsafeMutablePointer<UInt8>?
        var count = 0
        guard PEM_read_bio(bio, &name, &header, &data, &count) == 1 else {
          // The end shows as "no start line"; any other error is a broken block.
          let reason = Int32(truncatingIfNeeded: ERR_peek_last_error() & 0x7f_ffff)
          ERR_clear_error()
          return reason == PEM_R_NO_START_LINE
        }
        defer {
          shim_OPENSSL_free(name)
          shim_OPENSSL_free(header)
          shim_OPENSSL_free(data)
        }
        guard let name, let data, labels.contains(String(cString: name)) else { continue }
        blocks.append([UInt8](UnsafeBufferPointer(start: data, count: count)))
      }
    }
    guard isComplete else { throw .malformed(.pem, offset: 0) }
    return blocks
  }
}

extension Certificate {
  /// All certificates of a PEM text, at least one; blocks of other kinds are skipped.
  public static func parsePEM(_ text: String) throws(CAdESError) -> [Certificate] {
    let blocks = try PEM.blocks(text, labels: ["CERTIFICATE", "X509 CERTIFICATE"])
    guard !blocks.isEmpty else { throw .malformed(.pem, offset: 0) }
    var certificates: [Certificate] = []
    for block in blocks { certificates.append(try Certificate(der: block)) }
    return certificates
  }

  /// The certificate in PEM.
  public var pem: String { PEM.text("CERTIFICATE", der) }
}

extension RevocationList {
  /// All revocation lists of a PEM text, at least one; blocks of other kinds are skipped.
  public static func parsePEM(_ text: String) throws(CAdESError) -> [RevocationList] {
    let blocks = try PEM.blocks(text, labels: ["X509 CRL"])
    guard !blocks.isEmpty else { throw .malformed(.pem, offset: 0) }
    var lists: [RevocationList] = []
    for block in blocks { lists.append(try RevocationList(der: block)) }
    return lists
  }

  /// The list in PEM.
  public var pem: String { PEM.text("X509 CRL", der) }
}
