import ArgumentParser
import AuditLog
import CanonicalJSON
import RogatoryNode

struct Metrics: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "Print the node's figures, as its endpoint for Prometheus tells them.")
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let home = try global.openHome()
    try await withExchange(global) { exchange in
      let text = try home.metrics(exchange, software: softwareVersion, at: systemMilliseconds())
      global.print(.object(["metrics": .string(text)]), text: text)
    }
  }
}
