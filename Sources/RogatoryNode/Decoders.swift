import Glibc

/// The decoders that a sealing needs, all of them there but LibreOffice, which is asked for by file.
struct Decoders {
  /// Where decoders run, if the system has such a place.
  let sandbox: DecoderSandbox
  private var paths: [String: String] = [:]
  private var versions: [String: String] = [:]
  private let formats: Set<OfficeFormat>

  /// - Throws: ``NodeError/decoderMissing(program:package:)``.
  init(for inputs: Set<DecoderInput>) throws {
    sandbox = inputs.isEmpty ? .notInstalled : .find()
    formats = Set(inputs.compactMap(\.office).filter { OfficeConverter.isInstalled($0.module) })
    for input in inputs where input.office == nil || obstacle(to: input) == nil {
      for program in input.programs {
        guard let path = DecoderPrograms.path(of: program) else {
          throw NodeError.decoderMissing(program: program, package: input.package)
        }
        paths[program] = path
        versions[program] = Self.version([path, input.package == "netpbm" ? "--version" : "-v"])
      }
    }
    if !formats.isEmpty, let words = OfficeConverter.versionWords(sandbox) {
      versions["libreoffice"] = Self.version(words, limits: OfficeConverter.limits)
    }
    guard inputs.isEmpty || DecoderPrograms.path(of: "prlimit") != nil else {
      throw NodeError.decoderMissing(program: "prlimit", package: "util-linux")
    }
  }

  /// Why files of a kind can't be decoded here; nil where they can.
  func obstacle(to input: DecoderInput) -> CompanionWarning.Problem? {
    guard let format = input.office else { return nil }
    guard formats.contains(format) else {
      return .noConverter(package: format.module.package)
    }
    return switch sandbox {
    case .bubblewrap: nil
    case .notInstalled: .noConverter(package: "bubblewrap")
    case .refused: .notConfined
    }
  }

  /// Runs one of them over an open file, in namespaces of its own where there are any.
  func run(
    _ program: String, _ arguments: [String], input: Int32,
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard let path = paths[program] else { throw DecoderFault.notStarted(errno: ENOENT) }
    try runDecoder((sandbox.words() ?? []) + [path] + arguments, input: input, body)
  }

  /// `jpegtopnm/11.1.0`
  func name(of program: String) -> String { program + "/" + (versions[program] ?? "unknown") }

  /// The first word of digits and dots that a program says of itself; nil where it says none.
  private static func version(
    _ words: [String], limits: DecoderLimits = DecoderLimits()
  ) -> String? {
    var text: [UInt8] = []
    let empty = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer { close(empty) }
    // Some exit with another status than 0 after that.
    _ = try? runDecoder(words, input: empty, limits: limits, mergingErrors: true) {
      text.append(contentsOf: $0.prefix(max(0, 4096 - text.count)))
    }
    return String(decoding: text, as: UTF8.self)
      .split { $0 == " " || $0 == "\n" }
      .first { word in
        word.contains(".") && word.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") }
      }.map(String.init)
  }
}

extension DecoderInput {
  /// The format, where it is one of office files.
  var office: OfficeFormat? { if case .office(let format) = self { format } else { nil } }
}
