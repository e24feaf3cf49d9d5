import ArgumentParser
import Exchange
import RogatoryNode

struct Recall: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take a transfer back: cancel it, or ask the peer to erase it.",
    discussion: """
      Two officers decide. What the peer can't have a byte of is cancelled at once. For anything else the \
      peer gets a signed recall, now or as soon as it is reached: what isn't in its inbox yet is dropped \
      there, about the rest its people decide. `transfer show` tells their answer.
      """)
  @Argument(help: "The transfer's id, from `outbox`.") var id: String
  @OptionGroup var decision: Decision
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    try await decision.carryOut("recall", global) { exchange, reason, approval in
      let summary = try await exchange.recall(id, reason: reason, approval: approval)
      let isWaiting = try exchange.isWaitingForPeer(id)
      let words =
        switch summary.phase {
        case .cancelled: "Cancelled \(id): \(summary.peer) doesn't have it"
        case .erased: "\(summary.peer) has erased it, and certified that"
        case _ where isWaiting:
          "Recalled \(id); \(summary.peer) is asked as soon as it is reached"
        default: "Recalled \(id): \(summary.peer) was asked, and its people decide"
        }
      global.print(summary.json, text: words)
    }
  }
}

struct Erase: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Erase a bundle of the inbox, because it was recalled or its time is over.",
    discussion: """
      Two officers decide. The bundle's files are removed from this node; the transfer, its receipts and \
      the log stay, and the sender gets a signed certificate of erasure. Copies made with `open -o`, what \
      was extracted, and backups aren't reached by this.
      """)
  @Argument(help: "The transfer's id, from `inbox`.") var id: String
  @OptionGroup var decision: Decision
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    try await decision.carryOut("erase", global) { exchange, reason, approval in
      let summary = try await exchange.erase(id, reason: reason, approval: approval)
      let isWaiting = try exchange.isWaitingForPeer(id)
      global.print(
        summary.json,
        text: "Erased \(summary.bundle) from \(summary.peer)\n"
          + (isWaiting
            ? "The certificate waits until the sender is reached"
            : "The sender has the certificate"))
    }
  }
}

struct RefuseRecall: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refuse-recall",
    abstract: "Keep a bundle that its sender recalls, with a code that says why.",
    discussion: "Two officers decide; the sender gets a signed refusal.")
  @Argument(help: "The transfer's id, from `inbox`.") var id: String
  @OptionGroup var decision: Decision
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    try await decision.carryOut("refuse-recall", global) { exchange, reason, approval in
      let summary = try await exchange.refuseRecall(id, reason: reason, approval: approval)
      let isWaiting = try exchange.isWaitingForPeer(id)
      global.print(
        summary.json,
        text: "Kept \(summary.bundle) from \(summary.peer)\n"
          + (isWaiting
            ? "The refusal waits until the sender is reached" : "The sender has the refusal"))
    }
  }
}
