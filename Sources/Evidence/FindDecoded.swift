internal import Redaction

/// How the text of an item is written, where that isn't simply its bytes.
enum Decoding {
  /// RFC 5322 and MIME.
  case mail
  /// HTML and XML.
  case markup
  /// A page's words: the companion of a page.
  case words

  /// Nil for content that is searched as it is.
  init?(mediaType: String, isPageWords: Bool) {
    let essence = mediaType.prefix { $0 != ";" }.trimmingBlanks.lowercased()
    switch essence {
    case _ where isPageWords: self = .words
    case "message/rfc822": self = .mail
    case "text/html", "text/xml", "application/xml": self = .markup
    case _ where essence.hasSuffix("+xml"): self = .markup
    default: return nil
    }
  }
}

extension Substring {
  fileprivate var trimmingBlanks: Substring {
    var text = drop { $0 == " " || $0 == "\t" }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }
}

/// Searches an item's decoded texts, and its bytes where those are text themselves.
struct DecodedSearch {
  private let item: WholeItem
  private let form: Form
  private let rules: [Rule]
  private let finders: RuleFinders
  private(set) var claims: [(leaves: Range<UInt64>, claim: Claim)] = []
  /// What each rule found in decoded text, as ranges of the content: the same is found in the bytes.
  private var found: [Int: [Range<Int>]] = [:]

  /// - Parameter rules: what looks everywhere, and what is about a mail's headers and parts.
  init(_ item: WholeItem, form: Form, rules: [Rule], finders: RuleFinders) {
    self.item = item
    self.form = form
    self.rules = rules
    self.finders = finders
  }

  mutating func run(_ decoding: Decoding?, _ results: inout FindResults) throws(FindError) {
    switch decoding {
    case .mail: try searchMail(&results)
    case .markup:
      try search(markupText(item.bytes), rules: everywhere, &results)
      try searchBytes([0..<item.bytes.count], &results)
    case .words:
      if let words = wordsText(item.bytes) {
        try search(words, rules: everywhere, &results)
      } else {
        try searchBytes([0..<item.bytes.count], &results)
      }
    case nil: break
    }
    if decoding != .mail {
      for rule in rules where rule.isAboutMail { results.add(.notAMail(rule: rule.number)) }
    }
  }

  private var everywhere: [Rule] { rules.filter { $0.within == nil && $0.selector.isFinder } }

  private mutating func searchMail(_ results: inout FindResults) throws(FindError) {
    let mail: Mail
    do {
      mail = try mailText(item.bytes)
    } catch {
      for rule in rules {
        results.add(
          rule.isAboutMail ? .notAMail(rule: rule.number) : .onlyBytesSearched(rule: rule.number))
      }
      return try searchBytes([0..<item.bytes.count], &results)
    }
    for field in mail.allFields {
      let mine = rules.filter { rule in
        guard case .headers(let names) = rule.within else { return false }
        return names.contains(where: field.isNamed)
      }
      try search(field.text, rules: everywhere + mine, in: .field(field), &results)
    }
    for part in mail.parts {
      let mine = rules.filter { $0.within?.means(part) == true }
      for text in [part.text, part.source].compactMap(\.self) {
        try search(text, rules: everywhere + mine, in: .part(part), &results)
      }
      if part.text == nil, !part.isContainer {
        for rule in everywhere + mine { results.add(.attachmentNotRead(rule: rule.number)) }
      }
    }
    for rule in rules { take(rule, from: mail, &results) }
    // In base64 bytes words are there by chance, and one alone would put what follows out of step.
    let encoded = mail.parts.filter { $0.encoding == .base64 && !$0.isContainer }.map(\.rawBody)
    try searchBytes(gaps(between: encoded), &results)
  }

