public import Merkle

/// A header leaf of an item: one fact about it, under a key.
public struct HeaderField: Hashable, Sendable {
  /// 1 to 255 of `a-z`, `0-9` and `-`.
  public let key: String
  /// Any bytes.
  public let value: [UInt8]

  /// A field; throws ``RedactionError/HeaderFault/key`` for a key of another form.
  public init(key: String, value: [UInt8]) throws(RedactionError) {
    guard Self.isKey(key.utf8) else { throw .header(.key) }
    self.key = key
    self.value = value
  }

  /// Parses `u8 key length ‖ key ‖ value`.
  public init(parsing bytes: some Collection<UInt8>) throws(RedactionError) {
    guard let length = bytes.first else { throw .header(.key) }
    let rest = bytes.dropFirst()
    let key = rest.prefix(Int(length))
    guard key.count == Int(length), Self.isKey(key) else { throw .header(.key) }
    self.key = String(decoding: key, as: UTF8.self)
    self.value = Array(rest.dropFirst(Int(length)))
  }

  /// The bytes of the leaf.
  public var bytes: [UInt8] {
    [UInt8(key.utf8.count)] + key.utf8 + value
  }

  private static func isKey(_ key: some Collection<UInt8>) -> Bool {
    1...255 ~= key.count
      && key.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }

  /// Whether the field is derived from content, so that it goes with the first withheld leaf.
  public var isDerived: Bool { Self.isDerived(key) }

  /// Whether a field of this key is derived: every key that the specification doesn't except.
  ///
  /// Unknown keys count as derived: a digest, a size or a thumbnail would let a gap be found by
  /// trying.
  public static func isDerived(_ key: String) -> Bool {
    !underived.contains(key) && !key.utf8.starts(with: "acquired-".utf8)
  }

  private static let underived: Set<String> = [
    "name", mediaTypeKey, "class", "data-category", "derived-from", "exhibit",
  ]
  static let mediaTypeKey = "media-type"
}

/// A disclosed header leaf and its position among all header leaves.
public struct IndexedField: Hashable, Sendable {
  /// The position, from 0.
  public let index: UInt32
  /// What stands there.
  public let field: HeaderField

  /// A field at a position.
  public init(index: UInt32, field: HeaderField) {
    self.index = index
    self.field = field
  }
}

/// The head of `NNNN.leaves`: the item's shape and its disclosed header leaves, ascending.
public struct ItemHead: Hashable, Sendable {
  /// How the item is cut.
  public let shape: ItemShape
  /// The disclosed header leaves.
  public let headers: [IndexedField]

  /// A head; throws where indices or keys don't ascend, or an index is past the last header leaf.
  public init(shape: ItemShape, headers: [IndexedField]) throws(RedactionError) {
    var next: UInt64 = 0
    for header in headers {
      guard header.index >= next, header.index < shape.headerCount else {
        throw .leaves(.headerIndex(header.index))
      }
      next = UInt64(header.index) + 1
    }
    for (one, other) in zip(headers, headers.dropFirst()) {
      guard one.field.key.utf8.lexicographicallyPrecedes(other.field.key.utf8) else {
        throw .header(.order)
      }
    }
    self.shape = shape
    self.headers = headers
  }

  /// The value of the disclosed field `key`.
  public subscript(key: String) -> [UInt8]? {
    headers.first { $0.field.key == key }?.field.value
  }

  /// The value of `media-type`, its bytes taken as Latin-1; throws where it isn't disclosed.
  public func mediaType() throws(RedactionError) -> String {
    guard let value = self[HeaderField.mediaTypeKey] else { throw .header(.mediaType) }
    return String(String.UnicodeScalarView(value.map { Unicode.Scalar($0) }))
  }

  /// What stands in withheld places: zero bytes in a grid, else what the media type asks for.
  public func form() throws(RedactionError) -> Form {
    let mediaType = try mediaType()
    return if case .grid = shape.mode { .grid } else { Form(mediaType: mediaType) }
  }

  /// The ranges of header positions that aren't disclosed, ascending and merged.
  var gaps: [Range<UInt64>] {
    var gaps: [Range<UInt64>] = []
    var next: UInt64 = 0
    for header in headers {
      if next < header.index { gaps.append(next..<UInt64(header.index)) }
      next = UInt64(header.index) + 1
    }
    if next < shape.headerCount { gaps.append(next..<UInt64(shape.headerCount)) }
    return gaps
  }
}

/// The root of an item's header tree.
///
/// - Parameters:
///   - seed: the item's header seed.
///   - fields: all fields, at least one, in ascending order of their keys.
public func headerRoot(seed: Seed, fields: [HeaderField]) -> Hash {
  leafRoot(seed: seed, leaves: fields.map(\.bytes)[...])
}
