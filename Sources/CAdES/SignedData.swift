/// CMS SignedData, RFC 5652, clause 5, inside its ContentInfo: parsed, not judged.
struct SignedData {
  var version: Int
  var digestAlgorithms: [AlgorithmIdentifier]
  var contentType: ObjectIdentifier
  /// The octets of encapsulated content; nil for a detached signature.
  var content: ArraySlice<UInt8>?
  var certificates: [DERElement]
  /// CRLs, and with the tag `[1]` revocation data of other kinds (RFC 5940).
  var revocationData: [DERElement]
  var signers: [SignerInfo]
  /// What stands between version and certificates, and the set of signers, as they were written.
  private var body, signerSet: ArraySlice<UInt8>

  /// Parses a ContentInfo in DER.
  init(_ der: ArraySlice<UInt8>) throws(DERError) {
    var outermost = DERReader(der)
    var info = try outermost.sequence()
    try outermost.end()
    let offset = info.offset
    guard try info.identifier() == .signedData else { throw DERError(offset: offset) }
    var wrapper = try info.next(Tag.context(0)).reader
    try info.end()
    var data = try wrapper.sequence()
    try wrapper.end()

    version = try data.smallInteger()
    let start = data.offset
    let algorithms = try data.next(Tag.set).elements(limit: Limits.signerCount)
    digestAlgorithms = []
    for element in algorithms { digestAlgorithms.append(try AlgorithmIdentifier(element)) }
    var encapsulated = try data.sequence()
    contentType = try encapsulated.identifier()
    if let explicit = try encapsulated.optional(Tag.context(0)) {
      var reader = explicit.reader
      content = try reader.next(Tag.octetString).content
      try reader.end()
    }
    try encapsulated.end()
    body = der[start..<data.offset]
    certificates =
      try data.optional(Tag.context(0))?.elements(limit: Limits.certificateCount) ?? []
    revocationData =
      try data.optional(Tag.context(1))?.elements(limit: Limits.revocationListCount) ?? []
    signers = []
    let infos = try data.next(Tag.set)
    signerSet = infos.whole
    for element in try infos.elements(limit: Limits.signerCount) {
      signers.append(try SignerInfo(element))
    }
    try data.end()
    guard !signers.isEmpty else { throw infos.failure }
  }

  /// The same with other certificates, revocation data and unsigned attributes of its only signer,
  /// which nobody signs as a part of this.
  func replacing(
    certificates: [[UInt8]], revocationData: [[UInt8]]? = nil, signerSet: [UInt8]? = nil
  ) -> [UInt8] {
    let revocation = revocationData ?? self.revocationData.map { Array($0.whole) }
    let hasOthers = revocation.contains { $0.first != Tag.sequence }
    return Self.write(
      version: hasOthers ? 5 : version, body: Array(body), certificates: certificates,
      revocationData: revocation, signerSet: signerSet ?? Array(self.signerSet))
  }

  /// A ContentInfo in DER; `body` is digest algorithms and encapsulated content.
  static func write(
    version: Int, body: [UInt8], certificates: [[UInt8]], revocationData: [[UInt8]],
    signerSet: [UInt8]
  ) -> [UInt8] {
    let data = DER.sequence(of: [
      DER.integer(version), body,
      certificates.isEmpty ? [] : DER.set(of: certificates, tag: Tag.context(0)),
      revocationData.isEmpty ? [] : DER.set(of: revocationData, tag: Tag.context(1)), signerSet,
    ])
    return DER.sequence(DER.identifier(.signedData), DER.explicit(0, data))
  }

  /// What `version` has to be, RFC 5652, clause 5.1.
  var requiredVersion: Int {
    let others = certificates.filter { $0.tag != Tag.sequence }.map(\.tag)
    let hasOtherLists = revocationData.contains { $0.tag != Tag.sequence }
    if hasOtherLists || others.contains(Tag.context(3)) { return 5 }
    if others.contains(Tag.context(2)) { return 4 }
    let isPlain = contentType == .data && signers.allSatisfy { $0.version == 1 } && others.isEmpty
    return isPlain ? 1 : 3
  }
}

