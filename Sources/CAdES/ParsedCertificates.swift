import COpenSSL
import Synchronization

/// A certificate as libcrypto has it, decoded when it is first asked for: decoding a public key costs
/// libcrypto 3.0 as much time as checking a signature with it.
///
/// Unchecked, but safe to share: the pointer is set once, in the mutex; libcrypto counts references
/// atomically, and what else it notes in a certificate it guards itself.
final class DecodedCertificate: @unchecked Sendable {
  private let der: [UInt8]
  private let isDecoded = Mutex(false)
  private var pointer: OpaquePointer?

  init(_ der: [UInt8]) { self.der = der }
  deinit { X509_free(pointer) }

  /// The certificate, for as long as `self` lives; nil where libcrypto can't read it.
  var handle: OpaquePointer? {
    isDecoded.withLock { isDecoded in
      guard !isDecoded else { return }
      pointer = der.withUnsafeBufferPointer { buffer in
        var cursor = buffer.baseAddress
        return d2i_X509(nil, &cursor, buffer.count)
      }
      if pointer == nil { ERR_clear_error() }
      isDecoded = true
    }
    return pointer
  }
}

/// The decoded certificates that a validation uses, kept for as long as it runs.
final class ParsedCertificates {
  private var held: [Swift.ObjectIdentifier: DecodedCertificate] = [:]

  /// The decoded certificate, for as long as `self` lives; nil where libcrypto can't read it.
  func handle(_ certificate: Certificate) -> OpaquePointer? {
    held[Swift.ObjectIdentifier(certificate.decoded)] = certificate.decoded
    return certificate.decoded.handle
  }

  /// Whether `signature` is one over `message` by the key of `certificate`.
  func verify(
    _ signature: some Collection<UInt8>, over message: some Collection<UInt8>,
    _ algorithm: SignatureAlgorithm, by certificate: Certificate
  ) -> Bool {
    defer { ERR_clear_error() }
    guard let key = publicKey(of: certificate), Self.isRSA(key) == (algorithm.padding != .ecdsa),
      let context = EVP_MD_CTX_new()
    else { return false }
    defer { EVP_MD_CTX_free(context) }
    let digest = algorithm.digest.handle
    var keyContext: OpaquePointer?
    guard EVP_DigestVerifyInit(context, &keyContext, digest, nil, key) == 1 else { return false }
    if case .pss(let saltByteCount) = algorithm.padding {
      guard EVP_PKEY_CTX_set_rsa_padding(keyContext, RSA_PKCS1_PSS_PADDING) == 1,
        EVP_PKEY_CTX_set_rsa_pss_saltlen(keyContext, Int32(saltByteCount)) == 1,
        EVP_PKEY_CTX_set_rsa_mgf1_md(keyContext, digest) == 1
      else { return false }
    }
    let (signature, message) = (Array(signature), Array(message))
    return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }

  /// The key's length, and whether it is RSA; nil for other than RSA and elliptic curves.
  func keyStrength(of certificate: Certificate) -> (isRSA: Bool, bits: Int)? {
    defer { ERR_clear_error() }
    guard let key = publicKey(of: certificate) else { return nil }
    let bits = Int(EVP_PKEY_get_bits(key))
    if Self.isRSA(key) { return (true, bits) }
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC ? (false, bits) : nil
  }

  private func publicKey(of certificate: Certificate) -> OpaquePointer? {
    handle(certificate).flatMap { X509_get0_pubkey($0) }
  }

  private static func isRSA(_ key: OpaquePointer) -> Bool {
    [EVP_PKEY_RSA, EVP_PKEY_RSA_PSS].contains(EVP_PKEY_get_base_id(key))
  }
}
