import ASiC
import CAdES
import CanonicalJSON
import Evidence
import Foundation
import Merkle
import Redaction
import Synchronization

/// A node with a development PKI of its own at a fixed time: root, signer and time-stamp authority.
struct SampleNode: Sendable {
  /// 2026-11-20 12:00:00 UTC.
  static let now: Int64 = 1_795_176_000

  let root: SigningIdentity
  let signatory: Signatory

  /// - Parameters:
  ///   - revokedAt: when the signing certificate was revoked, as the list inside signatures tells.
  ///   - listedAt: when that list was made.
  ///   - hasList: whether signatures hold a revocation list at all.
  init(
    _ name: String, revokedAt: Int64? = nil, listedAt: Int64 = now - 60, hasList: Bool = true
  ) throws {
    let validity = try Validity(notBefore: Self.now - 86_400, notAfter: Self.now + 900 * 86_400)
    let rootKey = try SigningKey.generate(.p256)
    root = try SigningIdentity(
      key: rootKey,
      certificate: Development.root(
        key: rootKey, name: DistinguishedName(commonName: "\(name) root"), validity: validity))
    let key = try SigningKey.generate(.p256)
    let certificate = try Development.signing(
      for: key, name: DistinguishedName(commonName: name), issuer: root, validity: validity)
    let stampKey = try SigningKey.generate(.p256)
    let stamp = try Development.timestamping(
      for: stampKey, name: DistinguishedName(commonName: "\(name) time"), issuer: root,
      validity: validity)
    let authority = try TimestampAuthority(
      identity: SigningIdentity(key: stampKey, certificate: stamp))
    let revoked = try revokedAt.map {
      [try Development.Revocation(certificate: certificate, time: $0, reason: .keyCompromise)]
    }
    let list = try Development.revocationList(
      issuer: root, number: 1, thisUpdate: listedAt, nextUpdate: listedAt + 30 * 86_400,
      revoked: revoked ?? [])
    signatory = Signatory(
      node: name, identity: try SigningIdentity(key: key, certificate: certificate),
      timestamp: { try authority.respond(to: $0, at: Self.now) }, anchors: [root.certificate],
      certificates: [stamp], revocationLists: hasList ? [list] : [])
  }

  var name: String { signatory.node }
  var anchor: Certificate { root.certificate }
  var signerName: SignerName {
    get throws {
      try SignerName(node: name, key: Hash(exactly: signatory.identity.certificate.spkiSHA256))
    }
  }

  /// Terms that let these nodes redact, with their anchors as the terms name them.
  static func terms(
    redactors: [SampleNode] = [], onePerson: Bool = true, locked: [JSON] = []
  ) throws -> JSON {
    var object: [String: JSON] = ["onePerson": .bool(onePerson), "purpose": "a test"]
    if !redactors.isEmpty {
      object["redactors"] = .array(
        try redactors.map {
          .object([
            "node": .string($0.name),
            "anchor": .string(try Hash(exactly: $0.anchor.spkiSHA256).base64),
          ])
        })
    }
    if !locked.isEmpty { object["locked"] = .array(locked) }
    return .object(object)
  }

  /// Seals these files, and returns the container's bytes.
  func seal(
    _ sources: [SourceItem], terms: JSON? = nil, grid: UInt32? = nil
  ) throws -> (bytes: [UInt8], sealed: SealedBundle) {
    let file = try UnnamedFile()
    let scratch = try UnnamedFile()
    let order = SealingOrder(
      acquisition: Acquisition(at: "2026-11-20T11:00:00Z", by: "officer 7"),
      terms: try terms ?? Self.terms(), caseReference: "12/2026", grid: grid)
    let sealed = try Evidence.seal(
      sources, order, by: signatory, into: file.descriptor, scratch: scratch.scratch, at: Self.now)
    return (try file.bytes(), sealed)
  }

  func seal(_ files: [(String, [UInt8])], terms: JSON? = nil) throws -> [UInt8] {
    try seal(files.map { SourceItem($0.0, $0.1) }, terms: terms).bytes
  }

  /// Redacts a verified bundle by a policy, and returns the new container's bytes.
  func redact(
    _ verified: VerifiedBundle, _ policy: String, closing: Bool = false, release: Release? = nil,
    approver: String? = nil
  ) throws -> [UInt8] {
    try redact(
      verified, propose(Policy(yaml: Array(policy.utf8)), for: verified), closing: closing,
      release: release, approver: approver)
  }

