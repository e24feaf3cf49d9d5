/// How what is withheld from an item is written in the item's file: Docs/Redaction.md, "What the
/// recipient gets".
public enum Form: Hashable, Sendable {
  /// A table of words: one placeholder for each longest row of withheld leaves of equal placeholder.
  case text
  /// A table of cells: a placeholder for each leaf, quoted where the cell needs quotes.
  case csv
  /// A table of JSON tokens: a placeholder for each leaf, always a JSON string.
  case json
  /// A picture of tiles: a grey one for each that is withheld.
  case image
  /// Grid mode: zero bytes, whatever the media type. It follows from the item's mode alone.
  case grid

  /// The form of an item in table mode.
  ///
  /// - Parameter mediaType: the value of the header leaf `media-type`; parameters are ignored.
  public init(mediaType: String) {
    let essence = mediaType.utf8.prefix { $0 != UInt8(ascii: ";") }
    let trimmed = essence.drop(while: Self.isBlank).reversed().drop(while: Self.isBlank).reversed()
    let name = String(decoding: trimmed.map(Self.lowercased), as: UTF8.self)
    switch name {
    case "text/csv": self = .csv
    case "application/json", "application/x-ndjson": self = .json
    default:
      if name.hasSuffix("+json") {
        self = .json
      } else {
        self = name.hasPrefix("image/") ? .image : .text
      }
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}

/// What stands in the place of a withheld leaf, or of a row of them in text.
///
/// - Parameters:
///   - form: the item's form; grid mode has zero bytes and never asks.
///   - code: the reason code of the cut.
///   - shown: the text that the redactor vouches for; an empty one counts as none.
public func placeholder(form: Form, code: String, shown: String?) -> [UInt8] {
  if form == .image { return [UInt8](repeating: Tile.grey, count: Tile.byteCount) }
  var label = Array("[REDACTED \(code)".utf8)
  if let shown, !shown.isEmpty { label += Array(": \(shown)".utf8) }
  label.append(UInt8(ascii: "]"))
  let quote = UInt8(ascii: "\"")
  switch form {
  case .csv where label.contains { [0x2C, 0x3B, quote].contains($0) }:
    return [quote] + label.flatMap { $0 == quote ? [quote, quote] : [$0] } + [quote]
  case .json:
    let backslash = UInt8(ascii: "\\")
    return [quote] + label.flatMap { $0 == quote || $0 == backslash ? [backslash, $0] : [$0] }
      + [quote]
  default: return label
  }
}
