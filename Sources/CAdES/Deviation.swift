/// A difference from the exact form that our own signatures have.
///
/// A signature of ours has one form only, so that no changed bit of a file can go unnoticed. Others
/// may differ: for them these are warnings.
public enum Deviation: String, Hashable, Sendable, CaseIterable {
  case notDER = "not-der"
  case attachedContent = "attached-content"
  case severalSigners = "several-signers"
  case wrongVersion = "wrong-version"
  case digestAlgorithms = "digest-algorithms"
  case setOrder = "set-order"
  case duplicateAttribute = "duplicate-attribute"
  case unusualSignedAttributes = "unusual-signed-attributes"
  case signaturePolicy = "signature-policy"
  case unknownUnsignedAttribute = "unknown-unsigned-attribute"
  case severalTimestamps = "several-timestamps"
  case unusableTimestamp = "unusable-timestamp"
  case rootIncluded = "root-included"
  case unusedCertificate = "unused-certificate"
  case duplicateCertificate = "duplicate-certificate"
  case unusedRevocationList = "unused-revocation-list"

  /// A sentence for people.
  public var explanation: String {
    switch self {
    case .notDER: "The encoding isn't DER to the last byte."
    case .attachedContent: "The signed file stands inside the signature as well."
    case .severalSigners: "More than one signer signed in one file."
    case .wrongVersion: "A version number isn't the one that RFC 5652 prescribes."
    case .digestAlgorithms: "The list of hash algorithms isn't exactly the signer's."
    case .setOrder: "The elements of a set don't stand in the order of DER."
    case .duplicateAttribute: "An attribute occurs more than once."
    case .unusualSignedAttributes: "The signed attributes aren't exactly the five of the profile."
    case .signaturePolicy:
      "The signer names a signature policy. It isn't available here, and the signature was judged "
        + "without it; who has to follow it must look whether it holds under that policy "
        + "(EN 319 102-1: SIGNATURE_POLICY_NOT_AVAILABLE)."
    case .unknownUnsignedAttribute: "There is an unsigned attribute other than a time-stamp."
    case .severalTimestamps: "There is more than one time-stamp over the signature."
    case .unusableTimestamp: "The time-stamp is malformed, or doesn't belong to this signature."
    case .rootIncluded: "A root certificate is included, which proves nothing about itself."
    case .unusedCertificate: "A certificate is included that no path needed, or that is damaged."
    case .duplicateCertificate: "A certificate is included twice."
    case .unusedRevocationList:
      "Revocation data is included that nothing needed, or that is damaged."
    }
  }
}

extension SignedData {
  /// Deviations in the frame around the signer, the same for signatures and time-stamp tokens.
  func frameDeviations(_ signer: SignerInfo) -> Set<Deviation> {
    var found: Set<Deviation> = []
    if signers.count != 1 { found.insert(.severalSigners) }
    if version != requiredVersion || signer.version != signer.requiredVersion {
      found.insert(.wrongVersion)
    }
    if digestAlgorithms.map(\.whole) != [signer.digestAlgorithm.whole] {
      found.insert(.digestAlgorithms)
    }
    for attributes in [signer.signedAttributes, signer.unsignedAttributes]
    where Set(attributes.map(\.type)).count != attributes.count {
      found.insert(.duplicateAttribute)
    }
    if !signer.signedAttributes.map(\.whole).isSortedForDER { found.insert(.setOrder) }
    return found
  }

  /// Deviations of a signature that concern the rules of our profile.
  func profileDeviations(_ signer: SignerInfo) -> Set<Deviation> {
    var found = frameDeviations(signer)
    if Set(signer.signedAttributes.map(\.type)) != Self.profileAttributes
      || signer.signedAttributes.contains(where: { $0.values.count != 1 })
    {
      found.insert(.unusualSignedAttributes)
    }
    if signer.signedAttributes.contains(where: { $0.type == .signaturePolicy }) {
      found.insert(.signaturePolicy)
    }
    if signer.unsignedAttributes.contains(where: { $0.type != .signatureTimestamp }) {
      found.insert(.unknownUnsignedAttribute)
    }
    if signer.unsignedAttributes.flatMap(\.values).count > 1 { found.insert(.severalTimestamps) }
    let sets = [
      certificates.map(\.whole), revocationData.map(\.whole),
      signer.unsignedAttributes.map(\.whole),
    ]
    if !sets.allSatisfy(\.isSortedForDER) { found.insert(.setOrder) }
    return found
  }

  /// Deviations among certificates and lists: what isn't needed doesn't belong there.
  func evidenceDeviations(_ needed: Trust.Evidence) -> Set<Deviation> {
    var found: Set<Deviation> = []
    let usedBytes = Set(needed.certificates.map(\.der))
    let neededData = Set(needed.lists.map(\.der) + needed.responses.map(\.otherRevocationInfo))
    for element in certificates {
      let bytes = Array(element.whole)
      if !usedBytes.contains(bytes) { found.insert(.unusedCertificate) }
      if let certificate = try? Certificate(der: bytes), certificate.isSelfSigned {
        found.insert(.rootIncluded)
      }
    }
    if Set(certificates.map(\.whole)).count != certificates.count {
      found.insert(.duplicateCertificate)
    }
    if revocationData.contains(where: { !neededData.contains(Array($0.whole)) })
      || Set(revocationData.map(\.whole)).count != revocationData.count
    {
      found.insert(.unusedRevocationList)
    }
    return found
  }

  private static let profileAttributes: Set<ObjectIdentifier> = [
    .contentType, .messageDigest, .signingTime, .signingCertificateV2, .commitmentType,
  ]
}

extension [ArraySlice<UInt8>] {
  var isSortedForDER: Bool {
    zip(self, dropFirst()).allSatisfy { !$1.lexicographicallyPrecedes($0) }
  }
}
