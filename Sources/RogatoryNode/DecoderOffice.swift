import Glibc
import Redaction

/// A format of office files, by its usual extension.
enum OfficeFormat: String, Hashable, Sendable {
  case docx, odt, rtf, doc
  case xlsx, ods, xls
  case pptx, odp, ppt

  /// The format of a file of this media type that begins so; nil for any other.
  ///
  /// Many a `.doc` is RTF, or what a later program wrote. An encrypted file of a newer format begins as
  /// an older one does; its own reader sees what it is.
  init?(mediaType: String, head: [UInt8]) {
    guard let format = officeExtension(mediaType: mediaType).flatMap(Self.init) else { return nil }
    if head.starts(with: Self.rtfSignature) {
      guard format.module == Self.rtf.module else { return nil }
      self = .rtf
    } else if head.starts(with: Self.zipSignature), format != .rtf {
      self = [.doc: .docx, .xls: .xlsx, .ppt: .pptx][format] ?? format
    } else if head.starts(with: Self.oleSignature), format != .rtf {
      self = format
    } else {
      return nil
    }
  }

  private static let zipSignature: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
  private static let oleSignature: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]
  private static let rtfSignature = Array("{\\rtf".utf8)

  /// The part of LibreOffice that reads it.
  var module: OfficeModule {
    switch self {
    case .docx, .odt, .rtf, .doc: .writer
    case .xlsx, .ods, .xls: .calc
    case .pptx, .odp, .ppt: .impress
    }
  }

  /// LibreOffice's name of the only reader that may try: left to choose, it shows any bytes as text.
  var reader: String {
    switch self {
    case .docx: "MS Word 2007 XML"
    case .odt: "writer8"
    case .rtf: "Rich Text Format"
    case .doc: "MS Word 97"
    case .xlsx: "Calc MS Excel 2007 XML"
    case .ods: "calc8"
    case .xls: "MS Excel 97"
    case .pptx: "Impress MS PowerPoint 2007 XML"
    case .odp: "impress8"
    case .ppt: "MS PowerPoint 97"
    }
  }
}

/// A part of LibreOffice.
enum OfficeModule: Hashable, Sendable {
  case writer, calc, impress

  /// The Debian package that has it and needs no screen.
  var package: String {
    switch self {
    case .writer: "libreoffice-writer-nogui"
    case .calc: "libreoffice-calc-nogui"
    case .impress: "libreoffice-impress-nogui"
    }
  }

  /// Its library, beside the program.
  var library: String {
    switch self {
    case .writer: "libswlo.so"
    case .calc: "libsclo.so"
    case .impress: "libsdlo.so"
    }
  }
}

/// LibreOffice, which lays out office files as PDF: Docs/Decisions/0063. It is large, it follows links
/// and runs macros where it may, so it runs in a ``DecoderSandbox`` or not at all.
enum OfficeConverter {
  /// The words that make a PDF of the file on standard input and give it on standard output; nil
  /// without namespaces.
  ///
  /// The file gets its format's extension, since readers look at that, too.
  static func words(_ sandbox: DecoderSandbox, for format: OfficeFormat) -> [String]? {
    sandbox.words(writing: maximumWritten, processes: maximumProcesses).map {
      $0 + ["/bin/sh", "-c", script, "sh", format.rawValue, settings, format.reader]
    }
  }

  /// The words that make it say its version.
  static func versionWords(_ sandbox: DecoderSandbox) -> [String]? {
    sandbox.words(writing: maximumWritten, processes: maximumProcesses).map {
      $0 + [program, profile, "--version"]
    }
  }

  /// What a conversion may use.
  static let limits: DecoderLimits = {
    var limits = DecoderLimits()
    limits.addressSpaceBytes = maximumMemory
    limits.cpuSeconds = 120
    limits.wallSeconds = 240
    limits.fileBytes = maximumFile
    limits.outputBytes = maximumFile
    limits.openFiles = 256
    return limits
  }()

  /// Whether a part of LibreOffice is installed.
  static func isInstalled(_ module: OfficeModule) -> Bool {
    guard access(program, X_OK) == 0, let real = realpath(program, nil) else { return false }
    defer { free(real) }
    let folder = String(cString: real).split(separator: "/").dropLast().joined(separator: "/")
    return access("/\(folder)/\(module.library)", R_OK) == 0
  }

  /// Where Debian's package puts it.
  private static let program = "/usr/bin/soffice"
  private static let profile = "-env:UserInstallation=file://\(DecoderSandbox.folder)/profile"

  /// The profile is new each time, and everything lies in memory. What it says helps nobody.
  private static let script = """
    mkdir -p profile/user out && printf %s "$2" >profile/user/registrymodifications.xcu \\
      && cat >"document.$1" && \(program) \(profile) --headless --norestore --nologo --nodefault \\
      --nolockcheck --infilter="$3" --convert-to pdf --outdir out "document.$1" >/dev/null 2>&1 && exec cat out/document.pdf
    """

  /// No macros, even where a signature would allow them, and nothing fetched that a file links to.
  private static let settings: String = {
    let items = [
      ("Common/Security/Scripting", "DisableMacrosExecution", "true"),
      ("Common/Security/Scripting", "MacroSecurityLevel", "3"),
      ("Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
      ("Writer/Content/Update", "Link", "0"), ("Calc/Content/Update", "Link", "2"),
    ].map { path, name, value in
      "<item oor:path=\"/org.openoffice.Office.\(path)\"><prop oor:name=\"\(name)\" oor:op=\"fuse\">"
        + "<value>\(value)</value></prop></item>"
    }
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><oor:items "
      + "xmlns:oor=\"http://openoffice.org/2001/registry\">\(items.joined())</oor:items>"
  }()

  /// A small letter needs less than 1 GiB; what needs more than this is a bomb, or for its maker to print.
  private static let maximumMemory: UInt64 = 4 << 30
  /// The longest PDF, and the longest file that is converted.
  private static let maximumFile: UInt64 = 256 << 20
  /// The file, its PDF, and a profile of some 200 KiB.
  private static let maximumWritten: UInt64 = 576 << 20
  /// It has about a dozen threads.
  private static let maximumProcesses = 128
}
