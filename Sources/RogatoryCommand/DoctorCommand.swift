import ArgumentParser
import CanonicalJSON
import RogatoryNode

struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check the node: configuration, clock, keys, certificates, disk, log, ports, peers.")
  @Flag(help: "Don't contact peers.") var noPeers = false
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let home = try global.openHome()
    var findings = examine(home, software: softwareVersion, at: currentTime())
    findings += examineServing(home) + examinePorts(home)
    if !noPeers { findings += await examinePeers(home, software: softwareVersion) }
    let bad = findings.filter { $0.state == .bad }
    global.print(
      .object([
        "result": bad.isEmpty ? "pass" : "fail",
        "checks": .array(
          findings.map {
            .object([
              "id": .string($0.id), "result": .string($0.state.rawValue),
              "detail": .string($0.detail),
            ])
          }),
      ]),
      text: findings.map { "\($0.state.mark)  \($0.id)  \($0.detail)" }.joined(separator: "\n"))
    if !bad.isEmpty { throw ExitCode(ExitStatus.failed.rawValue) }
  }
}
