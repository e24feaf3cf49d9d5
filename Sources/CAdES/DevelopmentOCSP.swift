extension Development {
  /// A certificate for an OCSP responder to which the issuer delegates (RFC 6960, clause 4.2.2.2).
  ///
  /// It isn't looked for in revocation lists itself, so it should be short-lived.
  public static func ocspResponder(
    for key: SigningKey, name: DistinguishedName, issuer: SigningIdentity, validity: Validity
  ) throws(CAdESError) -> Certificate {
    try issue(
      key, name, issuer, validity, nil,
      [
        CertificateWriter.basicConstraints(isAuthority: false),
        CertificateWriter.keyUsage(.digitalSignature),
        CertificateWriter.extendedKeyUsage(.ocspSigning),
        CertificateWriter.item(.ocspNoCheck, DER.null),
      ])
  }

  /// What the issuer, or a responder in its place, says of these certificates at `thisUpdate`: good,
  /// but for those in `revoked`.
  public static func ocspResponse(
    about certificates: [Certificate], of issuer: Certificate, by responder: SigningIdentity,
    thisUpdate: Int64, nextUpdate: Int64, revoked: [Revocation] = []
  ) throws(CAdESError) -> OCSPResponse {
    let period = try Validity(notBefore: thisUpdate, notAfter: nextUpdate)
    let answers = certificates.map { certificate in
      let entry = revoked.first { $0.serial == certificate.serialOctets }
      return DER.sequence(
        ocspCertificateID(certificate.serialOctets, of: issuer), entry.map(status) ?? good,
        DER.generalizedTime(period.notBefore),
        DER.explicit(0, DER.generalizedTime(period.notAfter)))
    }
    let data = DER.sequence(
      DER.explicit(1, responder.certificate.subjectName),
      DER.generalizedTime(period.notBefore), DER.sequence(of: answers))
    let own =
      responder.certificate == issuer
      ? [] : DER.explicit(0, DER.sequence(responder.certificate.der))
    let basic = DER.sequence(
      data, responder.key.certificateAlgorithm, DER.bits(try responder.key.sign(data)), own)
    return try OCSPResponse(
      der: DER.sequence(
        DER.element(Tag.enumerated, [0]),
        DER.explicit(0, DER.sequence(DER.identifier(.ocspBasic), DER.octets(basic)))))
  }

  private static var good: [UInt8] { DER.implicit(0, []) }

  private static func status(_ entry: Revocation) -> [UInt8] {
    let reason = DER.explicit(0, DER.element(Tag.enumerated, [entry.reason.rawValue]))
    return DER.element(
      Tag.context(1),
      DER.generalizedTime(entry.time) + (entry.reason == .unspecified ? [] : reason))
  }
}
