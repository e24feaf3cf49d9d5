public import GRDB

// The usual ways to append, each also for callers that aren't asynchronous.
extension NodeLog {
  /// Appends the drafts, all or none, and returns when they are durable.
  public func append(_ drafts: [LogDraft]) async throws -> [LogEntry] {
    try await writer.append(prepare(drafts))
  }

  /// Appends the drafts, all or none, and blocks until they are durable.
  public func append(_ drafts: [LogDraft]) throws -> [LogEntry] {
    try writer.appendBlocking(prepare(drafts))
  }

  /// Appends a draft, and returns when it is durable.
  public func append(_ draft: LogDraft) async throws -> LogEntry {
    try await writer.append(prepare([draft]))[0]
  }

  /// Appends a draft, and blocks until it is durable.
  public func append(_ draft: LogDraft) throws -> LogEntry {
    try writer.appendBlocking(prepare([draft]))[0]
  }

  /// Appends the drafts and changes the caller's own tables, both or neither.
  public func append<T: Sendable>(
    _ drafts: [LogDraft], with changes: @escaping @Sendable (Database, [LogEntry]) throws -> T
  ) async throws -> T {
    let prepared = try prepare(drafts)
    return try await transaction { try changes($0.db, $0.append(prepared)) }
  }

  /// Appends the drafts and changes the caller's own tables, both or neither; blocks.
  public func append<T: Sendable>(
    _ drafts: [LogDraft], with changes: @escaping @Sendable (Database, [LogEntry]) throws -> T
  ) throws -> T {
    let prepared = try prepare(drafts)
    return try transaction { try changes($0.db, $0.append(prepared)) }
  }

  /// What can be done of an append before its turn, on the caller's thread.
  private func prepare(_ drafts: [LogDraft]) throws(AuditLogError) -> [PreparedDraft] {
    try PreparedDraft.prepare(drafts, random: settings.random)
  }

  /// Logs `value` as `draft` says, and returns it as logged.
  public func log<V: Sendable>(_ value: V, as draft: LogDraft) async throws -> Logged<V> {
    Logged(value: value, entry: try await append(draft))
  }

  /// Logs `value` as `draft` says, and returns it as logged; blocks.
  public func log<V: Sendable>(_ value: V, as draft: LogDraft) throws -> Logged<V> {
    let entry: LogEntry = try append(draft)
    return Logged(value: value, entry: entry)
  }
}

extension LogTransaction {
  /// Appends the drafts in their order.
  public mutating func append(_ drafts: [LogDraft]) throws -> [LogEntry] {
    var entries: [LogEntry] = []
    for draft in drafts { entries.append(try append(draft)) }
    return entries
  }
}
