import ArgumentParser
import AuditLog
import CanonicalJSON
import Exchange
import Federation
import Report
import RogatoryNode

struct HoldCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold", abstract: "Orders by which something may not be erased.",
    subcommands: [Place.self, Lift.self, List.self])

  struct Place: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "place",
      abstract: "Forbid to erase a bundle or a case, by an order.",
      discussion: """
        `erase` refuses while it is in force, a recall can be answered by `refuse-recall` alone, and the \
        log keeps its entries and personal texts about it. Two officers decide. It binds this node; peers \
        aren't told.
        """)
    @OptionGroup var held: Held
    @Option(help: "Its end, a day in UTC (2027-06-30) or a time; else it lasts until it is lifted.")
    var until: String?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
      let end = try until.map(holdEnd)
      if let end, end <= currentTime() * 1000 {
        throw Failure(.usage, "the hold would be over already", safe: "nothing was placed")
      }
      try await held.decide("hold", global) { exchange, target, approval in
        let hold = try await exchange.placeHold(
          on: target, order: held.order, until: end, reason: held.reason, approval: approval)
        global.print(hold.json(at: currentTime() * 1000), text: "Placed: \(hold.text)")
      }
    }
  }

  struct Lift: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "lift",
      abstract: "End a hold, by the same order; others on the same thing stay.",
      discussion: "Two officers decide. Nothing is erased by it.")
    @OptionGroup var held: Held
    @OptionGroup var global: GlobalOptions

    func run() async throws {
      try await held.decide("hold", global) { exchange, target, approval in
        let hold = try await exchange.liftHold(
          on: target, order: held.order, reason: held.reason, approval: approval)
        global.print(hold.json(at: currentTime() * 1000), text: "Lifted: \(hold.text)")
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List the holds in force.")
    @Flag(help: "Those that are lifted or over, too.") var all = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let log = try global.openHome().openLog(software: softwareVersion)
      let now = currentTime() * 1000
      let holds = try log.holds().filter { all || $0.isInForce(at: now) }
      try log.close()
      global.print(
        .object(["holds": .array(holds.map { $0.json(at: now) })]),
        text: holds.isEmpty
          ? "Nothing is held"
          : holds.map { "\($0.text)  \($0.state(at: now))" }.joined(separator: "\n"))
    }
  }
}

/// What is held, by which order, why, and who decides.
struct Held: ParsableArguments {
  @Argument(help: "The transfer's id, from `inbox`: its bundle is held.") var id: String?
  @Option(name: .customLong("case"), help: "A case's reference: everything of it is held.")
  var caseReference: String?
  @Option(help: "The number of the order.") var order: String
  @Option(help: "Why, in words; they stay in the personal layer of the log.") var reason: String
  @Option(help: "The officer who proposes.") var by: String?
  @Option(help: "The officer who approves.") var approvedBy: String?

  func validate() throws {
    guard (id == nil) != (caseReference == nil) else {
      throw ValidationError("Name a transfer, or a case with --case.")
    }
    guard !reason.isEmpty, reason.utf8.count <= 4096 else {
      throw ValidationError("--reason takes 1 to 4096 bytes.")
    }
    let target = HeldThing.caseReference(caseReference ?? "-")
    guard (try? HoldOrder(order, on: target)) != nil else {
      throw ValidationError(
        "--order takes a number, 1 to 128 printable ASCII characters, and --case a reference as long."
      )
    }
  }

  /// Runs `body` with what is held and the two officers; an auditor is refused, and that is logged.
  func decide(
    _ act: String, _ global: GlobalOptions,
    _ body: (ExchangeNode, HoldTarget, Approval) async throws -> Void
  ) async throws {
    let home = try global.openHome()
    try refuseAuditors([by, approvedBy], to: act, of: home)
    let approval = try home.approval(by: by, approvedBy: approvedBy)
    let target = id.map { HoldTarget.transfer($0) } ?? .caseReference(caseReference ?? "")
    try await withExchange(global) { try await body($0, target, approval) }
  }
}

/// The end of a hold as people write it; a day lasts until it is over.
private func holdEnd(_ text: String) throws -> Int64 {
  let start = try moment(text)
  return text.utf8.count == 10 ? start + 86_400_000 - 1 : start
}

extension Hold {
  fileprivate func state(at now: Int64) -> String {
    if isInForce(at: now) { return "in force" }
    return lifted == nil ? "over" : "lifted"
  }

  fileprivate func json(at now: Int64) -> JSON {
    var fields: [String: JSON?] = [
      "order": .string(order), "state": .string(state(at: now)),
      "placed": .string(Timestamp.text(placed)), "entry": .integer(Int64(clamping: entry)),
      "until": until.map { .string(Timestamp.text($0)) },
      "lifted": lifted.map { .string(Timestamp.text($0)) },
      "transfer": transfer.map { .string($0) },
    ]
    switch thing {
    case .bundle(let id): fields["bundle"] = .string(id)
    case .caseReference(let reference): fields["case"] = .string(reference)
    }
    return .object(known: fields)
  }

  fileprivate var text: String {
    let what =
      switch thing {
      case .bundle(let id): "bundle \(id)"
      case .caseReference(let reference): "case \(printable(reference))"
      }
    let end =
      until.map { "until \(Timestamp.text($0))" }
      ?? "until it is lifted"
    return "\(order)  holds \(what) since \(Timestamp.text(placed)), \(end)"
  }
}
