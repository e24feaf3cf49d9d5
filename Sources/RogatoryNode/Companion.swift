// Companions: what is sealed beside a picture or a PDF so that parts of it can be withheld
// (Docs/Redaction.md, "Companions"). A picture gets a tiled one, each page of a PDF or office file a
// tiled picture and its words. Decoding is done by other people's programs in children with limits.

public import Evidence
import Redaction

/// What was made for the files of a sealing.
public struct Companions {
  /// To be sealed with the files.
  public fileprivate(set) var sources: [SourceItem] = []
  /// Where something couldn't be made; such originals can be withheld whole.
  public fileprivate(set) var warnings: [CompanionWarning] = []
}

/// That something has no companion, or not all.
public struct CompanionWarning: Hashable, Sendable {
  /// The original's name.
  public let item: String
  /// The page, from 1, where it is about one.
  public let page: Int?
  /// Why.
  public let problem: Problem

  /// Why a companion wasn't made.
  public enum Problem: Hashable, Sendable {
    /// It is a kind of picture that we have no decoder for, or isn't what its name says.
    case unsupported
    /// What lays out such files isn't installed: a Debian package.
    case noConverter(package: String)
    /// It is, and there are no namespaces to run it in.
    case notConfined
    /// The decoder refused it: broken, encrypted, or beyond what a child may use.
    case notDecoded(program: String)
    /// Decoding took longer than it may.
    case tooSlow
    /// It has more pixels than a picture may.
    case tooLarge(megapixels: UInt64)
    /// It has more pages than a document may.
    case tooManyPages(limit: Int)
    /// Pages from this one on were left: too many before couldn't be decoded, or took too long.
    case gaveUp
    /// The page has its picture, but its words can't be read.
    case noWords
    /// A companion's name is that of a file, or is too long.
    case nameTaken(String)
  }
}

/// How many of these files could have companions, as far as their kind says.
public func countFilesForCompanions(_ files: CollectedFiles) -> Int {
  files.count { $0.wantsCompanion && $0.input != nil }
}

/// Makes the companions of files.
///
/// - Parameters:
///   - files: all that are to be sealed.
///   - path: the bundle that is to be written; beside it there is room.
/// - Throws: ``NodeError/decoderMissing(program:package:)`` before anything is made; what reading
///   and writing throw. A file that can't be decoded is a warning.
public func makeCompanions(
  for files: CollectedFiles, beside path: String
) throws -> Companions {
  var maker = try CompanionMaker(files, beside: path)
  for file in files where file.wantsCompanion { try maker.make(file) }
  return maker.companions
}

extension CollectedFile {
  /// Whether a person who asks for companions expects one.
  var wantsCompanion: Bool {
    mediaType.hasPrefix("image/") && mediaType != "image/svg+xml"
      || mediaType == "application/pdf" || officeExtension(mediaType: mediaType) != nil
  }
}

/// The state of the making.
struct CompanionMaker {
  fileprivate(set) var companions = Companions()
  private let store: CompanionStore
  private var decoders: Decoders
  /// The names of everything that is sealed, by their bytes.
  private var names: Set<[UInt8]>

  init(_ files: CollectedFiles, beside path: String) throws {
    let inputs = files.lazy.filter(\.wantsCompanion).compactMap(\.input)
    decoders = try Decoders(for: Set(inputs))
    store = try CompanionStore(beside: path)
    names = Set(files.lazy.map { Array($0.source.name.utf8) })
  }

  mutating func make(_ file: CollectedFile) throws {
    guard let input = file.input else { return warn(file, .unsupported) }
    if let problem = decoders.obstacle(to: input) { return warn(file, problem) }
    let before = (store.byteCount, companions.sources.count)
    do {
      switch input {
      case .png, .jpeg, .tiff: try makePictures(of: file, input)
      case .pdf: try makePages(of: file, DecodedDocument(file))
      case .office(let format): try makePages(of: file, format)
      }
    } catch let fault as DecoderFault {
      try store.truncate(to: before.0)
      companions.sources.removeSubrange(before.1...)
      warn(file, problem(fault, program: input.programs[0]))
    }
  }

  private mutating func makePictures(of file: CollectedFile, _ input: DecoderInput) throws {
    let document = try DecodedDocument(file)
    let pictures = try document.pictures(input, decoders, into: store)
    let decoder = decoder(input.programs[0])
    for (index, picture) in pictures.enumerated() {
      var parameters = picture.sizeParameters
      if pictures.count > 1 {
        parameters = pageParameters(index + 1, of: pictures.count) + parameters
      }
      parameters.append(
        Derivation.Parameter("orientation", String(picture.orientation.rawValue)))
      let suffix = pictures.count > 1 ? ".page-\(padded(index + 1)).tiff" : ".tiles.tiff"
      add(
        file, suffix: suffix, picture.range,
        CompanionSource(
          original: file.source.name, mediaType: "image/tiff", cutting: picture.cutting,
          tool: Derivation.pageTiles, parameters: parameters + [decoder]))
    }
  }

