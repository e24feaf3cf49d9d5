import ArgumentParser
import Exchange

struct Recall: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recall",
    abstract: "Take a transfer back: cancel it, or ask the peer to erase it.",
    discussion: """
      Two officers decide. What the peer can't have a byte of is cancelled at once. For anything else the \
      peer gets a signed recall, now or as soon as it is reached: what isn't in its inbox yet is dropped \
      there, about the rest its people decide. `transfer show` tells their answer.
      """)
  @OptionGroup var decision: Decision

  func run() async throws {
    let id = decision.id
    try await decision.carryOut("recall") {
      try await $0.recall(id, reason: $1, approval: $2)
    } words: {
      summary, isWaiting in
      switch summary.phase {
      case .cancelled: "Cancelled \(id): \(summary.peer) doesn't have it"
      case .erased: "\(summary.peer) has erased it, and certified that"
      case _ where isWaiting:
        "Recalled \(id); \(summary.peer) is asked as soon as it is reached"
      default: "Recalled \(id): \(summary.peer) was asked, and its people decide"
      }
    }
  }
}

struct Erase: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "erase",
    abstract: "Erase a bundle of the inbox, because it was recalled or its time is over.",
    discussion: """
      Two officers decide. The bundle's files are removed from this node; the transfer, its receipts and \
      the log stay, and the sender gets a signed certificate of erasure. Copies made with `open -o`, what \
      was extracted, and backups aren't reached by this. Exit 4 while an order holds it (`hold list`).
      """)
  @OptionGroup var decision: Decision

  func run() async throws {
    let id = decision.id
    try await decision.carryOut("erase") {
      try await $0.erase(id, reason: $1, approval: $2)
    } words: {
      "Erased \($0.bundle) from \($0.peer)\n"
        + ($1
          ? "The certificate waits until the sender is reached" : "The sender has the certificate")
    }
  }
}

struct RefuseRecall: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refuse-recall",
    abstract: "Keep a bundle that its sender recalls, with a code that says why.",
    discussion: "Two officers decide; the sender gets a signed refusal.")
  @OptionGroup var decision: Decision

  func run() async throws {
    let id = decision.id
    try await decision.carryOut("refuse-recall") {
      try await $0.refuseRecall(id, reason: $1, approval: $2)
    } words: {
      "Kept \($0.bundle) from \($0.peer)\n"
        + ($1 ? "The refusal waits until the sender is reached" : "The sender has the refusal")
    }
  }
}
