import ArgumentParser
import CanonicalJSON
import Exchange
import Glibc
import Report
import RogatoryNode

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Run the node: accept what peers send, deliver what waits, until SIGTERM.")
  @Flag(help: "Say on stderr what is done.") var verbose = false
  @Flag(help: "Look at everything that serving needs, and exit.") var check = false
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let home = try global.openHome()
    try home.openKeys()
    var findings = examine(home, software: softwareVersion, at: currentTime())
    if check { findings += examinePorts(home) + examineServing(home) }
    if let bad = findings.first(where: { $0.state == .bad }) {
      throw Failure(
        .failed, "the node can't run: \(bad.id): \(bad.detail)", safe: "nothing was started",
        hint: "`rogatory doctor` shows everything")
    }
    if check {
      return global.print(.object(["result": "pass"]), text: "Everything is in order")
    }
    let lock = try HomeLock(home)
    defer { lock.keep() }
    // Before anything runs: what is sent or fetched meanwhile would be broken off.
    if let problem = listeningProblem(of: home) { throw ExchangeError.cannotListen(problem) }
    let log = try home.openLog(software: softwareVersion)
    let logger = makeLogger(verbose: verbose)
    let exchange = home.exchange(log: log, logger: logger) { port in
      printNote("rogatory: \(home.id) listens for peers on port \(port)")
    }
    let status = home.status(exchange, software: softwareVersion, logger: logger) { port in
      printNote("rogatory: \(home.id) tells its figures on port \(port)")
    }
    try await serve(
      exchange, status: status, of: home, software: softwareVersion, logger: logger,
      tell: { printNote("rogatory: \($0)") })
    try log.close()
    printNote("rogatory: \(home.id) has stopped")
  }
}

struct Send: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "send",
    abstract: "Release a bundle to a peer, encrypt it and deliver it.",
    discussion: """
      Two officers release it. Exit 5: the peer isn't reached now; the transfer stays in the outbox, \
      and `serve` goes on trying. Exit 4: the peer or the terms refuse it.
      """)
  @Argument(help: "The bundle.") var bundle: String
  @Option(help: "The peer's id.") var to: String
  @Option(help: "The officer who proposes.") var by: String?
  @Option(help: "The officer who approves.") var approvedBy: String?
  @Option(help: "high, normal or low: whose turn it is first among those to this peer.")
  var priority = "normal"
  @Option(
    help: """
      Until when it has to get through: 2026-12-01T12:00:00Z, 2026-12-01, 36h, 2d, P2D; a week where \
      nothing is said.
      """)
  var deadline: String?
  @Flag(help: "Leave the delivery to `serve`.") var queueOnly = false
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard TransferPriority(name: priority) != nil else {
      throw ValidationError("--priority takes high, normal or low.")
    }
    if let deadline, TransferDeadline(deadline, after: currentTime() * 1000) == nil {
      throw ValidationError(
        "--deadline takes a time in UTC, a day or a duration, from now to "
          + "\(TransferDeadline.longestDays) days ahead.")
    }
  }

  func run() async throws {
    let home = try global.openHome()
    try refuseAuditors([by, approvedBy], to: "send", of: home)
    let approval = try home.approval(by: by, approvedBy: approvedBy)
    let progress = SendProgress(global)
    try await withExchange(global) { node in
      var exchange = node
      exchange.onProgress = { progress.tell($0) }
      let queued = try exchange.queue(
        bundleAt: bundle, to: to, approval: approval,
        priority: TransferPriority(name: priority) ?? .normal,
        deadline: deadline.flatMap { TransferDeadline($0, after: currentTime() * 1000) })
      if let earlier = queued.sameAs { try warn(of: exchange.transfer(earlier).summary) }
      guard !queueOnly else { return tell(queued) }
      let delivered: TransferSummary
      do {
        delivered = try await exchange.deliver(queued.id)
      } catch let error as ExchangeError where error.isTemporary {
        tell(try exchange.transfer(queued.id).summary)
        throw error
      }
      tell(delivered)
      if delivered.phase == .queued {
        printNote("rogatory: \(to) isn't called: it fetches what waits for it here by itself")
      }
      if delivered.phase == .rejected || delivered.phase == .undeliverable {
        throw Failure(
          .refused, "\(to) refused the transfer: \(delivered.code ?? "no reason given")",
          safe: "the bundle is unchanged",
          hint: "`rogatory transfer show \(delivered.id)` tells its life")
      }
    }
  }

  private func tell(_ summary: TransferSummary) {
    global.print(summary.json, text: summary.text)
  }

  /// Sending twice may be right, after a loss at the peer for example; so it is said, not refused.
  private func warn(of earlier: TransferSummary) {
    printNote(
      "rogatory: note: \(to) was sent the same content before, as transfer \(earlier.id), which is "
        + "\(earlier.phase.rawValue) since \(earlier.updatedText)")
  }
}

