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
  /// The policy that time-stamps must be made under; nil for any.
  public let policy: String?
  /// Certificates between signer or authority and their anchors.
  public let certificates: [Certificate]
  /// The anchors that the signing certificate chains to.
  public let anchors: [Certificate]
  /// Current revocation lists of the signer's and of the authority's issuers.
  public let revocationLists: [RevocationList]
  /// Asks OCSP responders about certificates; who isn't reached is left out. Nil where there are none to ask.
  public let statuses: (@Sendable ([Subject]) -> [OCSPResponse])?
  /// Whether a signature may be made without time-stamp where the authority isn't reached, and get
  /// it later.
  public let mayWait: Bool

  /// A certificate, and the issuer that says whether it was revoked.
  public typealias Subject = (certificate: Certificate, issuer: Certificate)

  /// A signatory with everything that a B-LT signature needs.
  public init(
    node: String, identity: SigningIdentity,
    timestamp: @escaping @Sendable ([UInt8]) throws -> [UInt8], policy: String? = nil,
    anchors: [Certificate], certificates: [Certificate] = [], revocationLists: [RevocationList],
    statuses: (@Sendable ([Subject]) -> [OCSPResponse])? = nil,
    mayWait: Bool = false
  ) {
    self.policy = policy
    self.statuses = statuses
    self.mayWait = mayWait
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
    try sign(DetachedContent(content), commitment: commitment, at: time)
  }

  /// The same over content that needn't be in memory.
  func sign(
    _ content: DetachedContent, commitment: Commitment, at time: Int64
  ) throws -> [UInt8] {
    let signature = try CAdES.sign(
      content, with: identity, commitment: commitment, at: time, timestamp: timestamp,
      policy: policy, evidence: (certificates, revocationLists))
    return try addStatuses(to: signature)
  }

  /// The same of level B-B, for ``complete(_:)`` to raise when the authority is reached again.
  func signWithoutTimestamp(
    _ content: DetachedContent, commitment: Commitment, at time: Int64
  ) throws -> [UInt8] {
    try CAdES.sign(
      content, with: identity, commitment: commitment, at: time,
      evidence: (certificates, revocationLists))
  }

  /// Raises a signature to B-LT; the signature itself stays, byte for byte.
  public func complete(_ signature: [UInt8]) throws -> [UInt8] {
    try addStatuses(
      to: CAdES.extend(
        signature: signature, timestamp: timestamp, policy: policy,
        evidence: (certificates, revocationLists)))
  }

  /// An archive time-stamp over these bytes, with what is needed to judge it for years.
  func archiveTimestamp(over content: [UInt8]) throws -> [UInt8] {
    let evidence = (certificates: certificates, crls: revocationLists)
    let plain = try requestTimestamp(over: content, policy: policy, from: timestamp)
    let responses = try statuses.map { ask in
      ask(try revocableCertificates(inTimestamp: plain, issuers: certificates + anchors))
    }
    return try CAdES.complete(timestamp: plain, evidence: evidence, ocsp: responses ?? [])
  }

  private func addStatuses(to signature: [UInt8]) throws -> [UInt8] {
    guard let statuses else { return signature }
    let responses = statuses(
      try revocableCertificates(inSignature: signature, issuers: certificates + anchors))
    guard !responses.isEmpty else { return signature }
    return try CAdES.extend(
      signature: signature, timestamp: timestamp, evidence: (certificates, revocationLists),
      ocsp: responses)
  }
}

/// Which anchors a verification rests on, and which node each of them vouches for.
public struct TrustAnchors: Sendable {
  /// All anchors.
  public let certificates: [Certificate]
  /// The node that an anchor is tied to, by the SHA-256 of the anchor's DER. Where an anchor isn't
  /// in here, it vouches for whatever certificates it issued, and the verdict says so.
  public let nodes: [[UInt8]: String]
  /// Anchors that vouch for time-stamps, and for no signer.
  public let timestampAnchors: [Certificate]

  /// Anchors of the caller; `nodes` ties them to nodes, as a federation directory does.
  public init(
    _ certificates: [Certificate], nodes: [[UInt8]: String] = [:],
    timestampAnchors: [Certificate] = []
  ) {
    self.certificates = certificates
    self.nodes = nodes
    self.timestampAnchors = timestampAnchors
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
