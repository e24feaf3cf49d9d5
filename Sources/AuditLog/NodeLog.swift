public import GRDB
import Merkle

/// The log of a node: it appends, signs, proves, and keeps what it knows of its peers' logs.
///
/// What a commit does, in one `BEGIN IMMEDIATE` transaction of SQLite with `synchronous=FULL`:
/// 1. read the last checkpoint and the right edge, and compare them;
/// 2. write what the waiting calls append, and run those that do more each in its own savepoint,
///    with the caller's own tables;
/// 3. write the new hashes, sign the new size and root, and store the checkpoint;
/// 4. commit; only then does anybody get to see the entries or the checkpoint.
/// A crash before the end of 4 leaves the log as it was, later as it is. Several processes may do
/// this to one file at once.
public final class NodeLog: Sendable {
  /// Where a log is, whose it is and what it needs from outside.
  public struct Settings: Sendable {
    var path: String
    var node: String
    var origin: String
    var signer: NoteSigner
    var cosigner: NoteSigner
    var software: String
    var configuration: String?
    var clock: @Sendable () -> ClockReading
    var random: @Sendable (Int) -> [UInt8]
    var tables: [TableMigration]

    /// The settings of the log at `path` of the node with id `node`.
    ///
    /// `signer` signs checkpoints and is named like the origin; `cosigner` signs what peers show.
    /// `configuration` is what the node is configured with; its digest goes into entries. `now`, in
    /// milliseconds since 1970, stands in for `clock`.
    public init(
      path: String, node: String, origin: String? = nil, signer: NoteSigner,
      cosigner: NoteSigner, software: String, configuration: [UInt8]? = nil,
      now: (@Sendable () -> Int64)? = nil,
      clock: @escaping @Sendable () -> ClockReading = ClockReading.system,
      random: @escaping @Sendable (Int) -> [UInt8] = systemRandom, tables: [TableMigration] = []
    ) {
      self.path = path
      self.node = node
      self.origin = origin ?? NodeLog.origin(of: node)
      self.signer = signer
      self.cosigner = cosigner
      self.software = software
      self.configuration = configuration.map { Hash(digestOf: $0).base64 }
      if let now {
        self.clock = { ClockReading(given: now()) }
      } else {
        self.clock = clock
      }
      self.random = random
      self.tables = tables
    }
  }

  /// Tables of another module in the same file, so that they change together with the log.
  public struct TableMigration: Sendable {
    let name: String
    let run: @Sendable (Database) throws -> Void

    /// A step that runs once for each file, in the order given, known by its name.
    public init(_ name: String, _ run: @escaping @Sendable (Database) throws -> Void) {
      self.name = name
      self.run = run
    }
  }

  /// The origin of a node's log.
  public static func origin(of node: String) -> String { "\(node).rogatory.example/log" }
  /// The name under which a node cosigns.
  public static func cosignerName(of node: String) -> String {
    "\(node).rogatory.example/witness"
  }

  let settings: Settings
  let pool: DatabasePool
  let writer: GroupCommit

  /// Opens the log, or creates it with a checkpoint of size 0.
  ///
  /// The right edge is recomputed and compared with the last checkpoint, whose signature is
  /// verified: throws ``AuditLogError/damaged(_:)`` when they differ, since a log that went wrong
  /// must not grow, and ``AuditLogError/wrongLog(origin:)`` for the file of another node.
  public init(_ settings: Settings) throws {
    guard settings.signer.verifierKey.kind == .ed25519,
      settings.cosigner.verifierKey.kind == .cosignature
    else { throw AuditLogError.wrongKeyKind }
    guard settings.signer.verifierKey.name.utf8.elementsEqual(settings.origin.utf8) else {
      throw AuditLogError.wrongLog(origin: settings.origin)
    }
    self.settings = settings
    pool = try openPool(settings)
    writer = GroupCommit { [pool, settings] in commit($0, pool: pool, settings: settings) }
    try pool.read { try judge($0, settings: settings) }
  }

  /// Closes the file. Whoever still waits gets an error.
  public func close() throws { try pool.close() }

  /// Runs `body` in one transaction with others that wait, and returns when it is durable.
  ///
  /// `body` reads, decides, changes its own tables and appends. A throw undoes this call only.
  /// It must not call the log itself, whose writer it occupies.
  public func transaction<T: Sendable>(
    _ body: @escaping @Sendable (inout LogTransaction) throws -> T
  ) async throws -> T {
    try await writer.perform(body)
  }

  /// Runs `body` in one transaction with others that wait, and blocks until it is durable.
  public func transaction<T: Sendable>(
    _ body: @escaping @Sendable (inout LogTransaction) throws -> T
  ) throws -> T {
    try writer.performBlocking(body)
  }

  /// Reads from one snapshot of the file.
  ///
  /// GRDB's own `read` prepares its statements anew each time, which costs as much as a small query.
  public func read<T>(_ body: (Database) throws -> T) throws -> T {
    try pool.unsafeRead { db in
      try db.cachedStatement(sql: "BEGIN DEFERRED").runOnce()
      do {
        let result = try body(db)
        try db.cachedStatement(sql: "COMMIT").runOnce()
        return result
      } catch {
        if db.isInsideTransaction { try? db.cachedStatement(sql: "ROLLBACK").runOnce() }
        throw error
      }
    }
  }

  /// The key that verifies this log's checkpoints.
  public var verifierKey: VerifierKey { settings.signer.verifierKey }
  /// The key that verifies this node's cosignatures.
  public var cosignerKey: VerifierKey { settings.cosigner.verifierKey }
  /// The id of the node.
  public var node: String { settings.node }
  /// The identity of the log.
  public var origin: String { settings.origin }
}