/// SignerInfo, RFC 5652, clause 5.3.
struct SignerInfo {
  enum Identifier {
    case issuerAndSerial(issuer: ArraySlice<UInt8>, serial: ArraySlice<UInt8>)
    case keyIdentifier(ArraySlice<UInt8>)
  }
  var version: Int
  var identifier: Identifier
  var digestAlgorithm: AlgorithmIdentifier
  /// The signed attributes as they stand there, with the tag `[0]`.
  var signedBytes: ArraySlice<UInt8>
  var signedAttributes: [Attribute]
  var signatureAlgorithm: AlgorithmIdentifier
  var signature: ArraySlice<UInt8>
  /// Everything up to and with the signature.
  var fields: ArraySlice<UInt8>
  var unsignedAttributes: [Attribute]

  init(_ element: DERElement) throws(DERError) {
    guard element.tag == Tag.sequence else { throw element.failure }
    var info = element.reader
    version = try info.smallInteger()
    if let key = try info.optional(Tag.contextPrimitive(0)) {
      identifier = .keyIdentifier(key.content)
    } else {
      var name = try info.sequence()
      identifier = .issuerAndSerial(
        issuer: try name.next(Tag.sequence).whole, serial: try name.next(Tag.integer).content)
      try name.end()
    }
    digestAlgorithm = try AlgorithmIdentifier(info.next(Tag.sequence))
    // CAdES can't do without signed attributes, so they are no option here.
    let signed = try info.next(Tag.context(0))
    signedBytes = signed.whole
    signedAttributes = try Attribute.list(signed)
    signatureAlgorithm = try AlgorithmIdentifier(info.next(Tag.sequence))
    signature = try info.next(Tag.octetString).content
    fields = element.content[..<info.offset]
    let unsigned = try info.optional(Tag.context(1))
    unsignedAttributes =
      try unsigned.map { (set) throws(DERError) in try Attribute.list(set) } ?? []
    // An empty set is none: RFC 5652 asks for at least one attribute.
    guard !signedAttributes.isEmpty, unsigned == nil || !unsignedAttributes.isEmpty
    else { throw signed.failure }
    try info.end()
  }

  var requiredVersion: Int { if case .keyIdentifier = identifier { 3 } else { 1 } }

  /// What the signature may be over: the attributes as a SET OF in DER, so in its order (RFC 5652,
  /// clause 5.4); and as they stand, which some signers and verifiers take. It is the same set.
  var signedMessages: [[UInt8]] {
    let attributes = signedAttributes.map(\.whole)
    let written = [Tag.set] + signedBytes.dropFirst()
    return attributes.isSortedForDER
      ? [written] : [DER.set(of: attributes.map(Array.init)), written]
  }

  func names(_ certificate: Certificate) -> Bool {
    switch identifier {
    case .issuerAndSerial(let issuer, let serial):
      issuer.elementsEqual(certificate.issuerName)
        && serial.elementsEqual(certificate.serialOctets)
    case .keyIdentifier(let identifier):
      certificate.extensions.subjectKeyIdentifier.map(identifier.elementsEqual) ?? false
    }
  }

  /// The only value of the only attribute of this type; throws where there are more.
  func signedValue(_ type: ObjectIdentifier) throws(DERError) -> DERElement? {
    let found = signedAttributes.filter { $0.type == type }
    guard let first = found.first else { return nil }
    guard found.count == 1, first.values.count == 1 else { throw first.failure }
    return first.values.first
  }
}

/// Attribute, RFC 5652, clause 5.3.
struct Attribute {
  var type: ObjectIdentifier
  var values: [DERElement]
  var whole: ArraySlice<UInt8>

  var failure: DERError { DERError(offset: whole.startIndex) }

  static func list(_ set: DERElement) throws(DERError) -> [Attribute] {
    var attributes: [Attribute] = []
    for element in try set.elements(limit: Limits.attributeCount) {
      guard element.tag == Tag.sequence else { throw element.failure }
      var reader = element.reader
      let type = try reader.identifier()
      let values = try reader.next(Tag.set).elements(limit: Limits.attributeCount)
      try reader.end()
      guard !values.isEmpty else { throw element.failure }
      attributes.append(Attribute(type: type, values: values, whole: element.whole))
    }
    return attributes
  }
}
