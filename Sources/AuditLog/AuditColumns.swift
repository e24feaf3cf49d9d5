/// A column of `entry_view`: a key of entries, under a name that SQL takes without quotes.
struct EntryColumn: Hashable {
  /// The column's name.
  let name: String
  /// The expression over `entries.body` that gives its value.
  let expression: String
  /// Whether the index of ``AuditIndex`` keeps it: digests are long, and no report asks for them.
  let isIndexed: Bool

  /// A column with the value of a key, which is called alike unless `key` says otherwise.
  init(_ name: String, key: String? = nil, isIndexed: Bool = true) {
    self.name = name
    expression = #"json_extract(body, '$."\#(key ?? name)"')"#
    self.isIndexed = isIndexed
  }

  /// A column that says whether the entry commits to a personal text of this field.
  init(_ name: String, commitmentTo field: String) {
    self.name = name
    expression = #"(json_type(body, '$."personal.\#(field)"') IS NOT NULL)"#
    isIndexed = true
  }

  /// The name as SQL takes it; `case` is a word of SQL's own.
  var quoted: String { "\"\(name)\"" }

  /// The columns in their order. New ones come at the end, none ever goes.
  static let all: [EntryColumn] = first + terms + course + commitments

  /// The columns of the first release.
  private static let first = [
    EntryColumn("event"), EntryColumn("time"), EntryColumn("node", isIndexed: false),
    EntryColumn("peer"), EntryColumn("transfer"), EntryColumn("bundle"),
    EntryColumn("ciphertext", isIndexed: false), EntryColumn("bytes"),
    EntryColumn("seal", isIndexed: false), EntryColumn("view", isIndexed: false),
    EntryColumn("kind"), EntryColumn("receipt", isIndexed: false), EntryColumn("outcome"),
    EntryColumn("code"), EntryColumn("case"), EntryColumn("role"), EntryColumn("basis"),
    EntryColumn("software"),
  ]

  /// Under which terms something was disclosed.
  private static let terms = [
    EntryColumn("country", key: "peer-country"), EntryColumn("authority", key: "peer-authority"),
    EntryColumn("instrument"),
    EntryColumn("authorisation"), EntryColumn("basis_until", key: "valid-until"),
    EntryColumn("purpose"), EntryColumn("tlp"), EntryColumn("handling"),
    EntryColumn("delete_by", key: "delete-by"), EntryColumn("review_on", key: "review-on"),
    EntryColumn("onward"), EntryColumn("originator"),
    EntryColumn("originator_authorisation", key: "originator-authorisation"),
    EntryColumn("third_country_basis", key: "third-country-basis"),
    EntryColumn("third_country_document", key: "third-country-document"),
  ]

  /// What became of it, and the node's own affairs.
  private static let course = [
    EntryColumn("recipient"), EntryColumn("sender"), EntryColumn("items"), EntryColumn("item"),
    EntryColumn("attempt"), EntryColumn("count"), EntryColumn("accepted"), EntryColumn("rejected"),
    EntryColumn("record"), EntryColumn("proposal", isIndexed: false),
    EntryColumn("deadline"), EntryColumn("due"), EntryColumn("meets"),
    EntryColumn("hold_order", key: "order"), EntryColumn("hold_until", key: "hold-until"),
    EntryColumn("certificate"), EntryColumn("rule"), EntryColumn("report"),
    EntryColumn("clock_source", key: "clock"), EntryColumn("clock_offset", key: "clock-offset"),
    EntryColumn("clock_error", key: "clock-error"), EntryColumn("monotonic"), EntryColumn("boot"),
    EntryColumn("milliseconds"),
    EntryColumn("configuration"),
  ]

  /// Whether there is, or was, a personal text.
  private static let commitments = ["actor", "approver", "reason"].map {
    EntryColumn("has_\($0)", commitmentTo: $0)
  }
}
