import Crypto
import Foundation

/// One way to the file key, for one recipient.
///
/// Parsing checks all that doesn't need a secret, so that a header's verdict doesn't depend on who
/// reads it: `scrypt` and the native types must be well-formed even where they are for others.
/// A share of low order is refused here as well, since it is one for every identity.
enum Stanza {
  case x25519(share: [UInt8], body: [UInt8])
  case hybrid(encapsulatedKey: [UInt8], body: [UInt8])
  case scrypt(salt: [UInt8], workFactor: Int, body: [UInt8])
  /// A type that we don't know: another program's, or `grease`.
  case other(type: String)

  /// Takes the arguments (the first is the type) and body of a stanza.
  init(arguments: [[UInt8]], body: [UInt8]) throws(HeaderFault) {
    guard let first = arguments.first else { throw .argument }
    let type = String(decoding: first, as: UTF8.self)
    switch type {
    case Recipient.Kind.x25519.rawValue:
      try Self.check(arguments.count == 2 && body.count == FileKey.sealedByteCount)
      let share = try Self.bytes(of: arguments[1], count: 32)
      guard !isLowOrder(share) else { throw .lowOrderShare }
      self = .x25519(share: share, body: body)
    case Recipient.Kind.hybrid.rawValue:
      try Self.check(arguments.count == 2 && body.count == FileKey.sealedByteCount)
      let key = try Self.bytes(of: arguments[1], count: Self.encapsulatedKeyByteCount)
      // BoringSSL hashes the all-zero secret like any other; HPKE (RFC 9180, 7.1.4) wants a stop.
      guard !isLowOrder(key.suffix(32)) else { throw .lowOrderShare }
      self = .hybrid(encapsulatedKey: key, body: body)
    case Self.scryptType:
      try Self.check(arguments.count == 3 && body.count == FileKey.sealedByteCount)
      let salt = try Self.bytes(of: arguments[1], count: Self.saltByteCount)
      let workFactor = try Self.workFactor(of: arguments[2])
      self = .scrypt(salt: salt, workFactor: workFactor, body: body)
    default:
      self = .other(type: type)
    }
  }

  /// The first argument.
  var type: String {
    switch self {
    case .x25519: Recipient.Kind.x25519.rawValue
    case .hybrid: Recipient.Kind.hybrid.rawValue
    case .scrypt: Self.scryptType
    case .other(let type): type
    }
  }

  /// Whether this must be the only stanza.
  var isScrypt: Bool {
    if case .scrypt = self { true } else { false }
  }

  /// The lines of a stanza that we made.
  var serialized: [UInt8] {
    let line: String
    let body: [UInt8]
    switch self {
    case .x25519(let share, let sealed):
      (line, body) = (Self.text(share), sealed)
    case .hybrid(let encapsulatedKey, let sealed):
      (line, body) = (Self.text(encapsulatedKey), sealed)
    case .scrypt(let salt, let workFactor, let sealed):
      (line, body) = ("\(Self.text(salt)) \(workFactor)", sealed)
    case .other:
      (line, body) = ("", [])
    }
    // A body of 32 bytes is one line of 43 columns, and so ends the stanza.
    return Array("-> \(type) \(line)\n\(Self.text(body))\n".utf8)
  }

  private static func text(_ bytes: [UInt8]) -> String {
    String(decoding: Base64.encodeUnpadded(bytes), as: UTF8.self)
  }

  private static func check(_ condition: Bool) throws(HeaderFault) {
    guard condition else { throw .stanza }
  }

  private static func bytes(of argument: [UInt8], count: Int) throws(HeaderFault) -> [UInt8] {
    guard let bytes = argument.withUnsafeBytes({ Base64.decodeUnpadded($0) }), bytes.count == count
    else { throw .stanza }
    return bytes
  }

  /// Reads a decimal number without sign, leading zeros or anything else that `Int` would accept.
  private static func workFactor(of argument: [UInt8]) throws(HeaderFault) -> Int {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let first = argument.first, first != UInt8(ascii: "0"),
      argument.allSatisfy(digits.contains)
    else { throw .stanza }
    guard let factor = Int(String(decoding: argument, as: UTF8.self)),
      factor <= AgeLimits.maximumWorkFactor
    else { throw .workFactor(limit: AgeLimits.maximumWorkFactor) }
    return factor
  }

  static let scryptType = "scrypt"
  static let saltByteCount = 16

  /// An ML-KEM-768 ciphertext and an X25519 share.
  static let encapsulatedKeyByteCount = 1088 + 32
}
