import ArgumentParser
import AuditLog
import CanonicalJSON
import Evidence
import Report
import RogatoryNode

extension AuditCommand {
  struct Sample: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sample",
      abstract: "Draw transfers at random for a spot check; the same seed draws the same.",
      discussion: """
        The order of the draw is that of SHA-256 over the seed, a line feed and the transfer's id, in \
        hexadecimal, so that anybody can repeat it with sha256sum. Choose the seed after the log is fixed.
        """)
    @Option(help: "The seed, any text.") var seed: String
    @Option(help: "How many, at most 1000.") var count = 10
    @OptionGroup var source: AuditSource
    @OptionGroup var filters: AuditFilters
    @OptionGroup var global: GlobalOptions

    func validate() throws {
      guard (1...AuditSample.limit).contains(count) else {
        throw ValidationError("--count takes 1 to \(AuditSample.limit).")
      }
      guard (1...256).contains(seed.utf8.count) else {
        throw ValidationError("--seed takes 1 to 256 bytes.")
      }
    }

    func run() async throws {
      let request = try filters.request(.transfers)
      let log = try await source.open(request, global)
      let sample = try AuditSample(of: log, request, seed: seed, count: count)
      global.print(
        .object([
          "seed": .string(seed), "population": .integer(Int64(sample.population)),
          "origin": .string(log.origin), "size": .integer(Int64(clamping: log.size)),
          "root": .string(log.root.base64),
          "transfers": .array(sample.transfers.map { json($0, sample) }),
        ]), text: text(sample, log))
    }

    private func json(_ drawn: AuditSample.Drawn, _ sample: AuditSample) -> JSON {
      var object = drawn.values.json(sample.columns).object ?? [:]
      object["entryNumbers"] = .array(drawn.entries.map { .integer(Int64(clamping: $0)) })
      return .object(object)
    }

    private func text(_ sample: AuditSample, _ log: AuditedLog) -> String {
      let head =
        "\(sample.transfers.count) of \(counted(sample.population, "transfer")) in \(log.origin), size \(log.size), seed \(seed)"
      let rows = sample.transfers.map { drawn in
        let facts = zip(sample.columns, drawn.values).compactMap { column, value -> String? in
          guard ["direction", "peer", "outcome", "sent", "received"].contains(column),
            case .text(let text) = value
          else { return nil }
          return printable(text)
        }
        let entries = drawn.entries.prefix(20).map { String($0) }.joined(separator: " ")
        return
          "  \(printable(drawn.transfer))  \(facts.joined(separator: "  "))\n      entries \(entries)"
      }
      return ([head] + rows + ["Check an entry: rogatory log prove N -o F"]).joined(separator: "\n")
    }
  }
}
