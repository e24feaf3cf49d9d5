public import AuditLog
import DurableFiles
import Evidence
public import Exchange
public import Logging
import ServiceLifecycle

extension NodeHome {
  /// This node's side of exchanges, with its log open.
  ///
  /// - Parameters:
  ///   - software: name and version, for log entries.
  ///   - onListening: told the port once peers can connect.
  public func exchange(
    log: NodeLog, logger: Logger, onListening: @escaping @Sendable (Int) -> Void = { _ in }
  ) -> ExchangeNode {
    let tls = LastGood("the TLS certificate", logger: logger) { held in
      try tlsIdentity(after: held, at: currentTime())
    }
    let peers = LastGood("the list of peers", logger: logger) { _ in try directory() }
    let anchors = LastGood("the list of anchors", logger: logger) { _ in try trust() }
    let openers = LastGood("the age identities", logger: logger) { _ in try identities() }
    let signer = LastGood(
      "the signing certificate", logger: logger,
      isFinal: { if case NodeError.certificateRevoked = $0 { true } else { false } },
      { _ in try signatory(at: currentTime()) })
    let quorum = LastGood("the witness policy", logger: logger) { _ in try witnessPolicy() }
    return ExchangeNode(
      node: id, log: log,
      folders: ExchangeNode.Folders(
        outbox: file("outbox"), quarantine: file("quarantine"), inbox: file("inbox")),
      host: configuration.listen.host, port: configuration.listen.port,
      tls: { try tls.value() },
      limits: configuration.limits.exchange,
      logger: logger, directory: { try peers.value() },
      signatory: { try signer.value() }, identities: { try openers.value() },
      trust: { try anchors.value() }, policy: { try quorum.value() },
      alarms: { try alarms(log) },
      revocations: peerRevocations(),
      signedDirectory: { try signedDirectory(version: $0) }, onListening: onListening)
  }

  /// What an administrator has to be told of the log.
  private func alarms(_ log: NodeLog) throws -> [String] {
    let rule = try retentionRule()
    let due = try log.textsDue(under: rule)
    return federationAlarms(at: currentTime())
      + (due.count == 0
        ? []
        : [
          "\(counted(due.count, "personal text")) past the maximum age under \(rule.id): `log erase`"
        ])
  }

  /// Whose cosignatures this node's log needs, C2SP tlog-policy; nothing where no file says.
  public func witnessPolicy() throws -> WitnessPolicy? {
    do {
      let bytes = try readSmallFile(file("witness-policy.txt"), limit: LogLimits.policyBytes)
      return try WitnessPolicy(parsing: bytes)
    } catch let error as FileError where error.isNotFound { return nil }
  }
}

/// A logger for people on stderr; quiet below warnings unless asked.
public func makeLogger(verbose: Bool) -> Logger {
  var logger = Logger(label: "rogatory") { StreamLogHandler.standardError(label: $0) }
  logger.logLevel = verbose ? .info : .warning
  return logger
}

/// Runs the services of a node until it is told to stop; then finishes what is under way.
///
/// `tell` is given what SIGHUP finds, in words.
public func serve(
  _ exchange: ExchangeNode, status: StatusService? = nil, of home: NodeHome, software: String,
  logger: Logger, tell: @escaping @Sendable (String) -> Void = { _ in }
) async throws {
  let completion = CompletionService(home: home, software: software, logger: logger)
  let statuses: [any Service] =
    home.configuration.peerRevocation.map {
      [PeerStatusService(home: home, settings: $0, exchange: exchange, logger: logger)]
    } ?? []
  let watched: [any Service] = status.map { [$0] } ?? []
  var configuration = ServiceGroupConfiguration(
    services: exchange.services() + [completion, ReloadService(home: home, tell: tell)]
      + statuses + watched,
    gracefulShutdownSignals: [.sigterm, .sigint],
    logger: logger)
  // Uploads resume where they were, so a peer loses nothing by being cut off after a while.
  configuration.maximumGracefulShutdownDuration = .seconds(20)
  try await ServiceGroup(configuration: configuration).run()
}
