/// Reads the XML that a manifest can be, event by event; everything else is an error.
///
/// XML 1.0 and Namespaces 1.0, but: UTF-8; no document type, processing instruction or CDATA section;
/// no entities but the five predefined ones and numbers; names in ASCII; attribute values without
/// line breaks. Foundation's parsers read local files through entities or drop them in silence.
struct XMLReader {
  enum Event: Equatable {
    case start(Element)
    /// Text between two tags; comments are left out, and split it.
    case text(String)
    case end
  }

  struct Element: Equatable {
    let name: Name
    /// Attributes without namespace declarations.
    let attributes: [Name: String]
  }

  struct Name: Hashable {
    let namespace: String?
    let local: String
  }

  /// Where the event that was returned last starts.
  private(set) var eventOffset = 0
  private var scanner: XMLScanner
  /// The open elements: names as written, and the bindings that each has made.
  private var open: [(name: Range<Int>, bindings: [String: String])] = []
  private var hasRoot = false
  /// An element `<a/>` ends without a further tag.
  private var endsAtOnce = false

  init(_ bytes: [UInt8]) throws(ManifestError) {
    scanner = try XMLScanner(bytes)
    try readDeclaration()
  }

  /// Whether the root element has ended; then only comments and space follow.
  var isAtEnd: Bool { hasRoot && open.isEmpty }

  /// The next event; nil at the end of the document.
  mutating func next() throws(ManifestError) -> Event? {
    if endsAtOnce {
      endsAtOnce = false
      open.removeLast()
      return .end
    }
    while true {
      eventOffset = scanner.position
      guard !scanner.isAtEnd else {
        guard hasRoot, open.isEmpty else { throw .malformed(offset: scanner.position) }
        return nil
      }
      if !scanner.starts(with: "<") {
        let text = try scanner.readText()
        if open.isEmpty {
          guard text.utf8.allSatisfy(XMLScanner.isSpace) else {
            throw .malformed(offset: eventOffset)
          }
          continue
        }
        return .text(text)
      }
      if scanner.skip("<!--") {
        try scanner.skipComment()
      } else if scanner.starts(with: "<!") || scanner.starts(with: "<?") {
        throw .forbiddenConstruct(offset: scanner.position)
      } else if scanner.skip("</") {
        return try readEndTag()
      } else {
        return try readStartTag()
      }
    }
  }

  /// `<?xml version="1.0" encoding="UTF-8" standalone="no"?>` or parts of it, or nothing.
  private mutating func readDeclaration() throws(ManifestError) {
    guard scanner.skip("<?xml") else { return }
    var allowed = ["version", "encoding", "standalone"][...]
    while true {
      let hadSpace = scanner.skipSpace()
      if scanner.skip("?>") { break }
      guard hadSpace else { throw .malformed(offset: scanner.position) }
      let start = scanner.position
      let range = try scanner.readName()
      let name = String(decoding: scanner.bytes[range], as: UTF8.self)
      guard let index = allowed.firstIndex(of: name), allowed.count < 3 || name == "version" else {
        throw .malformed(offset: start)
      }
      allowed = allowed[(index + 1)...]
      scanner.skipSpace()
      guard scanner.skip("=") else { throw .malformed(offset: scanner.position) }
      scanner.skipSpace()
      let value = try scanner.readAttributeValue()
      switch name {
      case "version": guard value == "1.0" else { throw .malformed(offset: start) }
      case "encoding": guard value.uppercased() == "UTF-8" else { throw .notUTF8 }
      default: guard value == "yes" || value == "no" else { throw .malformed(offset: start) }
      }
    }
    guard allowed.first != "version" else { throw .malformed(offset: scanner.position) }
  }

  // MARK: Tags

