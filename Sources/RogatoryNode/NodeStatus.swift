import AuditLog
public import Exchange
import Glibc
public import Logging

extension NodeHome {
  /// The node's figures in Prometheus's text format (Docs/Operating.md, "Watching a node").
  ///
  /// `exchange` is the node's own side of exchanges; `now` in milliseconds since 1970.
  public func metrics(_ exchange: ExchangeNode, software: String, at now: Int64) throws -> String {
    let figures = try exchange.logFigures()
    var metrics = MetricsText()
    metrics.gauge(
      "build_info", "The version of the program, and the node.",
      [.init(1, ("node", id.text), ("version", software))])
    addLog(figures, now, to: &metrics)
    try addWitnesses(figures, to: &metrics)
    metrics.gauge(
      "transfers", "Transfers by direction and state.",
      try exchange.transferCounts().map {
        .init($0.count, ("direction", $0.direction.rawValue), ("state", $0.phase.rawValue))
      })
    let quarantine = try exchange.quarantineUse()
    metrics.gauge(
      "quarantine_bytes", "Encrypted bundles in quarantine or promised room there.",
      [.init(quarantine.bytes)])
    metrics.gauge(
      "quarantine_quota_bytes", "How many of them there may be.", [.init(quarantine.quota)])
    var facts = statvfs()
    if statvfs(path, &facts) == 0 {
      metrics.gauge(
        "disk_free_bytes", "What is free on the disk of the node's home.",
        [.init(UInt64(facts.f_bavail) * UInt64(facts.f_frsize))])
    }
    metrics.gauge(
      "certificate_expiry_timestamp_seconds", "When a certificate of the node ends.",
      try certificates().map { .init($0.certificate.notAfter, ("use", $0.use)) })
    return metrics.text
  }

  private func addLog(_ figures: LogFigures, _ now: Int64, to metrics: inout MetricsText) {
    metrics.gauge("log_entries", "Entries of the log.", [.init(figures.checkpoint.size)])
    metrics.gauge(
      "log_checkpoint_timestamp_seconds", "When the newest checkpoint was signed.",
      [.init(milliseconds: figures.checkpoint.time)])
    metrics.gauge(
      "log_checkpoint_age_seconds", "How old the newest checkpoint is.",
      [.init(milliseconds: now - figures.checkpoint.time)])
    metrics.gauge(
      "log_forks", "Contradictions of peers' logs that are kept as evidence.",
      [.init(figures.forks)])
    metrics.gauge("log_pruned_entries", "Entries that were pruned.", [.init(figures.pruned)])
    guard let timestamp = figures.timestamp else { return }
    metrics.gauge(
      "log_timestamped_entries", "Entries below the newest checkpoint with an RFC 3161 time stamp.",
      [.init(timestamp.size)])
    metrics.gauge(
      "log_timestamp_timestamp_seconds", "When that time stamp was made.",
      [.init(milliseconds: timestamp.time)])
  }

  /// A peer that has cosigned nothing yet is told with 0, so that an alarm on its age rings.
  private func addWitnesses(_ figures: LogFigures, to metrics: inout MetricsText) throws {
    let cards = try peers().map(\.card)
    func names(_ known: some Collection<String>, _ keys: [String]) -> [String] {
      let approved = keys.compactMap { $0.split(separator: "+").first.map(String.init) }
      return Set(known).union(approved).sorted()
    }
    let witnesses = names(figures.cosigned.keys, cards.map(\.cosignerKey))
    metrics.gauge(
      "log_cosigned_entries", "Entries below the newest checkpoint that a witness cosigned.",
      witnesses.map { .init(figures.cosigned[$0]?.size ?? 0, ("witness", $0)) })
    metrics.gauge(
      "log_cosignature_timestamp_seconds", "When the witness's newest cosignature came.",
      witnesses.map { .init(milliseconds: figures.cosigned[$0]?.time ?? 0, ("witness", $0)) })
    let origins = names(figures.held.keys, cards.map(\.logKey))
    metrics.gauge(
      "log_peer_entries", "Entries below the newest checkpoint of a peer's log that is held here.",
      origins.map { .init(figures.held[$0]?.size ?? 0, ("origin", $0)) })
    metrics.gauge(
      "log_peer_checkpoint_timestamp_seconds", "When that checkpoint came.",
      origins.map { .init(milliseconds: figures.held[$0]?.time ?? 0, ("origin", $0)) })
  }

  /// The listener for those who watch the node, where `node.yaml` asks for one.
  public func status(
    _ exchange: ExchangeNode, software: String, logger: Logger,
    onListening: @escaping @Sendable (Int) -> Void = { _ in }
  ) -> StatusService? {
    guard let listen = configuration.metrics else { return nil }
    return StatusService(
      host: listen.host, port: listen.port, logger: logger,
      metrics: { try metrics(exchange, software: software, at: systemMilliseconds()) },
      checks: {
        examine(self, software: software, at: currentTime()).map {
          StatusService.Check(id: $0.id, holds: $0.state != .bad)
        }
      }, onListening: onListening)
  }
}
