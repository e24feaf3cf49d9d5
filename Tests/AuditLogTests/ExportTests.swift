import AuditLog
import Foundation
import Merkle
import Testing

@Suite struct ExportTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [0, 1, 255, 256, 257, 600])
  func tilesVerifyAndAPartialTileEndsThem(count: Int) throws {
    let log = try filledLog(folder["log"], count: count, batch: 256)
    try log.exportTiles(to: folder["tiles"])
    let verification = try verifyTiles(at: folder["tiles"], key: log.verifierKey)
    #expect(verification.isConsistent, "\(verification.text)")
    #expect(verification.entries == UInt64(count))
    #expect(try verifyTiles(at: folder["tiles"]).isConsistent)
    let partial = folder["tiles/tile/0/00\(count / 256).p/\(count % 256)"]
    #expect(FileManager.default.fileExists(atPath: partial) == (count % 256 != 0))
    #expect(throws: AuditLogError.fileExists(folder["tiles"])) {
      try log.exportTiles(to: folder["tiles"])
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder[""]).count <= 4)
  }

  @Test func aChangedTileIsNamed() throws {
    let log = try filledLog(folder["log"], count: 300, batch: 256)
    try log.exportTiles(to: folder["tiles"])
    func flip(_ name: String, at offset: Int) throws {
      let file = URL(filePath: folder["tiles/" + name])
      var bytes = try Data(contentsOf: file)
      bytes[offset] ^= 1
      try bytes.write(to: file)
    }
    try flip("tile/entries/001.p/44", at: 40)
    #expect(try verifyTiles(at: folder["tiles"]).firstBadEntry == 256)
    try flip("tile/entries/001.p/44", at: 40)
    try flip("tile/1/000.p/1", at: 3)
    let level = try verifyTiles(at: folder["tiles"])
    #expect(level.problems == [.nodeChanged(level: 8, index: 0, entry: 0)])
    try flip("tile/1/000.p/1", at: 3)
    try flip("tile/0/000", at: 32 * 77)
    #expect(try verifyTiles(at: folder["tiles"]).firstBadEntry == 0)
    try FileManager.default.removeItem(atPath: folder["tiles/tile/0/000"])
    #expect(try verifyTiles(at: folder["tiles"]).problems == [.tile("tile/0/000")])
    try FileManager.default.removeItem(atPath: folder["tiles/tile/entries/001.p/44"])
    let short = try verifyTiles(at: folder["tiles"])
    #expect(short.problems.contains(.entryCount(entries: 256, size: 300)))
  }

  @Test func tilePathsAreThoseOfTheStandard() throws {
    #expect(TilePath(level: 2, index: 1_234_067)?.text == "tile/2/x001/x234/067")
    #expect(TilePath(level: nil, index: 1, width: 44)?.text == "tile/entries/001.p/44")
    for text in ["tile/0/000", "tile/63/x999/000.p/255", "tile/entries/x001/x234/067"] {
      #expect(try TilePath(parsing: text).text == text)
    }
    for text in [
      "tile/0/0", "tile/00/000", "tile/64/000", "tile/0/x000/001", "tile/0/000.p/0",
      "tile/0/000.p/256", "tile/0/001/002", "tile/0/../000", "/tile/0/000", "tile/0/000/",
      "tile/0/",
      "tile/data/000", "tile/0/+01", "tile/0/x001/x0001",
      "tile/0/x999/x999/x999/x999/x999/x999/999",
    ] {
      #expect(throws: AuditLogError.malformedTilePath, Comment(rawValue: text)) {
        try TilePath(parsing: text)
      }
    }
  }

  @Test func anExportIsAFileForSQLiteAndNeverOverwrites() throws {
    let log = try filledLog(folder["log"], count: 10)
    try log.exportSQLite(to: folder["export"])
    #expect(try sqlite(folder["export"], "select count(*) from entries") == "10\n")
    #expect(
      try sqlite(folder["export"], "select event from entry_view where idx = 4") == "collect\n")
    #expect(try sqlite(folder["export"], "select count(*) from personal") == "0\n")
    #expect(try sqlite(folder["export"], "pragma integrity_check") == "ok\n")
    #expect(try sqlite(folder["log"], "select event from entry_view where idx = 4") == "collect\n")
    #expect(throws: AuditLogError.fileExists(folder["export"])) {
      try log.exportSQLite(to: folder["export"])
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder[""])
    #expect(!names.contains { $0.contains("partial") })
  }

  @Test func aPeersExportHoldsItsEntriesWithProofsAndNothingElse() throws {
    let log = try NodeLog(settings(folder["log"]))
    for number in 0..<30 {
      let peer = number % 3 == 0 ? "fi" : "sg"
      _ =
        try log.append(
          LogDraft(
            .send, ["peer": .string(peer), "transfer": .string("t\(number)")],
            personal: ["reason": "secret \(number)"])) as LogEntry
    }
    try log.exportSQLite(to: folder["fi"], peer: "fi", personal: true)
    let verification = try verifyLog(at: folder["fi"], key: log.verifierKey)
    #expect(verification.isConsistent)
    #expect((verification.entries, verification.peer) == (10, "fi"))
    let bytes = try Data(contentsOf: URL(filePath: folder["fi"]))
    for absent in ["secret", "\"sg\""] { #expect(bytes.range(of: Data(absent.utf8)) == nil) }
    #expect(try sqlite(folder["fi"], "select count(*) from transfer_life") == "10\n")

    _ = try sqlite(
      folder["fi"], "UPDATE entries SET body = replace(body, 't3', 't4') WHERE idx = 3")
    let changed = try verifyLog(at: folder["fi"])
    #expect(changed.firstBadEntry == 3)
    #expect(changed.problems.contains(.entryNotProven(3)))
    _ = try sqlite(folder["fi"], "UPDATE meta SET value = 'sg' WHERE key = 'peer'")
    #expect(try verifyLog(at: folder["fi"]).problems.contains(.entryOfOtherPeer(0)))
  }

  /// `conformance/tiles`: the hash tiles of a real log of 300 entries (its entry tiles are decoys).
  @Test func aRealLogsHashTilesLeadToItsRoot() throws {
    let folder = conformance + "/tiles/witness"
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder),
      let name = names.first(where: { $0.count == 64 })
    else {
      print("skipped: no \(folder)")
      return
    }
    let tiles = "\(folder)/mirror/\(name)"
    let note = try SignedNote(
      parsing: Data(contentsOf: URL(filePath: "\(tiles)/checkpoint")))
    let checkpoint = try Checkpoint(parsing: note.text)
    var result = LogVerification.empty
    var walk = TileWalk(directory: tiles, size: checkpoint.size)
    while walk.tree.size < checkpoint.size {
      let leaf = try #require(walk.storedHash(level: 0, index: walk.tree.size, &result))
      walk.append(leaf, &result)
    }
    #expect(result.isConsistent, "\(result.text)")
    #expect(walk.tree.root == checkpoint.root)
    print("real log \(checkpoint.origin): \(checkpoint.size) hashes lead to its root")
  }

  /// The same judgement by `reference/tlog_ref.py`, which shares nothing with the module.
  @Test func theReferenceProgramVerifiesTilesProofsAndCosignatures() throws {
    let known = try run(
      "python3", ["-c", "import tlog_ref"], environment: ["PYTHONPATH": reference])
    guard known.status == 0 else {
      print("skipped: no tlog_ref.py in \(reference), or no Python package cryptography")
      return
    }
    let log = try filledLog(folder["log"], count: 300, batch: 100)
    let peer = try NodeLog(settings(folder["peer"], node: "fi"))
    let cosignature = try peer.acceptPeerCheckpoint(
      note: log.checkpoint().serialized, key: log.verifierKey, proof: ConsistencyProof(path: []))
    try log.acceptCosignature(cosignature.line, key: peer.cosignerKey, size: 300)
    try log.exportTiles(to: folder["tiles"])
    for index in stride(from: UInt64(0), to: 300, by: 37) {
      let name = "proof\(index)"
      try Data(log.tlogProof(index: index).serialized).write(to: URL(filePath: folder[name]))
    }
    try Data(Self.script.utf8).write(to: URL(filePath: folder["check.py"]))
    let (status, output) = try run(
      "python3", [folder["check.py"], folder[""], log.verifierKey.text, peer.cosignerKey.text],
      environment: ["PYTHONPATH": reference, "PYTHONDONTWRITEBYTECODE": "1"])
    #expect(status == 0, "\(output)")
    print("tlog_ref.py: " + output)
  }

  private static let script = """
    import sys, os, glob, struct
    from tlog_ref import *
    folder, log, witness = sys.argv[1:4]
    tiles = folder + '/tiles/'
    note = open(tiles + 'checkpoint').read()
    note_verify(note, log); note_verify(note, witness)
    origin, size, root = note.split('\\n')[:3]; size = int(size); root = D(root)
    read = lambda p: open(tiles + p, 'rb').read()
    entries = []
    for n in range((size + 255) // 256):
        width = min(256, size - 256 * n)
        data = read(tile_path('entries', n, width % 256))
        for _ in range(width):
            k, = struct.unpack('>H', data[:2]); entries.append(data[2:2 + k]); data = data[2 + k:]
        need(not data)
    leaves = [leafh(e) for e in entries]
    need(mth(leaves) == root, 'root'); checked = 0
    for level in range(8):
        count = size >> 8 * level
        for n in range((count + 255) // 256):
            width = min(256, count - 256 * n); w = 256 ** level
            want = [mth(leaves[i * w:(i + 1) * w]) for i in range(256 * n, 256 * n + width)]
            need(read(tile_path(level, n, width % 256)) == b''.join(want), 'tile'); checked += 1
    for f in glob.glob(folder + '/proof*'):
        head, rest = open(f).read().split('\\n\\n', 1); lines = head.split('\\n')
        need(lines[0] == 'c2sp.org/tlog-proof@v1'); index = int(lines[1].split()[1])
        note_verify(rest, log); note_verify(rest, witness); need(rest == note)
        verify_incl(index, size, leaves[index], [D(l) for l in lines[2:]], root); checked += 1
    print(len(entries), 'entries,', checked, 'tiles and proofs')
    """
}
