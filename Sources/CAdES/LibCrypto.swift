import COpenSSL

/// libcrypto's conventions, in one place: errors, output buffers, memory BIOs, randomness.
///
/// Errors wait in a queue of the thread, so nothing here suspends between a call and its error, and
/// every failure empties the queue: the next caller must not find another's mistake.
enum LibCrypto {
  static func takeError() -> CAdESError {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    return .cryptographicFailure(code: UInt(code))
  }

  /// Runs an `i2d_…` function, which allocates its output.
  static func encode(
    _ body: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>) -> Int32
  ) throws(CAdESError) -> [UInt8] {
    var bytes: UnsafeMutablePointer<UInt8>?
    let count = body(&bytes)
    defer { shim_OPENSSL_free(bytes) }
    guard count > 0, let bytes else { throw takeError() }
    return [UInt8](UnsafeBufferPointer(start: bytes, count: Int(count)))
  }

  /// Collects what `body` writes into a BIO.
  static func output(_ body: (OpaquePointer) -> Int32) throws(CAdESError) -> [UInt8] {
    guard let bio = BIO_new(BIO_s_mem()) else { throw takeError() }
    defer { BIO_free(bio) }
    guard body(bio) >= 0 else { throw takeError() }
    var bytes: UnsafeMutablePointer<CChar>?
    let count = shim_BIO_mem_data(bio, &bytes)
    guard count > 0, let bytes else { return [] }
    return [UInt8](UnsafeRawBufferPointer(start: bytes, count: count))
  }

  /// Lends `bytes` as a BIO; the caller checked that their count fits into an `Int32`.
  static func withInput<Result>(
    _ bytes: [UInt8], _ body: (OpaquePointer) -> Result
  ) throws(CAdESError) -> Result {
    let result: Result? = bytes.withUnsafeBytes { buffer in
      guard let bio = BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count)) else {
        return nil
      }
      defer { BIO_free(bio) }
      return body(bio)
    }
    guard let result else { throw takeError() }
    return result
  }

  static func randomBytes(_ count: Int) throws(CAdESError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard RAND_bytes(&bytes, Int32(clamping: count)) == 1 else { throw takeError() }
    return bytes
  }
}

/// A hash function that signatures use, or used: ``AlgorithmLife`` says until when it counts.
enum DigestAlgorithm: CaseIterable, Hashable {
  case sha1, sha256, sha384, sha512

  init?(_ identifier: ObjectIdentifier) {
    guard let match = Self.allCases.first(where: { $0.identifier == identifier }) else {
      return nil
    }
    self = match
  }

  var identifier: ObjectIdentifier {
    switch self {
    case .sha1: .sha1
    case .sha256: .sha256
    case .sha384: .sha384
    case .sha512: .sha512
    }
  }

  var byteCount: Int {
    switch self {
    case .sha1: 20
    case .sha256: 32
    case .sha384: 48
    case .sha512: 64
    }
  }

  /// Parameters are absent, RFC 5754, clause 2.
  var algorithm: [UInt8] { DER.sequence(DER.identifier(identifier)) }

  /// libcrypto's static description; it lives as long as the program.
  var handle: OpaquePointer? {
    switch self {
    case .sha1: EVP_sha1()
    case .sha256: EVP_sha256()
    case .sha384: EVP_sha384()
    case .sha512: EVP_sha512()
    }
  }

  func hash(_ bytes: some Collection<UInt8>) -> [UInt8] {
    digest(bytes, handle, byteCount)
  }
}

/// SHA-1 where RFC 5280 and RFC 2634 name certificates with it; nothing here trusts it.
func sha1(_ bytes: some Collection<UInt8>) -> [UInt8] { DigestAlgorithm.sha1.hash(bytes) }

private func digest(
  _ bytes: some Collection<UInt8>, _ algorithm: OpaquePointer?, _ byteCount: Int
) -> [UInt8] {
  var out = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
  func run(_ buffer: UnsafeBufferPointer<UInt8>) -> Int32 {
    EVP_Digest(buffer.baseAddress, buffer.count, &out, nil, algorithm, nil)
  }
  let done =
    bytes.withContiguousStorageIfAvailable(run) ?? Array(bytes).withUnsafeBufferPointer(run)
  // Digests fail only when memory is exhausted, where Swift stops as well.
  precondition(done == 1, "libcrypto can't hash")
  return Array(out.prefix(byteCount))
}