  private func gaps(between ranges: [Range<Int>]) -> [Range<Int>] {
    var rest: [Range<Int>] = []
    var start = 0
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if start < range.lowerBound { rest.append(start..<range.lowerBound) }
      start = max(start, range.upperBound)
    }
    if start < item.bytes.count { rest.append(start..<item.bytes.count) }
    return rest
  }

  /// Where a text stands in a mail, so that what is found takes what must go with it.
  private enum Surroundings {
    case none
    case field(MailField)
    case part(MailPart)
  }

  private mutating func search(
    _ decoded: DecodedText, rules: [Rule], in surroundings: Surroundings = .none,
    _ results: inout FindResults
  ) throws(FindError) {
    guard !rules.isEmpty else { return }
    for segment in segments(of: decoded) {
      let text = SearchText(Array(decoded.bytes[segment]))
      for rule in rules {
        for match in try finders[rule]?.matches(in: text) ?? [] {
          let range =
            segment.lowerBound + match.range.lowerBound..<segment.lowerBound
            + match.range.upperBound
          take(decoded.sources(of: range), match, rule, surroundings, &results)
        }
      }
    }
  }

  /// The parts of a text between what an earlier step withheld.
  private func segments(of decoded: DecodedText) -> [Range<Int>] {
    var segments: [Range<Int>] = []
    var start = 0
    for gap in item.gaps {
      let end = decoded.firstIndex(fromSource: gap, after: start)
      if end > start { segments.append(start..<end) }
      start = end
    }
    if start < decoded.bytes.count { segments.append(start..<decoded.bytes.count) }
    return segments
  }

  private mutating func take(
    _ sources: [Range<Int>], _ match: RuleFinder.Match, _ rule: Rule,
    _ surroundings: Surroundings, _ results: inout FindResults
  ) {
    guard let first = sources.first, let last = sources.last else { return }
    var claim = Claim(rule: rule.number, parts: match.part.map { [$0] } ?? [])
    var ranges = sources
    var frame = WholeItem.Frame.none
    switch surroundings {
    case .none: break
    case .field(let field):
      ranges = sources.map { encodedWord(around: $0, in: field) }
      frame = ranges == sources ? .field(value: field.range) : .signs
    case .part(let part) where part.encoding == .base64:
      claim.isEncoded = true
      ranges = [wholeRows(of: part, first.lowerBound..<last.upperBound)]
      frame = .base64(body: part.rawBody)
    case .part: break
    }
    for range in ranges {
      for leaves in item.leaves(touching: range, leaving: frame) {
        claims.append((leaves, claim))
        claim.parts = []
      }
    }
    // The leaf of the match itself goes, also where the frame of its line would leave it.
    if claim.isEncoded {
      for range in sources {
        for leaves in item.leaves(touching: range, leaving: .signs) {
          claims.append((leaves, claim))
        }
      }
    }
    if match.isTold { results.add(.shownTellsValue(rule: rule.number)) }
    results.count(rule: rule.number)
    found[rule.number, default: []].append(first.lowerBound..<last.upperBound)
  }

  /// The rows of base64 that a range touches, and those that a leaf at their ends has a part of.
  private func wholeRows(of part: MailPart, _ range: Range<Int>) -> Range<Int> {
    var rows = part.encodedLines(covering: range)
    guard form == .text else { return rows }
    while true {
      let leaves = item.wholeLeaves(around: rows).clamped(to: part.rawBody)
      let before = leaves.lowerBound..<max(leaves.lowerBound, rows.lowerBound)
      let behind = min(rows.upperBound, leaves.upperBound)..<leaves.upperBound
      guard
        item.bytes[before].contains(where: isBase64) || item.bytes[behind].contains(where: isBase64)
      else { return rows }
      let wider = part.encodedLines(covering: leaves)
      if wider == rows { return rows }
      rows = wider
    }
  }

  /// A range with the encoded word of RFC 2047 that it lies in: one half of it can't be read.
  private func encodedWord(around range: Range<Int>, in field: MailField) -> Range<Int> {
    let value = item.bytes[field.range]
    var index = value.startIndex
    while index + 1 < value.endIndex, index < range.upperBound {
      guard value[index] == UInt8(ascii: "="), value[index + 1] == UInt8(ascii: "?") else {
        index += 1
        continue
      }
      // =?charset?encoding?text?=
      var marks = 0
      var end = index + 2
      while end < value.endIndex, marks < 3 || value[end] != UInt8(ascii: "="),
        !isBlankOrLineEnd(value[end])
      {
        if value[end] == UInt8(ascii: "?") { marks += 1 }
        end += 1
      }
      if marks >= 3, end < value.endIndex, end >= range.lowerBound {
        return min(index, range.lowerBound)..<max(end + 1, range.upperBound)
      }
      index = max(end, index + 2)
    }
    return range
  }

  private func isBlankOrLineEnd(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A
  }

  /// What a rule takes of a mail without looking for anything.
  private mutating func take(_ rule: Rule, from mail: Mail, _ results: inout FindResults) {
    switch rule.within ?? rule.selector {
    case .headers(let names):
      for name in names where !mail.allFields.contains(where: { $0.isNamed(name) }) {
        results.add(.headerMissing(rule: rule.number, name: name))
      }
      guard rule.within == nil else { return }
      for field in mail.allFields where names.contains(where: field.isNamed) {
        let value = String(decoding: field.text.bytes, as: UTF8.self)
        take(field.range, rule, rule.show?.part(of: value), isEncoded: false)
        if rule.show?.tells(value) == true { results.add(.shownTellsValue(rule: rule.number)) }
        results.count(rule: rule.number)
      }
    case .parts(let patterns):
      for pattern in patterns where !mail.parts.contains(where: { pattern.means($0) }) {
        results.add(.partMissing(rule: rule.number, part: pattern.description))
      }
      guard rule.within == nil else { return }
      for part in mail.parts where patterns.contains(where: { $0.means(part) }) {
        let isEncoded = part.encoding == .base64 && !part.isContainer
        take(part.rawBody, rule, rule.show?.part(of: ""), isEncoded: isEncoded)
        results.count(rule: rule.number)
      }
    default: break
    }
  }

  private mutating func take(
    _ range: Range<Int>, _ rule: Rule, _ part: ShownPart?, isEncoded: Bool
  ) {
    var claim = Claim(
      rule: rule.number, parts: part.map { [$0] } ?? [], isEncoded: isEncoded)
    for leaves in item.leaves(touching: range, leaving: form == .text ? .signs : .none) {
      claims.append((leaves, claim))
      claim.parts = []
    }
  }

  /// Looks at the bytes themselves, as far as the decoded texts don't say the same.
  private mutating func searchBytes(
    _ places: [Range<Int>], _ results: inout FindResults
  ) throws(FindError) {
    let decoded = found.mapValues(\.united)
    for place in places {
      for segment in pieces(of: place) {
        let text = SearchText(Array(item.bytes[segment]))
        for rule in everywhere {
          for match in try finders[rule]?.matches(in: text) ?? [] {
            let range =
              segment.lowerBound + match.range.lowerBound..<segment.lowerBound
              + match.range.upperBound
            let isKnown = decoded[rule.number]?.touches(range) ?? false
            let claim = Claim(
              rule: rule.number, parts: isKnown ? [] : match.part.map { [$0] } ?? [])
            for leaves in item.leaves(touching: range) { claims.append((leaves, claim)) }
            if match.isTold { results.add(.shownTellsValue(rule: rule.number)) }
            if !isKnown { results.count(rule: rule.number) }
          }
        }
      }
    }
  }

  private func pieces(of place: Range<Int>) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var start = place.lowerBound
    for gap in item.gaps where place.contains(gap) {
      if start < gap { pieces.append(start..<gap) }
      start = gap + 1
    }
    if start < place.upperBound { pieces.append(start..<place.upperBound) }
    return pieces
  }
}

