import ArgumentParser
import AuditLog
import CanonicalJSON
import DurableFiles
import Federation
import Redaction
import RogatoryNode

/// The log that is asked, by whom, and why.
struct AuditSource: ParsableArguments {
  @Option(help: "Why the log is read; needed for a node's own log, and logged.")
  var reason: String?
  @Option(help: "The auditor who reads.") var by: String?
  @Option(help: "A log or an export of one, instead of the node's own.") var log: String?
  @Option(help: "The verifier key (vkey) of that file.") var key: String?
  @Flag(help: "Don't verify that file first; the report says so.") var skipVerification = false

  @Option(
    help: "Where to keep the index; for a node's own log it is kept in the home, if not said else.")
  var index: String?
  @Flag(help: "Make the index of the entries anew, and believe nothing that was kept.")
  var anew = false

  func validate() throws {
    guard reason.map({ (1...1024).contains($0.utf8.count) }) ?? true else {
      throw ValidationError("--reason takes 1 to 1024 bytes.")
    }
    guard log != nil || key == nil && !skipVerification else {
      throw ValidationError("--key and --skip-verification go with --log.")
    }
    guard !anew || index == nil else {
      throw ValidationError("--anew keeps no index: leave --index out.")
    }
  }

  /// The log to read. That a node's own is read is in it first.
  func open(_ request: AuditRequest, _ global: GlobalOptions) async throws -> AuditedLog {
    guard log == nil else {
      let (path, key) = try file(global)
      let verification = skipVerification ? nil : try verifyLog(at: path, key: key)
      return try AuditedLog(at: path, indexPath: index, verification: verification)
    }
    let home = try global.openHome()
    guard let reason else {
      throw Failure(
        .usage, "say with --reason why the log is read", safe: "nothing was read")
    }
    let officer = try reader(home)
    let log = try home.openLog(software: softwareVersion)
    _ = try await log.append(request.logDraft(reason: reason, by: officer)) as LogEntry
    try log.close()
    return try AuditedLog(at: home.logPath, indexPath: anew ? nil : index ?? home.auditIndexPath)
  }

  /// The file that is asked, and the key that it is verified by.
  func file(_ global: GlobalOptions) throws -> (path: String, key: VerifierKey?) {
    if let log {
      _ = try facts(ofFile: log, followingLinks: true)
      return (log, try key.map { try VerifierKey($0) })
    }
    let home = try global.openHome()
    return (home.logPath, try home.logVerifierKey())
  }

  /// Auditors read all of the log; on a development node everybody may.
  private func reader(_ home: NodeHome) throws -> Officer {
    let officers = try home.officers()
    if let by {
      let officer = try officers.officer(by)
      guard officer.isAuditor || home.configuration.development else {
        throw Failure(
          .refused, "\(by) isn't an auditor", safe: "nothing was read",
          hint: "`rogatory officer add ID --role auditor` makes one")
      }
      return officer
    }
    guard home.configuration.development,
      let officer = officers.officers.first(where: \.isAuditor) ?? officers.officers.first
    else { throw Failure(.refused, "say who reads with --by", safe: "nothing was read") }
    return officer
  }
}

extension AuditRequest {
  /// The entry about the reading: what was asked, who, and why in words.
  func logDraft(reason: String, by officer: Officer, code: String = "AUDIT") -> LogDraft {
    var fields: [String: JSON] = [
      "code": .string(code), "report": .string(question.id), "outcome": "personal",
      "role": .string(officer.role),
    ]
    for (name, value) in filters { fields[name] = .string(value) }
    return LogDraft(
      .auditQuery, fields, personal: ["actor": officer.id.text, "reason": reason])
  }
}

/// A time in milliseconds since 1970, with or without milliseconds of its own; nil for another form.
func parseTime(_ text: String) -> Int64? {
  Timestamp.milliseconds(text) ?? StatementTime(text).map { $0.unixSeconds * 1000 }
}
