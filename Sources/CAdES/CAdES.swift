// CAdES signatures: ETSI EN 319 122-1 (levels B-B, B-T and B-LT, detached), judged in the terms of
// ETSI EN 319 102-1; with the formats underneath: CMS (RFC 5652), the ESS signing certificate
// (RFC 5035), time-stamps (RFC 3161, RFC 5816), certificates and CRLs (RFC 5280), OCSP (RFC 6960, RFC 5940), DER (X.690).
//
// Hashes, signatures and certification paths come from libcrypto. The ASN.1 is our own, on both
// sides: a writer that can only write DER, and a reader that knows every byte of what we write.
// (OpenSSL's CMS parser was the alternative. It accepts BER, ignores unused fields and re-encodes,
// so that a flipped bit in 328 of 1150 bytes of a signature went unnoticed.)
//
// Not here: attribute certificates, attached content, ATSv3 archive time-stamps (a container
// has its archive manifest instead).
//
// Proof: `EveryBitTests` flips every bit of a B-LT signature; `OpenSSLTests` has the `openssl`
// program verify what we write, and us what it writes; `ForeignTests` judges others' containers.

/// What the bytes were meant to be.
public enum Structure: String, Hashable, Sendable {
  case certificate, certificateRequest, revocationList, privateKey, signedData, content
  case timestampRequest, timestampResponse, timestampToken, ocspResponse, pem
}

/// Why something can't be parsed, made or signed.
///
/// A bad signature is no error but an answer: see ``SignatureValidation``.
public enum CAdESError: Error, Hashable, Sendable {
  /// The bytes aren't the structure, as seen at `offset`.
  case malformed(Structure, offset: Int)
  /// The structure is longer than `limit` bytes.
  case tooLarge(Structure, limit: Int)
  /// The key is none of P-256, P-384 and RSA with 3072 to 16384 bits.
  case unsupportedKey
  /// The identity's key and certificate don't belong together.
  case keyMismatch
  /// A name part is empty, too long or holds characters that its type can't.
  case invalidName(String)
  /// The end lies before the beginning, or a time outside the years 1950 to 9999.
  case invalidValidity
  /// The time-stamp authority declined; `status` is RFC 3161's PKIStatus.
  case timestampRefused(status: Int)
  /// The time-stamp authority answered something other than what was asked.
  case timestampMismatch(TimestampMismatch)
  /// The time-stamp authority wasn't reached, or gave no answer that could be one.
  case timestampUnavailable(TimestampOutage)
  /// libcrypto failed, with its own error code.
  case cryptographicFailure(code: UInt)
  /// The bytes that are to be signed can't be read.
  case unreadableContent
}

/// Why there is no time-stamp; what brings time-stamps throws it.
public enum TimestampOutage: Error, Hashable, Sendable {
  /// No connection, or none that lasted until the answer was here.
  case unreachable
  /// The HTTP status of an answer that isn't a success.
  case status(Int)
  /// The answer isn't of the media type of RFC 3161, clause 3.4.
  case mediaType
  /// The answer is longer than one may be.
  case tooLarge
  /// What brings time-stamps failed in a way of its own.
  case other
}

/// In what a time-stamp response doesn't answer its request.
public enum TimestampMismatch: String, Hashable, Sendable {
  case imprint, nonce, signature, signingCertificate, extendedKeyUsage, policy
  /// Its form isn't exact, so that no signature of ours may hold it.
  case form
}

/// What the signer says that the signature means (EN 319 122-1, clause 5.2.3).
public enum Commitment: String, CaseIterable, Hashable, Sendable {
  case proofOfOrigin, proofOfReceipt, proofOfSender, proofOfApproval

  var identifier: ObjectIdentifier {
    switch self {
    case .proofOfOrigin: .proofOfOrigin
    case .proofOfReceipt: .proofOfReceipt
    case .proofOfSender: .proofOfSender
    case .proofOfApproval: .proofOfApproval
    }
  }
}

/// Sizes beyond which we don't look: none of them is reached by honest input.
enum Limits {
  /// A statement or a receipt is signed in memory; a manifest, which may be longer, as a stream.
  static let contentByteCount = 16 << 20
  /// CRLs of big authorities have some megabytes, and there are two or three of them.
  static let signedDataByteCount = 32 << 20
  /// The biggest certificates, with logos and qualified statements, have about 20 kB.
  static let certificateByteCount = 64 << 10
  static let revocationListByteCount = 16 << 20
  static let timestampRequestByteCount = 16 << 10
  static let timestampResponseByteCount = 1 << 20
  static let privateKeyByteCount = 64 << 10
  static let pemByteCount = 24 << 20
  /// Certificates in one SignedData: two chains, and room for senders that put more there.
  static let certificateCount = 64
  /// Responses have one certificate's answer each, and chains of certificates below a kilobyte.
  static let ocspResponseByteCount = 1 << 20
  static let ocspAnswerCount = 256
  static let ocspCertificateCount = 8
  /// The biggest lists that authorities publish have some hundred thousand entries.
  static let revocationEntryCount = 1 << 20
  static let revocationListCount = 32
  static let signerCount = 16
  /// Signatures of one container whose certificates are collected for its archive time-stamps.
  static let enclosingSignatureCount = 1024
  /// Lists and responses among them; each costs checking a signature.
  static let enclosedDataCount = 2048
  static let attributeCount = 64
  static let timestampCount = 8
  /// Nesting of ASN.1; a certificate inside a time-stamp inside a signature reaches about 20.
  static let depth = 40
  /// Certificates between a signer and its anchor, both included.
  static let pathLength = 10
}

/// How far clocks of signer, time-stamp authority and verifier may differ, in seconds.
///
/// Nodes are kept within a second by NTP; ten minutes forgive a virtual machine that just woke up.
let clockTolerance: Int64 = 600
