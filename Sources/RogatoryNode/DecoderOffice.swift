import Glibc

/// LibreOffice, which lays out office files as PDF: Docs/Decisions/0063. It is large, it follows links
/// and runs macros where it may, so it runs in a ``DecoderSandbox`` or not at all.
package enum OfficeConverter {
  /// The words that make a PDF of the file on standard input and give it on standard output; nil
  /// without namespaces.
  ///
  /// - Parameter suffix: the extension that the file's name would have.
  package static func words(_ sandbox: DecoderSandbox, suffix: String) -> [String]? {
    sandbox.words(writing: maximumWritten, processes: maximumProcesses).map {
      $0 + ["/bin/sh", "-c", script, "sh", suffix, settings]
    }
  }

  /// The words that make it say its version.
  static func versionWords(_ sandbox: DecoderSandbox) -> [String]? {
    sandbox.words(writing: maximumWritten, processes: maximumProcesses).map {
      $0 + [program, profile, "--version"]
    }
  }

  /// What a conversion may use.
  package static let limits: DecoderLimits = {
    var limits = DecoderLimits()
    limits.addressSpaceBytes = maximumMemory
    limits.cpuSeconds = 120
    limits.wallSeconds = 240
    limits.fileBytes = maximumFile
    limits.outputBytes = maximumFile
    limits.openFiles = 256
    return limits
  }()

  /// Whether the part of LibreOffice that reads a format is installed.
  static func isInstalled(for format: OfficeFormat) -> Bool {
    guard access(program, X_OK) == 0, let real = realpath(program, nil) else { return false }
    defer { free(real) }
    let folder = String(cString: real).split(separator: "/").dropLast().joined(separator: "/")
    return access("/\(folder)/\(format.module.library)", R_OK) == 0
  }

  /// Where Debian's package puts it.
  private static let program = "/usr/bin/soffice"
  private static let profile = "-env:UserInstallation=file:///tmp/profile"

  /// The profile is new each time, and everything lies in memory. What it says helps nobody.
  private static let script = """
    mkdir -p profile/user out && printf %s "$2" >profile/user/registrymodifications.xcu \\
      && cat >"document.$1" && \(program) \(profile) --headless --norestore --nologo --nodefault \\
      --nolockcheck --convert-to pdf --outdir out "document.$1" >/dev/null 2>&1 && exec cat out/document.pdf
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
