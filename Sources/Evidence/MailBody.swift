/// What a header says of the body below it.
struct MailDescription {
  enum Kind {
    case leaf
    case multipart(boundary: [UInt8])
    case message
  }

  let kind: Kind
  let mediaType: String
  let fileName: String?
  let encoding: MailPart.Encoding
  /// Nil where the header doesn't say.
  let charset: Charset?
  let isDigest: Bool

  var isMarkup: Bool { mediaType == "text/html" || mediaType.hasSuffix("xml") }

  init(_ header: [MailField], isInDigest: Bool) {
    func parameters(_ name: String) -> MailParameters? {
      header.first { $0.isNamed(name) }.map { MailParameters($0.unfolded) }
    }
    let type = parameters("Content-Type")
    let assumed = isInDigest ? "message/rfc822" : "text/plain"
    // A type without subtype says nothing, RFC 2045 section 5.2.
    let mediaType = type.map { $0.value.contains("/") ? $0.value : assumed } ?? assumed
    switch parameters("Content-Transfer-Encoding")?.value {
    case "quoted-printable": encoding = .quotedPrintable
    case "base64": encoding = .base64
    default: encoding = .identity
    }
    var kind = Kind.leaf
    if mediaType.hasPrefix("multipart/"), let boundary = type?.bytes("boundary"), !boundary.isEmpty
    {
      kind = .multipart(boundary: boundary)
    } else if encoding == .identity,
      ["message/rfc822", "message/global", "message/news"].contains(mediaType)
    {
      kind = .message
    }
    self.kind = kind
    self.mediaType = mediaType
    fileName = parameters("Content-Disposition")?.name("filename") ?? type?.name("name")
    charset = type?.bytes("charset").map { Charset(name: String(decoding: $0, as: UTF8.self)) }
    isDigest = mediaType == "multipart/digest"
  }
}

extension MailPart {
  /// A part that holds others; what it holds isn't read yet.
  init(container: MailDescription, _ headers: [MailField], path: String, start: Int) {
    self.init(
      path: path.hasSuffix(".") ? String(path.dropLast()) : path, mediaType: container.mediaType,
      fileName: container.fileName, headers: headers, messageHeaders: [], rawBody: start..<start,
      encoding: .identity, text: nil, source: nil, encodedRows: [])
  }

  /// The same, when its end is known.
  func ended(at end: Int, messageHeaders: [MailField]) -> MailPart {
    MailPart(
      path: path, mediaType: mediaType, fileName: fileName, headers: headers,
      messageHeaders: messageHeaders, rawBody: rawBody.lowerBound..<end, encoding: encoding,
      text: nil, source: nil, encodedRows: [])
  }

  /// A part that is a text or a file, or a multipart whose boundary never came.
  init(
    _ raw: [UInt8], _ description: MailDescription, _ headers: [MailField], path: String,
    body: Range<Int>
  ) {
    let decoded = decodedBody(raw, description, body)
    let isMarkup = decoded != nil && description.isMarkup
    let rows = decoded != nil && description.encoding == .base64 ? base64Rows(raw, body) : []
    self.init(
      path: path, mediaType: description.mediaType, fileName: description.fileName,
      headers: headers, messageHeaders: [], rawBody: body, encoding: description.encoding,
      text: isMarkup ? decoded.map { markupText(utf8: $0.bytes).composed(over: $0) } : decoded,
      source: isMarkup ? decoded : nil, encodedRows: rows)
  }
}

/// A body's text; nil for a file that is none.
private func decodedBody(
  _ raw: [UInt8], _ description: MailDescription, _ body: Range<Int>
) -> DecodedText? {
  let type = description.mediaType
  // A multipart here is one without parts.
  var isText =
    ["text/", "message/", "multipart/"].contains { type.hasPrefix($0) } || type.hasSuffix("xml")
  if !isText {
    let never = ["image/", "audio/", "video/", "font/", "application/pdf"]
    if never.contains(where: { type.hasPrefix($0) }) { return nil }
    // Senders call many a text an octet-stream, so its beginning is looked at.
    let start = body.prefix(sampleByteCount)
    let sample = transferDecoded(raw, description.encoding, start.startIndex..<start.endIndex)
    isText = looksLikeText(sample.bytes)
  }
  guard isText else { return nil }
  let bytes = transferDecoded(raw, description.encoding, body)
  // Pages say themselves what they are in.
  let assumed = description.isMarkup ? declaredCharset(bytes.bytes) : .utf8
  return (description.charset ?? assumed).decode(bytes.bytes).composed(over: bytes)
}

/// Whether bytes hold no control characters but those of texts.
private func looksLikeText(_ bytes: [UInt8]) -> Bool {
  let allowed: Set<UInt8> = [0x09, 0x0A, 0x0C, 0x0D, 0x1B]
  return bytes.allSatisfy { $0 >= 0x20 || allowed.contains($0) }
    && !bytes.starts(with: Array("%PDF".utf8))
}

private func transferDecoded(
  _ raw: [UInt8], _ encoding: MailPart.Encoding, _ range: Range<Int>
) -> DecodedText {
  switch encoding {
  case .quotedPrintable: return decodingQuotedPrintable(raw, range)
  case .base64: return decodingBase64(raw, range)
  case .identity:
    var text = DecodedText()
    text.append(contentsOf: raw[range], from: range.lowerBound)
    return text
  }
}

/// Enough to see a control character in any picture, archive or office file, and a multiple of four
/// for base64.
private let sampleByteCount = 4 << 10
