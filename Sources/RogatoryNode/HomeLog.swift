public import AuditLog
import Exchange

extension NodeHome {
  /// Where the log lies.
  public var logPath: String { file("log.sqlite") }

  /// Where the index is kept that reports on the log are made with; it can be deleted at any time.
  public var auditIndexPath: String { file("audit-index.sqlite") }

  /// The verifier key of this node's log, as it stands on its card.
  public func logKey() throws -> String { try logSigner().verifierKey.text }

  /// The same as a value.
  public func logVerifierKey() throws -> VerifierKey { try logSigner().verifierKey }

  /// Opens the log, or makes it. Several programs may have it open at once.
  ///
  /// - Throws: ``NodeError/damagedLog(firstBadEntry:what:)`` where the log isn't what its last
  ///   checkpoint says, `AuditLogError` where it is another's.
  public func openLog(software: String) throws -> NodeLog {
    guard !isSwitchUnfinished else { throw NodeError.recoveryUnfinished }
    // The key is named like the log that it signs, which isn't the first of its node after a recovery.
    let signer = try logSigner()
    let settings = try NodeLog.Settings(
      path: logPath, node: id.text, origin: signer.verifierKey.name, signer: signer,
      cosigner: cosigner(), software: software, configuration: Array(text("node.yaml").utf8),
      tables: TransferStore.tables)
    do { return try NodeLog(settings) } catch AuditLogError.damaged(let damage) {
      // Whoever reads the refusal wants to know where to look; only now is it worth reading all.
      let verification = try? verifyLog(at: logPath, key: signer.verifierKey)
      throw NodeError.damagedLog(firstBadEntry: verification?.firstBadEntry, what: "\(damage)")
    }
  }

  /// The rule for how long this node's log is kept: the one that `node.yaml` names, else the one of
  /// the node's country.
  public func retentionRule() throws -> RetentionRule {
    if let id = configuration.logRule { return try RetentionRule(id: id) }
    return RetentionRule.rule(country: configuration.country)
  }
}
