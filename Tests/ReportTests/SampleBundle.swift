import ASiC
import CAdES
import CanonicalJSON
import Evidence
import Foundation
import Redaction

/// A sealed bundle of small files in memory, under a development PKI of its own at a fixed time.
struct SampleBundle {
  /// 2026-11-20 12:00:00 UTC.
  static let now: Int64 = 1_795_176_000

  private let anchor: Certificate
  private let signatory: Signatory
  private(set) var bytes: [UInt8] = []

  init(_ files: [(name: String, text: String)]) throws {
    let validity = try Validity(notBefore: Self.now - 86_400, notAfter: Self.now + 900 * 86_400)
    let rootKey = try SigningKey.generate(.p256)
    let root = try SigningIdentity(
      key: rootKey,
      certificate: Development.root(
        key: rootKey, name: DistinguishedName(commonName: "root"), validity: validity))
    let key = try SigningKey.generate(.p256)
    let certificate = try Development.signing(
      for: key, name: DistinguishedName(commonName: "pt-ipcu"), issuer: root, validity: validity)
    let stampKey = try SigningKey.generate(.p256)
    let stamp = try Development.timestamping(
      for: stampKey, name: DistinguishedName(commonName: "time"), issuer: root, validity: validity)
    let authority = try TimestampAuthority(
      identity: SigningIdentity(key: stampKey, certificate: stamp))
    let list = try Development.revocationList(
      issuer: root, number: 1, thisUpdate: Self.now - 60, nextUpdate: Self.now + 30 * 86_400,
      revoked: [])
    anchor = root.certificate
    signatory = Signatory(
      node: "pt-ipcu", identity: try SigningIdentity(key: key, certificate: certificate),
      timestamp: { try authority.respond(to: $0, at: Self.now) }, anchors: [root.certificate],
      certificates: [stamp], revocationLists: [list])
    let order = SealingOrder(
      acquisition: Acquisition(at: "2026-11-20T11:00:00Z", by: "officer 7"),
      terms: .object([:]), caseReference: nil, grid: nil)
    let (file, scratch) = (try Unnamed(), try Unnamed())
    _ = try seal(
      files.map { Self.source($0.name, Array($0.text.utf8)) }, order, by: signatory,
      into: file.descriptor, scratch: ScratchFile(fileDescriptor: scratch.descriptor), at: Self.now)
    bytes = try file.bytes()
  }

  /// The bundle with its verification; it passes every check.
  func verified() throws -> VerifiedBundle {
    let (verification, bundle) = verify(
      try ContainerReader(bytes: bytes), trust: TrustAnchors([anchor]), now: Self.now + 3600)
    struct NotVerified: Error { let verification: Verification }
    guard let bundle else { throw NotVerified(verification: verification) }
    return bundle
  }

  /// The number of the item of this name: items stand in random order.
  func number(_ name: String) throws -> Int {
    let items = try verified().verification.items
    struct NoItem: Error {}
    guard let item = items.first(where: { $0.name == name }) else { throw NoItem() }
    return item.number
  }

  /// The same bundle with these cuts made.
  mutating func redact(_ cuts: [Cut]) throws {
    let verified = try verified()
    let (file, scratch) = (try Unnamed(), try Unnamed())
    _ = try Evidence.redact(
      verified, RedactionProposal(cuts: completeCuts(cuts, for: verified)),
      RedactionOrder(proposer: "ann", approver: "bea"), by: signatory, into: file.descriptor,
      scratch: ScratchFile(fileDescriptor: scratch.descriptor), at: Self.now)
    bytes = try file.bytes()
  }

  private static func source(_ name: String, _ bytes: [UInt8]) -> SourceItem {
    SourceItem(
      name: name, size: UInt64(bytes.count), modified: "2026-11-01T08:00:00Z",
      open: {
        var rest = bytes[...]
        return { buffer in
          let piece = rest.prefix(buffer.count)
          buffer.copyBytes(from: piece)
          rest = rest.dropFirst(piece.count)
          return piece.count
        }
      }, checkUnchanged: {})
  }
}

/// A file without a name, gone with its value.
private final class Unnamed {
  let descriptor: Int32

  init() throws {
    var template = Array((NSTemporaryDirectory() + "/report-XXXXXX").utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
    unlink(&template)
  }

  deinit { close(descriptor) }

  func bytes() throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(max(0, lseek(descriptor, 0, SEEK_END))))
    guard pread(descriptor, &bytes, bytes.count, 0) == bytes.count else {
      throw CocoaError(.fileReadUnknown)
    }
    return bytes
  }
}
