import DurableFiles
public import Evidence
import Redaction

/// Files that are to be sealed, in the order in which they were found: some forty bytes for each beside
/// its path's last component, and all else made when it is asked for.
public struct CollectedFiles: RandomAccessCollection, Sendable {
  /// The last components of all paths, end to end.
  private var components: [UInt8] = []
  private var records: [Record] = []
  private var folders: [Folder] = []
  private var folderPlaces: [Folder: UInt32] = [:]
  private var kinds: [Kind] = []
  private var kindPlaces: [Kind: UInt32] = [:]

  private struct Record {
    let size: UInt64
    let modified: Int64
    /// Of what else must stay as it is, a hash: enough to see that it didn't.
    let mark: Int
    let componentEnd: UInt32
    let folder: UInt32
    let kind: UInt32
  }

  /// What stands before the last component, with the slash.
  private struct Folder: Hashable {
    let path: [UInt8]
    /// How much of its end belongs to the names of its files.
    let namedByteCount: Int
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
    let bytes = Array(path.utf8)
    let start = bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    let folder = Folder(
      path: Array(bytes[..<start]), namedByteCount: name.utf8.count - (bytes.count - start))
    let folderPlace = folderPlaces[folder] ?? UInt32(folders.count)
    if folderPlace == folders.count {
      folders.append(folder)
      folderPlaces[folder] = folderPlace
    }
    components += bytes[start...]
    let kind = Kind(mediaType: mediaType, input: input)
    let place = kindPlaces[kind] ?? UInt32(kinds.count)
    if place == kinds.count {
      kinds.append(kind)
      kindPlaces[kind] = place
    }
    records.append(
      Record(
        size: facts.size, modified: facts.modified, mark: Self.mark(of: facts),
        componentEnd: UInt32(components.count), folder: folderPlace, kind: place))
  }

  private static func mark(of facts: FileFacts) -> Int {
    var hasher = Hasher()
    hasher.combine(facts.changed)
    hasher.combine(facts.inode)
    return hasher.finalize()
  }

  /// The file at a place.
  public subscript(_ place: Int) -> CollectedFile {
    let record = records[place]
    let start = place == 0 ? 0 : records[place - 1].componentEnd
    let component = components[Int(start)..<Int(record.componentEnd)]
    let folder = folders[Int(record.folder)]
    let path = String(decoding: folder.path + component, as: UTF8.self)
    let name = String(
      decoding: folder.path.suffix(folder.namedByteCount) + component, as: UTF8.self)
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
          Self.mark(of: later) == record.mark
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
