public import Merkle

/// The lines of a statement: UTF-8, LF only, one final LF, no control characters.
struct StatementLines {
  /// What follows the lines taken. Lines are found one by one, since a peer can send millions of
  /// empty ones.
  private var rest: Substring.UTF8View
  /// The number of lines taken.
  private(set) var line = 0

  init(_ bytes: [UInt8]) throws(RedactionError) {
    guard bytes.count <= Self.maximumByteCount else { throw .statement(.tooLong, line: 0) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .statement(.notText, line: 0)
    }
    rest = text[...].utf8
  }

  /// Whether every line has been taken.
  var isAtEnd: Bool { rest.isEmpty }

  func fault(_ fault: RedactionError.StatementFault) -> RedactionError {
    .statement(fault, line: line)
  }

  /// The next line without its LF; nil where no LF follows. Bytes, not characters: CR LF is one of
  /// those.
  private var upcoming: Substring.UTF8View? {
    rest.firstIndex(of: UInt8(ascii: "\n")).map { rest[..<$0] }
  }

  private mutating func take(_ upcoming: Substring.UTF8View) {
    rest = rest[upcoming.endIndex...].dropFirst()
    line += 1
  }

  mutating func next() throws(RedactionError) -> Substring {
    guard let upcoming else { throw .statement(.missingLine, line: line + 1) }
    take(upcoming)
    return Substring(upcoming)
  }

  /// The rest of the next line if it begins with `prefix`; else the line stays.
  mutating func next(prefix: String) -> Substring? {
    guard let upcoming, upcoming.starts(with: prefix.utf8) else { return nil }
    take(upcoming)
    return Substring(upcoming.dropFirst(prefix.utf8.count))
  }

  mutating func expect(_ text: String) throws(RedactionError) {
    guard try next().utf8.elementsEqual(text.utf8) else { throw fault(.firstLine) }
  }

  mutating func hash() throws(RedactionError) -> Hash {
    guard let hash = Hash(base64: try next()) else { throw fault(.base64) }
    return hash
  }

  mutating func number() throws(RedactionError) -> UInt64 {
    guard let number = UInt64(statement: try next()) else { throw fault(.number) }
    return number
  }

  mutating func time() throws(RedactionError) -> StatementTime {
    guard let time = StatementTime(try next()) else { throw fault(.time) }
    return time
  }

  /// `role node base64`
  mutating func signer(_ role: String) throws(RedactionError) -> SignerName {
    guard let rest = next(prefix: role + " ") else {
      _ = try next()
      throw fault(.signer)
    }
    let words = rest.utf8.split(
      separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
    guard words.count == 2, let key = Hash(base64: Substring(words[1])),
      isIdentifier(Substring(words[0]))
    else { throw fault(.signer) }
    return SignerName(checked: String(Substring(words[0])), key: key)
  }

  /// A record of a hundred thousand cuts; a peer's longer one would only fill memory.
  static let maximumByteCount = 16 << 20
}

/// The node that signs a statement, and the digest of exactly the key that it signs with.
public struct SignerName: Hashable, Sendable {
  /// A node id: 1 to 64 of `a-z 0-9 . _ -`, the first a letter or digit.
  public let node: String
  /// SHA-256 of the DER SubjectPublicKeyInfo.
  public let key: Hash

  /// A name; throws ``RedactionError/StatementFault/signer`` for a node id of another form.
  public init(node: String, key: Hash) throws(RedactionError) {
    guard isIdentifier(node[...]) else { throw .statement(.signer, line: 0) }
    self.init(checked: node, key: key)
  }

  init(checked node: String, key: Hash) {
    self.node = node
    self.key = key
  }
}

/// Whether `text` is a node or role id.
func isIdentifier(_ text: Substring) -> Bool {
  guard 1...64 ~= text.utf8.count else { return false }
  return text.utf8.enumerated().allSatisfy { index, byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): index > 0
    default: false
    }
  }
}

/// Whether `text` can stand in a statement: not empty, no space at either end, no control
/// characters.
func isStatementText(_ text: Substring) -> Bool {
  guard let first = text.unicodeScalars.first, first != " ", text.unicodeScalars.last != " " else {
    return false
  }
  return text.unicodeScalars.allSatisfy { scalar in
    scalar.value >= 0x20 && !(0x7f...0x9f ~= scalar.value)
  }
}

extension UInt64 {
  /// ASCII digits without leading zeros, below 2^64.
  init?(statement text: Substring) {
    guard 1...20 ~= text.utf8.count, text.utf8.first != UInt8(ascii: "0") || text.utf8.count == 1,
      text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
    else { return nil }
    self.init(text)
  }
}