extension Rule {
  /// Whether it is about a mail's headers or parts.
  var isAboutMail: Bool {
    switch within ?? selector {
    case .headers, .parts: true
    default: false
    }
  }
}

extension Selector {
  fileprivate func means(_ part: MailPart) -> Bool {
    guard case .parts(let patterns) = self else { return false }
    return patterns.contains { $0.means(part) }
  }
}

extension PartPattern {
  fileprivate func means(_ part: MailPart) -> Bool {
    matches(path: part.path, mediaType: part.mediaType, fileName: part.fileName)
  }
}

extension MailPart {
  /// Whether its text is that of the parts in it.
  var isContainer: Bool { mediaType.hasPrefix("multipart/") || mediaType == "message/rfc822" }
}

extension DecodedText {
  /// The first byte of text, from a place on, that comes from a place of the content or behind it.
  fileprivate func firstIndex(fromSource source: Int, after start: Int) -> Int {
    var (low, high) = (start, bytes.count)
    while low < high {
      let middle = (low + high) / 2
      // Text that was put in stands for nothing: what follows it decides.
      var next = middle
      while next < high, sources(of: next..<next + 1).isEmpty { next += 1 }
      guard next < high, let place = sources(of: next..<next + 1).first else {
        high = middle
        continue
      }
      if place.upperBound <= source { low = next + 1 } else { high = middle }
    }
    return low
  }
}

extension [Range<Int>] {
  /// The ranges ascending, those that overlap as one.
  fileprivate var united: [Range<Int>] {
    var united: [Range<Int>] = []
    for range in sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = united.last, range.lowerBound <= last.upperBound {
        united[united.count - 1] = last.lowerBound..<Swift.max(last.upperBound, range.upperBound)
      } else {
        united.append(range)
      }
    }
    return united
  }

  /// Whether one of the ranges, which ascend and lie apart, overlaps another.
  fileprivate func touches(_ range: Range<Int>) -> Bool {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle].upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low].lowerBound < range.upperBound
  }
}
