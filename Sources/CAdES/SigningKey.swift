import COpenSSL

/// A private key. It has no description, and leaves only as PEM, on request.
public struct SigningKey: Sendable {
  /// What a key can sign with.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case p256, p384
    /// RSA with 3072 bits, or more where the key came from elsewhere.
    case rsa3072
  }

  /// The kind of the key.
  public let kind: Kind
  /// The public key as DER SubjectPublicKeyInfo.
  public let spki: [UInt8]
  private let storage: Storage

  /// A new key from libcrypto's random generator.
  public static func generate(_ kind: Kind) throws(CAdESError) -> SigningKey {
    let pointer =
      switch kind {
      case .p256: shim_EVP_EC_gen("P-256")
      case .p384: shim_EVP_EC_gen("P-384")
      case .rsa3072: shim_EVP_RSA_gen(3072)
      }
    guard let pointer else { throw LibCrypto.takeError() }
    return try SigningKey(Storage(pointer))
  }

  /// Parses the first private key of a PEM text: PKCS #8, plain or encrypted, or the older forms.
  public init(pem: String, passphrase: String? = nil) throws(CAdESError) {
    let phrase = Array((passphrase ?? "").utf8)
    try self.init(pem: pem, passphrase: phrase[...])
  }

  /// The same with the passphrase's UTF-8, which the caller can wipe; it holds no NUL.
  public init(pem: String, passphrase: ArraySlice<UInt8>) throws(CAdESError) {
    let bytes = Array(pem.utf8)
    guard bytes.count <= Limits.privateKeyByteCount else {
      throw .tooLarge(.privateKey, limit: Limits.privateKeyByteCount)
    }
    // Without a callback libcrypto would ask on the terminal.
    let key = try LibCrypto.withInput(bytes) { bio -> OpaquePointer? in
      var phrase = passphrase + [0]
      defer { phrase.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
      return phrase.withUnsafeMutableBytes {
        PEM_read_bio_PrivateKey(bio, nil, givePassphrase, $0.baseAddress)
      }
    }
    ERR_clear_error()
    guard let key else { throw .malformed(.privateKey, offset: 0) }
    try self.init(Storage(key))
  }

  /// PKCS #8 in PEM, unencrypted.
  public var pem: String {
    get throws(CAdESError) {
      let bytes = try LibCrypto.output { bio in
        PEM_write_bio_PKCS8PrivateKey(bio, storage.pointer, nil, nil, 0, nil, nil) - 1
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// PKCS #8 in PEM, encrypted: PBES2 with AES-256-CBC and PBKDF2-HMAC-SHA-256, 600,000 rounds.
  public func encryptedPEM(passphrase: String) throws(CAdESError) -> String {
    try encryptedPEM(passphrase: Array(passphrase.utf8)[...])
  }

  /// The same with the passphrase's UTF-8, which the caller can wipe.
  public func encryptedPEM(passphrase: ArraySlice<UInt8>) throws(CAdESError) -> String {
    guard let plain = EVP_PKEY2PKCS8(storage.pointer) else { throw LibCrypto.takeError() }
    defer { PKCS8_PRIV_KEY_INFO_free(plain) }
    var salt = try LibCrypto.randomBytes(16)
    let encrypted = passphrase.withUnsafeBytes {
      PKCS8_encrypt(
        -1, EVP_aes_256_cbc(), $0.bindMemory(to: CChar.self).baseAddress, Int32(clamping: $0.count),
        &salt, Int32(salt.count), Self.derivationRounds, plain)
    }
    guard let encrypted else { throw LibCrypto.takeError() }
    defer { X509_SIG_free(encrypted) }
    let bytes = try LibCrypto.output { PEM_write_bio_PKCS8($0, encrypted) - 1 }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// SHA-256 of ``spki``.
  public var spkiSHA256: [UInt8] { DigestAlgorithm.sha256.hash(spki) }

  /// P-384 signs with SHA-384, the others with SHA-256.
  var digest: DigestAlgorithm { kind == .p384 ? .sha384 : .sha256 }

  /// The signature's algorithm as certificates name it; RSA's has NULL parameters (RFC 4055).
  var certificateAlgorithm: [UInt8] {
    switch kind {
    case .p256: DER.sequence(DER.identifier(.ecdsaWithSHA256))
    case .p384: DER.sequence(DER.identifier(.ecdsaWithSHA384))
    case .rsa3072: DER.sequence(DER.identifier(.sha256WithRSA), DER.null)
    }
  }

  /// How an RSA key pads; other keys don't.
  enum Padding { case pkcs1, pss }

  /// The same as CMS names it, where the hash of PKCS #1 v1.5 stands elsewhere.
  func messageAlgorithm(_ padding: Padding) -> [UInt8] {
    guard kind == .rsa3072 else { return certificateAlgorithm }
    guard padding == .pss else { return DER.sequence(DER.identifier(.rsa), DER.null) }
    // RFC 4055, clause 3.1: the defaults are SHA-1, so each field is said. The salt is as long as
    // the hash.
    let hash = DER.sequence(DER.identifier(digest.identifier), DER.null)
    return DER.sequence(
      DER.identifier(.rsaPSS),
      DER.sequence(
        DER.explicit(0, hash),
        DER.explicit(1, DER.sequence(DER.identifier(.maskGeneration1), hash)),
        DER.explicit(2, DER.integer(digest.byteCount))))
  }

  func sign(_ message: [UInt8], _ padding: Padding = .pkcs1) throws(CAdESError) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { throw LibCrypto.takeError() }
    defer { EVP_MD_CTX_free(context) }
    var count = 0
    var keyContext: OpaquePointer?
    guard EVP_DigestSignInit(context, &keyContext, digest.handle, nil, storage.pointer) == 1
    else { throw LibCrypto.takeError() }
    if kind == .rsa3072, padding == .pss {
      guard EVP_PKEY_CTX_set_rsa_padding(keyContext, RSA_PKCS1_PSS_PADDING) == 1,
        EVP_PKEY_CTX_set_rsa_pss_saltlen(keyContext, Int32(digest.byteCount)) == 1
      else { throw LibCrypto.takeError() }
    }
    guard EVP_DigestSign(context, nil, &count, message, message.count) == 1
    else { throw LibCrypto.takeError() }
    var signature = [UInt8](repeating: 0, count: count)
    guard EVP_DigestSign(context, &signature, &count, message, message.count) == 1
    else { throw LibCrypto.takeError() }
    return Array(signature.prefix(count))
  }

  private init(_ storage: Storage) throws(CAdESError) {
    self.storage = storage
    let bits = EVP_PKEY_get_bits(storage.pointer)
    switch EVP_PKEY_get_base_id(storage.pointer) {
    case EVP_PKEY_EC where storage.isCurve("prime256v1"): kind = .p256
    case EVP_PKEY_EC where storage.isCurve("secp384r1"): kind = .p384
    case EVP_PKEY_RSA where (3072...16384).contains(bits): kind = .rsa3072
    default: throw .unsupportedKey
    }
    spki = try LibCrypto.encode { i2d_PUBKEY(storage.pointer, $0) }
  }

  private static let derivationRounds: Int32 = 600_000
}

/// Copies the passphrase, a C string, to libcrypto.
private func givePassphrase(
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int32, _: Int32,
  _ phrase: UnsafeMutableRawPointer?
) -> Int32 {
  guard let buffer, let phrase else { return -1 }
  let characters = phrase.assumingMemoryBound(to: CChar.self)
  var count = 0
  while characters[count] != 0 {
    guard count < Int(size) else { return -1 }
    buffer[count] = characters[count]
    count += 1
  }
  return Int32(count)
}

/// Owns the EVP_PKEY. Unchecked, but safe to share: nothing changes the key after its creation, and
/// libcrypto counts references atomically and signs with a context of the call's own.
private final class Storage: @unchecked Sendable {
  let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) { self.pointer = pointer }
  deinit { EVP_PKEY_free(pointer) }

  func isCurve(_ name: String) -> Bool {
    var buffer = [CChar](repeating: 0, count: 64)
    var count = 0
    guard EVP_PKEY_get_group_name(pointer, &buffer, buffer.count, &count) == 1 else {
      ERR_clear_error()
      return false
    }
    return buffer.prefix(count).elementsEqual(name.utf8.map { CChar(bitPattern: $0) })
  }
}

extension SigningKey: CustomStringConvertible, CustomReflectable {
  /// The kind only, so that no log shows a key.
  public var description: String { "SigningKey(\(kind.rawValue))" }
  /// Empty, so that `dump` shows nothing either.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
