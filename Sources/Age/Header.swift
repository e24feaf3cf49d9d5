/// The textual header of an age file: version, stanzas, HMAC.
struct Header {
  var stanzas: [Stanza]
  var mac: [UInt8]

  /// What the HMAC covers: the header's bytes as they were, up to and with `---`.
  var authenticated: [UInt8]

  /// Parses the header at the start of `source`, and leaves the source at the payload.
  init(parsing source: ByteSource) throws {
    var reader = HeaderReader(source)
    do {
      self = try reader.header()
    } catch let fault as HeaderFault {
      throw AgeError.headerFailure(offset: reader.lineOffset, fault)
    }
  }

  fileprivate init(stanzas: [Stanza], mac: [UInt8], authenticated: [UInt8]) {
    self.stanzas = stanzas
    self.mac = mac
    self.authenticated = authenticated
  }

  /// Returns the bytes of a header with these stanzas and the HMAC of `fileKey`.
  static func serialize(_ stanzas: [Stanza], fileKey: FileKey) -> [UInt8] {
    var text = version + [newline]
    for stanza in stanzas { text += stanza.serialized }
    text += macStart.dropLast()
    let mac = fileKey.mac(of: text)
    return text + [UInt8(ascii: " ")] + Base64.encodeUnpadded(mac) + [newline]
  }

  fileprivate static let version = Array("age-encryption.org/v1".utf8)
  fileprivate static let stanzaStart = Array("-> ".utf8)
  fileprivate static let macStart = Array("--- ".utf8)
  fileprivate static let newline = UInt8(ascii: "\n")

  /// Columns of a body line; a shorter one ends the body.
  fileprivate static let bodyColumns = 64
}

/// Takes a header's lines from a source, and keeps their bytes for the HMAC.
private struct HeaderReader {
  /// Where the line in question starts: the one read last, or the first of its stanza.
  private(set) var lineOffset = 0

  private let source: ByteSource
  private var text: [UInt8] = []

  init(_ source: ByteSource) { self.source = source }

  mutating func header() throws -> Header {
    guard try line(limit: Header.version.count) == Header.version else { throw HeaderFault.version }
    var stanzas: [Stanza] = []
    while true {
      let line = try line(limit: AgeLimits.maximumArgumentLine)
      if line.starts(with: Header.macStart) {
        guard !stanzas.isEmpty else { throw HeaderFault.stanzaStart }
        let start = lineOffset + Header.macStart.count - 1
        return Header(
          stanzas: stanzas, mac: try mac(of: line), authenticated: Array(text[..<start]))
      }
      guard stanzas.count < AgeLimits.maximumStanzas else {
        throw HeaderFault.tooManyStanzas(limit: AgeLimits.maximumStanzas)
      }
      stanzas.append(try stanza(startingWith: line))
      guard stanzas.count == 1 || !stanzas.contains(where: \.isScrypt) else {
        throw HeaderFault.scryptNotAlone
      }
    }
  }

  private mutating func stanza(startingWith line: [UInt8]) throws -> Stanza {
    guard line.starts(with: Header.stanzaStart) else { throw HeaderFault.stanzaStart }
    let arguments = line.dropFirst(Header.stanzaStart.count)
      .split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      .map { Array($0) }
    let visible = UInt8(0x21)...0x7e
    guard arguments.allSatisfy({ !$0.isEmpty && $0.allSatisfy(visible.contains) }) else {
      throw HeaderFault.argument
    }
    let start = lineOffset
    let body = try body()
    lineOffset = start
    return try Stanza(arguments: arguments, body: body)
  }

  private mutating func body() throws -> [UInt8] {
    var body: [UInt8] = []
    while true {
      let line = try line(limit: AgeLimits.maximumArgumentLine)
      guard line.count <= Header.bodyColumns,
        let bytes = line.withUnsafeBytes({ Base64.decodeUnpadded($0) })
      else { throw HeaderFault.body }
      body += bytes
      if line.count < Header.bodyColumns { return body }
    }
  }

  private func mac(of line: [UInt8]) throws(HeaderFault) -> [UInt8] {
    let text = Array(line.dropFirst(Header.macStart.count))
    guard let mac = text.withUnsafeBytes({ Base64.decodeUnpadded($0) }), mac.count == 32 else {
      throw .mac
    }
    return mac
  }

  private mutating func line(limit: Int) throws -> [UInt8] {
    lineOffset = source.offset
    guard let line = try source.line(limit: limit) else {
      throw text.isEmpty ? HeaderFault.version : HeaderFault.tooLong(limit: limit)
    }
    guard line.isTerminated else {
      throw text.isEmpty ? HeaderFault.version : HeaderFault.truncated
    }
    guard source.offset <= AgeLimits.maximumHeaderBytes else {
      throw HeaderFault.tooLong(limit: AgeLimits.maximumHeaderBytes)
    }
    text += line.bytes
    text.append(Header.newline)
    return Array(line.bytes)
  }
}
