import ArgumentParser
import AuditLog
import CanonicalJSON
import Federation
import RogatoryNode

/// Who decides on a change of the node's keys.
struct KeyDecision: ParsableArguments {
  @Option(help: "The officer who proposes.") var by: String?
  @Option(help: "The officer who approves.") var approvedBy: String?
  @OptionGroup var global: GlobalOptions

  /// The home, and its log for the entry about the change; an auditor is refused, and that is logged.
  func begin() throws -> (home: NodeHome, log: KeyLog) {
    let home = try global.openHome()
    return (home, try KeyLog(home, by: by, approvedBy: approvedBy))
  }

  /// Prints the JSON object, or the text for people.
  func print(_ object: JSON, text: @autoclosure () -> String) { global.print(object, text: text()) }
}

/// The log, open for a change of keys that two officers decided on.
struct KeyLog {
  private let log: NodeLog
  private let personal: [String: String]

  init(_ home: NodeHome, by: String?, approvedBy: String?) throws {
    try refuseAuditors([by, approvedBy], to: "key-change", of: home)
    let approval = try home.approval(by: by, approvedBy: approvedBy)
    log = try home.openLog(software: softwareVersion)
    personal = approval.people
  }

  /// Writes the one entry of the change, and closes the log.
  func append(_ code: String, _ fields: [String: JSON]) throws {
    var fields = fields
    fields["code"] = .string(code)
    let _: LogEntry = try log.append(LogDraft(.keyChange, fields, personal: personal))
    try log.close()
  }
}
