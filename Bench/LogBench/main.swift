// Measures the audit log and makes large ones; Scripts/bench_log.sh runs it, and the fault tests use it
// as the writer whose every acknowledgement is counted. Not a part of the product.
//
//   LogBench append FILE WRITERS ENTRIES    so many concurrent writers, durable one by one
//   LogBench generate FILE ENTRIES          a log that is the same each time, 256 entries a commit
//   LogBench open FILE                      opens it, with every check of a start
//   LogBench proofs FILE COUNT              inclusion and consistency proofs at random places
//   LogBench acknowledge FILE COUNT         appends one by one, prints each index once it is durable

import AuditLog
import CanonicalJSON
import Glibc
import SeededNumbers
import Synchronization

let node = "bench"

func openLog(
  _ path: String, now: (@Sendable () -> Int64)? = nil,
  random: @escaping @Sendable (Int) -> [UInt8] = systemRandom
) throws -> NodeLog {
  try NodeLog(
    NodeLog.Settings(
      path: path, node: node,
      signer: NoteSigner(
        name: NodeLog.origin(of: node), kind: .ed25519, seed: Array(repeating: 1, count: 32)),
      cosigner: NoteSigner(
        name: NodeLog.cosignerName(of: node), kind: .cosignature,
        seed: Array(repeating: 2, count: 32)),
      software: "bench", configuration: Array("bench".utf8), now: now, random: random))
}

/// What a `send` entry says, about as long as real ones.
struct Content {
  let number: Int
  let transfer: String
  let bundle: String
  let bytes: Int64
  let digests: [String]

  init(_ number: Int, _ numbers: inout SplitMix64) {
    self.number = number
    // A UUIDv7 begins with its time, so the ids of neighbours in time stand beside each other.
    let size = numbers.next()
    let time = String(0x0192_F0C1_0000 + number / 6, radix: 16)
    let tail = String(size | 1 << 63, radix: 16).suffix(12)
    transfer = "0\(time.prefix(7))-\(time.suffix(4))-7000-8000-\(tail)"
    bundle = "0192f0c1-7b7a-7000-9000-\(tail)"
    bytes = Int64(size & 0xFFFF_FFFF)
    digests = (0..<3).map { _ in Self.digest(&numbers) }
  }

  /// 32 bytes in base64 are 44 characters; what they say doesn't matter here.
  private static func digest(_ numbers: inout SplitMix64) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for _ in 0..<4 {
      var word = numbers.next()
      for _ in 0..<10 {
        text.append(letters[Int(word & 63)])
        word >>= 6
      }
    }
    return String(decoding: text + Array("abc=".utf8), as: UTF8.self)
  }

  var draft: LogDraft {
    let events: [LogEvent] = [.queue, .offer, .send, .receiptIn, .receiptOut, .retrieve]
    return LogDraft(
      events[number % events.count],
      [
        "transfer": .string(transfer), "peer": "fi-cust", "bundle": .string(bundle),
        "ciphertext": .string(digests[0]), "seal": .string(digests[1]),
        "view": .string(digests[2]), "bytes": .integer(bytes), "direction": "out",
      ], personal: number % 10 == 0 ? ["actor": "officer-\(number % 7)"] : [:])
  }
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
  let start = ContinuousClock.now
  try body()
  let time = ContinuousClock.now - start
  return Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
}

func append(_ path: String, writers: Int, entries: Int) async throws {
  let log = try openLog(path)
  // The facts are there before the time begins; making a draft of them is part of each append.
  let contents = (0..<writers).map { writer in
    var numbers = SplitMix64(seed: UInt64(writer))
    return (0..<entries / writers).map { Content($0, &numbers) }
  }
  let start = ContinuousClock.now
  try await withThrowingTaskGroup(of: Void.self) { group in
    for content in contents {
      group.addTask {
        for content in content { _ = try await log.append(content.draft) as LogEntry }
      }
    }
    try await group.waitForAll()
  }
  let time = ContinuousClock.now - start
  let took = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
  let count = entries / writers * writers
  let commits = try log.checkpointCount() - 1
  print(
    "entries \(count) seconds \(took) per-second \(Int(Double(count) / took)) commits \(commits)")
}

