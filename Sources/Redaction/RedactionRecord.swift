public import Merkle

/// The statement that a redactor signs for one step: what was withheld, and the view that is left; or
/// who else may redact from now on.
public struct RedactionRecord: Hashable, Sendable {
  /// SHA-256 of the seal's text.
  public let seal: Hash
  /// SHA-256 of the text of the record before, or of the seal.
  public let previous: Hash
  /// The number of the step, from 1.
  public let sequence: UInt64
  /// The id of the view after this step.
  public let view: Hash
  /// Whether no record may follow.
  public let isClosed: Bool
  /// Who signs this statement, and with which key.
  public let redactor: SignerName
  /// The role id of the person who proposed the cuts.
  public let proposer: String
  /// The role id of the person who approved them; nil (`-`) where the terms allow one person.
  public let approver: String?
  /// SHA-256 of `release.json`; nil (`-`) where there is none.
  public let release: Hash?
  /// When, as the redactor says.
  public let time: StatementTime
  /// Who may redact from here on besides those whom the terms name: nodes in order, each with the
  /// anchor that vouches for it. Where there are any, nothing is cut.
  public let grants: [Terms.Redactor]
  /// What goes, in order, at least one where nothing is granted.
  public let cuts: [Cut]

  /// A record; throws ``RedactionError/statement(_:line:)`` for parts that it can't hold.
  public init(
    seal: Hash, previous: Hash, sequence: UInt64, view: Hash, isClosed: Bool,
    redactor: SignerName, proposer: String, approver: String?, release: Hash?,
    time: StatementTime, grants: [Terms.Redactor] = [], cuts: [Cut]
  ) throws(RedactionError) {
    let text = Self.text(
      seal: seal, previous: previous, sequence: sequence, view: view, isClosed: isClosed,
      redactor: redactor, proposer: proposer, approver: approver, release: release, time: time,
      grants: grants, cuts: cuts)
    // One grammar, one check: what can't be parsed can't be said.
    let parsed = try RedactionRecord(parsing: text)
    guard parsed.cuts == cuts, parsed.grants == grants else {
      throw .statement(.cut, line: Self.headLineCount + 1)
    }
    self = parsed
  }

  /// Parses the text of `redactions/NNN.txt`; ``bytes`` gives the same bytes again.
  public init(parsing bytes: some Collection<UInt8>) throws(RedactionError) {
    var lines = try StatementLines(Array(bytes))
    try lines.expect(Self.firstLine)
    seal = try lines.hash()
    previous = try lines.hash()
    sequence = try lines.number()
    view = try lines.hash()
    switch try lines.next() {
    case "open": isClosed = false
    case "closed": isClosed = true
    default: throw lines.fault(.state)
    }
    redactor = try lines.signer("redactor")
    guard let proposer = try lines.role("proposer"), let approver = try lines.role("approver")
    else { throw lines.fault(.role) }
    guard isIdentifier(proposer[...]), approver == "-" || isIdentifier(approver[...]) else {
      throw lines.fault(.role)
    }
    self.proposer = proposer
    self.approver = approver == "-" ? nil : approver
    if lines.next(line: "-") { release = nil } else { release = try lines.hash() }
    time = try lines.time()
    var grants: [Terms.Redactor] = []
    while let grant = try Terms.Redactor(&lines) {
      guard grants.last?.precedes(grant) ?? true, grants.count < Self.maximumGrants else {
        throw lines.fault(.grant)
      }
      grants.append(grant)
    }
    self.grants = grants
    var cuts: [Cut] = []
    while grants.isEmpty ? cuts.isEmpty || !lines.isAtEnd : !lines.isAtEnd {
      guard grants.isEmpty else {
        _ = try lines.next()
        throw lines.fault(.grant)
      }
      let cut = try Cut(&lines, after: cuts.last)
      guard cuts.last?.precedes(cut) ?? true else { throw lines.fault(.cutOrder) }
      guard cuts.count < Claims.maximumCuts else { throw .account(.tooManyCuts, item: cut.item) }
      cuts.append(cut)
    }
    self.cuts = cuts
  }

  /// The most nodes that one record lets redact.
  public static let maximumGrants = 64

  /// The text as it is signed.
  public var bytes: [UInt8] {
    Self.text(
      seal: seal, previous: previous, sequence: sequence, view: view, isClosed: isClosed,
      redactor: redactor, proposer: proposer, approver: approver, release: release, time: time,
      grants: grants, cuts: cuts)
  }

  /// SHA-256 of the text, by which the next record names this one.
  public var digest: Hash { Hash(digestOf: bytes) }

  private static func text(
    seal: Hash, previous: Hash, sequence: UInt64, view: Hash, isClosed: Bool,
    redactor: SignerName, proposer: String, approver: String?, release: Hash?,
    time: StatementTime, grants: [Terms.Redactor], cuts: [Cut]
  ) -> [UInt8] {
    var text = """
      \(firstLine)
      \(seal.base64)
      \(previous.base64)
      \(sequence)
      \(view.base64)
      \(isClosed ? "closed" : "open")
      redactor \(redactor.node) \(redactor.key.base64)
      proposer \(proposer)
      approver \(approver ?? "-")
      \(release?.base64 ?? "-")
      \(time.text)

      """
    for grant in grants { text += "grant \(grant.node) \(grant.anchor.base64)\n" }
    for cut in cuts { text += cut.text }
    return Array(text.utf8)
  }

  private static let firstLine = "evidence-redaction/v1"
  private static let headLineCount = 11
}

extension Terms.Redactor {
  /// `grant node base64`; nil where the next line is another.
  fileprivate init?(_ lines: inout StatementLines) throws(RedactionError) {
    guard let rest = lines.next(prefix: "grant ") else { return nil }
    let words = rest.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard words.count == 2, let anchor = Hash(base64: words[1]), isIdentifier(words[0]) else {
      throw lines.fault(.grant)
    }
    self.init(node: String(words[0]), anchor: anchor)
  }

  /// By node, then by anchor; the same one twice says nothing.
  fileprivate func precedes(_ other: Terms.Redactor) -> Bool {
    (node, anchor.base64) < (other.node, other.anchor.base64)
  }
}

extension StatementLines {
  /// `role id`, the id unchecked; nil for another line.
  fileprivate mutating func role(_ role: String) throws(RedactionError) -> String? {
    if let id = next(prefix: role + " ") { return String(id) }
    _ = try next()
    return nil
  }

  /// Takes the next line if it is exactly `line`.
  fileprivate mutating func next(line text: String) -> Bool {
    var copy = self
    guard let rest = copy.next(prefix: text), rest.isEmpty else { return false }
    self = copy
    return true
  }
}
