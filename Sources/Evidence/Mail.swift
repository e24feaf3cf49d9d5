/// Why a mail can't be taken apart. It is then searched as the text that it is, with a warning.
package enum MailError: Error, Hashable, Sendable {
  /// No header field: it isn't a mail.
  case noHeader
  /// The mail is longer than we hold in memory at once.
  case tooLong(limit: Int)
  /// A header, with all its fields, is longer than this.
  case headerTooLong(limit: Int)
  /// A header has more fields than this.
  case tooManyFields(limit: Int)
  /// More parts than this.
  case tooManyParts(limit: Int)
  /// Parts inside parts inside parts.
  case tooDeep(limit: Int)
}

/// A mail taken apart: RFC 5322 with MIME (RFC 2045 to 2047, 2231).
///
/// What is broken is read as its writer may have meant it, and never dropped: a multipart without
/// boundary is one text, one that doesn't end ends with its mail, and letters that aren't in the
/// charset are windows-1252. Lines end with LF or CRLF, in any mixture; CR alone ends none.
package struct Mail: Sendable, Hashable {
  /// The fields of the mail's own header.
  package let headers: [MailField]
  /// Its parts in the order of their bytes, each before those inside it. A mail that isn't a
  /// multipart has one. Where the mail itself is a multipart, that has no entry.
  package let parts: [MailPart]

  /// Every header field there is, also those of parts and of mails inside this one, as they come.
  package var allFields: [MailField] {
    headers + parts.flatMap { $0.headers + $0.messageHeaders }
  }

  /// The longest mail. Mail systems refuse half of that, and it is held three times: raw, and twice
  /// decoded.
  package static let maximumByteCount = 32 << 20
  /// The longest header. Servers refuse headers over 256 KiB; evidence may be odder.
  package static let maximumHeaderByteCount = 1 << 20
  /// The most fields in one header; Exchange stops at 1,000 recipients' worth of them.
  package static let maximumFieldCount = 5_000
  /// The most parts, containers among them: digests of mailing lists have some hundreds.
  package static let maximumPartCount = 5_000
  /// The deepest nesting of multiparts and mails; a long chain of forwards has ten.
  package static let maximumDepth = 32
}

/// One field of a header.
package struct MailField: Sendable, Hashable {
  /// The name as it is written.
  package let name: String
  /// The raw value: without blanks before it and the line end behind it, with its folds.
  package let range: Range<Int>
  /// The value on one line, encoded words decoded (RFC 2047). Parameters in the encoding of
  /// RFC 2231 follow, decoded, each on a line of its own.
  package let text: DecodedText
  /// The value on one line as it is written.
  let unfolded: DecodedText

  /// Whether the field has this name, whatever the case.
  package func isNamed(_ other: String) -> Bool { name.lowercased() == other.lowercased() }
}

/// One part of a mail.
package struct MailPart: Sendable, Hashable {
  /// How a body is written in 7 bits, RFC 2045 section 6.
  package enum Encoding: Sendable, Hashable {
    /// 7bit, 8bit, binary, or one that we don't know: the bytes are the body.
    case identity
    case quotedPrintable
    case base64
  }

  /// Its place as in IMAP (RFC 3501 section 6.4.5): `1`, `1.2`. The parts of a mail inside a mail
  /// are numbered below its part.
  package let path: String
  /// Type and subtype in small letters; `text/plain` where nothing is said.
  package let mediaType: String
  /// The name that the sender gave the attached file.
  package let fileName: String?
  /// The fields of the part's header; empty for the only part of a mail that isn't a multipart.
  package let headers: [MailField]
  /// The header of the mail that this part holds; empty unless it is `message/rfc822`.
  package let messageHeaders: [MailField]
  /// The raw body, without the line end before the boundary.
  package let rawBody: Range<Int>
  /// The body's transfer encoding.
  package let encoding: Encoding
  /// What a reader sees of the body, and for HTML and XML also what stands in its attributes,
  /// comments and scripts. Nil for parts that hold parts, and for pictures, PDF and other files.
  package let text: DecodedText?
  /// The body's text before its markup was read; nil where that is the same.
  package let source: DecodedText?
  /// For base64, the raw lines of the body, without their line ends; each row begins and ends
  /// between two groups of four characters.
  let encodedRows: [Range<Int>]

  /// The encoded lines that a range of a base64 body touches, in whole groups of four characters:
  /// what must be replaced with a multiple of four, or with nothing, for the rest to stay readable.
  ///
  /// - Parameter range: of raw content, inside ``rawBody``.
  /// - Returns: without the last line's end; the range itself where the body isn't in base64.
  package func encodedLines(covering range: Range<Int>) -> Range<Int> {
    guard let first = encodedRows.firstIndex(endingAfter: range.lowerBound) else { return range }
    let last = encodedRows.firstIndex(endingAfter: range.upperBound - 1) ?? encodedRows.count - 1
    let low = min(range.lowerBound, encodedRows[first].lowerBound)
    return low..<max(range.upperBound, encodedRows[max(first, last)].upperBound)
  }
}

extension [Range<Int>] {
  /// In ascending ranges, the first that ends behind a place.
  fileprivate func firstIndex(endingAfter place: Int) -> Int? {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle].upperBound <= place { low = middle + 1 } else { high = middle }
    }
    return low < count ? low : nil
  }
}

/// Takes a mail apart.
///
/// - Parameter raw: the whole file.
/// - Returns: ranges in it are of `raw`.
/// - Throws: ``MailError``, where it isn't a mail or passes a limit.
package func mailText(_ raw: [UInt8]) throws(MailError) -> Mail {
  guard raw.count <= Mail.maximumByteCount else {
    throw .tooLong(limit: Mail.maximumByteCount)
  }
  var reader = MailReader(raw)
  return try reader.read()
}
