public import AuditLog
import Exchange
import Foundation

extension NodeHome {
  /// Where the log lies.
  public var logPath: String { file("log.sqlite") }

  /// Where the index is kept that reports on the log are made with; it can be deleted at any time.
  public var auditIndexPath: String { file("audit-index.sqlite") }

  /// Opens the log. Several programs may have it open at once.
  ///
  /// Only `init` makes one: a log that is gone and made anew would be a fork of what peers have seen.
  ///
  /// - Throws: ``NodeError/damagedLog(firstBadEntry:what:)`` where the log isn't what its last
  ///   checkpoint says, `AuditLogError` where it is another's.
  public func openLog(software: String, creating: Bool = false) throws -> NodeLog {
    guard !isSwitchUnfinished else { throw NodeError.recoveryUnfinished }
    guard try creating || originOfLog(at: logPath) != nil else { throw NodeError.noLog }
    // The key is named like the log that it signs, which isn't the first of its node after a recovery.
    let signer = try logSigner()
    let settings = try NodeLog.Settings(
      path: logPath, node: id.text, origin: signer.verifierKey.name, signer: signer,
      cosigner: cosigner(), software: software, configuration: configurationText(),
      tables: TransferStore.tables)
    do { return try NodeLog(settings) } catch AuditLogError.damaged(let damage) {
      // Whoever reads the refusal wants to know where to look; only now is it worth reading all.
      let verification = try? verifyLog(at: logPath, key: signer.verifierKey)
      throw NodeError.damagedLog(firstBadEntry: verification?.firstBadEntry, what: "\(damage)")
    }
  }

  /// The node's configuration as it is in force: the file, and what the environment replaces in it.
  func configurationText() throws -> [UInt8] {
    let overrides = ConfigurationSource.overrides(ProcessInfo.processInfo.environment)
    return try Array((text("node.yaml") + overrides).utf8)
  }

  /// The rule for how long this node's log is kept: the one that `node.yaml` names, else the one of
  /// the node's country.
  public func retentionRule() throws -> RetentionRule {
    if let id = configuration.logRule { return try RetentionRule(id: id) }
    return RetentionRule.rule(country: configuration.country)
  }
}
