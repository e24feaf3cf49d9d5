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
  /// - Throws: `AuditLogError` where the log isn't what its last checkpoint says.
  public func openLog(software: String) throws -> NodeLog {
    try NodeLog(
      NodeLog.Settings(
        path: logPath, node: id.text, signer: logSigner(), cosigner: cosigner(),
        software: software, tables: TransferStore.tables))
  }
}
