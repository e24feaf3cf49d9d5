/// An inclusive range of lines or bytes, as a policy writes it.
public struct NumberRange: Sendable, Hashable, CustomStringConvertible {
  /// The range as it was written.
  public let description: String
  /// The first and the last.
  public let bounds: ClosedRange<UInt64>

  /// `17`, `3-5` or `0x200-0x3ff`; nil for anything else, and where the end comes first.
  public init?(_ text: String) {
    let words = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard 1...2 ~= words.count, let first = Self.number(Substring(words[0])),
      let last = Self.number(Substring(words[words.count - 1])), first <= last,
      // One more must still be a number.
      last < UInt64(Int64.max)
    else { return nil }
    description = text
    bounds = first...last
  }

  private static func number(_ text: Substring) -> UInt64? {
    if text.utf8.starts(with: "0x".utf8) {
      let digits = text.dropFirst(2)
      return digits.utf8.allSatisfy(isHexDigit) ? UInt64(digits, radix: 16) : nil
    }
    return text.utf8.allSatisfy(isDigit) ? UInt64(text) : nil
  }
}

/// Which parts of a mail a rule means.
///
/// `1.2` is a part by its place, with all that is in it; with a `/` it is a pattern over media types;
/// and anything else is one over the file names of attachments.
public struct PartPattern: Sendable, Hashable, CustomStringConvertible {
  /// The pattern as it was written.
  public let description: String
  private let isPlace: Bool
  private let isMediaType: Bool
  private let glob: Glob

  /// A pattern; there is none that is malformed.
  public init(_ text: String) {
    description = text
    let words = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    isPlace = words.allSatisfy { !$0.isEmpty && $0.allSatisfy(isDigit) }
    isMediaType = !isPlace && text.utf8.contains(UInt8(ascii: "/"))
    glob = Glob(isMediaType ? text.lowercased() : text)
  }

  /// Whether it means a part.
  ///
  /// - Parameters:
  ///   - path: its place, such as `1.2`.
  ///   - mediaType: its media type without parameters.
  ///   - fileName: the name that it has as an attachment.
  public func matches(path: String, mediaType: String, fileName: String?) -> Bool {
    if isPlace { return path == description || path.hasPrefix(description + ".") }
    if isMediaType { return glob.matches(mediaType.lowercased()) }
    return fileName.map(glob.matches) ?? false
  }
}

/// A rectangle of a page or picture, from its top left corner.
public struct PageArea: Sendable, Hashable, CustomStringConvertible {
  /// Pixels, or a share of the picture.
  public enum Length: Sendable, Hashable {
    case pixels(UInt32)
    /// Thousandths of a percent, so that 100 % is 100,000.
    case share(UInt32)

    /// `120`, `12%` or `12.5%`; nil for anything else, and for more than 100 %.
    public init?(_ text: String) {
      guard text.utf8.last == UInt8(ascii: "%") else {
        guard !text.isEmpty, text.utf8.allSatisfy(isDigit), let pixels = UInt32(text) else {
          return nil
        }
        self = .pixels(pixels)
        return
      }
      let words = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
      guard 1...2 ~= words.count, words.allSatisfy({ $0.utf8.allSatisfy(isDigit) }),
        let whole = UInt32(words[0]), whole <= 100
      else { return nil }
      let digits = words.count > 1 ? words[1] : "0"
      guard 1...3 ~= digits.utf8.count,
        let fraction = UInt32(digits + String(repeating: "0", count: 3 - digits.utf8.count)),
        whole * 1000 + fraction <= Self.whole
      else { return nil }
      self = .share(whole * 1000 + fraction)
    }

    static let whole: UInt32 = 100_000
  }

  /// The page, from 1; a picture is page 1.
  public let page: Int
  public let x: Length
  public let y: Length
  public let width: Length
  public let height: Length

  /// A rectangle; nil for a page before the first, or without extent.
  public init?(page: Int, x: Length, y: Length, width: Length, height: Length) {
    guard page >= 1, ![.pixels(0), .share(0)].contains(width),
      ![.pixels(0), .share(0)].contains(height)
    else { return nil }
    self.page = page
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// For people.
  public var description: String {
    "page \(page), \(x.text) \(y.text) \(width.text) \(height.text)"
  }

  /// The pixels of a picture that it touches: shares are rounded out.
  public func pixels(of grid: TileGrid) -> PixelArea {
    let (left, right) = Self.span(x, width, grid.width)
    let (top, bottom) = Self.span(y, height, grid.height)
    return PixelArea(x: left, y: top, width: right - left, height: bottom - top)
  }

  /// The first pixel and the one behind the last; they may lie behind the picture.
  private static func span(_ start: Length, _ length: Length, _ side: UInt32) -> (UInt32, UInt32) {
    // In thousandths of a percent of a pixel, which 64 bits hold.
    let unit = UInt64(Length.whole)
    func size(_ length: Length) -> UInt64 {
      switch length {
      case .pixels(let pixels): UInt64(pixels) * unit
      case .share(let share): UInt64(side) * UInt64(share)
      }
    }
    let first = size(start)
    let end = first + size(length)
    return (
      UInt32(clamping: first / unit), UInt32(clamping: (end + unit - 1) / unit)
    )
  }
}

extension PageArea.Length {
  fileprivate var text: String {
    switch self {
    case .pixels(let pixels): String(pixels)
    case .share(let share): "\(Double(share) / 1000)%"
    }
  }
}
