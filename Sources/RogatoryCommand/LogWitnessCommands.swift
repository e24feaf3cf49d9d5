import ArgumentParser
import AuditLog
import CanonicalJSON
import Evidence
import Exchange
import RogatoryNode

// What others hold of this log, and what this node holds of others': witnesses, forks, recovery.

struct LogForks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forks", abstract: "Show the evidence against logs that contradict themselves.",
    discussion: "Exit 6 when there is any.")
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let log = try global.openHome().openLog(software: softwareVersion)
    let forks = try log.forks()
    try log.close()
    global.print(
      .object(["forks": .array(forks.map(\.json))]),
      text: forks.isEmpty
        ? "No log that this node witnesses has contradicted itself"
        : forks.map(\.text).joined(separator: "\n"))
    if !forks.isEmpty { throw ExitCode(ExitStatus.inconsistent.rawValue) }
  }
}

struct LogWitness: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "witness",
    abstract:
      "Have the newest checkpoint cosigned and time-stamped now, as `serve` does by itself.",
    discussion: """
      Swaps checkpoints with every peer, asks the witnesses of witness-policy.txt (C2SP tlog-policy), \
      has a time stamp made, and says whether the policy's quorum is met: else exit 6. Exit 5 when \
      nobody was reached.
      """)
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let policy = try global.openHome().witnessPolicy()
    try await withExchange(global) { exchange in
      let outcome = try await exchange.witnessNow(policy)
      global.print(outcome.json, text: outcome.text)
      guard outcome.hasQuorum else { throw ExitCode(ExitStatus.inconsistent.rawValue) }
      if outcome.cosigned.isEmpty, !outcome.failures.isEmpty {
        throw ExitCode(ExitStatus.temporary.rawValue)
      }
    }
  }
}

struct LogRecover: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recover",
    abstract:
      "After a restore: compare the log with what peers hold of it; begin a new one if it must.",
    discussion: """
      Exit 0: everything that a peer has seen is here; the node may go on. Exit 6: entries are lost, \
      and this log must not grow any more: do it again with --new-origin. Exit 5: a peer isn't reached, \
      so nothing can be said. Stop `serve` first, and start it only after exit 0 or a new origin.
      """)
  @Flag(help: "Begin a log of a new origin; the old one is kept. Two officers decide.")
  var newOrigin = false
  @Option(help: "The officer who proposes.") var by: String?
  @Option(help: "The officer who approves.") var approvedBy: String?
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let home = try global.openHome()
    let holdings = try await holdings()
    guard newOrigin else { return try tell(holdings) }
    let isLost = holdings?.contains { $0.state == .ahead || $0.state == .differs } ?? true
    guard isLost else {
      throw Failure(
        .refused, "no peer holds more of this log than is here", safe: "nothing was changed",
        hint: "go on with this log; a new one would only cost its history")
    }
    let approval = try home.approval(by: by, approvedBy: approvedBy)
    let new = try home.beginNewOrigin(
      software: softwareVersion, holdings: holdings ?? [], approval: approval)
    tellNewOrigin(new, global)
  }

  /// What peers hold, or nil where the log is too damaged to be compared.
  private func holdings() async throws -> [PeerHolding]? {
    do {
      var holdings: [PeerHolding] = []
      try await withExchange(global) { holdings = try await $0.holdings() }
      return holdings
    } catch NodeError.damagedLog(_, let what) where newOrigin {
      printNote("note: the log itself is damaged (\(what)); peers weren't asked")
      return nil
    } catch NodeError.noLog where newOrigin {
      printNote("note: the log is gone; peers weren't asked")
      return nil
    } catch NodeError.recoveryUnfinished where newOrigin { return nil }
  }

  private func tell(_ holdings: [PeerHolding]?) throws {
    let holdings = holdings ?? []
    let isLost = holdings.contains { $0.state == .ahead || $0.state == .differs }
    let isUnknown = holdings.contains { $0.state == .unreachable }
    let result = isLost ? "forked" : isUnknown ? "unknown" : "whole"
    global.print(
      .object([
        "result": .string(result),
        "peers": .array(
          holdings.map { holding in
            .object(
              known: [
                "peer": .string(holding.peer), "state": .string(holding.state.rawValue),
                "size": .integer(Int64(clamping: holding.size)),
                "why": holding.why.map { .string($0) },
              ])
          }),
      ]), text: (holdings.map(\.words) + [Self.conclusion(result)]).joined(separator: "\n"))
    if isLost { throw ExitCode(ExitStatus.inconsistent.rawValue) }
    if isUnknown { throw ExitCode(ExitStatus.temporary.rawValue) }
  }

  private static func conclusion(_ result: String) -> String {
    switch result {
    case "forked":
      "Entries that a peer has seen are lost. This log must not grow: `rogatory log recover "
        + "--new-origin`, with two officers"
    case "unknown": "Not every peer was reached. Don't start the node before all have answered"
    default: "Everything that a peer has seen is here. The node may go on"
    }
  }
}

struct LogRenewKey: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "renew-key",
    abstract: "Close the log with an entry that names a new key, and begin a new log with it.",
    discussion: """
      The new log has a new origin; the old one and its key are kept. Peers are asked first whether \
      the log is whole: exit 6 where it isn't, and nothing is changed. Stop `serve` before. Two \
      officers decide.
      """)
  @Option(help: "The officer who proposes.") var by: String?
  @Option(help: "The officer who approves.") var approvedBy: String?
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let home = try global.openHome()
    try refuseAuditors([by, approvedBy], to: "key-change", of: home)
    let approval = try home.approval(by: by, approvedBy: approvedBy)
    var holdings: [PeerHolding] = []
    try await withExchange(global) { holdings = try await $0.holdings() }
    guard !holdings.contains(where: { $0.state == .ahead || $0.state == .differs }) else {
      throw Failure(
        .inconsistent, "a peer holds entries that this log lacks", safe: "nothing was changed",
        hint: "`rogatory log recover` says which peer, and what to do")
    }
    let new = try home.beginNewOrigin(
      software: softwareVersion, holdings: holdings, approval: approval, planned: true)
    tellNewOrigin(new, global)
  }
}

private func tellNewOrigin(_ new: NewOrigin, _ global: GlobalOptions) {
  global.print(
    .object([
      "origin": .string(new.origin), "oldOrigin": .string(new.oldOrigin),
      "oldLog": .string(new.oldLog), "receipts": .integer(Int64(new.receipts)),
    ]),
    text: """
      Began the log \(new.origin)
      The old log \(new.oldOrigin) is kept as \(new.oldLog): never delete it
      Give your peers the new card (`rogatory peer card`); they compare its fingerprint and add it
      """)
}

extension PeerHolding {
  /// How it stands, in words.
  var words: String {
    let entries = counted(size, "entry", "entries")
    return switch state {
    case .unreachable: "\(peer): \(why ?? "not reached")"
    case .nothing: "\(peer) holds nothing of this log"
    case .included: "\(peer) holds this log as far as its size \(size)"
    case .ahead:
      "\(peer) holds \(entries): more than are here. This log was restored from an old copy"
    case .differs: "\(peer) holds another history of \(entries) than this log tells"
    }
  }
}
