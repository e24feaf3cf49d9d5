/// The digest algorithms that a manifest may name; MD5 and SHA-1 are refused.
public enum DigestAlgorithm: Hashable, Sendable, CaseIterable {
  /// SHA-256.
  case sha256
  /// SHA-384.
  case sha384
  /// SHA-512.
  case sha512

  /// Bytes of a digest.
  public var byteCount: Int {
    switch self {
    case .sha256: 32
    case .sha384: 48
    case .sha512: 64
    }
  }

  /// The name in `ds:DigestMethod/@Algorithm` (RFC 9231, section 2.1).
  public var uri: String {
    switch self {
    case .sha256: "http://www.w3.org/2001/04/xmlenc#sha256"
    case .sha384: "http://www.w3.org/2001/04/xmldsig-more#sha384"
    case .sha512: "http://www.w3.org/2001/04/xmlenc#sha512"
    }
  }

  /// Names of algorithms for which somebody can make two files with one digest.
  static let weak: Set<String> = [
    "http://www.w3.org/2001/04/xmldsig-more#md5", "http://www.w3.org/2000/09/xmldsig#sha1",
  ]
}

/// A file that a manifest covers, with its digest (`DataObjectReference`).
public struct DataObjectReference: Hashable, Sendable {
  /// The file inside the container.
  public var name: EntryName
  /// Its media type.
  public var mediaType: String?
  /// Whether it is the file to open first.
  public var isRootfile: Bool
  /// The algorithm of ``digest``.
  public var algorithm: DigestAlgorithm
  /// The digest of the file's bytes; as many as the algorithm has.
  public var digest: [UInt8]

  /// Creates a reference.
  public init(
    name: EntryName, mediaType: String? = nil, isRootfile: Bool = false,
    algorithm: DigestAlgorithm = .sha256, digest: [UInt8]
  ) {
    self.name = name
    self.mediaType = mediaType
    self.isRootfile = isRootfile
    self.algorithm = algorithm
    self.digest = digest
  }
}

/// What one signature or timestamp covers: an ASiCManifest or ASiCArchiveManifest.
///
/// EN 319 162-1, Annex A.4. The signature is over the manifest's bytes as stored, so a manifest that
/// is checked is never serialised anew.
public struct Manifest: Hashable, Sendable {
  /// The file with the signature or the timestamp (`SigReference`).
  public var signature: EntryName
  /// That file's media type.
  public var signatureMediaType: String?
  /// What is covered: at least one, no name twice.
  public var objects: [DataObjectReference]

  /// Creates a manifest.
  public init(
    signature: EntryName, signatureMediaType: String? = pkcs7MediaType,
    objects: [DataObjectReference]
  ) {
    self.signature = signature
    self.signatureMediaType = signatureMediaType
    self.objects = objects
  }

  /// The manifest as we write it.
  public var xml: [UInt8] {
    var bytes = ManifestText.start(signature, signatureMediaType)
    for object in objects { ManifestText.append(object, to: &bytes) }
    bytes += ManifestText.end
    return bytes
  }

  /// Whether `bytes` are a manifest as we would write it: no other bytes have the same meaning.
  public static func isCanonical(_ bytes: [UInt8]) -> Bool {
    (try? Manifest(parsing: bytes))?.xml == bytes
  }

  /// A CAdES signature.
  public static let pkcs7MediaType = "application/pkcs7-signature"
  /// An RFC 3161 timestamp.
  public static let timestampMediaType = "application/vnd.etsi.timestamp-token"
  /// Bytes of a manifest that are read: those of 120,000 items with the longest names take 68 MB.
  public static let maximumSize = 80 << 20
}

/// Writes a manifest reference by reference, with the bytes of ``Manifest/xml``.
public struct ManifestWriter {
  private let write: (UnsafeRawBufferPointer) throws -> Void
  private var buffer: [UInt8]

  /// Starts a manifest; `write` takes its bytes, in pieces of some ten kilobytes.
  public init(
    signature: EntryName, signatureMediaType: String? = Manifest.pkcs7MediaType,
    write: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) {
    self.write = write
    buffer = ManifestText.start(signature, signatureMediaType)
  }

  /// Adds a file. The caller adds at least one, and none twice.
  public mutating func add(_ object: DataObjectReference) throws {
    ManifestText.append(object, to: &buffer)
    if buffer.count >= Self.pieceByteCount { try flush() }
  }

  /// Writes the end.
  public mutating func finish() throws {
    buffer += ManifestText.end
    try flush()
  }

  private mutating func flush() throws {
    try buffer.withUnsafeBytes(write)
    buffer.removeAll(keepingCapacity: true)
  }

  private static let pieceByteCount = 32 << 10
}

/// The pieces of a manifest's text.
enum ManifestText {
  static func start(_ signature: EntryName, _ mediaType: String?) -> [UInt8] {
    let text = """
      <?xml version="1.0" encoding="UTF-8"?>
      <asic:ASiCManifest xmlns:asic="\(XMLNames.asic)" xmlns:ds="\(XMLNames.ds)">
        <asic:SigReference URI="\(signature.uri)"\(attribute("MimeType", mediaType))/>\n
      """
    return Array(text.utf8)
  }

  static func append(_ object: DataObjectReference, to bytes: inout [UInt8]) {
    bytes += referenceStart
    bytes += object.name.uri.utf8
    bytes.append(UInt8(ascii: "\""))
    bytes += attribute("MimeType", object.mediaType).utf8
    bytes += attribute("Rootfile", object.isRootfile ? "true" : nil).utf8
    bytes += methodStart
    bytes += object.algorithm.uri.utf8
    bytes += valueStart
    appendBase64(object.digest, to: &bytes)
    bytes += referenceEnd
  }

  static let referenceStart = Array("  <asic:DataObjectReference URI=\"".utf8)
  static let methodStart = Array(">\n    <ds:DigestMethod Algorithm=\"".utf8)
  static let valueStart = Array("\"/>\n    <ds:DigestValue>".utf8)
  static let referenceEnd = Array("</ds:DigestValue>\n  </asic:DataObjectReference>\n".utf8)
  static let end = Array("</asic:ASiCManifest>\n".utf8)

  private static func attribute(_ name: String, _ value: String?) -> String {
    guard let value else { return "" }
    return " \(name)=\"\(escaped(value))\""
  }

  private static func escaped(_ value: String) -> String {
    var text = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "\t", "\n", "\r": text += "&#\(scalar.value);"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

/// The namespaces of a manifest.
enum XMLNames {
  /// EN 319 162-1, Annex A.4.
  static let asic = "http://uri.etsi.org/02918/v1.2.1#"
  /// XML Signature.
  static let ds = "http://www.w3.org/2000/09/xmldsig#"
}
