/// Markup that is safe to show: text gets in only escaped.
///
///     let row: HTML = "<td>\(item.name)</td>"
///
/// Literals are trusted, because we wrote them. Interpolated strings never are; they may stand between
/// tags and inside quoted attributes.
struct HTML: ExpressibleByStringInterpolation {
  private(set) var text: String

  init(stringLiteral value: String) { text = value }

  init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

  struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { text += literal }

    /// Evidence is made printable too: a direction mark in a name would turn the rest of the row.
    mutating func appendInterpolation(_ string: String) {
      for scalar in printable(string).unicodeScalars {
        switch scalar {
        case "&": text += "&amp;"
        case "<": text += "&lt;"
        case ">": text += "&gt;"
        case "\"": text += "&quot;"
        case "'": text += "&#39;"
        default: text.unicodeScalars.append(scalar)
        }
      }
    }

    mutating func appendInterpolation(_ number: some BinaryInteger) { text += String(number) }

    mutating func appendInterpolation(_ html: HTML) { text += html.text }

    mutating func appendInterpolation(_ parts: [HTML]) {
      for part in parts { text += part.text }
    }
  }
}

extension HTML {
  /// The end of a page in English: what it doesn't show.
  static func end(limits: [String]) -> HTML {
    """
    <section>
    <h2>What this does not show</h2>
    <ul>
    \(limits.map { "<li>\($0)</li>\n" as HTML })</ul>
    </section>
    </main>
    </body>
    </html>

    """
  }
}
