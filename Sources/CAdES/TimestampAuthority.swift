/// An RFC 3161 time-stamp authority for development and tests.
///
/// It trusts the time that it is given, and keeps no record of what it stamped.
public struct TimestampAuthority: Sendable {
  private let identity: SigningIdentity
  private let policy: ObjectIdentifier

  /// The identity's certificate must be for time-stamping alone; `policy` is a dotted identifier.
  public init(
    identity: SigningIdentity, policy: String = Development.timestampPolicy
  ) throws(CAdESError) {
    guard let policy = ObjectIdentifier(policy) else { throw .invalidName(policy) }
    guard identity.certificate.isOnlyForTimestamping else {
      throw .timestampMismatch(.extendedKeyUsage)
    }
    self.identity = identity
    self.policy = policy
  }

  /// Answers a TimeStampReq with a TimeStampResp, both DER.
  ///
  /// A request that can't be granted gets a response that says so; only our own failures throw.
  public func respond(to request: [UInt8], at unixTime: Int64) throws(CAdESError) -> [UInt8] {
    guard DERTime.range.contains(unixTime) else { throw .invalidValidity }
    guard request.count <= Limits.timestampRequestByteCount, let request = Request(request) else {
      return reject(.badDataFormat)
    }
    guard let digest = request.algorithm.digest, digest != .sha1,
      request.imprint.count == digest.byteCount
    else {
      return reject(.badAlgorithm)
    }
    guard request.policy == nil || request.policy == policy else {
      return reject(.unacceptedPolicy)
    }
    guard !request.hasExtensions else { return reject(.unacceptedExtension) }
    // 64 random bits, and a leading 01 so that the number is positive and never shorter.
    let serial = [0x01] + (try LibCrypto.randomBytes(8))
    let info = DER.sequence(of: [
      DER.integer(1), DER.identifier(policy),
      // The imprint is the request's own, down to how its algorithm is written.
      DER.sequence(Array(request.algorithm.whole), DER.octets(request.imprint)),
      DER.integer(magnitude: serial), DER.generalizedTime(unixTime),
      DER.sequence(DER.integer(1)),  // accuracy: one second
      request.nonce.map(Array.init) ?? [],
    ])
    let writer = SignedDataWriter(
      identity: identity, contentType: .timestampInfo, encapsulated: info,
      attributes: [
        SignedDataWriter.attribute(.signingTime, DER.time(unixTime)),
        SignedDataWriter.signingCertificate(identity.certificate),
      ], padding: .pkcs1)
    let signed = try writer.sign(info)
    let chain =
      [identity.certificate] + identity.certificate.chain(from: identity.intermediates)
    let token = writer.write(
      signed, certificates: request.wantsCertificate ? chain.map(\.der) : [])
    return DER.sequence(DER.sequence(DER.integer(0)), token)
  }

  /// PKIFailureInfo, RFC 3161, clause 2.4.2, by the number of its bit.
  private enum Failure: Int {
    case badAlgorithm = 0
    case badDataFormat = 5
    case unacceptedPolicy = 15
    case unacceptedExtension = 16
  }

  private func reject(_ failure: Failure) -> [UInt8] {
    DER.sequence(DER.sequence(DER.integer(2), DER.namedBits([failure.rawValue])))
  }

  /// TimeStampReq, RFC 3161, clause 2.4.1.
  private struct Request {
    var algorithm: AlgorithmIdentifier
    var imprint: ArraySlice<UInt8>
    var policy: ObjectIdentifier?
    var nonce: ArraySlice<UInt8>?
    var wantsCertificate: Bool
    var hasExtensions: Bool

    init?(_ der: [UInt8]) {
      do throws(DERError) {
        try DERForm.check(der)
        var request = try DERReader.single(der, Tag.sequence).reader
        guard try request.smallInteger() == 1 else { return nil }
        (algorithm, imprint) = try TimestampInfo.messageImprint(&request)
        if let element = try request.optional(Tag.objectIdentifier) {
          policy = ObjectIdentifier(bytes: Array(element.content))
        }
        nonce = try request.optional(Tag.integer)?.whole
        wantsCertificate = try request.optional(Tag.boolean)?.boolean ?? false
        hasExtensions = try request.optional(Tag.context(0)) != nil
        try request.end()
      } catch { return nil }
    }
  }
}
