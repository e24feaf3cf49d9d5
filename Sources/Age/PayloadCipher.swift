import COpenSSL
import Crypto

/// ChaCha20-Poly1305 over the chunks of a payload (C2SP age.md, "Payload"; STREAM).
///
/// Through libcrypto, with one context for the whole file: swift-crypto has no call that seals into
/// a buffer, and reaches a quarter of the speed.
final class PayloadCipher {
  /// Plaintext bytes of each chunk but the last.
  static let chunkByteCount = 1 << 16
  static let tagByteCount = 16

  private let context: OpaquePointer

  init(key: SymmetricKey) throws(AgeError) {
    guard let context = EVP_CIPHER_CTX_new() else { throw .cryptographyFailed }
    self.context = context
    let started = key.withUnsafeBytes { bytes in
      EVP_CipherInit_ex(
        context, EVP_chacha20_poly1305(), nil,
        bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), nil, 1)
    }
    guard started == 1 else { throw .cryptographyFailed }
  }

  /// Zeroes the key.
  deinit { EVP_CIPHER_CTX_free(context) }

  /// Encrypts the first `count` bytes of `buffer` in place, and puts the tag behind them; false
  /// where libcrypto fails.
  func seal(
    _ buffer: UnsafeMutableRawBufferPointer, count: Int, chunk: UInt64, isLast: Bool
  ) -> Bool {
    precondition(count + Self.tagByteCount <= buffer.count, "PayloadCipher: has room for the tag")
    let bytes = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    var written: Int32 = 0
    return start(chunk: chunk, isLast: isLast, sealing: true)
      && EVP_CipherUpdate(context, bytes, &written, bytes, Int32(count)) == 1
      && EVP_CipherFinal_ex(context, bytes?.advanced(by: count), &written) == 1
      && EVP_CIPHER_CTX_ctrl(
        context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagByteCount), bytes?.advanced(by: count)) == 1
  }

  /// Decrypts a chunk with its tag into `output`. Unless this returns true, what `output` holds is
  /// forged.
  func open(
    _ sealed: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, chunk: UInt64,
    isLast: Bool
  ) -> Bool {
    let count = sealed.count - Self.tagByteCount
    guard count >= 0, count <= output.count else { return false }
    let bytes = sealed.baseAddress?.assumingMemoryBound(to: UInt8.self)
    let plain = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    var tag = Array(sealed[count...])
    var written: Int32 = 0
    return start(chunk: chunk, isLast: isLast, sealing: false)
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1
      && EVP_CipherUpdate(context, plain, &written, bytes, Int32(count)) == 1
      && EVP_CipherFinal_ex(context, plain?.advanced(by: count), &written) == 1
  }

  /// Sets the nonce: the chunk's number in 11 bytes, then 1 for the last chunk.
  private func start(chunk: UInt64, isLast: Bool, sealing: Bool) -> Bool {
    var nonce = [UInt8](repeating: 0, count: 12)
    for index in 0..<8 { nonce[10 - index] = UInt8(truncatingIfNeeded: chunk >> UInt64(8 * index)) }
    nonce[11] = isLast ? 1 : 0
    return EVP_CipherInit_ex(context, nil, nil, nil, nonce, sealing ? 1 : 0) == 1
  }
}

/// Memory for plaintext, zeroed when it's released.
final class SecretBuffer {
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int) { bytes = .allocate(byteCount: byteCount, alignment: 64) }

  deinit {
    OPENSSL_cleanse(bytes.baseAddress, bytes.count)
    bytes.deallocate()
  }
}
