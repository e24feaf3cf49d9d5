import ArgumentParser
import CanonicalJSON
import Exchange
import Report
import RogatoryNode

struct TransferCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transfer", abstract: "One transfer's whole life.", subcommands: [Show.self])

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract:
        "Its state, deadline and attempts, its life on this node as a dated list, and where it "
        + "stands on the other.")
    @Argument(help: "The transfer's id.") var id: String
    @Flag(help: "Don't ask the other node.") var offline = false
    @OptionGroup var global: GlobalOptions

    func run() async throws {
      try await withExchange(global) { exchange in
        let life =
          try await offline ? exchange.transfer(id) : exchange.transferOnBothNodes(id)
        // What this node expected and found is for its own people; the sender got a code.
        let detail =
          life.summary.direction == .in ? try exchange.refusalDetail(of: id) : nil
        let orders = try exchange.holds(onTransfer: id).map(\.order)
        var (json, text) = adding(orders, to: life.json, life.text)
        if let detail { json = json.adding("detail", .string(detail)) }
        if let detail { text += "\nExpected and found: \(printable(detail))" }
        global.print(json, text: text)
      }
    }
  }
}
