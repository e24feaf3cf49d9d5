/// Where a rule didn't do in an item what it seems to ask for.
public enum FindProblem: Sendable, Hashable {
  /// The header row has no such cell.
  case columnMissing(rule: Int, name: String)
  /// The item isn't CSV, or was cut as text because its quotes don't close.
  case notATable(rule: Int)
  /// The item isn't JSON, isn't well-formed, or is nested past ``PointerTracker/maximumDepth``.
  case notJSON(rule: Int)
  /// No document of the item has a value at this place.
  case pointerMissing(rule: Int, pointer: String)
  /// The item isn't a mail, or can't be taken apart.
  case notAMail(rule: Int)
  /// The mail has no header field of this name.
  case headerMissing(rule: Int, name: String)
  /// The mail has no such part.
  case partMissing(rule: Int, part: String)
  /// The item has no line so late.
  case lineMissing(rule: Int, lines: String)
  /// The item has no byte so late.
  case bytesMissing(rule: Int, bytes: String)
  /// The item is no picture of tiles, and has no companion that is one.
  case notAPicture(rule: Int)
  /// A picture or document without a picture of tiles went whole, since no area of it can be cut.
  case wholeForAreas(rule: Int)
  /// The item has no companion for this page.
  case pageMissing(rule: Int, page: Int)
  /// The area lies outside of the picture.
  case areaOutside(rule: Int, area: String)
  /// An earlier step withheld delimiters or structure, so places behind it can't be known.
  case structureWithheld(rule: Int)
  /// The item must be decoded to be searched, and is too long for that.
  case tooLongToDecode(rule: Int)
  /// A document or picture without a companion, or a mail that can't be taken apart: its bytes were
  /// searched, which don't show all of its text.
  case onlyBytesSearched(rule: Int)
  /// An office file with parts that can't be read: only the words on its pages were searched for
  /// what stands there.
  case partsNotSearched(rule: Int)
  /// A spreadsheet holds what the rule takes, and its pages may show a piece of it in a cell that is
  /// too narrow.
  case cellsCutOff(rule: Int)
  /// A picture whose companion has pixels only: no text was looked for.
  case pictureNotRead(rule: Int)
  /// A mail has an attachment that isn't text: it wasn't searched.
  case attachmentNotRead(rule: Int)
  /// What the rule shows has the whole value in it.
  case shownTellsValue(rule: Int)
  /// The rule found nothing in an item that it is about.
  case nothingFound(rule: Int)
}

extension FindProblem {
  /// The number of the rule that has the problem.
  public var rule: Int {
    switch self {
    case .columnMissing(let rule, _), .notATable(let rule), .notJSON(let rule),
      .pointerMissing(let rule, _), .notAMail(let rule), .headerMissing(let rule, _),
      .partMissing(let rule, _), .lineMissing(let rule, _), .bytesMissing(let rule, _),
      .notAPicture(let rule), .pageMissing(let rule, _), .areaOutside(let rule, _),
      .structureWithheld(let rule), .tooLongToDecode(let rule), .onlyBytesSearched(let rule),
      .partsNotSearched(let rule), .cellsCutOff(let rule),
      .pictureNotRead(let rule), .attachmentNotRead(let rule), .shownTellsValue(let rule),
      .wholeForAreas(let rule), .nothingFound(let rule):
      rule
    }
  }

  /// What this means for a redaction.
  public var weight: Weight {
    switch self {
    case .notATable, .notJSON, .notAMail, .notAPicture, .structureWithheld, .tooLongToDecode,
      .shownTellsValue:
      .obstacle
    case .columnMissing, .headerMissing, .partMissing, .lineMissing, .bytesMissing, .pageMissing,
      .areaOutside:
      .obstacleIfEverywhere
    case .pointerMissing, .onlyBytesSearched, .partsNotSearched, .cellsCutOff, .pictureNotRead,
      .attachmentNotRead, .wholeForAreas,
      .nothingFound:
      .note
    }
  }

  /// Whether it says that something isn't there, which a rule may expect: `optional`.
  var isAbsence: Bool {
    switch self {
    case .columnMissing, .pointerMissing, .headerMissing, .partMissing, .lineMissing,
      .bytesMissing, .pageMissing, .areaOutside, .nothingFound:
      true
    default: false
    }
  }

  /// How much a problem weighs.
  public enum Weight: Sendable, Hashable {
    /// A person should know it.
    case note
    /// The rule can't be followed in the item, so what it is to withhold would stay.
    case obstacle
    /// The same, where every item that the rule is about has the problem: a pattern may match items
    /// of several shapes, but what none of them has is a mistake.
    case obstacleIfEverywhere
  }
}

/// Why a search can't be trusted to have found everything.
public enum FindError: Error, Sendable, Hashable {
  /// The regular expression gave up on this content: it needs too much memory or time.
  case patternFailed(rule: Int)
  /// A rule wants labels for a whole case, and nobody gave the case's.
  case noCasePseudonyms(rule: Int)
}