struct Outbox: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "outbox",
    abstract: "List what goes out; try again what waits.")
  @Flag(help: "Try every waiting transfer now.") var retry = false
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    try await withExchange(global) { exchange in
      var failure: (any Error)?
      if retry {
        let waiting = try exchange.outbox().filter { !$0.isFinal }
          .sorted { ($0.priority.rawValue, $0.id) < ($1.priority.rawValue, $1.id) }
        // A peer that isn't reached for one isn't reached for the next.
        var down: Set<String> = []
        for transfer in waiting where !down.contains(transfer.peer) {
          do {
            _ = try await exchange.deliver(transfer.id)
          } catch {
            failure = error
            if case ExchangeError.unreachable = error { down.insert(transfer.peer) }
          }
        }
      }
      printList(
        try exchange.outbox(), held: exchange.reasonHeld, empty: "The outbox is empty", global)
      if let failure { throw failure }
    }
  }
}

struct Inbox: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inbox",
    abstract: "List what came in, and what its senders ask back.")
  @Flag(help: "Only what this node refused, with what was expected and found.")
  var rejected = false
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    try await withExchange(global) { exchange in
      guard rejected else {
        let holds = try orders(by: exchange)
        return printList(
          try exchange.inbox(), holds: holds, empty: "The inbox is empty", global)
      }
      let rows = try exchange.inbox().filter { $0.phase == .rejected }
      let found = try rows.map { ($0, try exchange.refusalDetail(of: $0.id)) }
      global.print(
        .object([
          "transfers": .array(
            found.map { row, detail in
              detail.map { row.json.adding("detail", .string($0)) } ?? row.json
            })
        ]),
        text: found.isEmpty
          ? "Nothing was refused"
          : found.map { row, detail in
            row.text + (detail.map { "\n  found: \(printable($0))" } ?? "")
          }.joined(separator: "\n"))
    }
  }
}

struct Open: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open",
    abstract: "Open what came in, with a reason; the sender gets the receipt of retrieval.")
  @Argument(help: "The transfer's id, from `inbox`.") var id: String
  @Option(help: "Why, a code such as CASE-WORK.") var reason: String
  @Option(help: "The officer who opens it.") var by: String?
  @Option(name: .shortAndLong, help: "Also copy the bundle to this file.", transform: outputPath)
  var output: String?
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard !reason.isEmpty, reason.utf8.count <= 256 else {
      throw ValidationError("--reason takes 1 to 256 bytes.")
    }
  }

  func run() async throws {
    let home = try global.openHome()
    let officers = try home.officers()
    try refuseAuditors([by], to: "open", of: home)
    guard let first = officers.handling.first, by != nil || home.configuration.development else {
      throw Failure(.refused, "say who opens it with --by", safe: "nothing was opened")
    }
    let officer = try by.map { try officers.handlingOfficer($0) } ?? first
    try await withExchange(global) { exchange in
      let opened = try await exchange.open(id, reason: reason, by: officer)
      if let output { try copyFile(opened.path, to: output) }
      global.print(
        opened.json,
        text: "Opened \(opened.summary.bundle) from \(opened.summary.peer): \(opened.path)\n"
          + (opened.isReceiptDelivered
            ? "The sender has the receipt of retrieval"
            : "The receipt of retrieval waits until the sender is reached"))
    }
  }
}

/// Opens the home's log for as long as `body` runs.
func withExchange(
  _ global: GlobalOptions, _ body: (ExchangeNode) async throws -> Void
) async throws {
  let home = try global.openHome()
  let log = try home.openLog(software: softwareVersion)
  let exchange = home.exchange(log: log, logger: makeLogger(verbose: false))
  do {
    try await body(exchange)
  } catch {
    try? log.close()
    throw error
  }
  try log.close()
}

/// The transfers; of those whose peer is held, why, and of those that an order holds, its number.
private func printList(
  _ rows: [TransferSummary], held: (String) -> String? = { _ in nil },
  holds: (TransferSummary) -> [String] = { _ in [] }, empty: String, _ global: GlobalOptions
) {
  var told: [JSON] = []
  var lines: [String] = []
  for row in rows {
    var (json, text) = (row.json, row.text)
    if !row.isFinal, !row.isDelivered, let why = held(row.peer) {
      json = json.adding("held", .string(why))
      text += "\n  held: \(why)"
    }
    (json, text) = adding(holds(row), to: json, text)
    told.append(json)
    lines.append(text)
  }
  global.print(
    .object(["transfers": .array(told)]),
    text: rows.isEmpty ? empty : lines.joined(separator: "\n"))
}

/// A transfer with the orders that forbid to erase it.
func adding(_ orders: [String], to json: JSON, _ text: String) -> (JSON, String) {
  guard !orders.isEmpty else { return (json, text) }
  return (
    json.adding("holds", .array(orders.map { .string($0) })),
    text + "\n  may not be erased, by order \(orders.joined(separator: ", "))"
  )
}

/// The orders that hold a transfer; asks for each transfer only where something is held.
private func orders(by exchange: ExchangeNode) throws -> (TransferSummary) -> [String] {
  guard try exchange.hasHolds() else { return { _ in [] } }
  return { row in (try? exchange.holds(onTransfer: row.id).map(\.order)) ?? [] }
}
