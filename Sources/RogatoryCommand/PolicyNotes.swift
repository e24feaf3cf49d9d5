import Evidence
import Report

extension PolicyOutcome {
  /// What the person who wrote the policy should know, though it stops nothing.
  var notes: [String] {
    let unknown = rules.compactMap { rule in
      rule.unknownCode.map { "rule \(rule.number): the reason code \($0) isn't one that we know" }
    }
    let unused = rules.filter { $0.itemCount == 0 && !$0.isOptional }.map {
      "rule \($0.number) is about no item of this bundle (\($0.asked))"
    }
    let empty = rules.filter { $0.itemCount > 0 && $0.matchCount == 0 && !$0.isOptional }.map {
      "rule \($0.number) found nothing in \(counted($0.itemCount, "item")) (\($0.asked))"
    }
    let missing = rules.flatMap { rule in
      rule.problems.filter { !rule.isObstacle($0) && !$0.problem.isNothingFound }.map(\.words)
    }
    return unknown + unused + empty + missing
  }

  /// Where a rule couldn't be followed at all, so that what it was to withhold would stay.
  var obstacles: [String] {
    rules.flatMap { rule in rule.problems.filter { rule.isObstacle($0) }.map(\.words) }
  }
}

extension RuleOutcome {
  /// Whether a problem stops the redaction.
  fileprivate func isObstacle(_ found: ItemProblem) -> Bool {
    switch found.problem.weight {
    case .note: false
    case .obstacle: true
    case .obstacleIfEverywhere: problems.count { $0.problem == found.problem } >= itemCount
    }
  }
}

extension FindProblem {
  /// What is said once for the rule, and not for each item.
  fileprivate var isNothingFound: Bool {
    if case .nothingFound = self { true } else { false }
  }
}

extension ItemProblem {
  /// The problem in words, without a full stop.
  fileprivate var words: String {
    let name = safePath(forName: item)
    return "rule \(problem.rule): "
      + {
        switch problem {
        case .notATable: "\(name) isn't a CSV table"
        case .notJSON: "\(name) isn't well-formed JSON"
        case .notAMail: "\(name) isn't a mail that can be taken apart"
        case .notAPicture: "\(name) has no picture of tiles: seal it with --companions"
        case .wholeForAreas:
          "\(name) goes whole, since no area of it can be cut: seal it with --companions"
        case .structureWithheld: "earlier cuts in \(name) hide where things are"
        case .tooLongToDecode: "\(name) is too long to be decoded and searched"
        case .shownTellsValue: "what it shows is what it withholds in \(name)"
        case .columnMissing(_, let column): "\(name) has no column \(column)"
        case .pointerMissing(_, let pointer): "\(name) has nothing at \(pointer)"
        case .headerMissing(_, let header): "\(name) has no header field \(header)"
        case .partMissing(_, let part): "\(name) has no part \(part)"
        case .lineMissing(_, let lines): "\(name) has no line \(lines)"
        case .bytesMissing(_, let bytes): "\(name) has no bytes \(bytes)"
        case .pageMissing(_, let page): "\(name) has no page \(page)"
        case .areaOutside(_, let area): "\(name) ends before the area \(area)"
        case .onlyBytesSearched:
          "only the bytes of \(name) were searched, which don't show all of its text"
        case .partsNotSearched:
          "\(name) has parts that can't be searched, and may hold what its pages don't show: look, or"
            + " withhold it whole"
        case .cellsCutOff:
          "the pages of \(name) may show a piece of it in a cell that is too narrow: look"
        case .pictureNotRead:
          "no text was looked for in the picture \(name): name areas, or withhold it"
        case .attachmentNotRead: "\(name) has attachments that weren't searched: name parts"
        case .nothingFound: "nothing was found in \(name)"
        }
      }()
  }
}
