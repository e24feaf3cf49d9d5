import GRDB
import Glibc

/// What quarantine holds and has promised room for, in bytes of encrypted bundles.
public struct QuarantineUse: Hashable, Sendable {
  /// Of all peers.
  public let bytes: Int64
  /// What may be held at most.
  public let quota: Int64
}

extension ExchangeNode {
  /// How full quarantine is.
  public func quarantineUse() throws -> QuarantineUse {
    QuarantineUse(
      bytes: try log.read { try $0.openTransfers(from: "").bytes }, quota: limits.quarantineBytes)
  }

  /// Refused before rather than failed during: length, number, quotas, and twice its size on the disk,
  /// since it is decrypted beside itself.
  func checkRoom(
    for statement: TransferStatement, from peer: String, in db: Database
  ) throws {
    guard statement.byteCount > 0, statement.byteCount <= UInt64(limits.maximumBundleBytes),
      let bytes = Int64(exactly: statement.byteCount)
    else {
      throw PeerAnswer(
        .contentTooLarge, "BUNDLE_BYTES", ["limit": .integer(limits.maximumBundleBytes)])
    }
    let open = try db.openTransfers(from: peer)
    guard open.ofPeer < limits.openTransfersPerPeer else {
      throw PeerAnswer(.tooManyRequests, "OPEN_TRANSFERS")
    }
    guard bytes <= limits.quarantineBytesPerPeer - open.bytesOfPeer else {
      throw PeerAnswer(.tooManyRequests, "OPEN_BYTES")
    }
    guard bytes <= limits.quarantineBytes - open.bytes else {
      throw PeerAnswer.insufficientStorage("QUARANTINE")
    }
    if limits.bytesPerDayPerPeer > 0 {
      let today = try db.bytesOffered(by: peer, since: now() - 86_400_000)
      guard bytes <= limits.bytesPerDayPerPeer - today else {
        throw PeerAnswer(.tooManyRequests, "BYTES_PER_DAY")
      }
    }
    guard let free = freeBytes else { throw PeerAnswer(.serviceUnavailable, "DISK") }
    // As floating point: a byte more or less doesn't matter, and nothing can overflow.
    let needed =
      Double(open.missing) + 2 * Double(bytes) + Double(limits.freeDiskFloorBytes)
    guard free > needed else { throw PeerAnswer.disk }
  }

  /// Whether what has to stay free on the disk is free; others may write to it, too.
  var isAboveFloor: Bool { (freeBytes ?? 0) > Double(limits.freeDiskFloorBytes) }

  /// What is free where quarantine lies.
  private var freeBytes: Double? {
    var facts = statvfs()
    guard statvfs(folders.quarantine, &facts) == 0 else { return nil }
    return Double(facts.f_bavail) * Double(facts.f_frsize)
  }
}

/// What is open here: accepted, and not in the inbox or refused yet.
private struct OpenTransfers {
  /// How many are of the peer that was asked about, and how long they are.
  var ofPeer: Int
  var bytesOfPeer: Int64
  /// How long those of all peers are, and what they still need on the disk.
  var bytes: Int64
  var missing: Int64
}

extension Database {
  fileprivate func openTransfers(from peer: String) throws -> OpenTransfers {
    let row = try Row.fetchOne(
      cachedStatement(
        sql: """
          SELECT count(*) FILTER (WHERE peer = ?1), coalesce(sum(bytes) FILTER (WHERE peer = ?1), 0),
            coalesce(sum(bytes), 0), coalesce(sum(2 * bytes - offset), 0)
          FROM exchange_transfers WHERE direction = 'in' AND phase IN ('offered', 'receiving', 'received')
          """), arguments: [peer])
    return OpenTransfers(
      ofPeer: row?[0] ?? 0, bytesOfPeer: row?[1] ?? 0, bytes: row?[2] ?? 0, missing: row?[3] ?? 0)
  }

  /// How many bytes of a peer's offers were accepted since this time, milliseconds since 1970.
  fileprivate func bytesOffered(by peer: String, since time: Int64) throws -> Int64 {
    try Int64.fetchOne(
      self,
      sql: """
        SELECT coalesce(sum(bytes), 0) FROM exchange_transfers
        WHERE direction = 'in' AND peer = ? AND created >= ? AND phase <> 'rejected'
        """, arguments: [peer, time]) ?? 0
  }
}