  private mutating func readStartTag() throws(ManifestError) -> Event {
    guard open.count < Self.maximumDepth else { throw .tooComplex(offset: scanner.position) }
    guard !open.isEmpty || !hasRoot else { throw .malformed(offset: scanner.position) }
    hasRoot = true
    scanner.skip("<")
    let name = try scanner.readName()
    var written: [(name: Range<Int>, value: String)] = []
    while true {
      let hadSpace = scanner.skipSpace()
      if scanner.skip("/>") {
        endsAtOnce = true
        break
      }
      if scanner.skip(">") { break }
      guard hadSpace else { throw .malformed(offset: scanner.position) }
      guard written.count < Self.maximumAttributes else {
        throw .tooComplex(offset: scanner.position)
      }
      let name = try scanner.readName()
      scanner.skipSpace()
      guard scanner.skip("=") else { throw .malformed(offset: scanner.position) }
      scanner.skipSpace()
      written.append((name, try scanner.readAttributeValue()))
    }
    return .start(try resolve(name, written))
  }

  private mutating func readEndTag() throws(ManifestError) -> Event {
    let name = try scanner.readName()
    scanner.skipSpace()
    guard scanner.skip(">"), let opened = open.popLast(),
      scanner.bytes[opened.name] == scanner.bytes[name]
    else {
      throw .malformed(offset: eventOffset)
    }
    return .end
  }

  private mutating func resolve(
    _ name: Range<Int>, _ written: [(name: Range<Int>, value: String)]
  ) throws(ManifestError) -> Element {
    var bindings: [String: String] = [:]
    var others: [(name: Range<Int>, value: String)] = []
    for attribute in written {
      let (prefix, local) = try split(attribute.name)
      guard prefix == "xmlns" || (prefix == nil && local == "xmlns") else {
        others.append(attribute)
        continue
      }
      let bound = prefix == nil ? "" : local
      // Namespaces 1.0, section 3: reserved names, and no prefix can be made unknown again.
      guard
        !["xml", "xmlns"].contains(bound), !Self.reserved.contains(attribute.value),
        bound.isEmpty || !attribute.value.isEmpty,
        bindings.updateValue(attribute.value, forKey: bound) == nil
      else { throw .malformed(offset: attribute.name.lowerBound) }
    }
    open.append((name, bindings))

    var attributes: [Name: String] = [:]
    for attribute in others {
      let (prefix, local) = try split(attribute.name)
      // An attribute without prefix has no namespace (section 6.2).
      let namespace = try prefix.map { prefix throws(ManifestError) in
        try self.namespace(of: prefix, at: attribute.name.lowerBound)
      }
      let key = Name(namespace: namespace, local: local)
      guard attributes.updateValue(attribute.value, forKey: key) == nil else {
        throw .malformed(offset: attribute.name.lowerBound)
      }
    }
    let (prefix, local) = try split(name)
    let namespace = try namespace(of: prefix ?? "", at: name.lowerBound)
    return Element(
      name: Name(namespace: namespace.isEmpty ? nil : namespace, local: local),
      attributes: attributes)
  }

  private func namespace(of prefix: String, at offset: Int) throws(ManifestError) -> String {
    if prefix == "xml" { return Self.xmlNamespace }
    for element in open.reversed() {
      if let namespace = element.bindings[prefix] { return namespace }
    }
    guard prefix.isEmpty else { throw .unboundPrefix(offset: offset) }
    return ""
  }

  private func split(_ name: Range<Int>) throws(ManifestError) -> (String?, String) {
    let parts = scanner.bytes[name].split(
      separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    // Both parts are names: neither starts with a digit, a hyphen or a point.
    guard parts.count <= 2, parts.allSatisfy({ $0.first.map(XMLScanner.isNameStart) ?? false })
    else {
      throw .malformed(offset: name.lowerBound)
    }
    let texts = parts.map { String(decoding: $0, as: UTF8.self) }
    return texts.count == 2 ? (texts[0], texts[1]) : (nil, texts[0])
  }

  private static let xmlNamespace = "http://www.w3.org/XML/1998/namespace"
  private static let reserved = [xmlNamespace, "http://www.w3.org/2000/xmlns/"]
  /// A manifest needs four; an extension may bring its own.
  private static let maximumDepth = 16
  /// A manifest needs five.
  private static let maximumAttributes = 32
}
