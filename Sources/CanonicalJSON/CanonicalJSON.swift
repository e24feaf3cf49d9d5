// The JSON that is signed or hashed: RFC 8259 read strictly, RFC 8785 (JCS) written.
//
// Only a subset is a value here: strings, integers within ±(2^53 - 1), booleans, arrays and objects.
// Floating point and null are refused, so RFC 8785 clause 3.2.2.3 (the ECMAScript number form) never
// comes into play and no two readers can disagree about a number. A missing value is an absent key.
//
// `JSONParserTests` holds what is refused, `CanonicalBytesTests` the forms of RFC 8785 clauses
// 3.2.2 and 3.2.3 with the example of its section 3.2.3, `JSONMutationTests` the round trip.

/// A JSON value of the subset that this project signs.
///
/// Strings compare as Swift compares them, by canonical equivalence. So that no two readers can
/// disagree, an object with two keys that differ only in their Unicode normalization is refused by
/// the parser as a duplicate. The bytes of a string are kept exactly as they were read.
public enum JSON: Hashable, Sendable {
  /// A string of Unicode scalar values.
  case string(String)
  /// An integer. Only ``JSON/integerRange`` survives a round trip.
  case integer(Int64)
  /// `true` or `false`.
  case bool(Bool)
  /// An ordered list.
  case array([JSON])
  /// Members by name, without an order of their own.
  case object([String: JSON])

  /// The integers that every JSON reader holds exactly: ±(2^53 - 1), RFC 8785 section 3.2.2.3.
  public static let integerRange: ClosedRange<Int64> =
    -9_007_199_254_740_991...9_007_199_254_740_991
}

extension JSON {
  /// The member `key` of an object; nil for other values.
  public subscript(key: String) -> JSON? { object?[key] }

  /// The text of a string; nil for other values.
  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The value of an integer; nil for other values.
  public var integer: Int64? {
    if case .integer(let value) = self { value } else { nil }
  }

  /// The value of a boolean; nil for other values.
  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The elements of an array; nil for other values.
  public var array: [JSON]? {
    if case .array(let value) = self { value } else { nil }
  }

  /// The members of an object; nil for other values.
  public var object: [String: JSON]? {
    if case .object(let value) = self { value } else { nil }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }

  /// An integer.
  public init(integerLiteral value: Int64) { self = .integer(value) }

  /// A boolean.
  public init(booleanLiteral value: Bool) { self = .bool(value) }

  /// An array.
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }

  /// An object. A key written twice is a mistake of the program, and traps.
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Dictionary(uniqueKeysWithValues: elements))
  }
}

/// Why bytes are not JSON that we accept; offsets count bytes from 0.
public enum JSONError: Error, Hashable, Sendable {
  /// There are more bytes than the caller allows.
  case tooLarge(limit: Int)
  /// The text ends inside a value.
  case truncated(offset: Int)
  /// This byte cannot stand here.
  case unexpectedByte(UInt8, offset: Int)
  /// A complete value is followed by something else than white space.
  case trailingBytes(offset: Int)
  /// A string is not UTF-8, RFC 3629.
  case invalidUTF8(offset: Int)
  /// A backslash is followed by something that RFC 8259 clause 7 does not allow.
  case invalidEscape(offset: Int)
  /// An escape names half of a surrogate pair.
  case loneSurrogate(offset: Int)
  /// A number has a fraction, an exponent or a leading zero.
  case notAnInteger(offset: Int)
  /// An integer lies outside ``JSON/integerRange``.
  case integerOutOfRange(offset: Int)
  /// `null` is not part of the subset.
  case null(offset: Int)
  /// An object names this key twice; the offset is that of the second key.
  case duplicateKey(String, offset: Int)
  /// Arrays and objects are nested deeper than ``JSON/maximumDepth``.
  case tooDeep(offset: Int)
  /// The text differs from its RFC 8785 form, first at this byte.
  case notCanonical(offset: Int)
}