func generate(_ path: String, entries: Int) throws {
  // A day for ten thousand entries, from 2023 on; each call of a clock is a commit.
  let time = Shared(1_672_531_200_000)
  let words = Shared(7)
  let log = try openLog(
    path, now: { time.add(256 * 8_640) },
    random: { count in
      var numbers = SplitMix64(seed: UInt64(words.add(count)))
      return (0..<count).map { _ in UInt8(truncatingIfNeeded: numbers.next()) }
    })
  var numbers = SplitMix64(seed: 42)
  for start in stride(from: 0, to: entries, by: 256) {
    let drafts = (start..<min(entries, start + 256)).map { Content($0, &numbers).draft }
    _ = try log.append(drafts) as [LogEntry]
  }
  print("size \(try log.checkpoint().checkpoint.size) root \(try log.checkpoint().checkpoint.root)")
  try log.close()
}

func proofs(_ path: String, count: Int) throws {
  let log = try openLog(path)
  let newest = try log.checkpoint().checkpoint
  var numbers = SplitMix64(seed: 3)
  var longest = (inclusion: 0.0, consistency: 0.0)
  var total = (inclusion: 0.0, consistency: 0.0)
  for _ in 0..<count {
    let index = UInt64.random(in: 0..<newest.size, using: &numbers)
    let inclusion = try seconds { _ = try log.inclusionProof(index: index, size: newest.size) }
    let consistency = try seconds {
      _ = try log.consistencyProof(from: max(1, index), to: newest.size)
    }
    longest = (max(longest.inclusion, inclusion), max(longest.consistency, consistency))
    total = (total.inclusion + inclusion, total.consistency + consistency)
  }
  func milliseconds(_ value: Double) -> String { String(Double(Int(value * 1e6)) / 1e3) }
  print(
    "inclusion mean-ms \(milliseconds(total.inclusion / Double(count))) longest-ms",
    "\(milliseconds(longest.inclusion)) consistency mean-ms",
    "\(milliseconds(total.consistency / Double(count))) longest-ms",
    milliseconds(longest.consistency))
}

func acknowledge(_ path: String, count: Int) throws {
  let log = try openLog(path)
  print("open \(try log.checkpoint().checkpoint.size)")
  fflush(nil)
  for number in 0..<count {
    let text = "acknowledged \(getpid()) \(number)"
    let entry: LogEntry = try log.append(LogDraft(.login, ["code": .string(text)]))
    print("\(entry.index) \(text)")
    fflush(nil)
  }
  try log.close()
}

/// A number that closures share.
final class Shared: Sendable {
  private let value: Mutex<Int64>
  init(_ value: Int64) { self.value = Mutex(value) }

  func add(_ step: Int) -> Int64 {
    value.withLock {
      $0 += Int64(step)
      return $0
    }
  }
}

let arguments = CommandLine.arguments
switch (arguments.dropFirst().first, arguments.count) {
case ("append", 5):
  try await append(arguments[2], writers: Int(arguments[3]) ?? 64, entries: Int(arguments[4]) ?? 0)
case ("generate", 4): try generate(arguments[2], entries: Int(arguments[3]) ?? 0)
case ("open", 3):
  print("seconds", try seconds { try openLog(arguments[2]).close() })
case ("proofs", 4): try proofs(arguments[2], count: Int(arguments[3]) ?? 0)
case ("acknowledge", 4): try acknowledge(arguments[2], count: Int(arguments[3]) ?? 0)
default:
  print("append FILE WRITERS ENTRIES | generate FILE ENTRIES | open FILE | proofs FILE COUNT")
  exit(64)
}
