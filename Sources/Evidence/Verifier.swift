public import ASiC
import CAdES
import Merkle
import Redaction

/// Judges a container: a bundle of ours by everything that Docs/Bundle.md demands, any other by its
/// signatures alone.
///
/// Never throws for what is wrong with the container: that is the answer. One pass over every byte,
/// in memory that doesn't grow with sizes.
///
/// - Parameters:
///   - trust: the only anchors that count; none are taken from the container.
///   - at: the time of the question, Unix seconds; nil judges each signature at its proven time.
///   - now: the present, Unix seconds.
///   - unchanged: what the caller knows of an earlier check of this very file; the contents of its
///     items aren't read again where it speaks of this container.
/// - Returns: what was found, and the token of a verified bundle where everything passed.
public func verify(
  _ container: ContainerReader, trust: TrustAnchors, at: Int64? = nil, now: Int64,
  unchanged: UnchangedContent? = nil, progress: @escaping (UInt64) -> Void = { _ in }
) -> (verification: Verification, bundle: VerifiedBundle?) {
  var verifier = Verifier(
    container: container, trust: trust, at: at, now: now, unchanged: unchanged,
    progress: progress)
  verifier.run()
  let token = verifier.bundle.flatMap { VerifiedBundle($0, verifier.result) }
  return (verifier.result, token)
}

/// The verdict on a file that isn't a container that we accept.
public func verdict(onMalformed error: ContainerError) -> Verification {
  var result = Verification()
  result.add("container.structure", .fail, describe(error))
  result.decide()
  return result
}

/// A verification under way: each step adds its checks to the result.
struct Verifier {
  let container: ContainerReader
  let trust: TrustAnchors
  let at: Int64?
  let now: Int64
  let unchanged: UnchangedContent?
  let progress: (UInt64) -> Void
  var result = Verification()
  var bundle: EvidenceBundle?
  var manifests: [LoadedManifest] = []
  /// Archive manifests, the newest first once they are judged.
  var archives: [LoadedArchive] = []
  /// SHA-256 of each entry outside META-INF that was read to its end.
  var digests = EntryDigests()
  /// Digests of items' files that an earlier check vouches for.
  var trusted = EntryDigests()
  /// Entries that a manifest wants in another algorithm than SHA-256: a container from elsewhere.
  var otherDigests: [String: [DigestAlgorithm: [UInt8]]] = [:]
  /// The files of items that aren't withheld.
  var itemFiles = EntrySet()
  /// The items that were made from others, as far as they could be checked.
  var derivedItems: [DerivedItem] = []
  /// Entries whose bytes can't be read, and why.
  var unreadable: [String: String] = [:]

  mutating func run() {
    let isOurs = container.has(Layout.seal)
    checkStructure(isOurs: isOurs)
    loadManifests(isOurs: isOurs)
    digests = EntryDigests(expecting: container.entries.count)
    if isOurs {
      openBundle()
      if let bundle { checkItems(of: bundle) }
      digestRemainingEntries()
      validateSignatures()
      if let bundle { checkBundle(bundle) }
    } else {
      result.add("seal", .notRun, "no seal.txt: only the container's own signatures are judged")
      digestRemainingEntries()
      validateSignatures()
      checkForeign()
    }
    result.decide()
  }

  private mutating func checkStructure(isOurs: Bool) {
    if let flaw = container.flaw {
      result.add("container.structure", .fail, describe(flaw))
    } else {
      result.add(
        "container.structure", .pass,
        "\(container.entries.count) entries, \(container.kind.mediaType)")
    }
    // No signature covers `mimetype`; a program that believes it would look for other files.
    if isOurs, container.kind != .asicE {
      result.add("container.exact", .fail, "a bundle is an ASiC-E container, and this says ASiC-S")
    }
    guard let first = container.deviations.first else { return }
    let more = container.deviations.count - 1
    let text = describe(first) + (more > 0 ? " and \(more) more" : "")
    if isOurs {
      result.add("container.exact", .fail, "not as a bundle is written: \(text)")
    } else {
      result.add("container.exact", .warn, text)
    }
  }

