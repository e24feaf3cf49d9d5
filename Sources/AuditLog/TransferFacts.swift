import Merkle

/// What one entry of one log says about a transfer.
struct TransferFact: Hashable, Sendable {
  enum Side: Int64, Hashable, Sendable { case ours, theirs }

  var side: Side
  var event: String
  var milliseconds: Int64
  /// `bundle`, `ciphertext`, `bytes`, `view`, `seal`, `record`, by name, as text.
  var values: [String: String] = [:]
  var kind: String?
  var receipt: String?

  /// The fields that a `send` and its `receive` must both have, with one value.
  static let required = ["bundle", "bytes", "ciphertext"]
  /// The fields that must have one value where both have them.
  static let optional = ["record", "seal", "view"]
}

/// How the two logs' entries about one transfer stand to each other.
///
/// The rules, for entries whose `peer` is the other node:
/// - the transfer has one entry `send` in the log of one node, and one `receive` in the log of the
///   other. (Entries of other events, such as a later `send` attempt's outcome, don't count here, and
///   a second `send` or `receive` is a difference.) They have equal `ciphertext`, `bytes` and
///   `bundle`, and `view`, `seal`, `record` where both have them.
/// - the receiver doesn't receive it more than ten minutes before it was sent.
/// - each receipt in the receiver's log (`receipt-out`: `kind`, `receipt`) is in the sender's
///   (`receipt-in`), and the other way; there is one at least.
/// - a transfer that the receiver refused has no `receive`: then both logs hold the receipt that says
///   so, of a kind that ends in REJECTION, FAILURE or NON_DELIVERY.
struct TransferJudgement: Hashable, Sendable {
  enum Outcome: Hashable, Sendable { case matched, refused, onlyHere, onlyThere, differing }

  var outcome = Outcome.matched
  var differing: [String] = []
  var receiptsMissing: [MissingReceipt] = []
  /// How long before the sending the receiving is dated, in milliseconds; 0 when it isn't.
  var skew: Int64 = 0

  /// The most that two clocks may differ, in milliseconds.
  static let toleratedSkew: Int64 = 10 * 60 * 1000

  init(transfer: String, _ facts: [TransferFact]) {
    let sends = facts.filter { $0.event == LogEvent.send.rawValue }
    let receives = facts.filter { $0.event == LogEvent.receive.rawValue }
    let sender = sends.first?.side ?? receives.first.map { $0.side.other }
    guard let sender else {
      // Receipts alone, or other events of a transfer that neither says it made.
      let sides = Set(facts.map(\.side))
      if sides.count == 1 { outcome = sides.contains(.ours) ? .onlyHere : .onlyThere }
      return
    }
    let receipts = Receipts(transfer: transfer, facts, sender: sender)
    guard let sent = sends.first, let received = receives.first, sent.side != received.side else {
      if !sends.isEmpty, !receives.isEmpty || Set(sends.map(\.side)).count > 1 {
        outcome = .differing
        differing = ["direction"]
      } else if receives.isEmpty, receipts.refusal {
        outcome = .refused
        receiptsMissing = receipts.missing
      } else {
        outcome = (sends.first ?? receives.first)?.side == .ours ? .onlyHere : .onlyThere
      }
      return
    }
    if sends.count > 1 { differing.append("send") }
    if receives.count > 1 { differing.append("receive") }
    for name in TransferFact.required {
      let (a, b) = (sent.values[name], received.values[name])
      if a == nil || a != b { differing.append(name) }
    }
    for name in TransferFact.optional {
      if let a = sent.values[name], let b = received.values[name], a != b {
        differing.append(name)
      }
    }
    skew = max(0, sent.milliseconds - received.milliseconds)
    if skew > Self.toleratedSkew { differing.append("time") }
    receiptsMissing = receipts.missing
    if receipts.pairs == 0, receipts.missing.isEmpty {
      receiptsMissing = [
        MissingReceipt(transfer: transfer, kind: "", receipt: "", missingHere: sender == .ours)
      ]
    }
    if !differing.isEmpty { outcome = .differing }
  }
}

/// A receipt that is in one of the two logs only.
public struct MissingReceipt: Hashable, Sendable {
  /// The transfer.
  public let transfer: String
  /// What the receipt says, such as `DELIVERY`; empty when there is no receipt at all.
  public let kind: String
  /// The SHA-256 of the receipt in base64.
  public let receipt: String
  /// Whether our log lacks it; otherwise theirs does.
  public let missingHere: Bool
}

/// The receipts of one transfer in both logs.
private struct Receipts {
  var missing: [MissingReceipt] = []
  var pairs = 0
  var refusal = false

  private struct Name: Hashable, Comparable {
    var kind: String
    var receipt: String

    static func < (a: Name, b: Name) -> Bool { (a.kind, a.receipt) < (b.kind, b.receipt) }
  }

  init(transfer: String, _ facts: [TransferFact], sender: TransferFact.Side) {
    func names(_ event: LogEvent, _ side: TransferFact.Side) -> Set<Name> {
      Set(
        facts.filter { $0.event == event.rawValue && $0.side == side }
          .map { Name(kind: $0.kind ?? "", receipt: $0.receipt ?? "") })
    }
    let given = names(.receiptOut, sender.other)
    let got = names(.receiptIn, sender)
    func add(_ names: Set<Name>, missingOn side: TransferFact.Side) {
      missing += names.sorted().map {
        MissingReceipt(
          transfer: transfer, kind: $0.kind, receipt: $0.receipt, missingHere: side == .ours)
      }
    }
    add(given.subtracting(got), missingOn: sender)
    add(got.subtracting(given), missingOn: sender.other)
    let both = given.intersection(got).filter { !$0.receipt.isEmpty }
    pairs = both.count
    refusal = both.contains { name in
      ["REJECTION", "FAILURE", "NON_DELIVERY"].contains { name.kind.hasSuffix($0) }
    }
  }
}

extension TransferFact.Side {
  fileprivate var other: Self { self == .ours ? .theirs : .ours }
}
