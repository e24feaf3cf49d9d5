import Crypto
import Foundation

/// The 16 random bytes that everything in a file hangs on. Zeroed when it's released.
struct FileKey: Sendable {
  let key: SymmetricKey

  /// Makes a new file key from the system's randomness.
  init() { key = SymmetricKey(size: .bits128) }

  /// Takes an unwrapped key; the stanza's parser has checked that it has 16 bytes.
  init(_ key: SymmetricKey) { self.key = key }

  /// Unwraps a stanza's body with the stanza's wrapping key; nil when that isn't the right one.
  init?(opening body: [UInt8], with wrappingKey: SymmetricKey) {
    guard
      let box = try? ChaChaPoly.SealedBox(combined: [UInt8](repeating: 0, count: 12) + body),
      var opened = try? ChaChaPoly.open(box, using: wrappingKey)
    else { return nil }
    key = SymmetricKey(data: opened)
    opened.resetBytes(in: opened.startIndex..<opened.endIndex)
  }

  /// Returns the stanza's body: the file key under `wrappingKey`.
  ///
  /// The nonce is zero because a wrapping key is used once.
  func sealed(with wrappingKey: SymmetricKey) throws(AgeError) -> [UInt8] {
    do {
      let nonce = try ChaChaPoly.Nonce(data: [UInt8](repeating: 0, count: 12))
      let box = try key.withUnsafeBytes {
        try ChaChaPoly.seal($0, using: wrappingKey, nonce: nonce)
      }
      return Array(box.ciphertext) + Array(box.tag)
    } catch {
      throw .cryptographyFailed
    }
  }

  /// Returns the HMAC over a header up to and with `---`.
  func mac(of header: [UInt8]) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: header, using: headerKey))
  }

  /// Whether `mac` is that of `header`; takes the same time for each wrong one.
  func isMAC(_ mac: [UInt8], of header: [UInt8]) -> Bool {
    HMAC<SHA256>.isValidAuthenticationCode(mac, authenticating: header, using: headerKey)
  }

  /// Returns the key of the payload that starts with `nonce`.
  func payloadKey(nonce: [UInt8]) -> SymmetricKey {
    HKDF<SHA256>.deriveKey(
      inputKeyMaterial: key, salt: nonce, info: Array("payload".utf8), outputByteCount: 32)
  }

  private var headerKey: SymmetricKey {
    HKDF<SHA256>.deriveKey(
      inputKeyMaterial: key, info: Array("header".utf8), outputByteCount: 32)
  }

  static let byteCount = 16

  /// A file key and the tag over it.
  static let sealedByteCount = byteCount + 16
}

/// Returns bytes from the system's generator.
func randomBytes(_ count: Int) -> [UInt8] {
  var generator = SystemRandomNumberGenerator()
  return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
}
