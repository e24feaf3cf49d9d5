import COpenSSL
import Crypto
import CryptoExtras
import Foundation

/// What a person types to open a file. It isn't printable, and is zeroed when it's released.
public struct Passphrase: Sendable {
  private let secret: SymmetricKey

  /// Takes the UTF-8 of `text` as it is: age defines no normalisation.
  public init(_ text: String) throws(AgeError) {
    try self.init(utf8: Array(text.utf8))
  }

  /// Takes the UTF-8 of a passphrase from a buffer that the caller wipes.
  public init(utf8 bytes: [UInt8]) throws(AgeError) {
    guard !bytes.isEmpty else { throw .emptyPassphrase }
    secret = SymmetricKey(data: bytes)
  }

  /// Lends the UTF-8 to what takes passphrases for other forms of files, and wipes the copy.
  public func lend<Result, Failure: Error>(
    to body: (ArraySlice<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var copy = secret.withUnsafeBytes { Array($0) }
    defer { copy.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
    return try body(copy[...])
  }

  /// Derives the wrapping key of a scrypt stanza; takes about 2^workFactor × 3 µs and × 1 KiB.
  func wrappingKey(salt: [UInt8], workFactor: Int) throws(AgeError) -> SymmetricKey {
    let labelled = Array("age-encryption.org/v1/scrypt".utf8) + salt
    do {
      return try secret.withUnsafeBytes { bytes in
        try KDF.Scrypt.deriveKey(
          from: bytes, salt: labelled, outputByteCount: 32, rounds: 1 << workFactor, blockSize: 8,
          parallelism: 1)
      }
    } catch {
      throw .cryptographyFailed
    }
  }
}

extension Passphrase: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Says nothing.
  public var description: String { "Passphrase" }

  /// Says nothing.
  public var debugDescription: String { description }

  /// Shows nothing, so that `dump` doesn't print the secret either.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
