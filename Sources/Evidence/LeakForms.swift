internal import Foundation

/// The ways in which a withheld text may be written elsewhere.
///
/// Encodings are undone where they stand (``LeakSearch``). Here is what can't be undone: character
/// sets, normalization, case beyond ASCII, and what people do to names and numbers.
struct LeakForms {
  /// Folded bytes with what they are.
  struct Form {
    let bytes: [UInt8]
    let mode: LeakMode
    let writing: LeakWriting
  }

  /// The value from its first to its last letter or digit.
  let text: String
  /// How many characters it has.
  let length: Int

  /// Nil where no letter or digit is in it, or it isn't text.
  init?(_ bytes: some Collection<UInt8>) {
    let text =
      String(validating: bytes, as: UTF8.self)
      ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    self.init(text)
  }

  init?(_ text: String) {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: Self.isOfWord),
      let last = scalars.lastIndex(where: Self.isOfWord)
    else { return nil }
    self.text = String(scalars[first...last])
    length = self.text.count
  }

  /// Under six characters, a value is looked for as a word, and only warned of.
  var isShort: Bool { length < Self.shortLength }

  /// All forms of a value that a cut chose.
  var all: [Form] {
    if isShort { return spellings(mode: isIdeographic ? .anywhere : .word, wide: isIdeographic) }
    var forms = spellings(mode: .anywhere, wide: true)
    forms += names.map { Form(bytes: LeakFold.folded($0.0.utf8), mode: .anywhere, writing: $0.1) }
    return forms + numbers
  }

  /// The text as it is, in each character set.
  func spellings(mode: LeakMode, wide: Bool) -> [Form] {
    var texts: [(String, LeakWriting)] = [(text, .plain)]
    if !text.utf8.allSatisfy({ $0 < 0x80 }) {
      texts += [(text.lowercased(), .otherCase), (text.uppercased(), .otherCase)]
      if length <= Self.longestName { texts.append((text.capitalized, .otherCase)) }
      texts +=
        texts.map { ($0.0.precomposedStringWithCanonicalMapping, .normalized) }
        + texts.map { ($0.0.decomposedStringWithCanonicalMapping, .normalized) }
    }
    var forms: [Form] = []
    for (text, writing) in texts {
      forms.append(Form(bytes: LeakFold.folded(text.utf8), mode: mode, writing: writing))
      guard wide else { continue }
      let units = Array(text.utf16)
      // The first zero byte of UTF-16BE may belong to what stands before; it doesn't matter.
      let little = units.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
      let big = units.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
      for bytes in [little, big] {
        forms.append(Form(bytes: LeakFold.folded(bytes), mode: .anywhere, writing: .utf16))
      }
      if writing != .plain || text.utf8.count != length,
        text.unicodeScalars.allSatisfy({ $0.value < 0x100 })
      {
        let bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        forms.append(Form(bytes: LeakFold.folded(bytes), mode: .anywhere, writing: .latin1))
      }
    }
    return forms
  }

  /// A name of two to four words: in the other order, without what stands between, and as user
  /// names, file names and addresses write it.
  private var names: [(String, LeakWriting)] {
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    guard 2...4 ~= words.count, length <= Self.longestName,
      words.allSatisfy({ $0.unicodeScalars.allSatisfy { Self.isOfName($0) } }),
      let first = words.first, let last = words.last
    else { return [] }
    var names: [(String, LeakWriting)] = []
    let rest = words.dropLast().joined(separator: " ")
    names += ["\(last) \(rest)", "\(last), \(rest)"].map { ($0, .reordered) }
    if words.count > 2 {
      names += ["\(first) \(last)", "\(last) \(first)", "\(last), \(first)"]
        .map { ($0, .reordered) }
    }
    names += ["", ".", "_", "-"].map { (words.joined(separator: $0), .joined) }
    return names.filter { $0.0.count >= Self.shortLength }
  }

  /// Phone, account and card numbers without and with separators; dates in other orders.
  private var numbers: [Form] {
    let ascii = Array(text.utf8)
    let digits = ascii.filter { isDigit($0) }
    guard digits.count >= Self.digitCount, ascii.count <= Self.longestNumber else { return [] }
    var forms: [Form] = []
    if let date { forms += date.map { Form(bytes: $0, mode: .digitGroup, writing: .date) } }
    for row in ascii.split(whereSeparator: { isWordByte($0) && !isDigit($0) }) {
      let row = row.filter { isDigit($0) }
      guard row.count >= Self.digitCount else { continue }
      let mode: LeakMode = row.count < Self.certainDigits ? .digitGroup : .digits
      forms.append(Form(bytes: row, mode: mode, writing: .digits))
      // Within its country a phone number has another beginning.
      if row.count > Self.nationalDigits, row.count <= Self.longestPhone {
        forms.append(
          Form(bytes: Array(row.suffix(Self.nationalDigits)), mode: .digitTail, writing: .digits))
      }
    }
    let compact = ascii.filter { isWordByte($0) }
    if compact.count > digits.count, compact.count * 2 < digits.count * 3 + 8 {
      forms.append(Form(bytes: LeakFold.folded(compact), mode: .anywhere, writing: .joined))
      for separator in " -" {
        let groups = stride(from: 0, to: compact.count, by: 4)
          .map { compact[$0..<min($0 + 4, compact.count)] }
        let grouped = Array(groups.joined(separator: String(separator).utf8))
        forms.append(Form(bytes: LeakFold.folded(grouped), mode: .anywhere, writing: .joined))
      }
    }
    return forms
  }

  /// Day, month and year in the orders in which dates are written, where the text is a date.
  private var date: [[UInt8]]? {
    let parts = text.utf8.split(whereSeparator: { !isDigit($0) }).map(Array.init)
    guard parts.count == 3, text.utf8.count == 10 else { return nil }
    let (year, month, day) =
      parts[0].count == 4 ? (parts[0], parts[1], parts[2]) : (parts[2], parts[1], parts[0])
    guard year.count == 4, month.count == 2, day.count == 2 else { return nil }
    return [year + month + day, day + month + year, month + day + year, year + day + month]
  }

  /// Scripts that put no space between words, and say in three characters what others say in ten.
  private var isIdeographic: Bool { text.unicodeScalars.contains { $0.value >= 0x2E80 } }

  private static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
      true
    default: false
    }
  }

  private static func isOfName(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "-" || scalar == "'" || scalar == "." || scalar == "\u{2019}"
      || isOfWord(scalar) && scalar.properties.numericType == nil
  }

  static let shortLength = 6
  private static let digitCount = 8
  /// Shorter rows of digits stand within longer ones by chance.
  private static let certainDigits = 12
  private static let nationalDigits = 9
  private static let longestPhone = 15
  /// Longer than any name, account or phone number with all its separators.
  private static let longestName = 64
  private static let longestNumber = 48
}
