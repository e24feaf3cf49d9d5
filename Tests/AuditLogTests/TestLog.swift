import AuditLog
import CanonicalJSON
import Foundation
import Synchronization
import Testing

/// A folder that is gone with the test.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  subscript(_ name: String) -> String { path + "/" + name }
}

/// A clock that a test sets, in milliseconds.
final class TestClock: Sendable {
  private let value = Mutex<Int64>(1_790_000_000_000)

  var now: Int64 {
    get { value.withLock { $0 } }
    set { value.withLock { $0 = newValue } }
  }
}

func signer(_ node: String, seed: UInt8 = 1) throws -> NoteSigner {
  try NoteSigner(
    name: NodeLog.origin(of: node), kind: .ed25519, seed: Array(repeating: seed, count: 32))
}

func cosigner(_ node: String) throws -> NoteSigner {
  try NoteSigner(
    name: NodeLog.cosignerName(of: node), kind: .cosignature, seed: Array(repeating: 9, count: 32))
}

func settings(
  _ path: String, node: String = "pt-ipcu", clock: TestClock = TestClock(),
  tables: [NodeLog.TableMigration] = []
) throws -> NodeLog.Settings {
  NodeLog.Settings(
    path: path, node: node, signer: try signer(node), cosigner: try cosigner(node),
    software: "test 1", now: { clock.now }, tables: tables)
}

/// A log with `count` entries, of which every fifth has a personal text.
func filledLog(_ path: String, count: Int, batch: Int = 7) throws -> NodeLog {
  let log = try NodeLog(settings(path))
  var drafts: [LogDraft] = []
  for number in 0..<count {
    let personal = number % 5 == 0 ? ["reason": "person \(number)"] : [:]
    drafts.append(
      LogDraft(.collect, ["case": "C-1", "item": .integer(Int64(number))], personal: personal))
    if drafts.count == batch || number == count - 1 {
      _ = try log.append(drafts) as [LogEntry]
      drafts = []
    }
  }
  return log
}

/// So many entries more that say nothing.
func grow(_ log: NodeLog, _ count: Int) throws {
  _ = try log.append(Array(repeating: LogDraft(.seal), count: count)) as [LogEntry]
}

/// Has a log's newest checkpoint cosigned by a new peer, whose own log is at `path`.
func cosigned(_ log: NodeLog, by path: String) throws {
  let peer = try NodeLog(settings(path, node: "fi"))
  let newest = try log.checkpoint()
  let line = try peer.acceptPeerCheckpoint(
    note: newest.serialized, key: log.verifierKey, proof: log.consistencyProof(from: 0, to: 0))
  try log.acceptCosignature(line.line, key: peer.cosignerKey, size: newest.checkpoint.size)
}

/// Runs a program; its exit status and output.
@discardableResult func run(
  _ program: String, _ arguments: [String], environment: [String: String] = [:]
) throws -> (status: Int32, output: String) {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = [program] + arguments
  process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let output = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}

func sqlite(_ file: String, _ sql: String) throws -> String {
  let (status, output) = try run("sqlite3", [file, sql])
  guard status == 0 else { throw TestFailure(text: output) }
  return output
}

/// Drops the triggers of a log, as somebody would who wants to change it.
func disarm(_ file: String) throws {
  let drops = try sqlite(
    file, "SELECT 'DROP TRIGGER ' || name || ';' FROM sqlite_schema WHERE type = 'trigger'")
  _ = try sqlite(file, drops)
}

struct TestFailure: Error { var text: String }

/// Where test data by others lies; outside of the project.
let conformance: String = {
  if let folder = ProcessInfo.processInfo.environment["ROGATORY_CONFORMANCE"] { return folder }
  let root = URL(filePath: #filePath).appending(path: "../../../../shared/conformance")
  return root.standardized.path
}()

/// The reference programs beside the test data.
let reference = URL(filePath: conformance).appending(path: "../reference").standardized.path
