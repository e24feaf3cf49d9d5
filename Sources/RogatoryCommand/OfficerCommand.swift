import ArgumentParser
import AuditLog
import CanonicalJSON
import Federation
import RogatoryNode

struct OfficerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "officer", abstract: "The people who act for the node.",
    subcommands: [Add.self, List.self, Remove.self])

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Add an officer.")
    @Argument(help: "The officer's id.") var id: String
    @Option(help: "The role, such as investigator.") var role: String
    @Option(help: "The unit.") var unit: String
    @OptionGroup var global: GlobalOptions

    func run() async throws {
      let home = try global.openHome()
      var officers = try home.officers()
      try officers.add(Officer(id: NodeID(id), role: role, unit: unit))
      try await change(home, officers, "officer-added", id)
      global.print(officers.json, text: "\(id) is an officer of \(home.id)")
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List the officers.")
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let officers = try global.openHome().officers()
      global.print(
        officers.json,
        text: officers.officers.map { "\($0.id)  \($0.role)  \($0.unit)" }
          .joined(separator: "\n"))
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove",
      abstract: "Remove an officer; the history stays.")
    @Argument(help: "The officer's id.") var id: String
    @OptionGroup var global: GlobalOptions

    func run() async throws {
      let home = try global.openHome()
      var officers = try home.officers()
      try officers.remove(NodeID(id))
      try await change(home, officers, "officer-removed", id)
      global.print(officers.json, text: "\(id) is no longer an officer of \(home.id)")
    }
  }

  /// The log first: a change that isn't in it must not be in force.
  private static func change(
    _ home: NodeHome, _ officers: OfficerList, _ code: String, _ id: String
  ) async throws {
    let log = try home.openLog(software: softwareVersion)
    _ = try await log.append(
      LogDraft(.config, ["code": .string(code), "outcome": "done"], personal: ["actor": id]))
    try home.save(officers)
    try log.close()
  }
}
