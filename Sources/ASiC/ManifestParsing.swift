extension Manifest {
  /// Reads a manifest of ours or from elsewhere.
  ///
  /// Accepts what the schema of EN 319 162-1, Annex A.4 has, with any prefixes, spacing and comments.
  public init(parsing bytes: [UInt8]) throws(ManifestError) {
    var parsing = try ManifestParsing(bytes)
    self = try parsing.manifest()
  }
}

/// Goes through the elements in the schema's order.
private struct ManifestParsing {
  private typealias Element = XMLReader.Element
  private typealias Name = XMLReader.Name

  private var reader: XMLReader
  /// The start tag that comes next; nil before an end tag.
  private var upcoming: Element?

  init(_ bytes: [UInt8]) throws(ManifestError) {
    reader = try XMLReader(bytes)
  }

  mutating func manifest() throws(ManifestError) -> Manifest {
    try advance()
    _ = try open(asic: "ASiCManifest", attributes: [])
    let signature = try open(asic: "SigReference", attributes: ["URI", "MimeType"])
    let uri = try uri(of: signature)
    try close()
    var objects: [DataObjectReference] = []
    var names: Set<EntryName> = []
    while isUpcoming(XMLNames.asic, "DataObjectReference") {
      let limit = ContainerLimits.standard.maximumEntries
      guard objects.count < limit else { throw .tooManyReferences(limit: limit) }
      let object = try reference()
      guard names.insert(object.name).inserted else { throw .duplicateReference(object.name) }
      objects.append(object)
    }
    guard !objects.isEmpty else { throw .noReferences }
    try skipExtensions("ASiCManifestExtensions")
    try close()
    guard try reader.next() == nil else { throw .unexpectedContent(offset: reader.eventOffset) }
    return Manifest(
      signature: uri, signatureMediaType: signature.attributes[Self.plain("MimeType")],
      objects: objects)
  }

  private mutating func reference() throws(ManifestError) -> DataObjectReference {
    let offset = reader.eventOffset
    let element = try open(
      asic: "DataObjectReference", attributes: ["URI", "MimeType", "Rootfile"])
    let rootfile = try boolean("Rootfile", of: element, at: offset)
    let name = try uri(of: element)
    let algorithm = try digestMethod()
    let digest = try digestValue(of: algorithm)
    try skipExtensions("DataObjectReferenceExtensions")
    try close()
    return DataObjectReference(
      name: name, mediaType: element.attributes[Self.plain("MimeType")],
      isRootfile: rootfile ?? false, algorithm: algorithm, digest: digest)
  }

  private mutating func digestMethod() throws(ManifestError) -> DigestAlgorithm {
    let offset = reader.eventOffset
    let element = try open(XMLNames.ds, "DigestMethod", attributes: ["Algorithm"])
    guard let uri = element.attributes[Self.plain("Algorithm")] else {
      throw .badAttribute("Algorithm", offset: offset)
    }
    if DigestAlgorithm.weak.contains(uri) { throw .weakDigest(uri) }
    guard let algorithm = DigestAlgorithm.allCases.first(where: { $0.uri == uri }) else {
      throw .unknownDigest(uri)
    }
    try close()
    return algorithm
  }

  private mutating func digestValue(
    of algorithm: DigestAlgorithm
  ) throws(ManifestError) -> [UInt8] {
    guard isUpcoming(XMLNames.ds, "DigestValue"), upcoming?.attributes.isEmpty == true else {
      throw .unexpectedContent(offset: reader.eventOffset)
    }
    let offset = reader.eventOffset
    // Exactly one text: what a comment splits, programs have read as its first part alone.
    guard case .text(let text) = try reader.next() else { throw .malformedDigest(offset: offset) }
    // xsd:base64Binary may have spaces and line breaks.
    let digits = text.utf8.filter { !" \t\r\n".utf8.contains($0) }
    guard let digest = bytes(base64: digits), digest.count == algorithm.byteCount else {
      throw .malformedDigest(offset: offset)
    }
    guard try reader.next() == .end else { throw .malformedDigest(offset: offset) }
    try advance()
    return digest
  }

  /// Extensions, if there are any; one that is critical isn't ours to skip.
  private mutating func skipExtensions(_ name: String) throws(ManifestError) {
    guard isUpcoming(XMLNames.asic, name) else { return }
    _ = try open(asic: name, attributes: [])
    while isUpcoming(XMLNames.asic, "Extension"), let element = upcoming {
      let offset = reader.eventOffset
      guard let isCritical = try boolean("Critical", of: element, at: offset) else {
        throw .badAttribute("Critical", offset: offset)
      }
      if isCritical { throw .criticalExtension(offset: offset) }
      try skipElement()
    }
    try close()
  }

  private mutating func skipElement() throws(ManifestError) {
    var depth = 1
    while depth > 0 {
      switch try reader.next() {
      case .start: depth += 1
      case .end: depth -= 1
      case .text: break
      case nil: throw .unexpectedContent(offset: reader.eventOffset)
      }
    }
    try advance()
  }
}

// MARK: Elements and attributes

extension ManifestParsing {
  /// Moves to the next tag; between elements there is only space.
  private mutating func advance() throws(ManifestError) {
    while true {
      switch try reader.next() {
      case .start(let element):
        upcoming = element
        return
      case .end:
        upcoming = nil
        return
      case .text(let text):
        guard text.utf8.allSatisfy({ " \t\r\n".utf8.contains($0) }) else {
          throw .unexpectedContent(offset: reader.eventOffset)
        }
      case nil: throw .unexpectedContent(offset: reader.eventOffset)
      }
    }
  }

  private func isUpcoming(_ namespace: String, _ local: String) -> Bool {
    upcoming?.name == Name(namespace: namespace, local: local)
  }

  private mutating func open(
    asic local: String, attributes: Set<String>
  ) throws(ManifestError) -> Element {
    try open(XMLNames.asic, local, attributes: attributes)
  }

  private mutating func open(
    _ namespace: String, _ local: String, attributes: Set<String>
  ) throws(ManifestError) -> Element {
    guard let element = upcoming, isUpcoming(namespace, local) else {
      throw .unexpectedContent(offset: reader.eventOffset)
    }
    for name in element.attributes.keys
    where !(name.namespace == nil && attributes.contains(name.local)) {
      throw .badAttribute(name.local, offset: reader.eventOffset)
    }
    try advance()
    return element
  }

  /// Expects the end of the open element and moves on; after the root there is nothing to move to.
  private mutating func close() throws(ManifestError) {
    guard upcoming == nil else { throw .unexpectedContent(offset: reader.eventOffset) }
    if !reader.isAtEnd { try advance() }
  }

  private func uri(of element: Element) throws(ManifestError) -> EntryName {
    guard let uri = element.attributes[Self.plain("URI")] else {
      throw .badAttribute("URI", offset: reader.eventOffset)
    }
    return try EntryName(uri: uri)
  }

  /// An xsd:boolean.
  private func boolean(
    _ name: String, of element: Element, at offset: Int
  ) throws(ManifestError) -> Bool? {
    switch element.attributes[Self.plain(name)] {
    case nil: return nil
    case "true", "1": return true
    case "false", "0": return false
    default: throw .badAttribute(name, offset: offset)
    }
  }

  private static func plain(_ local: String) -> Name {
    Name(namespace: nil, local: local)
  }
}
