import CanonicalJSON
import DurableFiles
public import Federation
import Synchronization

/// The version of the federation's directory that is in force in a home.
public struct AdoptedDirectory: Sendable {
  /// Which one, and who adopted it.
  public let adoption: DirectoryAdoption
  /// What it says.
  public let document: DirectoryDocument
}

/// The directory as it was read last: `serve` asks once a second, and a large one takes that long.
final class AdoptedDirectoryCache: Sendable {
  private let held = Mutex<(json: JSON, adopted: AdoptedDirectory)?>(nil)

  /// The directory that this content of `adopted.json`, which has its digest, speaks of.
  func value(for json: JSON) -> AdoptedDirectory? {
    held.withLock { held in held?.json == json ? held?.adopted : nil }
  }

  func keep(_ adopted: AdoptedDirectory, for json: JSON) {
    held.withLock { $0 = (json, adopted) }
  }
}

// `federation/<version>.json`: every version that was adopted here, as its members signed it;
// `federation/adopted.json`: which one is in force; `federation/forks/`: evidence.
extension NodeHome {
  /// The directory in force; nil where none was adopted.
  ///
  /// The signatures were verified when it was adopted, and the digest of the stored document is checked
  /// here; `doctor` verifies everything again.
  public func adoptedDirectory() throws -> AdoptedDirectory? {
    let json: JSON
    do {
      json = try document("federation/adopted.json")
    } catch let error as FileError where error.isNotFound { return nil }
    if let known = adoptedCache.value(for: json) { return known }
    let version = try DirectoryAdoption.version(in: json)
    guard let signed = try signedDirectoryFile(version) else {
      throw NodeError.malformed("federation/\(version).json")
    }
    let adoption = try DirectoryAdoption(json: json, document: signed.document)
    let adopted = AdoptedDirectory(adoption: adoption, document: signed.document)
    adoptedCache.keep(adopted, for: json)
    return adopted
  }

  /// A version that was adopted here at some time.
  public func signedDirectoryFile(_ version: Int64) throws -> SignedDirectory? {
    try storedBytes(version).map { try SignedDirectory(parsing: $0) }
  }

  /// The file of a version up to the one in force, or of that one.
  func signedDirectory(version: Int64?) throws -> [UInt8]? {
    guard let newest = try adoptedDirectory()?.adoption.version else { return nil }
    let version = version ?? newest
    guard (1...newest).contains(version) else { return nil }
    return try storedBytes(version)
  }

  private func storedBytes(_ version: Int64) throws -> [UInt8]? {
    do {
      return try readSmallFile(
        file("federation/\(version).json"), limit: SignedDirectory.maximumBytes)
    } catch {
      if error.isNotFound { return nil }
      throw error
    }
  }

  /// Verifies a directory against the one in force.
  ///
  /// - Throws: `FederationError` with the first reason against it. For a fork that enough members
  ///   signed, `FederationError.directoryFork`: the caller keeps the evidence.
  public func verifyDirectory(_ signed: SignedDirectory, at now: Int64) throws -> VerifiedDirectory
  {
    let adopted = try adoptedDirectory()
    let document = signed.document
    if let adopted, document.federation == adopted.document.federation,
      document.version <= adopted.document.version,
      let known = try signedDirectoryFile(document.version)?.document, known != document
    {
      // Whoever isn't a quorum of that version, or of the one before, can't make a fork: it is just
      // another file that isn't signed.
      let before = try signedDirectoryFile(document.version - 1)?.document
      let isFork = [known, before].compactMap { $0 }.contains {
        signed.hasQuorum(of: $0, at: now)
      }
      guard isFork else {
        throw FederationError.tooFewSignatures(
          0, threshold: known.threshold, version: known.version)
      }
      throw FederationError.directoryFork(version: document.version)
    }
    if let adopted, document == adopted.document {
      throw NodeError.adoptedAlready(version: document.version)
    }
    try checkAgainstPeersByHand(document)
    return try signed.verified(after: adopted?.document, at: now)
  }

  /// An anchor or key of a hand-made peer that isn't in the directory mustn't be another's there.
  private func checkAgainstPeersByHand(_ document: DirectoryDocument) throws {
    let own = try [ownCard()] + peersByHand().map(\.card)
    for card in own where document.entry(card.node) == nil || card.node == id {
      let anchors = card.signingAnchors + card.tlsAnchors
      for entry in document.entries where entry.card.node != card.node {
        let theirs = entry.card.signingAnchors + entry.card.tlsAnchors
        guard !theirs.contains(where: anchors.contains),
          !entry.card.tlsKeys.contains(where: card.tlsKeys.contains)
        else { throw FederationError.sharedAnchor(card.node.text, entry.card.node.text) }
      }
    }
  }

  /// Puts a version in force. Its file comes first: until `adopted.json` names it, the one before counts.
  public func adopt(_ verified: VerifiedDirectory, approval: Approval, at time: String) throws {
    try ensureDirectory(file("federation"))
    let version = verified.signed.document.version
    try AtomicFile.write(
      verified.signed.bytes, to: file("federation/\(version).json"), replacing: true)
    try write(
      DirectoryAdoption(verified, approval: approval, at: time).json, "federation/adopted.json")
  }

  /// Whether this node has signed no other content of this version.
  public func maySign(_ document: DirectoryDocument) throws -> Bool {
    guard let signed = try signedVersions()[String(document.version)] else { return true }
    return signed.string == Base64.encode(document.digest)
  }

  /// Remembers what was signed.
  public func noteSigned(_ document: DirectoryDocument) throws {
    var versions = try signedVersions()
    versions[String(document.version)] = .string(Base64.encode(document.digest))
    try ensureDirectory(file("federation"))
    try write(.object(versions), "federation/signed.json")
  }

  private func signedVersions() throws -> [String: JSON] {
    do {
      return try self.document("federation/signed.json").object ?? [:]
    } catch let error as FileError where error.isNotFound { return [:] }
  }

  /// Keeps a fork as evidence; returns the file's name in the home.
  public func keepFork(_ signed: SignedDirectory) throws -> String {
    try ensureDirectory(file("federation"))
    try ensureDirectory(file("federation/forks"))
    let mark = signed.document.digest.prefix(4).map { byte in
      String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }.joined()
    let name = "federation/forks/\(signed.document.version)-\(mark).json"
    // The first ones prove it; nobody must fill the disk with more.
    guard try listFiles(file("federation/forks")).count < Self.maximumForks else { return name }
    try AtomicFile.write(signed.bytes, to: file(name), replacing: true)
    return name
  }

  /// The names of the forks that are kept, sorted.
  func directoryForks() -> [String] {
    ((try? listFiles(file("federation/forks"))) ?? []).filter { $0.hasSuffix(".json") }.sorted()
  }

  private static let maximumForks = 100
}
