/// Cuts a withheld text into the passages by which a copy of any part of it is known.
///
/// A passage is six words that follow each other, and more until it has thirty bytes: people and
/// programs write shorter ones independently of each other. It doesn't go across empty lines and
/// header lines. Lines of fewer words are given apart.
struct LeakPassages {
  /// What a passage is good for.
  enum Kind {
    /// A copy of it is a copy of the text.
    case passage
    /// A whole line of few words, or a word that names somebody or something.
    case fragment
  }

  /// Whether `<…>` is markup and not text.
  private let isMarkup: Bool
  /// Whether bytes past ASCII are no text either, since most of the content isn't.
  private let isBinary: Bool
  private let emit: (Kind, [UInt8]) throws -> Void
  private var line: [UInt8] = []
  private var isInTag = false
  private var words: [[UInt8]] = []
  private var byteCount = 0
  private var wordCount = 0
  private var isLineCut = false
  private var wasReturn = false

  init(
    isMarkup: Bool = false, isBinary: Bool = false,
    _ emit: @escaping (Kind, [UInt8]) throws -> Void
  ) {
    self.isMarkup = isMarkup
    self.isBinary = isBinary
    self.emit = emit
  }

  mutating func push(_ bytes: some Sequence<UInt8>) throws {
    for byte in bytes {
      byteCount += 1
      defer { wasReturn = byte == 0x0D }
      if byte == 0x0A, wasReturn { continue }
      if isMarkup, byte == UInt8(ascii: "<") || isInTag {
        isInTag = byte != UInt8(ascii: ">")
        if !isInTag, line.last != 0x20 { line.append(0x20) }
      } else if byte == 0x0A || byte == 0x0D {
        try endLine()
      } else if byte < 0x20 && byte != 0x09 || byte == 0x7F || isBinary && byte > 0x7F {
        // No text goes across these.
        try endLine()
        words = []
      } else {
        line.append(byte)
        if line.count >= Self.longestLine, byte == 0x20 || line.count >= 2 * Self.longestLine {
          isLineCut = true
          try endLine()
          isLineCut = true
        }
      }
    }
  }

  mutating func finish() throws {
    try endLine()
    words = []
  }

  private mutating func endLine() throws {
    defer {
      line.removeAll(keepingCapacity: true)
      isLineCut = false
    }
    let parts = line.split(separator: 0x20).flatMap { $0.split(separator: 0x09) }
    guard !parts.isEmpty else {
      words = []
      return
    }
    if !isLineCut, isHeader(parts[0]) {
      words = []
      if isProtocol(parts[0]) { return }
    }
    for part in parts { try add(Array(part)) }
    if !isLineCut, 2..<Self.wordsOfPassage ~= parts.count {
      let text = Self.trimmed(LeakFold.folded(line))
      if text.count >= Self.shortestFragment { try emit(.fragment, text) }
    }
  }

  private mutating func add(_ word: [UInt8]) throws {
    wordCount += 1
    if word.count >= Self.longWord {
      // Lines of base64, addresses of pages: words that nobody writes twice.
      let text = Self.trimmed(LeakFold.folded(word.prefix(Self.longestPassage)))
      try emit(.passage, text)
    } else if isIdentifier(word) {
      try emit(.fragment, Self.trimmed(LeakFold.folded(word)))
    }
    words.append(word)
    if words.count > Self.mostWords { words.removeFirst() }
    guard words.count >= Self.wordsOfPassage,
      byteCount <= Self.denseBytes || wordCount % Self.sparseStep == 0
    else { return }
    for count in Self.wordsOfPassage...words.count {
      let text = Self.trimmed(LeakFold.folded(words.suffix(count).joined(separator: [0x20])))
      guard text.count >= Self.shortestPassage else { continue }
      // Long words were told alone.
      if text.count <= Self.longestPassage { try emit(.passage, text) }
      return
    }
  }

  /// `Name:` at the start of a line, as in mails.
  private func isHeader(_ word: ArraySlice<UInt8>) -> Bool {
    word.count > 1 && word.last == UInt8(ascii: ":")
      && word.dropLast().allSatisfy { isWordByte($0) || $0 == UInt8(ascii: "-") }
  }

  /// Header lines that programs write alike in every mail.
  private func isProtocol(_ word: ArraySlice<UInt8>) -> Bool {
    let name = String(decoding: word.map { LeakFold.folded($0) }, as: UTF8.self)
    let line = String(decoding: line.map { LeakFold.folded($0) }, as: UTF8.self)
    return ["mime-version:", "content-type:", "content-transfer-encoding:", "content-language:"]
      .contains(name) && !line.contains("name=") && !line.contains("name*")
  }

  /// An e-mail address, or a number of eight digits or more that isn't a time.
  private func isIdentifier(_ word: [UInt8]) -> Bool {
    if word.contains(UInt8(ascii: "@")), word.count >= 6 { return true }
    let isTime = word.count >= 10 && word[4] == UInt8(ascii: "-") && word[7] == UInt8(ascii: "-")
    return !isTime && word.count { isDigit($0) } >= 8
  }

  static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
    guard let first = bytes.firstIndex(where: { isWordByte($0) }),
      let last = bytes.lastIndex(where: { isWordByte($0) })
    else { return [] }
    return Array(bytes[first...last])
  }

  static let wordsOfPassage = 6
  private static let mostWords = 16
  private static let shortestPassage = 30
  /// Twice as many in UTF-16, which has to fit a pattern.
  private static let longestPassage = 120
  private static let shortestFragment = 12
  private static let longWord = 40
  /// Lines without end are cut here.
  private static let longestLine = 4096
  /// From here on only each fourth passage is kept: a copy of nine words and more is still found.
  private static let denseBytes = 256 << 10
  private static let sparseStep = 4
}
