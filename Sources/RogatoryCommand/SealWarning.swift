import CanonicalJSON
import Evidence
import RogatoryNode

/// Something that the person who seals must know, although the bundle is good.
struct SealWarning {
  /// The item's name as it was sealed.
  let item: String
  /// The page that it is about, from 1.
  var page: Int?
  /// A word for programs.
  let id: String
  /// A sentence without a full stop.
  let text: String

  var json: JSON {
    .object(known: [
      "item": .string(item), "page": page.map { .integer(Int64($0)) }, "id": .string(id),
      "text": .string(text),
    ])
  }
}

extension SealWarning {
  init(_ warning: CompanionWarning) {
    let place = safePath(forName: warning.item) + (warning.page.map { ", page \($0)," } ?? "")
    self.init(
      item: warning.item, page: warning.page, id: warning.problem.id,
      text: "\(place) \(warning.problem.sentence)")
  }
}

extension CompanionWarning.Problem {
  fileprivate var id: String {
    switch self {
    case .unsupported: "unsupported"
    case .noConverter: "no-converter"
    case .notConfined: "not-confined"
    case .notDecoded: "not-decoded"
    case .tooSlow: "too-slow"
    case .tooLarge: "too-large"
    case .tooManyPages: "too-many-pages"
    case .gaveUp: "gave-up"
    case .noWords: "no-words"
    case .nameTaken: "name-taken"
    }
  }

  fileprivate var sentence: String {
    let whole = "has no companion, so it can only be withheld whole"
    return switch self {
    case .unsupported: "\(whole): no decoder for such a file is used"
    case .noConverter(let package): "\(whole): the package \(package) isn't installed"
    case .notConfined:
      "\(whole): office files are only laid out where bubblewrap can confine the program, and here the"
        + " kernel gives no namespaces"
    case .notDecoded(let program):
      "\(whole): \(program) refused it as broken or encrypted, or needed more than it may use"
    case .tooSlow: "\(whole): decoding it took too long"
    case .tooLarge(let megapixels): "\(whole): it has more than \(megapixels) megapixels"
    case .tooManyPages(let limit): "\(whole): it has more than \(limit) pages"
    case .gaveUp: "and those behind it have no companion: too much of the document can't be drawn"
    case .noWords: "has a picture but no words beside it: they can't be read"
    case .nameTaken(let name):
      "\(whole): \(safePath(forName: name)) is the name of another file, or too long"
    }
  }
}

extension SealedBundle {
  /// The items whose content isn't what their media type promises.
  var fallbacks: [SealWarning] {
    items.troubled.sorted { $0.name < $1.name }
      .map(\.contentWarning)
  }
}

extension SealedItem {
  fileprivate var contentWarning: SealWarning {
    let what = "\(safePath(forName: name)) isn't well-formed \(mediaType)"
    let place =
      switch fault {
      case .notUTF8(let offset): " (no UTF-8 at byte \(offset))"
      case .unclosedQuote: " (a quote doesn't close)"
      case .notJSON(let offset): " (at byte \(offset))"
      case nil: ""
      }
    guard fellBackFrom != nil else {
      return SealWarning(
        item: name, id: "not-well-formed",
        text: what + place + ": rules about its structure can't be followed in it")
    }
    let unit = cutting.grid > 0 ? "blocks of \(cutting.grid) bytes" : "words"
    return SealWarning(
      item: name, id: "cut-coarser",
      text: what + place + ", so it was cut into \(unit): rules about its structure can't be "
        + "followed in it")
  }
}

/// What is said where pictures, PDFs and office files are sealed without companions; nil where there are none.
func companionNote(_ count: Int) -> String? {
  guard count > 0 else { return nil }
  return "rogatory: note: "
    + counted(count, "picture, PDF or office file is", "pictures, PDFs or office files are")
    + " sealed without companions: they can only be withheld whole. --companions makes parts of them redactable."
}
