public import CAdES
import Merkle
import Redaction

/// Whoever signs: a node's id, its signing key, its time-stamping authority and revocation lists.
public struct Signatory: Sendable {
  /// The node id that stands in seals and records.
  public let node: String
  /// The signing key with its certificate.
  public let identity: SigningIdentity
  /// Asks a time-stamping authority: an RFC 3161 request in, its response out.
  public let timestamp: @Sendable ([UInt8]) throws -> [UInt8]
  /// Certificates between signer or authority and their anchors.
  public let certificates: [Certificate]
  /// The anchors that the signing certificate chains to.
  public let anchors: [Certificate]
  /// Current revocation lists of the signer's and of the authority's issuers.
  public let revocationLists: [RevocationList]

  /// A signatory with everything that a B-LT signature needs.
  public init(
    node: String, identity: SigningIdentity,
    timestamp: @escaping @Sendable ([UInt8]) throws -> [UInt8],
    anchors: [Certificate], certificates: [Certificate] = [], revocationLists: [RevocationList]
  ) {
    self.node = node
    self.identity = identity
    self.timestamp = timestamp
    self.anchors = anchors
    self.certificates = certificates
    self.revocationLists = revocationLists
  }

  /// The name by which a statement says who must have signed it.
  var signerName: SignerName {
    get throws {
      try SignerName(
        node: node, key: try digestValue(identity.certificate.spkiSHA256))
    }
  }

  /// A detached CAdES B-LT signature over these bytes.
  public func sign(
    _ content: [UInt8], commitment: Commitment, at time: Int64
  ) throws -> [UInt8] {
    try CAdES.sign(
      content, with: identity, commitment: commitment, at: time, timestamp: timestamp,
      evidence: (certificates, revocationLists))
  }
}

/// Which anchors a verification rests on, and which node each of them vouches for.
public struct TrustAnchors: Sendable {
  /// All anchors.
  public let certificates: [Certificate]
  /// The node that an anchor is tied to, by the SHA-256 of the anchor's DER. Where an anchor isn't
  /// in here, it vouches for whatever certificates it issued, and the verdict says so.
  public let nodes: [[UInt8]: String]

  /// Anchors of the caller; `nodes` ties them to nodes, as a federation directory does.
  public init(_ certificates: [Certificate], nodes: [[UInt8]: String] = [:]) {
    self.certificates = certificates
    self.nodes = nodes
  }

  /// Whether this anchor may vouch for that node: it is tied to it, or to none.
  func vouches(_ anchor: Certificate, for node: String) -> Bool {
    nodes[anchor.sha256].map { $0 == node } ?? true
  }
}

/// A SHA-256 digest that libcrypto computed, as the tree's hash type.
func digestValue(_ bytes: [UInt8]) throws -> Hash {
  guard let hash = Hash(bytes: bytes) else { throw EvidenceError.malformed("digest") }
  return hash
}
