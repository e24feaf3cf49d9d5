public import CAdES
public import CanonicalJSON
public import Evidence
import Redaction

/// The report of a verification for a court: who checked what and when, the verdict, then nineteen
/// points (Docs/CommandLine.md, "Reports"). The same statements as HTML, text and JSON.
public struct CourtReport: Sendable {
  let verification: Verification
  let file: ExaminedFile
  let order: ReportOrder
  let say: Phrases
  /// Points 1 to 18; the last is made of their digest.
  let statements: [ReportPoint]
  /// SHA-256 of the statements (``json`` without the last point and the digest itself), in
  /// hexadecimal: the same for each form of a report.
  public let digest: String

  /// A report on a verification, whatever its verdict is.
  public init(_ verification: Verification, of file: ExaminedFile, _ order: ReportOrder) {
    self.verification = verification
    self.file = file
    self.order = order
    say = Phrases(language: order.language)
    let draft = ReportBuilder(verification, file, order, say)
    statements = draft.statements
    var hash = Digest256()
    draft.json(statements).writeCanonical { hash.update($0) }
    digest = hex(hash.finalize())
  }

  /// All nineteen points.
  var points: [ReportPoint] {
    statements + [
      ReportPoint(
        number: 19, title: say[.point19],
        blocks: [
          .facts([ReportFact(say[.reportDigest], .code(digest))]),
          .paragraph(.words(say[.reportDigestMeaning])),
          .paragraph(.words(order.signer.map { say(.reportSigned, $0) } ?? say[.reportUnsigned])),
        ])
    ]
  }

  /// The report as one object; Docs/CommandLine.md has the keys.
  public var json: JSONStream {
    var json = ReportBuilder(verification, file, order, say).json(points)
    json["digest"] = .value(.string(digest))
    return json
  }
}

/// For whom a report is made: what a court of that place asks for is drafted for it.
public enum ReportProfile: String, CaseIterable, Sendable {
  case generic
  case eu
  case us902 = "us-902"
  case uk
}

/// How a report is to be made, and what its maker knows beside the verification.
public struct ReportOrder: Sendable {
  /// The language of its sentences.
  public var language = ReportLanguage.english
  /// The place that it is made for.
  public var profile = ReportProfile.generic
  /// The person who ran the check, as they want to be named.
  public var examiner: String?
  /// When the check was run, Unix seconds.
  public var time: Int64
  /// The time of the question, where it was another than each signature's own.
  public var askedTime: Int64?
  /// The version of the program.
  public var software: String
  /// SHA-256 of the program's file in hexadecimal, where it could be read.
  public var program: String?
  /// What the computer says of its own clock.
  public var clock: ClockState?
  /// Where the trust anchors came from.
  public var anchors: [AnchorSource] = []
  /// Entries of logs that were handed in with their proofs.
  public var logAnchors: [LogAnchor] = []
  /// The node that signs the report's file, where one does.
  public var signer: String?

  /// What the kernel says of the clock that ``time`` was taken from.
  public enum ClockState: Hashable, Sendable {
    /// Kept by a time service; off by so many microseconds at the most, the kernel estimates.
    case synchronised(maximumError: Int64)
    case notSynchronised
  }

  /// An order; the rest has defaults.
  public init(time: Int64, software: String) {
    self.time = time
    self.software = software
  }
}

/// A trust anchor and where the caller got it from.
public struct AnchorSource: Sendable {
  /// The anchor.
  public let certificate: Certificate
  /// The PEM file; nil for an anchor of a node's home.
  public let path: String?
  /// Whether ``path`` holds it as its first certificate, which is the one that `openssl x509` shows.
  public let isFirst: Bool
  /// The node that it is tied to.
  public let node: String?

  /// An anchor with its origin.
  public init(_ certificate: Certificate, path: String?, isFirst: Bool, node: String?) {
    self.certificate = certificate
    self.path = path
    self.isFirst = isFirst
    self.node = node
  }
}

/// The file that was examined, as far as it is no matter of verdicts.
public struct ExaminedFile: Sendable {
  /// Its path as the caller gave it.
  public let path: String
  /// Its size in bytes.
  public let size: UInt64
  /// SHA-256 of all its bytes in hexadecimal.
  public let sha256: String
  /// SHA-256 of each manifest, by its path in the container.
  public var manifests: [(path: String, sha256: String)] = []
  /// What is in each signature's file, by its path.
  public var signatures: [String: SignatureFile] = [:]
  /// Files below `custody/`, by path.
  public var custody: [String] = []

  /// A file of which nothing else is known yet.
  public init(path: String, size: UInt64, sha256: String) {
    self.path = path
    self.size = size
    self.sha256 = sha256
  }
}

extension Verification {
  /// Whether the verdict is one to rely on.
  var isGood: Bool { verdict == .verified || verdict == .verifiedRedacted }
}
