/// Follows the tokens of JSON and knows the pointer to the next one.
///
/// It judges nothing: of bytes that are no JSON it says that the place is unknown. In a file of lines
/// each line is a document, and finding the place begins anew with each.
struct JSONPlace {
  private struct Frame {
    let isObject: Bool
    var index: UInt64 = 0
    /// The key of the value that is being read; nil where it is withheld.
    var key: String?
  }
  private enum Expected { case value, key, colon, separator }
  private enum Leaf { case none, string, structure, scalar }

  private let isLines: Bool
  private var frames: [Frame] = []
  private var expected = Expected.value
  private var isLost = false
  private var line: UInt64 = 1
  private var leaf = Leaf.none
  private var text: [UInt8] = []

  init(isLines: Bool) { self.isLines = isLines }

  /// What the next leaf is, if it is a value or a key; nil where that can't be known.
  var value: CutPlace.Value? {
    guard !isLost else { return nil }
    var pointer = ""
    for (depth, frame) in frames.enumerated() {
      if depth == frames.count - 1, expected == .key { break }
      guard let token = frame.isObject ? frame.key : String(frame.index) else { return nil }
      pointer += "/" + token.replacing("~", with: "~0").replacing("/", with: "~1")
    }
    return CutPlace.Value(
      line: isLines ? line : nil, pointer: pointer, isKey: expected == .key)
  }

  mutating func push(_ bytes: UnsafeRawBufferPointer) {
    guard let first = bytes.first else { return }
    if leaf == .none { leaf = Self.kind(of: first) }
    switch leaf {
    case .structure: for byte in bytes { structure(byte) }
    case .string:
      let room = Self.maximumKey - text.count
      if expected == .key, room > 0 { text.append(contentsOf: bytes.prefix(room)) }
    case .scalar, .none: break
    }
  }

  mutating func end() {
    defer {
      leaf = .none
      text.removeAll(keepingCapacity: true)
    }
    if leaf == .string || leaf == .scalar { pass(key: Self.key(of: text)) }
  }

  mutating func withheld(_ leaves: Range<UInt64>) {
    if leaves.count == 1, expected == .key || expected == .value {
      pass(key: nil)
    } else {
      isLost = true
    }
  }

  /// A key or a value went by.
  private mutating func pass(key: String?) {
    switch expected {
    case .key:
      if let last = frames.indices.last { frames[last].key = key }
      expected = .colon
    case .value: expected = frames.isEmpty ? .value : .separator
    case .colon, .separator: isLost = true
    }
  }

  private mutating func structure(_ byte: UInt8) {
    if isLines, byte == 0x0A {
      line += 1
      isLost = false
      frames.removeAll(keepingCapacity: true)
      expected = .value
    }
    guard !isLost else { return }
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      guard expected == .value, frames.count < Self.maximumDepth else {
        isLost = true
        return
      }
      let isObject = byte == UInt8(ascii: "{")
      frames.append(Frame(isObject: isObject))
      expected = isObject ? .key : .value
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      guard frames.popLast() != nil else {
        isLost = true
        return
      }
      expected = frames.isEmpty ? .value : .separator
    case UInt8(ascii: ":"):
      guard expected == .colon else {
        isLost = true
        return
      }
      expected = .value
    case UInt8(ascii: ","):
      guard expected == .separator, let last = frames.indices.last else {
        isLost = true
        return
      }
      frames[last].index += 1
      frames[last].key = nil
      expected = frames[last].isObject ? .key : .value
    default: break
    }
  }

  /// What a key says; one with escapes is shown as it stands, since it is only a sign to a person.
  private static func key(of string: [UInt8]) -> String {
    var rest = string[...]
    if rest.first == UInt8(ascii: "\"") { rest = rest.dropFirst() }
    if rest.last == UInt8(ascii: "\"") { rest = rest.dropLast() }
    return String(decoding: rest, as: UTF8.self)
  }

  private static func kind(of byte: UInt8) -> Leaf {
    switch byte {
    case UInt8(ascii: "\""): .string
    case 0x20, 0x09, 0x0A, 0x0D, 0x7B, 0x7D, 0x5B, 0x5D, 0x3A, 0x2C: .structure
    default: .scalar
    }
  }

  /// Nothing recurses here; this bounds the memory for a file of nothing but brackets.
  private static let maximumDepth = 4096
  /// A longer key is shown cut off.
  private static let maximumKey = 256
}
