import ArgumentParser
import CanonicalJSON
import Evidence
import Exchange

struct PullCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull", abstract: "Fetch once what waits for this node at its peers.",
    discussion: """
      What is offered is judged, fetched, checked and receipted as if the peer had brought it. A node \
      whose node.yaml says `delivery: pull` does this by itself while `serve` runs. Exit 5: a peer isn't \
      reached.
      """)
  @Option(help: "Only from this peer.") var from: String?
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    try await withExchange(global) { exchange in
      let reports: [PullReport]
      do {
        reports = try await exchange.pull(from: from.map { [$0] })
      } catch let error as ExchangeError where error.isTemporary {
        throw Failure(
          .temporary, error.words,
          safe: "what was fetched is kept, and the rest waits at the peer",
          hint: "do it again later; `rogatory peer test` says what stands in the way")
      }
      global.print(
        .object(["peers": .array(reports.map(\.json))]),
        text: reports.isEmpty
          ? "No peer has a mailbox for this node" : reports.map(text).joined(separator: "\n"))
    }
  }

  private func text(_ report: PullReport) -> String {
    var lines = [
      "\(report.peer): \(counted(report.transfers.count, "transfer")), "
        + counted(report.receipts, "receipt")
        + (report.recalls > 0 ? ", \(counted(report.recalls, "recall"))" : "")
    ]
    lines += report.transfers.map { "  \($0.text)" }
    lines += report.declined.sorted { $0.key < $1.key }.map {
      "  \($0.key)  not taken: \($0.value)"
    }
    return lines.joined(separator: "\n")
  }
}
