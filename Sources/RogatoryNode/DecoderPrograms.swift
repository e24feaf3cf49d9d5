import Glibc
import Redaction

/// The programs of Debian's netpbm and poppler-utils that decode.
enum DecoderPrograms {
  /// Sets limits and becomes the decoder: util-linux, which every Debian has.
  static let launcher = "/usr/bin/prlimit"

  /// The whole path of a program; nil where it isn't installed.
  ///
  /// `PATH` isn't asked: what decodes evidence is the system's, whoever calls.
  static func path(of name: String) -> String? {
    ["/usr/bin/", "/bin/", "/usr/local/bin/"].map { $0 + name }.first { access($0, X_OK) == 0 }
  }
}

/// A kind of file that has companions, told by its first bytes: what a name says doesn't matter.
enum DecoderInput: Hashable, Sendable {
  case png, jpeg, tiff, pdf
  case office(OfficeFormat)

  /// The kind of a file that begins so; nil for any other.
  ///
  /// What a ZIP or OLE container holds only its media type says: whoever opens it sees.
  init?(head: [UInt8], mediaType: String) {
    if let format = OfficeFormat(mediaType: mediaType, head: head) {
      self = .office(format)
      return
    }
    let signatures: [(DecoderInput, [UInt8])] = [
      (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]), (.jpeg, [0xFF, 0xD8, 0xFF]),
      (.tiff, [0x49, 0x49, 42, 0]), (.tiff, [0x4D, 0x4D, 0, 42]), (.pdf, Array("%PDF-".utf8)),
    ]
    guard let found = signatures.first(where: { head.starts(with: $0.1) }) else { return nil }
    self = found.0
  }

  /// The programs that are needed for it.
  var programs: [String] {
    switch self {
    case .png: ["pngtopam"]
    case .jpeg: ["jpegtopnm"]
    case .tiff: ["tifftopnm"]
    // An office file becomes a PDF first.
    case .pdf, .office: ["pdfinfo", "pdftoppm", "pdftotext"]
    }
  }

  /// The Debian package that they are in.
  var package: String {
    switch self {
    case .png, .jpeg, .tiff: "netpbm"
    case .pdf, .office: "poppler-utils"
    }
  }

  /// What makes pixmaps of a picture: transparent parts become white paper.
  var pictureArguments: [String] {
    switch self {
    case .png: ["-quiet", "-mix", "-background=rgb:ff/ff/ff"]
    case .jpeg, .tiff: ["-quiet"]
    case .pdf, .office: []
    }
  }
}
