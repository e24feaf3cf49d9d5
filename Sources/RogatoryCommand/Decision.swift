import ArgumentParser
import Exchange
import Federation
import RogatoryNode

/// What two officers decide about a transfer, with a code that says why.
struct Decision: ParsableArguments {
  @Argument(help: "The transfer's id, from `outbox` or `inbox`.") var id: String
  @Option(help: "Why, a code in capitals such as WRONG-RECIPIENT.") var reason: String
  @Option(help: "The officer who proposes.") var by: String?
  @Option(help: "The officer who approves.") var approvedBy: String?
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard ReasonCode(reason) != nil else {
      throw ValidationError(
        "--reason takes a code: a capital letter, then capitals, digits, '-' and '_', at most 64.")
    }
  }

  /// Does what was decided, and tells what came of it; an auditor is refused, and that is logged.
  ///
  /// `words` gets the transfer as it stands then, and whether something of it still waits for the peer.
  func carryOut(
    _ act: String,
    _ body: (ExchangeNode, ReasonCode, Approval) async throws -> TransferSummary,
    words: (TransferSummary, _ isWaiting: Bool) -> String
  ) async throws {
    guard let code = ReasonCode(reason) else { throw ValidationError("--reason isn't a code.") }
    let home = try global.openHome()
    try refuseAuditors([by, approvedBy], to: act, of: home)
    let approval = try home.approval(by: by, approvedBy: approvedBy)
    try await withExchange(global) { exchange in
      let summary = try await body(exchange, code, approval)
      let isWaiting = try exchange.isWaitingForPeer(id)
      global.print(summary.json, text: words(summary, isWaiting))
    }
  }
}
