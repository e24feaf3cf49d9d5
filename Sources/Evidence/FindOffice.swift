import ASiC

/// Looks in the parts of an office file for what rules take: much of what it holds is on no page, such as
/// comments, earlier versions, names of authors, hidden sheets, and cells that a page cuts off.
///
/// No part of the file can be cut, so what is found takes it whole, and places don't matter. Parts are
/// found by their local headers (APPNOTE 4.3.7), also those that no directory names.
package struct OfficeSearch {
  /// The numbers of the rules that found something.
  package private(set) var found: Set<Int> = []
  /// Whether everything could be read but pictures, which a page shows as well as it can be searched.
  package private(set) var isComplete = true

  private let rules: [Rule]
  private let finders: RuleFinders
  private var room = maximumUnpacked

  /// A search for what these rules find anywhere in a text.
  package init(_ rules: [Rule]) throws(PolicyError) {
    self.init(rules, try RuleFinders(rules))
  }

  init(_ rules: [Rule], _ finders: RuleFinders) {
    self.rules = rules
    self.finders = finders
  }

  /// Searches a file; one that is no ZIP, as those of older programs, can't be read.
  package mutating func run(_ file: [UInt8]) throws(FindError) {
    guard file.starts(with: Self.member) else {
      isComplete = false
      return
    }
    try searchMembers(of: file, depth: 0)
  }

  private mutating func searchMembers(of file: [UInt8], depth: Int) throws(FindError) {
    guard depth < Self.maximumDepth else {
      isComplete = false
      return
    }
    var index = 0
    while let start = Self.nextMember(in: file, from: index) {
      index = start + Self.member.count
      guard let member = Member(file, at: start) else { continue }
      guard let (part, end) = unpack(member, in: file) else {
        isComplete = false
        continue
      }
      index = end
      try search(part, name: member.name, depth: depth)
    }
  }

  private mutating func search(
    _ part: [UInt8], name: String, depth: Int
  ) throws(FindError) {
    if part.isEmpty || Self.isPicture(name) { return }
    if part.starts(with: Self.member) { return try searchMembers(of: part, depth: depth + 1) }
    guard String(validating: part, as: UTF8.self) != nil else {
      isComplete = false
      return
    }
    // Once with words that runs of letters part joined again, once with all that tags hold.
    for text in [markupText(utf8: joiningRuns(part)), markupText(utf8: part)] {
      let text = SearchText(Array(text.bytes))
      for rule in rules where !found.contains(rule.number) {
        if try finders[rule]?.matches(in: text).isEmpty == false { found.insert(rule.number) }
      }
    }
  }

  /// A member's bytes, and where what follows it begins; nil where it can't be unpacked.
  private mutating func unpack(_ member: Member, in file: [UInt8]) -> ([UInt8], Int)? {
    guard !member.isEncrypted, member.data <= file.count else { return nil }
    if member.method == 0 {
      let part = file[member.data...].prefix(member.storedSize)
      guard part.count <= min(room, Self.maximumPart) else { return nil }
      room -= part.count
      return (Array(part), member.data + part.count)
    }
    guard member.method == 8 else { return nil }
    let inflation = Inflation(.none)
    var (part, used): ([UInt8], Int) = ([], 0)
    var output = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let step = file.withUnsafeBytes { file in
        output.withUnsafeMutableBytes { output in
          inflation.inflate(
            UnsafeRawBufferPointer(rebasing: file[(member.data + used)...]), into: output)
        }
      }
      used += step.used
      part += output[..<step.made]
      guard part.count <= min(room, Self.maximumPart) else { return nil }
      if step.outcome == .end {
        room -= part.count
        return (part, member.data + used)
      }
      guard step.outcome == .more, step.used + step.made > 0 else { return nil }
    }
  }

  private static func nextMember(in file: [UInt8], from start: Int) -> Int? {
    var index = start
    while index + member.count <= file.count {
      if file[index] == member[0], file[index...].starts(with: member) { return index }
      index += 1
    }
    return nil
  }

  private static func isPicture(_ name: String) -> Bool {
    let ending = name.split(separator: ".").last?.lowercased() ?? ""
    return ["png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "emf", "wmf", "webp"]
      .contains(ending)
  }

  private static let member: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
  /// A workbook in a letter in a presentation.
  private static let maximumDepth = 3
  /// What is decoded at once, as for a mail.
  private static let maximumPart = WholeItem.maximumByteCount
  /// The whole file: a long text has some 10 MiB of XML; more is a bomb, or a table for another format.
  private static let maximumUnpacked = 128 << 20
}

/// What a local header says of a member.
private struct Member {
  let name: String
  let method: Int
  let isEncrypted: Bool
  /// Bytes in the file, where it says so.
  let storedSize: Int
  /// Where they begin.
  let data: Int

  /// Nil where no header stands.
  init?(_ file: [UInt8], at start: Int) {
    guard start + 30 <= file.count else { return nil }
    func number(_ offset: Int, _ count: Int) -> Int {
      (0..<count).reduce(0) { $0 | Int(file[start + offset + $1]) << (8 * $1) }
    }
    let nameLength = number(26, 2)
    guard start + 30 + nameLength <= file.count else { return nil }
    name = String(decoding: file[start + 30..<start + 30 + nameLength], as: UTF8.self)
    isEncrypted = number(6, 2) & 1 == 1
    method = number(8, 2)
    storedSize = number(18, 4)
    data = start + 30 + nameLength + number(28, 2)
  }
}

/// The markup of a text whose words are whole: programs part them into runs wherever a look, a
/// language or an editing session changes.
private func joiningRuns(_ part: [UInt8]) -> [UInt8] {
  var joined: [UInt8] = []
  joined.reserveCapacity(part.count)
  var rest = part[...]
  var isAboutLooks = false
  while let byte = rest.first {
    guard byte == UInt8(ascii: "<") else {
      let text = rest.prefix { $0 != UInt8(ascii: "<") }
      if !isAboutLooks { joined += text }
      rest = rest[text.endIndex...]
      continue
    }
    let tag = rest.prefix { $0 != UInt8(ascii: ">") }
    rest = rest[tag.endIndex...].dropFirst()
    let inside = tag.dropFirst().drop { $0 == UInt8(ascii: "/") }
    let name = inside.prefix { !$0.isTagEnd }.split(separator: UInt8(ascii: ":")).last ?? []
    if name.elementsEqual("rPr".utf8) {
      isAboutLooks =
        tag.dropFirst().first != UInt8(ascii: "/") && tag.last != UInt8(ascii: "/")
    } else if !isAboutLooks, !joiningNames.contains(where: { name.elementsEqual($0.utf8) }) {
      // Anything else parts words, as paragraphs and cells do.
      joined += "<p>".utf8
    }
  }
  return joined
}

/// Elements of OOXML and ODF inside of words.
private let joiningNames = [
  "r", "t", "span", "a", "hyperlink", "ins", "smartTag", "proofErr", "bookmarkStart", "bookmarkEnd",
  "bookmark-start", "bookmark-end", "commentRangeStart", "commentRangeEnd", "soft-page-break",
  "lastRenderedPageBreak", "softHyphen",
]

extension UInt8 {
  /// Whether it ends the name in a tag.
  fileprivate var isTagEnd: Bool {
    [0x09, 0x0A, 0x0D, 0x20, UInt8(ascii: "/"), UInt8(ascii: ">")].contains(self)
  }
}
