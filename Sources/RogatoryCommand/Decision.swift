import ArgumentParser
import Exchange
import Federation
import RogatoryNode

/// What two officers decide about a transfer, with a code that says why.
struct Decision: ParsableArguments {
  @Option(help: "Why, a code in capitals such as WRONG-RECIPIENT.") var reason: String
  @Option(help: "The officer who proposes.") var by: String?
  @Option(help: "The officer who approves.") var approvedBy: String?

  func validate() throws {
    guard ReasonCode(reason) != nil else {
      throw ValidationError(
        "--reason takes a code: a capital letter, then capitals, digits, '-' and '_', at most 64.")
    }
  }

  /// Runs `body` with the reason and the two officers; an auditor is refused, and that is logged.
  func carryOut(
    _ act: String, _ global: GlobalOptions,
    _ body: (ExchangeNode, ReasonCode, Approval) async throws -> Void
  ) async throws {
    guard let code = ReasonCode(reason) else { throw ValidationError("--reason isn't a code.") }
    let home = try global.openHome()
    try refuseAuditors([by, approvedBy], to: act, of: home)
    let approval = try home.approval(by: by, approvedBy: approvedBy)
    try await withExchange(global) { try await body($0, code, approval) }
  }
}
