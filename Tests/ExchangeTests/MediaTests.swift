import CanonicalJSON
import Crypto
import DurableFiles
import Exchange
import Federation
import Foundation
import Glibc
import Testing

/// Transfers by removable medium, between two nodes that have no connection at all.
struct MediaTests {
  struct Pair {
    let sender: TestNode
    let receiver: TestNode
    let stick: String

    init(limits: ExchangeLimits = .standard) throws {
      sender = try TestNode("pt-ipcu")
      receiver = try TestNode("fi-nbi", limits: limits)
      try sender.approve(receiver.card)
      try receiver.approve(sender.card)
      stick = sender.folder + "/stick"
    }

    func queue(bytes: Int = 5000) throws -> TransferSummary {
      try sender.exchange().queue(
        bundleAt: sender.sealBundle(bytes: bytes), to: "fi-nbi", approval: sender.approval)
    }

    func name(_ id: String, _ kind: String) -> String { "\(stick)/\(id).\(kind)" }
  }

  @Test func carriedThereAndBack() async throws {
    let pair = try Pair()
    let (pt, fi) = (pair.sender.exchange(), pair.receiver.exchange())
    let queued = try [pair.queue(), pair.queue(bytes: 700_000)]
    let exported = try await pt.exportMedia(to: "fi-nbi", into: pair.stick)
    #expect(exported.transfers.map(\.id) == queued.map(\.id))
    // It stays queued until receipts come, and `send` is logged.
    #expect(exported.transfers.allSatisfy { $0.phase == .waiting })
    #expect(try pair.sender.entries(.send).count == 2)
    #expect(try pair.sender.entries(.send).allSatisfy { $0.contains(#""carrier":"media""#) })

    let imported = try await fi.importMedia(from: pair.stick)
    #expect(imported.transfers.map(\.phase) == [.delivered, .delivered])
    #expect(try pair.receiver.entries(.deliver).count == 2)
    let quarantine = pair.receiver.folder + "/quarantine"
    #expect(try FileManager.default.contentsOfDirectory(atPath: quarantine) == [])

    let back = pair.receiver.folder + "/back"
    let receipts = try fi.exportMediaReceipts(for: pair.stick, into: back)
    #expect(receipts.receipts == 2)
    let taken = try await pt.importMedia(from: back)
    #expect(taken.receipts == 2)
    #expect(try pt.outbox().allSatisfy { $0.phase == .delivered })
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: pair.sender.folder + "/outbox") == [])
    try expectReconciled(pair.sender, pair.receiver)

    // Both once more: the same receipts, and no new entry but those of the second export.
    let size = try pair.receiver.log.checkpoint().checkpoint.size
    _ = try await fi.importMedia(from: pair.stick)
    #expect(try pair.receiver.log.checkpoint().checkpoint.size == size)
    let known = try pair.sender.entries(.receiptIn).count
    let again = pair.receiver.folder + "/again"
    _ = try fi.exportMediaReceipts(for: pair.stick, into: again)
    for id in queued.map(\.id) {
      let name = "/\(id).receipts.json"
      let (first, second) = (
        try receiptBytes(back + name), try receiptBytes(again + name)
      )
      #expect(first == second)
    }
    _ = try await pt.importMedia(from: again)
    #expect(try pair.sender.entries(.receiptIn).count == known)
  }

  /// A recall goes there on a medium, and its answer comes back on another.
  @Test(arguments: [true, false]) func aRecallByMedium(isDelivered: Bool) async throws {
    let pair = try Pair()
    let (pt, fi) = (pair.sender.exchange(), pair.receiver.exchange())
    let queued = try pair.queue()
    _ = try await pt.exportMedia(to: "fi-nbi", into: pair.stick)
    if isDelivered { _ = try await fi.importMedia(from: pair.stick) }
    let reason = try #require(ReasonCode("WRONG-RECIPIENT"))
    let asked = try await pt.recall(queued.id, reason: reason, approval: pair.sender.approval)
    #expect(asked.phase == .recalled)
    let second = pair.sender.folder + "/second"
    #expect(try await pt.exportMedia(to: "fi-nbi", into: second).recalls == 1)
    let taken = try await fi.importMedia(from: second)
    let back = pair.receiver.folder + "/back"
    guard isDelivered else {
      // It never came, so there is nothing to take back yet; it is asked until it is answered.
      #expect(taken.declined == [queued.id: "TRANSFER"])
      #expect(try pt.isWaitingForPeer(queued.id))
      return
    }
    #expect(taken.recalls == 1)
    #expect(try pair.receiver.summary(queued.id).phase == .recalled)
    // A second time changes nothing.
    #expect(try await fi.importMedia(from: second).recalls == 1)
    #expect(try pair.receiver.entries(.recall).count == 1)
    _ = try await fi.erase(queued.id, reason: reason, approval: pair.receiver.approval)
    _ = try fi.exportMediaReceipts(for: second, into: back)
    #expect(try pt.isWaitingForPeer(queued.id))
    _ = try await pt.importMedia(from: back)
    #expect(try pair.sender.summary(queued.id).phase == .erased)
    #expect(try !pt.isWaitingForPeer(queued.id))
    try expectReconciled(pair.sender, pair.receiver)
  }

  /// What a connection has begun, a medium completes, and the other way round: each once.
  @Test func aConnectionAndAMediumForTheSameTransfer() async throws {
    let pair = try Pair()
    let queued = try pair.queue()
    let pt = pair.sender.exchange()
    _ = try await pt.exportMedia(to: "fi-nbi", into: pair.stick)
    try await pair.receiver.serving {
      try pair.sender.approve(pair.receiver.card)
      try await Task.sleep(for: .milliseconds(1100))
      #expect(try await pt.deliver(queued.id).phase == .delivered)
    }
    let late = try await pair.receiver.exchange().importMedia(from: pair.stick)
    #expect(late.transfers.map(\.phase) == [.delivered])
    #expect(try pair.receiver.entries(.receive).count == 1)
    #expect(try pair.sender.entries(.send).count == 1)
    try expectReconciled(pair.sender, pair.receiver)
  }

  /// Each file damaged in each way: the error names it, and nothing of the medium is taken.
  @Test(arguments: ["age", "offer.json", "checkpoint.json", "manifest.json"])
  func damageIsNamed(_ kind: String) async throws {
    let pair = try Pair()
    let whole = try pair.queue()
    let queued = try pair.queue()
    _ = try await pair.sender.exchange().exportMedia(to: "fi-nbi", into: pair.stick)
    let isNamed = kind == "age" || kind == "offer.json"
    let path = isNamed ? pair.name(queued.id, kind) : "\(pair.stick)/\(kind)"
    let bytes = try readSmallFile(path, limit: 1 << 20)
    var flipped = bytes
    flipped[bytes.count / 2] ^= 1
    for damaged in [flipped, Array(bytes.dropLast()), bytes + [10], []] {
      try AtomicFile.write(damaged, to: path, replacing: true)
      await expectRefused(pair, naming: (path as NSString).lastPathComponent)
    }
    unlink(path)
    await expectRefused(pair, naming: (path as NSString).lastPathComponent)
    // A link to the right bytes, a folder, and a pipe that nobody writes to.
    try AtomicFile.write(bytes, to: pair.sender.folder + "/elsewhere", replacing: true)
    symlink(pair.sender.folder + "/elsewhere", path)
    await expectRefused(pair, naming: (path as NSString).lastPathComponent)
    unlink(path)
    mkdir(path, 0o700)
    await expectRefused(pair, naming: (path as NSString).lastPathComponent)
    rmdir(path)
    mkfifo(path, 0o600)
    await expectRefused(pair, naming: (path as NSString).lastPathComponent)
    unlink(path)
    #expect(try pair.receiver.exchange().inbox() == [])
    #expect(try pair.receiver.entries(.offer) == [])

    try AtomicFile.write(bytes, to: path, replacing: false)
    let imported = try await pair.receiver.exchange().importMedia(from: pair.stick)
    #expect(imported.transfers.map(\.id) == [whole.id, queued.id])
    #expect(imported.transfers.allSatisfy { $0.phase == .delivered })
  }

  func expectRefused(_ pair: Pair, naming name: String) async {
    do {
      _ = try await pair.receiver.exchange().importMedia(from: pair.stick)
      Issue.record("a medium with a damaged \(name) was taken")
    } catch ExchangeError.damagedMedium(let file) {
      #expect(file == name)
    } catch ExchangeError.malformed(let file) {
      #expect(file == name)
    } catch { Issue.record("\(error)") }
  }

  /// A manifest that a stranger wrote: names that lead elsewhere, absurd numbers, other forms.
  @Test func aHostileManifestIsRefused() async throws {
    let pair = try Pair()
    let queued = try pair.queue()
    _ = try await pair.sender.exchange().exportMedia(to: "fi-nbi", into: pair.stick)
    let path = pair.stick + "/manifest.json"
    let bytes = try readSmallFile(path, limit: 1 << 20)
    var manifest = try #require(try JSON(parsing: bytes, limit: 1 << 20).object)
    let row = try #require(manifest["transfers"]?.array?.first?.object)
    func changed(_ key: String, _ value: JSON?) -> [UInt8] {
      var object = manifest
      object["digest"] = nil
      object[key] = value
      object["digest"] = .string(
        Data(SHA256.hash(data: JSON.object(object).canonicalBytes)).base64EncodedString())
      return JSON.object(object).canonicalBytes
    }
    func changedRow(_ key: String, _ value: JSON) -> [UInt8] {
      changed("transfers", .array([.object(row.merging([key: value]) { $1 })]))
    }
    let rows = JSON.array(Array(repeating: JSON.object(row), count: 10_001))
    for hostile in [
      changedRow("transfer", .string("../../etc/passwd")), changedRow("transfer", "/etc/passwd"),
      changedRow("transfer", .string(queued.id.uppercased())), changedRow("bytes", .integer(-1)),
      changedRow("bytes", .integer(.max)), changedRow("bytes", .integer(0)),
      changedRow("ciphertext", "AAAA"), changedRow("offer", .integer(1)),
      changed("transfers", rows), changed("schema", "rogatory-media/v2"),
      changed("to", .integer(1)),
      Array("[".utf8) + bytes, Array(String(repeating: "[", count: 100_000).utf8),
      [UInt8](repeating: 0x20, count: 9 << 20), bytes + [10],
    ] {
      try AtomicFile.write(hostile, to: path, replacing: true)
      await #expect(throws: ExchangeError.self) {
        try await pair.receiver.exchange().importMedia(from: pair.stick)
      }
    }
    #expect(try pair.receiver.exchange().inbox() == [])
    #expect(try pair.receiver.entries(.offer) == [])
    // To somebody else, or from nobody known.
    try AtomicFile.write(changed("to", "es-other"), to: path, replacing: true)
    await #expect(throws: ExchangeError.self) {
      try await pair.receiver.exchange().importMedia(from: pair.stick)
    }
    try AtomicFile.write(changed("from", "es-other"), to: path, replacing: true)
    await #expect(throws: ExchangeError.self) {
      try await pair.receiver.exchange().importMedia(from: pair.stick)
    }
    // In another's name, an offer isn't judged as its signer's.
    let other = try TestNode("es-other")
    try pair.receiver.approve(other.card)
    try await Task.sleep(for: .milliseconds(1100))
    manifest["checkpoint"] = nil
    try AtomicFile.write(changed("from", "es-other"), to: path, replacing: true)
    let report = try await pair.receiver.exchange().importMedia(from: pair.stick)
    #expect(report.declined == [queued.id: "OFFER"])
    #expect(try pair.receiver.exchange().inbox() == [])
  }

  @Test func limitsHoldAsOnAConnection() async throws {
    var limits = ExchangeLimits.standard
    limits.maximumBundleBytes = 100_000
    let pair = try Pair(limits: limits)
    let large = try pair.queue(bytes: 300_000)
    let small = try pair.queue()
    _ = try await pair.sender.exchange().exportMedia(to: "fi-nbi", into: pair.stick)
    let report = try await pair.receiver.exchange().importMedia(from: pair.stick)
    #expect(report.declined == [large.id: "BUNDLE_BYTES"])
    #expect(report.transfers.map(\.id) == [small.id])
  }

  @Test func nothingIsOverwritten() async throws {
    let pair = try Pair()
    await #expect(throws: ExchangeError.self) {
      try await pair.sender.exchange().exportMedia(to: "fi-nbi", into: pair.stick)
    }
    #expect(!FileManager.default.fileExists(atPath: pair.stick))
    _ = try pair.queue()
    try ensureDirectory(pair.stick)
    try AtomicFile.write([1], to: pair.stick + "/other", replacing: false)
    await #expect(throws: FileError.self) {
      try await pair.sender.exchange().exportMedia(to: "fi-nbi", into: pair.stick)
    }
    #expect(try pair.sender.entries(.send) == [])
  }

  private func receiptBytes(_ path: String) throws -> [String?] {
    let json = try JSON(parsing: readSmallFile(path, limit: 8 << 20), limit: 8 << 20)
    return (json["receipts"]?.array ?? []).map { $0["receipt"]?.string }
  }
}
