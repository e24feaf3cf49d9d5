import CanonicalJSON
import DurableFiles
import Merkle
import NIOCore
import Redaction

/// What is on a removable medium: a table of contents by which damage is found, and nothing more.
///
/// It isn't signed: everything that it names is, or is checked as if it came over a connection. File
/// names are made of transfer ids, never read from it, so nothing on a medium can lead out of its folder.
struct MediaManifest: Sendable {
  var from: String
  var to: String
  var time: String
  /// `checkpoint.json`: what the sender's log shows its peer.
  var checkpoint: File?
  var transfers: [Transfer] = []
  /// `ID.receipts.json`.
  var receipts: [(id: TransferID, file: File)] = []
  /// `ID.recall.json`.
  var recalls: [(id: TransferID, file: File)] = []

  /// A small file, by its digest.
  struct File: Hashable, Sendable {
    var digest: Hash
  }

  /// `ID.offer.json` and `ID.age`.
  struct Transfer: Sendable {
    var id: TransferID
    var offer: File
    var ciphertext: Hash
    var byteCount: UInt64
  }

  init(from: String, to: String, time: String) {
    self.from = from
    self.to = to
    self.time = time
  }

  /// Parses the bytes of `manifest.json`.
  ///
  /// - Throws: ``ExchangeError/malformed(_:)``.
  init(parsing bytes: [UInt8]) throws(ExchangeError) {
    guard let json = try? JSON(canonical: bytes, limit: Self.maximumBytes),
      var object = json.object, let sum = object.removeValue(forKey: "digest")?.string,
      sum == digest(JSON.object(object).canonicalBytes).base64,
      json["schema"]?.string == Self.schema, let from = json["from"]?.string,
      let to = json["to"]?.string, let time = json["time"]?.string,
      let transfers = json["transfers"]?.array, transfers.count <= Self.maximumRows,
      let receipts = json["receipts"]?.array, receipts.count <= Self.maximumRows
    else { throw .malformed(Self.name) }
    let recalls = json["recalls"]?.array ?? []
    guard recalls.count <= Self.maximumRows else { throw .malformed(Self.name) }
    self.init(from: from, to: to, time: time)
    if let digest = json["checkpoint"] { checkpoint = try File(json: digest) }
    for row in transfers { self.transfers.append(try Transfer(json: row)) }
    for row in receipts {
      self.receipts.append((try Self.id(row["transfer"]), try File(json: row["receipts"])))
    }
    for row in recalls {
      self.recalls.append((try Self.id(row["transfer"]), try File(json: row["recall"])))
    }
  }

  var bytes: [UInt8] {
    var object: [String: JSON] = [
      "schema": .string(Self.schema), "from": .string(from), "to": .string(to),
      "time": .string(time), "transfers": .array(transfers.map(\.json)),
      "receipts": Self.rows(receipts, "receipts"),
    ]
    // Absent where there are none, as a program that knows no recalls on media writes it.
    if !recalls.isEmpty { object["recalls"] = Self.rows(recalls, "recall") }
    object["checkpoint"] = checkpoint.map { .string($0.digest.base64) }
    object["digest"] = .string(digest(JSON.object(object).canonicalBytes).base64)
    return JSON.object(object).canonicalBytes
  }

  private static func rows(_ files: [(id: TransferID, file: File)], _ key: String) -> JSON {
    .array(
      files.map { ["transfer": .string($0.id.text), key: .string($0.file.digest.base64)] })
  }

  fileprivate static func id(_ json: JSON?) throws(ExchangeError) -> TransferID {
    guard let id = json?.string.flatMap(TransferID.init) else { throw .malformed(name) }
    return id
  }

  static let name = "manifest.json"
  static let checkpointName = "checkpoint.json"
  static func offerName(_ id: TransferID) -> String { "\(id).offer.json" }
  static func contentName(_ id: TransferID) -> String { "\(id).age" }
  static func receiptsName(_ id: TransferID) -> String { "\(id).receipts.json" }
  static func recallName(_ id: TransferID) -> String { "\(id).recall.json" }

  private static let schema = "rogatory-media/v1"
  /// A row has about 300 bytes.
  static let maximumBytes = 8 << 20
  /// More than a peer may have open here, many times over.
  static let maximumRows = 10_000
}

extension MediaManifest.File {
  init(json: JSON?) throws(ExchangeError) {
    guard let digest = json?.string.flatMap({ Hash(base64: $0) }) else {
      throw .malformed(MediaManifest.name)
    }
    self.digest = digest
  }
}

extension MediaManifest.Transfer {
  fileprivate init(json: JSON) throws(ExchangeError) {
    id = try MediaManifest.id(json["transfer"])
    offer = try MediaManifest.File(json: json["offer"])
    ciphertext = try MediaManifest.File(json: json["ciphertext"]).digest
    guard let bytes = json["bytes"]?.integer.flatMap(UInt64.init(exactly:)) else {
      throw .malformed(MediaManifest.name)
    }
    byteCount = bytes
  }

  fileprivate var json: JSON {
    [
      "transfer": .string(id.text), "offer": .string(offer.digest.base64),
      "ciphertext": .string(ciphertext.base64), "bytes": .integer(Int64(clamping: byteCount)),
    ]
  }
}

/// A folder on a removable medium. Whatever is read from it is an ordinary file of the length expected,
/// never a link, a pipe or more than that.
struct MediaFolder: Sendable {
  let path: String

  /// The bytes of a small file, if they are those that the manifest names.
  func read(_ name: String, _ file: MediaManifest.File?, limit: Int) throws -> [UInt8] {
    let bytes: [UInt8]
    do {
      bytes = try readSmallFile("\(path)/\(name)", limit: limit)
    } catch { throw MediaFolder.wording(error, name) }
    if let file {
      guard digest(bytes) == file.digest else { throw ExchangeError.damagedMedium(file: name) }
    }
    return bytes
  }

  /// The encrypted file of a transfer, if its length is right.
  func content(_ transfer: MediaManifest.Transfer) throws -> FileReader {
    let name = MediaManifest.contentName(transfer.id)
    let file: FileReader
    do {
      file = try FileReader(at: "\(path)/\(name)")
    } catch { throw MediaFolder.wording(error, name) }
    guard file.facts.size == transfer.byteCount else {
      throw ExchangeError.damagedMedium(file: name)
    }
    return file
  }

  /// Writes a small file; returns what the manifest says of it.
  func write(_ json: JSON, to name: String) throws -> MediaManifest.File {
    let bytes = json.canonicalBytes
    try AtomicFile.write(bytes, to: "\(path)/\(name)", replacing: false)
    return MediaManifest.File(digest: digest(bytes))
  }

  private static func wording(_ error: FileError, _ name: String) -> any Error {
    switch error {
    case .tooLarge, .notRegular, .changed: ExchangeError.damagedMedium(file: name)
    default: error.isNotFound ? ExchangeError.damagedMedium(file: name) : error
    }
  }
}

/// Runs over a file once, in pieces, and returns its digest.
func digest(of file: FileReader, each: (UnsafeRawBufferPointer) throws -> Void = { _ in }) throws
  -> Hash
{
  var digest = Digest256()
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
  defer { buffer.deallocate() }
  while true {
    let count = try file.read(into: buffer, at: digest.byteCount)
    if count == 0 { return digest.hash }
    let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
    digest.update(bytes)
    try each(bytes)
  }
}
