// Appends drafts from standard input to a new log, as `Tests/audit_log_drafts.py` writes them: a real,
// signed log, made by the module's own append, with the times and the randomness of the drafts.
//
//     python3 Tests/audit_log_drafts.py | log-writer LOG.sqlite NODE
//
// The keys come from the node's name, so that a log is made again byte for byte. On a disk each commit
// waits for it: write large logs to a file system in memory, and move them.

import AuditLog
import CanonicalJSON
import Foundation
import SeededNumbers
import Synchronization

guard CommandLine.arguments.count == 3 else {
  FileHandle.standardError.write(Data("usage: log-writer LOG.sqlite NODE < drafts\n".utf8))
  exit(64)
}
let writer = try LogWriter(path: CommandLine.arguments[1], node: CommandLine.arguments[2])
while let line = readLine() {
  try writer.write(JSON(parsing: Array(line.utf8), limit: 1 << 20))
}
print(writer.verifierKey)

/// One log, with a clock that the drafts set.
final class LogWriter {
  struct BadDraft: Error { var line: JSON }

  private let path: String
  private let node: String
  private let clock: Clock
  private var log: NodeLog

  init(path: String, node: String) throws {
    self.path = path
    self.node = node
    clock = Clock()
    log = try Self.open(path, node, clock, software: "writer 1")
  }

  var verifierKey: String { log.verifierKey.text }

  /// One line: a commit, an erasure, or another version of the program.
  func write(_ line: JSON) throws {
    if let software = line["software"]?.string {
      try log.close()
      log = try Self.open(path, node, clock, software: software)
      return
    }
    guard let time = line["time"]?.integer else { throw BadDraft(line: line) }
    clock.set(time, offset: line["offset"]?.integer)
    if let erasure = line["erase"] {
      let fields = (erasure["fields"]?.array ?? []).compactMap { pair -> PersonalField? in
        guard let index = pair.array?.first?.integer, let field = pair.array?.last?.string else {
          return nil
        }
        return PersonalField(index: UInt64(index), field: field)
      }
      _ = try log.erasePersonal(rule: erasure["rule"]?.string ?? "", fields) as Erasure
    } else {
      _ = try log.append((line["entries"]?.array ?? []).map(draft)) as [LogEntry]
    }
  }

  private func draft(_ json: JSON) throws -> LogDraft {
    guard let event = json["event"]?.string.flatMap(LogEvent.init(rawValue:)) else {
      throw BadDraft(line: json)
    }
    return LogDraft(
      event, json["fields"]?.object ?? [:],
      personal: (json["personal"]?.object ?? [:]).compactMapValues(\.string))
  }

  private static func open(
    _ path: String, _ node: String, _ clock: Clock, software: String
  ) throws -> NodeLog {
    func signer(_ name: String, _ kind: SignatureKind) throws -> NoteSigner {
      let seed = Array((Array(name.utf8) + Array(repeating: 0, count: 32)).prefix(32))
      return try NoteSigner(name: name, kind: kind, seed: seed)
    }
    return try NodeLog(
      NodeLog.Settings(
        path: path, node: node, signer: signer(NodeLog.origin(of: node), .ed25519),
        cosigner: signer(NodeLog.cosignerName(of: node), .cosignature), software: software,
        clock: { clock.reading }, random: { clock.random($0) }))
  }
}

/// The time of the drafts, and bytes that are the same for every run.
final class Clock: Sendable {
  private let state = Mutex<(reading: ClockReading, random: SplitMix64)>(
    (ClockReading(given: 0), SplitMix64(seed: 0x9E37_79B9_7F4A_7C15)))

  var reading: ClockReading { state.withLock { $0.reading } }

  /// Milliseconds since 1970, and by how many microseconds the clock was off, where that is known.
  func set(_ time: Int64, offset: Int64?) {
    state.withLock { state in
      state.reading = ClockReading(given: time)
      guard let offset else { return }
      state.reading.source = .synchronised
      state.reading.offsetMicroseconds = offset
    }
  }

  /// Salts and nonces of a log for tests need to differ, no more.
  func random(_ count: Int) -> [UInt8] {
    state.withLock { state in
      (0..<count).map { _ in UInt8(truncatingIfNeeded: state.random.next()) }
    }
  }
}
