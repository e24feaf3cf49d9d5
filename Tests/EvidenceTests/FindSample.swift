import Evidence
import Redaction

/// What a policy's rules leave of a content, and what they said.
struct FindSample {
  /// The content with `[rule]`, or `[rule: what is shown]`, for each cut.
  let text: String
  let findings: Findings

  /// - Parameters:
  ///   - rules: the elements of `rules` in YAML's flow style.
  ///   - withheld: leaves that an earlier step withheld; they aren't a part of `text`.
  ///   - grid: the bytes of a leaf; nil for a table.
  init(
    _ content: String, _ rules: String, _ type: String = "text/plain", lists: String? = nil,
    withheld: Set<UInt64> = [], grid: Int? = nil, isPageWords: Bool = false
  ) throws {
    try self.init(
      bytes: Array(content.utf8), rules, type, lists: lists, withheld: withheld, grid: grid,
      isPageWords: isPageWords)
  }

  init(
    bytes content: [UInt8], _ rules: String, _ type: String = "text/plain", lists: String? = nil,
    withheld: Set<UInt64> = [], grid: Int? = nil, isPageWords: Bool = false
  ) throws {
    let top = lists.map { "lists: {\($0)}\n" } ?? ""
    let policy = try Policy(yaml: Array("\(top)rules: [\(rules)]".utf8))
    let form = grid == nil ? Form(mediaType: type) : .grid
    let leaves = try Self.cut(content, form, grid)
    var finder = try Finder(
      rules: policy.rules, form: form, mediaType: type, grid: grid.map { UInt32($0) },
      isPageWords: isPageWords)
    for (index, leaf) in leaves.enumerated() {
      let number = UInt64(index)
      if withheld.contains(number) {
        try finder.withheld(number..<number + 1)
        continue
      }
      for part in [leaf[..<(leaf.count / 2)], leaf[(leaf.count / 2)...]] where !part.isEmpty {
        try part.withUnsafeBytes { try finder.push(leaf: number, bytes: $0) }
      }
      try finder.end(leaf: number)
    }
    findings = try finder.finish()
    var bytes: [UInt8] = []
    for (index, leaf) in leaves.enumerated() where !withheld.contains(UInt64(index)) {
      guard let cut = findings.cuts.first(where: { $0.leaves.contains(UInt64(index)) }) else {
        bytes += leaf
        continue
      }
      if cut.leaves.lowerBound == UInt64(index) {
        bytes += Array("[\(cut.rule)\(cut.shown.map { ": \($0)" } ?? "")]".utf8)
      }
    }
    text = String(decoding: bytes, as: UTF8.self)
  }

  /// What was said, without what is said of every rule that found nothing.
  var problems: [FindProblem] {
    findings.problems.filter { if case .nothingFound = $0 { false } else { true } }
  }

  static func cut(_ content: [UInt8], _ form: Form, _ grid: Int?) throws -> [[UInt8]] {
    if let grid {
      return stride(from: 0, to: content.count, by: grid).map {
        Array(content[$0..<min($0 + grid, content.count)])
      }
    }
    var leaves: [[UInt8]] = []
    var open: [UInt8] = []
    let collect = { (piece: SegmentPiece) in
      switch piece {
      case .bytes(let bytes): open += Array(bytes)
      case .endLeaf:
        leaves.append(open)
        open = []
      }
    }
    let cutting: Cutting =
      switch form {
      case .csv: .csv
      case .json: .json
      default: .text
      }
    var segmenter = Segmenter(cutting)
    try content.withUnsafeBytes { try segmenter.push($0, collect) }
    try segmenter.finish(collect)
    return leaves
  }
}