  private mutating func openBundle() {
    do {
      let bundle = try EvidenceBundle(container)
      self.bundle = bundle
      result.seal = bundle.seal
      result.terms = bundle.terms
      result.release = bundle.release
      result.records = bundle.records
      result.viewID = bundle.view.id.base64
      result.add(
        "bundle.statements", .pass,
        "seal, terms, view and \(counted(bundle.records.count, "redaction record")) are well-formed"
      )
    } catch {
      result.add("bundle.statements", .fail, describe(error))
    }
  }

  /// The digest of the file at a path, where it was read.
  func digest(of path: String) -> [UInt8]? { place(path).flatMap { digests[$0] } }

  /// Reads every entry outside META-INF that no other check has read yet.
  private mutating func digestRemainingEntries() {
    // One for all: a large piece between the small ones that stay would split the heap each time.
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: DigestingReader.bufferSize, alignment: 64)
    defer { buffer.deallocate() }
    for place in container.entries.indices where !digests.known.contains(place) {
      let entry = container.entries[place]
      let path = entry.name.path
      guard path != "mimetype", unreadable[path] == nil else { continue }
      if path.hasPrefix("META-INF/"), bundle != nil { continue }
      let reader = DigestingReader(container.open(entry), progress)
      reader.drain(through: buffer)
      note(place, path, reader.outcome)
    }
  }

  mutating func note(_ place: Int, _ path: String, _ outcome: DigestingReader.Outcome) {
    switch outcome {
    case .digest(let digest): digests[place] = digest
    case .failure(let why):
      unreadable[path] = why
      result.add("container.read", .fail, "\(path): \(why)")
    }
  }

  /// The digest of an entry in the algorithm that a manifest names.
  mutating func digest(_ place: Int, _ path: String, _ algorithm: DigestAlgorithm) -> [UInt8]? {
    // Files of META-INF, and `mimetype`, are digested when a manifest asks.
    let isDigested = path != "mimetype" && !path.hasPrefix("META-INF/")
    if algorithm == .sha256, isDigested || digests.known.contains(place) {
      return digests[place]
    }
    if let known = otherDigests[path]?[algorithm] { return known }
    guard let digest = try? hash(container.open(container.entries[place]), algorithm) else {
      return nil
    }
    otherDigests[path, default: [:]][algorithm] = digest
    return digest
  }
}

/// An entry's bytes on their way to a check, digested as they pass.
final class DigestingReader {
  enum Outcome {
    case digest([UInt8])
    case failure(String)
  }
  private let entry: EntryReader
  private let progress: (UInt64) -> Void
  private let digest = SideDigest()
  private var atEnd = false
  /// How many bytes were read.
  private(set) var delivered: UInt64 = 0
  private var failure: String?

  init(_ entry: EntryReader, _ progress: @escaping (UInt64) -> Void) {
    self.entry = entry
    self.progress = progress
  }

  func read(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if atEnd { return 0 }
    do {
      let count = try entry.read(into: buffer)
      if count == 0 { atEnd = true }
      delivered += UInt64(count)
      digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      progress(UInt64(count))
      return count
    } catch {
      failure = describe(error)
      throw error
    }
  }

  /// All bytes of an entry that is known to be small.
  func readAll() throws -> [UInt8] {
    let size = Int(entry.entry.size)
    return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      repeat {
        let rest = UnsafeMutableBufferPointer(rebasing: buffer[count...])
        count += try read(UnsafeMutableRawBufferPointer(rest))
      } while count < size
    }
  }

  /// Reads what a check left unread, since the digest speaks of the whole entry.
  func drain() {
    guard failure == nil, !atEnd else { return }
    let rest = max(1, min(entry.entry.size - delivered, UInt64(Self.bufferSize)))
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(rest), alignment: 64)
    defer { buffer.deallocate() }
    drain(through: buffer)
  }

  func drain(through buffer: UnsafeMutableRawBufferPointer) {
    while failure == nil, !atEnd {
      if (try? read(buffer)) == nil { return }
    }
  }

  static let bufferSize = 1 << 18

  var outcome: Outcome {
    failure.map(Outcome.failure) ?? .digest(digest.finalize())
  }
}
