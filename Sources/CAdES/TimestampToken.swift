/// A time-stamp token: SignedData around TSTInfo (RFC 3161, clause 2.4.2).
struct TimestampToken {
  var signedData: SignedData
  var signer: SignerInfo
  var info: TimestampInfo
  /// The certificates that the token brings along and that can be parsed.
  var certificates: [Certificate]
  /// The octets that the signature's digest is over.
  var encapsulated: ArraySlice<UInt8>
  var whole: ArraySlice<UInt8>

  init(_ der: ArraySlice<UInt8>) throws(DERError) {
    signedData = try SignedData(der)
    whole = der
    guard signedData.contentType == .timestampInfo, let content = signedData.content,
      signedData.signers.count == 1, let signer = signedData.signers.first
    else { throw DERError(offset: der.startIndex) }
    self.signer = signer
    encapsulated = content
    info = try TimestampInfo(content)
    certificates = signedData.parsedCertificates
  }

  /// The certificate that the signer names, among the token's own.
  var signingCertificate: Certificate? { certificates.first(where: signer.names) }
}

/// TSTInfo: which digest existed at which time, says the authority.
struct TimestampInfo {
  var policy: ObjectIdentifier
  var imprintAlgorithm: AlgorithmIdentifier
  var imprint: ArraySlice<UInt8>
  var serial: ArraySlice<UInt8>
  /// Unix seconds, a fraction cut off.
  var time: Int64
  var nonce: ArraySlice<UInt8>?

  init(_ der: ArraySlice<UInt8>) throws(DERError) {
    var outer = DERReader(der)
    var info = try outer.sequence()
    try outer.end()
    guard try info.smallInteger() == 1 else { throw DERError(offset: der.startIndex) }
    policy = try info.identifier()
    (imprintAlgorithm, imprint) = try Self.messageImprint(&info)
    serial = try info.next(Tag.integer).content
    let generated = try info.next(Tag.generalizedTime)
    guard let time = generated.time else { throw generated.failure }
    self.time = time
    _ = try info.optional(Tag.sequence)  // accuracy
    _ = try info.optional(Tag.boolean)  // ordering
    nonce = try info.optional(Tag.integer)?.content
    _ = try info.optional(Tag.context(0))  // the authority's name: its certificate tells more
    if let extensions = try info.optional(Tag.context(1)) {
      // A critical one would change the meaning, and none is defined.
      guard try Self.extensionList(extensions).items.allSatisfy({ !$0.isCritical })
      else { throw extensions.failure }
    }
    try info.end()
  }

  func isOver(_ content: DetachedContent) -> Bool {
    guard let digest = imprintAlgorithm.digest.flatMap(content.digest) else { return false }
    return imprint.elementsEqual(digest)
  }

  static func messageImprint(
    _ reader: inout DERReader
  ) throws(DERError) -> (AlgorithmIdentifier, ArraySlice<UInt8>) {
    var imprint = try reader.sequence()
    let algorithm = try AlgorithmIdentifier(imprint.next(Tag.sequence))
    let hash = try imprint.next(Tag.octetString).content
    try imprint.end()
    return (algorithm, hash)
  }

  /// The tag is IMPLICIT here, so it stands in place of the SEQUENCE.
  static func extensionList(_ element: DERElement) throws(DERError) -> Extensions {
    let whole = [Tag.sequence] + element.whole.dropFirst()
    return try Extensions(DERReader.single(whole, Tag.sequence))
  }
}