  private mutating func makePages(of file: CollectedFile, _ format: OfficeFormat) throws {
    let document: DecodedDocument
    do {
      document = try DecodedDocument(file).converted(from: format, decoders, into: store.another())
    } catch let fault as DecoderFault {
      return warn(file, problem(fault, program: "LibreOffice"))
    }
    let converter = Derivation.Parameter("converter", decoders.name(of: "libreoffice"))
    try makePages(of: file, document, [converter, Derivation.Parameter("reader", format.rawValue)])
  }

  private mutating func makePages(
    of file: CollectedFile, _ document: DecodedDocument,
    _ conversion: [Derivation.Parameter] = []
  ) throws {
    let pages = try document.pages(decoders)
    guard pages.count <= DecodedDocument.maximumPages else {
      return warn(file, .tooManyPages(limit: DecodedDocument.maximumPages))
    }
    var badPages = 0
    for page in 1..<(pages.count + 1) {
      guard badPages < DecodedDocument.maximumBadPages, !document.isOutOfTime else {
        return warn(file, page: page, .gaveUp)
      }
      let before = store.byteCount
      do {
        try makePage(page, of: pages, document, file, conversion)
      } catch let fault as DecoderFault {
        try store.truncate(to: before)
        badPages += 1
        warn(file, page: page, problem(fault, program: "pdftoppm"))
      }
    }
  }

  private mutating func makePage(
    _ page: Int, of pages: DocumentPages, _ document: DecodedDocument, _ file: CollectedFile,
    _ conversion: [Derivation.Parameter]
  ) throws {
    let picture = try document.page(page, of: pages, decoders, into: store)
    let parameters =
      pageParameters(page, of: pages.count) + picture.sizeParameters
      + [Derivation.Parameter("dpi", String(DecodedDocument.resolution))]
    let suffix = ".page-\(padded(page))"
    let isAdded = add(
      file, suffix: suffix + ".tiff", picture.range,
      CompanionSource(
        original: file.source.name, mediaType: "image/tiff", cutting: picture.cutting,
        tool: Derivation.pageTiles, parameters: parameters + [decoder("pdftoppm")] + conversion))
    guard isAdded else { return }
    let before = store.byteCount
    do {
      if let words = try document.words(ofPage: page, in: picture.grid, decoders, into: store) {
        add(
          file, suffix: suffix + ".words.csv", words,
          CompanionSource(
            original: file.source.name, mediaType: "text/csv", cutting: .csv,
            tool: Derivation.pageWords, parameters: parameters + [decoder("pdftotext")] + conversion
          ))
      }
    } catch is DecoderFault {
      try store.truncate(to: before)
      warn(file, page: page, .noWords)
    }
  }

  @discardableResult
  private mutating func add(
    _ file: CollectedFile, suffix: String, _ range: Range<UInt64>, _ companion: CompanionSource
  ) -> Bool {
    let name = file.source.name + suffix
    guard isItemName(name), names.insert(Array(name.utf8)).inserted else {
      warn(file, .nameTaken(name))
      return false
    }
    companions.sources.append(
      SourceItem(
        name: name, size: range.upperBound - range.lowerBound, modified: nil,
        companion: companion, open: { [store] in try store.reader(of: range) },
        checkUnchanged: file.source.checkUnchanged))
    return true
  }

  private mutating func warn(
    _ file: CollectedFile, page: Int? = nil, _ problem: CompanionWarning.Problem
  ) {
    companions.warnings.append(
      CompanionWarning(item: file.source.name, page: page, problem: problem))
  }

  private func problem(
    _ fault: DecoderFault, program: String
  ) -> CompanionWarning.Problem {
    switch fault {
    case .tooSlow: .tooSlow
    case .tooLarge, .tooMuchOutput:
      .tooLarge(megapixels: PixmapHeader.maximumPixels / 1_000_000)
    case .notStarted, .failed, .malformedOutput: .notDecoded(program: program)
    }
  }

  private func decoder(_ program: String) -> Derivation.Parameter {
    Derivation.Parameter("decoder", decoders.name(of: program))
  }

  private func pageParameters(_ page: Int, of count: Int) -> [Derivation.Parameter] {
    [
      Derivation.Parameter("page", String(page)), Derivation.Parameter("pages", String(count)),
    ]
  }

  /// Three digits and more, so that names sort by page.
  private func padded(_ number: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, 3 - text.count)) + text
  }
}
