import CanonicalJSON

/// Judges entries one after the other, whatever file they come from.
struct EntryJudge {
  var result = LogVerification()
  /// The largest number before which an entry says that entries were pruned.
  private(set) var prunedClaim: UInt64 = 0
  /// Called with each entry that has the right form.
  let visit: (UInt64, EntryForm) throws -> Void

  /// Judges the form of an entry; returns what it says when that can be read.
  mutating func judge(_ body: [UInt8], index: UInt64) throws -> EntryForm? {
    result.entries += 1
    guard let form = try? EntryForm(body) else {
      result.report(.entryMalformed(index))
      return nil
    }
    if result.node.isEmpty { result.node = printable(form.node) }
    if form.node != result.node { result.report(.entryOfOtherNode(index)) }
    if let peer = result.peer, form.text("peer") != peer {
      result.report(.entryOfOtherPeer(index))
    }
    result.personalCommitted += form.commitments.count
    if form.event == LogEvent.erase.rawValue { readErasure(form) }
    try visit(index, form)
    return form
  }

  /// Counts what an entry says is erased, by rule, and notes what it says is pruned.
  private mutating func readErasure(_ form: EntryForm) {
    let fields = form.fields
    if let size = fields["pruned"]?.integer { prunedClaim = max(prunedClaim, UInt64(max(0, size))) }
    guard let erased = fields["erased"]?.array else { return }
    var rule = printable(fields["rule"]?.string ?? "")
    if result.personalErased[rule] == nil, result.personalErased.count >= Self.maximumRules {
      rule = "other rules"
    }
    result.personalErased[rule, default: 0] += erased.count
  }

  /// The rules listed by name: a hostile log has as many as entries, the law has a handful.
  private static let maximumRules = 50
}

/// A name from outside in a form that a terminal may show: printable ASCII, not too long.
func printable(_ text: String) -> String {
  String(
    text.unicodeScalars.prefix(200).map { scalar in
      (0x20...0x7E).contains(scalar.value) ? Character(scalar) : "?"
    })
}

extension JSON {
  /// A count in JSON; what no exact JSON number holds becomes the largest that one does.
  static func count(_ value: some BinaryInteger) -> JSON {
    .integer(min(Int64(clamping: value), JSON.integerRange.upperBound))
  }
}