  func redact(
    _ verified: VerifiedBundle, _ proposal: RedactionProposal, closing: Bool = false,
    release: Release? = nil, approver: String? = nil
  ) throws -> [UInt8] {
    let file = try UnnamedFile()
    let scratch = try UnnamedFile()
    let order = RedactionOrder(
      proposer: "proposer", approver: approver, closing: closing, release: release)
    _ = try Evidence.redact(
      verified, proposal, order, by: signatory, into: file.descriptor, scratch: scratch.scratch,
      at: Self.now)
    return try file.bytes()
  }

  func rerelease(_ verified: VerifiedBundle, _ release: Release) throws -> [UInt8] {
    let file = try UnnamedFile()
    let scratch = try UnnamedFile()
    _ = try Evidence.rerelease(
      verified, release, by: signatory, into: file.descriptor, scratch: scratch.scratch,
      at: Self.now)
    return try file.bytes()
  }
}

extension TrustAnchors {
  /// The anchors of these nodes, each tied to its node as a directory ties them.
  init(_ nodes: [SampleNode]) {
    self.init(
      nodes.map(\.anchor),
      nodes: Dictionary(uniqueKeysWithValues: nodes.map { ($0.anchor.sha256, $0.name) }))
  }
}

/// The verdict on a container in memory, an hour after it was made.
func judge(
  _ bytes: [UInt8], _ trust: TrustAnchors, at: Int64? = nil, now: Int64 = SampleNode.now + 3600
) -> (verification: Verification, bundle: VerifiedBundle?) {
  let container: ContainerReader
  do { container = try ContainerReader(bytes: bytes, tolerant: true) } catch {
    return (verdict(onMalformed: error), nil)
  }
  return verify(container, trust: trust, at: at, now: now)
}

extension Verification {
  /// For messages: the verdict, what failed or is open, and what the signatures say.
  var summary: String {
    let checks = checks.filter { $0.result == .fail || $0.result == .undecided }
      .map { "\($0.id): \($0.detail)" }
    let signatures = signatures.filter { $0.result != .passed }.map { "\($0.file): \($0.result)" }
    return "\(verdict.words) — " + (checks + signatures).joined(separator: " | ")
  }

  var isGood: Bool { verdict == .verified || verdict == .verifiedRedacted }
}

extension SourceItem {
  /// A file that is in memory, and stays as it is.
  init(_ name: String, _ bytes: [UInt8]) {
    self.init(name, size: bytes.count, passes: [bytes])
  }

  /// A file that gives other bytes in each pass; the last ones for all that follow.
  init(_ name: String, size: Int, passes: [[UInt8]]) {
    let opened = OpenCount()
    self.init(
      name: name, size: UInt64(size), modified: "2026-11-01T08:00:00Z",
      open: {
        let number = opened.next()
        var rest = passes[min(number, passes.count - 1)][...]
        return { buffer in
          // Short reads are the rule for files; seven bytes cross every boundary there is.
          let piece = rest.prefix(min(buffer.count, rest.count > 64 ? 57 : 7))
          buffer.copyBytes(from: piece)
          rest = rest.dropFirst(piece.count)
          return piece.count
        }
      }, checkUnchanged: {})
  }
}

/// Counts how often a source was opened.
private final class OpenCount: Sendable {
  private let count = Mutex(0)

  /// How often it was opened before.
  func next() -> Int {
    count.withLock { value in
      defer { value += 1 }
      return value
    }
  }
}

extension Hash {
  struct WrongLength: Error {}

  init(exactly bytes: [UInt8]) throws {
    guard let hash = Hash(bytes: bytes) else { throw WrongLength() }
    self = hash
  }
}

struct SystemCallFailed: Error { let errno: Int32 }

/// A file without a name, gone with its value.
final class UnnamedFile {
  let descriptor: Int32
  let scratch: ScratchFile

  init() throws {
    var template = Array((NSTemporaryDirectory() + "/evidence-XXXXXX").utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw SystemCallFailed(errno: errno) }
    unlink(&template)
    scratch = ScratchFile(fileDescriptor: descriptor)
  }

  deinit { close(descriptor) }

  func bytes() throws -> [UInt8] {
    let size = Int(lseek(descriptor, 0, SEEK_END))
    var bytes = [UInt8](repeating: 0, count: max(0, size))
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    guard count == size else { throw SystemCallFailed(errno: errno) }
    return bytes
  }
}
