import DurableFiles
public import Evidence
import Redaction

/// Files that are to be sealed, in the order in which they were found: some fifty bytes for each beside
/// its path, and all else made when it is asked for.
public struct CollectedFiles: RandomAccessCollection, Sendable {
  private var paths: [UInt8] = []
  private var records: [Record] = []
  private var kinds: [Kind] = []
  private var kindPlaces: [Kind: UInt32] = [:]

  private struct Record {
    let pathEnd: Int
    /// The name is the end of the path.
    let nameByteCount: UInt32
    let kind: UInt32
    let size: UInt64
    let modified, changed: Int64
    let inode: UInt64
  }

  private struct Kind: Hashable {
    let mediaType: String
    let input: DecoderInput?
  }

  /// None.
  init() {}

  /// The first file's place.
  public var startIndex: Int { 0 }
  /// The number of files.
  public var endIndex: Int { records.count }

  /// Adds a file whose name is the end of its path.
  mutating func append(
    _ path: String, name: String, _ facts: FileFacts, mediaType: String, input: DecoderInput?
  ) {
    paths += path.utf8
    let kind = Kind(mediaType: mediaType, input: input)
    let place = kindPlaces[kind] ?? UInt32(kinds.count)
    if place == kinds.count {
      kinds.append(kind)
      kindPlaces[kind] = place
    }
    records.append(
      Record(
        pathEnd: paths.count, nameByteCount: UInt32(name.utf8.count), kind: place, size: facts.size,
        modified: facts.modified, changed: facts.changed, inode: facts.inode))
  }

  /// The file at a place.
  public subscript(_ place: Int) -> CollectedFile {
    let record = records[place]
    let start = place == 0 ? 0 : records[place - 1].pathEnd
    let bytes = paths[start..<record.pathEnd]
    let path = String(decoding: bytes, as: UTF8.self)
    let name = String(decoding: bytes.suffix(Int(record.nameByteCount)), as: UTF8.self)
    let kind = kinds[Int(record.kind)]
    let source = SourceItem(
      name: name, size: record.size,
      modified: StatementTime(unixSeconds: record.modified / 1_000_000_000)?.text,
      mediaType: kind.mediaType,
      open: {
        let reader = try FileReader(at: path)
        return { try reader.read(into: $0) }
      },
      checkUnchanged: {
        let later = try DurableFiles.facts(ofFile: path)
        guard later.size == record.size, later.modified == record.modified,
          later.changed == record.changed, later.inode == record.inode
        else { throw EvidenceError.changedWhileRead(name) }
      })
    return CollectedFile(
      source: source, path: path, mediaType: kind.mediaType, input: kind.input)
  }

  /// The sizes of all files together, in bytes.
  public var byteCount: UInt64 { records.reduce(0) { $0 + $1.size } }
}

/// Files, and behind them the companions that were made for them.
public struct SourcesToSeal: RandomAccessCollection {
  private let files: CollectedFiles
  private let companions: [SourceItem]

  /// Files with their companions.
  public init(_ files: CollectedFiles, companions: [SourceItem] = []) {
    self.files = files
    self.companions = companions
  }

  /// The first source's place.
  public var startIndex: Int { 0 }
  /// The number of sources.
  public var endIndex: Int { files.count + companions.count }

  /// The source at a place.
  public subscript(_ place: Int) -> SourceItem {
    place < files.count ? files[place].source : companions[place - files.count]
  }

  /// The sizes of all sources together, in bytes.
  public var byteCount: UInt64 { companions.reduce(files.byteCount) { $0 + $1.size } }
}
