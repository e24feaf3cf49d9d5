internal import Foundation

/// A pattern over item names.
///
/// `?` is one character and `*` any number, but neither is a `/`; `**` is any number of characters,
/// and `**/` any number of folders, none too. A pattern without `/` is compared with the name's
/// last component. Names and patterns that differ in Unicode normalization only are the same.
public struct Glob: Sendable, Hashable, CustomStringConvertible {
  private enum Token: Sendable, Hashable {
    case scalar(Unicode.Scalar)
    case one
    case many
    case anything
    case folders
  }

  /// The pattern as it was written.
  public let description: String
  private let tokens: [Token]
  private let isOfLastComponent: Bool

  /// A pattern; there is none that is malformed.
  public init(_ pattern: String) {
    description = pattern
    isOfLastComponent = !pattern.utf8.contains(UInt8(ascii: "/"))
    let scalars = Array(pattern.precomposedStringWithCanonicalMapping.unicodeScalars)
    var tokens: [Token] = []
    var index = 0
    while index < scalars.count {
      let isDouble = scalars[index...].starts(with: ["*", "*"])
      if isDouble, scalars[index...].dropFirst(2).first == "/",
        index == 0 || scalars[index - 1] == "/"
      {
        tokens.append(.folders)
        index += 3
      } else if isDouble {
        tokens.append(.anything)
        index += 2
      } else {
        switch scalars[index] {
        case "*": tokens.append(.many)
        case "?": tokens.append(.one)
        default: tokens.append(.scalar(scalars[index]))
        }
        index += 1
      }
    }
    self.tokens = tokens
  }

  /// Whether the pattern is about an item of this name, its full relative path.
  public func matches(_ name: String) -> Bool {
    let path = name.precomposedStringWithCanonicalMapping.unicodeScalars
    let subject =
      isOfLastComponent ? path.split(separator: "/").last.map(Array.init) ?? [] : Array(path)
    // reached[k]: the tokens so far match the first k scalars. No pattern makes this more than
    // one step for each token and scalar.
    var reached = Array(repeating: false, count: subject.count + 1)
    reached[0] = true
    for token in tokens { reached = advance(reached, token, subject) }
    return reached[subject.count]
  }

  private func advance(
    _ reached: [Bool], _ token: Token, _ subject: [Unicode.Scalar]
  ) -> [Bool] {
    var next = Array(repeating: false, count: reached.count)
    var hasEarlier = false
    for place in 0...subject.count {
      let before = place > 0 ? subject[place - 1] : nil
      switch token {
      case .scalar(let scalar): next[place] = place > 0 && reached[place - 1] && before == scalar
      case .one: next[place] = place > 0 && reached[place - 1] && before != "/"
      case .many: next[place] = reached[place] || place > 0 && next[place - 1] && before != "/"
      case .anything: next[place] = reached[place] || place > 0 && next[place - 1]
      case .folders: next[place] = reached[place] || hasEarlier && before == "/"
      }
      hasEarlier = hasEarlier || reached[place]
    }
    return next
  }
}

/// A place in a JSON document, RFC 6901. The empty pointer is the whole document.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
  /// The pointer as it was written.
  public let description: String
  /// Its reference tokens, with `~0` and `~1` resolved.
  let tokens: [String]

  /// Nil where the text isn't a pointer: it doesn't begin with `/`, or a `~` stands alone.
  public init?(_ text: String) {
    description = text
    guard !text.isEmpty else {
      tokens = []
      return
    }
    guard text.utf8.first == UInt8(ascii: "/") else { return nil }
    var tokens: [String] = []
    for part in text.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false)
      .dropFirst()
    {
      var token = String.UnicodeScalarView()
      var rest = part
      while let scalar = rest.popFirst() {
        guard scalar == "~" else {
          token.append(scalar)
          continue
        }
        switch rest.popFirst() {
        case "0": token.append("~")
        case "1": token.append("/")
        default: return nil
        }
      }
      tokens.append(String(token))
    }
    self.tokens = tokens
  }
}
