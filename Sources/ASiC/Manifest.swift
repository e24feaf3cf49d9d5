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
    var bytes: [UInt8] = []
    write { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// Whether `bytes` are exactly ``xml``, without making it.
  public func serializes(to bytes: [UInt8]) -> Bool {
    var position = 0
    var isEqual = true
    write { part in
      let end = position + part.count
      isEqual = isEqual && end <= bytes.count && bytes[position..<end].elementsEqual(part)
      position = end
    }
    return isEqual && position == bytes.count
  }

  /// Whether `bytes` are a manifest as we would write it: no other bytes have the same meaning.
  public static func isCanonical(_ bytes: [UInt8]) -> Bool {
    guard let manifest = try? Manifest(parsing: bytes) else { return false }
    return manifest.serializes(to: bytes)
  }

  private func write(_ sink: (UnsafeRawBufferPointer) -> Void) {
    ManifestText.write(ManifestText.start(signature, signatureMediaType), sink)
    for object in objects { ManifestText.write(ManifestText.reference(object), sink) }
    ManifestText.write(ManifestText.end, sink)
  }

  /// A CAdES signature.
  public static let pkcs7MediaType = "application/pkcs7-signature"
  /// An RFC 3161 timestamp.
  public static let timestampMediaType = "application/vnd.etsi.timestamp-token"
  /// Bytes of a manifest that are read: those of 100,000 references take 30 MB.
  public static let maximumSize = 1 << 26
}

/// Writes a manifest reference by reference, with the bytes of ``Manifest/xml``.
public struct ManifestWriter {
  private let write: (UnsafeRawBufferPointer) throws -> Void
  private var start: String?

  /// Starts a manifest; `write` takes its bytes.
  public init(
    signature: EntryName, signatureMediaType: String? = Manifest.pkcs7MediaType,
    write: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) {
    self.write = write
    start = ManifestText.start(signature, signatureMediaType)
  }

  /// Adds a file. The caller adds at least one, and none twice.
  public mutating func add(_ object: DataObjectReference) throws {
    try writeStart()
    try ManifestText.write(ManifestText.reference(object), write)
  }

  /// Writes the end.
  public mutating func finish() throws {
    try writeStart()
    try ManifestText.write(ManifestText.end, write)
  }

  private mutating func writeStart() throws {
    if let text = start { try ManifestText.write(text, write) }
    start = nil
  }
}

/// The pieces of a manifest's text.
private enum ManifestText {
  static func write<Failure>(
    _ text: String, _ sink: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let bytes = Array(text.utf8)
    try bytes.withUnsafeBufferPointer { bytes throws(Failure) in
      try sink(UnsafeRawBufferPointer(bytes))
    }
  }

  static func start(_ signature: EntryName, _ mediaType: String?) -> String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <asic:ASiCManifest xmlns:asic="\(XMLNames.asic)" xmlns:ds="\(XMLNames.ds)">
      <asic:SigReference URI="\(signature.uri)"\(attribute("MimeType", mediaType))/>\n
    """
  }

  static func reference(_ object: DataObjectReference) -> String {
    let attributes =
      attribute("MimeType", object.mediaType)
      + attribute("Rootfile", object.isRootfile ? "true" : nil)
    return """
        <asic:DataObjectReference URI="\(object.name.uri)"\(attributes)>
          <ds:DigestMethod Algorithm="\(object.algorithm.uri)"/>
          <ds:DigestValue>\(base64(object.digest))</ds:DigestValue>
        </asic:DataObjectReference>\n
      """
  }

  static let end = "</asic:ASiCManifest>\n"

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
