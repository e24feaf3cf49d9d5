import ArgumentParser
import CanonicalJSON
import Evidence
import Exchange

struct MediaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "media", abstract: "Transfers and receipts by removable medium.",
    subcommands: [Export.self, Import.self, Receipts.self])

  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Write what waits for a peer into a new folder.",
      discussion: """
        Encrypted bundles, their offers, recalls, and receipts that the peer doesn't have yet. The transfers \
        stay in the outbox until its receipts come.
        """)
    @Option(help: "The peer's id.") var to: String
    @Argument(help: "A new or empty folder, on the medium.") var folder: String
    @OptionGroup var global: GlobalOptions

    func run() async throws {
      try await withExchange(global) { exchange in
        do {
          tell(try await exchange.exportMedia(to: to, into: folder), "Wrote \(folder)", global)
        } catch ExchangeError.nothingWaits {
          global.print(
            .object([
              "peer": .string(to), "transfers": [], "receipts": .integer(0),
              "recalls": .integer(0),
            ]),
            text: "Nothing waits for \(to); nothing was written")
        }
      }
    }
  }

  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import",
      abstract: "Take what a peer wrote to a medium: transfers, receipts, recalls.",
      discussion: """
        Every file is read first: a damaged medium changes nothing. Then each transfer is judged and \
        checked as if it came over a connection. Exit 4: something isn't taken.
        """)
    @Argument(help: "The folder on the medium.") var folder: String
    @OptionGroup var global: GlobalOptions

    func run() async throws {
      try await withExchange(global) { exchange in
        let report = try await exchange.importMedia(from: folder)
        tell(report, "Took \(folder)", global)
        guard report.declined.isEmpty else {
          throw Failure(
            .refused,
            "\(counted(report.declined.count, "transfer")) of the medium can't be taken now",
            safe: "the others are taken, and the medium is unchanged",
            hint: "see the code, and import it again")
        }
      }
    }
  }

  struct Receipts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "receipts",
      abstract: "Write the receipts for what came on a medium, to be carried back.")
    @Argument(help: "The folder that was imported.") var folder: String
    @Option(
      name: .shortAndLong, help: "A new or empty folder for the receipts.", transform: outputPath)
    var output: String
    @OptionGroup var global: GlobalOptions

    func run() async throws {
      try await withExchange(global) { exchange in
        tell(
          try exchange.exportMediaReceipts(for: folder, into: output), "Wrote \(output)", global)
      }
    }
  }

  private static func tell(_ report: MediaReport, _ what: String, _ global: GlobalOptions) {
    var lines = [
      "\(what): \(counted(report.transfers.count, "transfer")), receipts of "
        + "\(counted(report.receipts, "transfer"))"
        + (report.recalls > 0 ? ", \(counted(report.recalls, "recall"))" : "")
        + "; the other node is \(report.peer)"
    ]
    lines += report.transfers.map { "  \($0.text)" }
    lines += report.declined.sorted { $0.key < $1.key }.map {
      "  \($0.key)  not taken: \($0.value)"
    }
    global.print(report.json, text: lines.joined(separator: "\n"))
  }
}
