import Evidence

// Points 17 and 18: how others repeat the check, and what a person may sign about it.
extension ReportBuilder {
  var repetition: [ReportBlock] {
    let commands = RepeatCommands(verification, path: file.path, anchors: order.anchors, file: file)
    var blocks: [ReportBlock] = [
      paragraph(.repeatMeaning), paragraph(.repeatAnchors), .commands(commands.anchorChecks),
    ]
    if commands.needsAnchorFile { blocks.append(paragraph(.repeatAnchorFile)) }
    if let copy = commands.copyName { blocks.append(paragraph(.repeatCopy, copy)) }
    blocks += [paragraph(.repeatFile), .commands(commands.container)]
    if !commands.signatures.isEmpty {
      blocks += [paragraph(.repeatSignatures), .commands(commands.signatures)]
    }
    if !commands.stamps.isEmpty {
      blocks += [paragraph(.repeatStamps), .commands(commands.stamps)]
    }
    if !commands.items.isEmpty { blocks += [paragraph(.repeatItems), .commands(commands.items)] }
    if commands.omittedItems > 0 {
      blocks.append(paragraph(.repeatItemsOmitted, String(commands.omittedItems)))
    }
    if !commands.tree.isEmpty { blocks += [paragraph(.repeatTree), .commands(commands.tree)] }
    return blocks + [paragraph(.repeatOutcome)]
  }

  /// Statements are made in the language of the court that they are for: English for the United
  /// States and the United Kingdom, whatever the report's language is.
  var drafts: [ReportBlock] {
    let language: ReportLanguage =
      order.profile == .us902 || order.profile == .uk ? .english : order.language
    let speak = Phrases(language: language)
    let family =
      switch order.profile {
      case .generic: "draft.generic"
      case .eu: "draft.eu"
      case .us902: "draft.us"
      case .uk: "draft.uk"
      }
    let title = speak.named("\(family).title") ?? family
    var paragraphs: [String] = []
    while let text = speak.named("\(family).\(paragraphs.count + 1)") {
      paragraphs.append(fill(text))
    }
    return [
      paragraph(.draftMeaning),
      .draft(ReportDraft(title: title, language: language, paragraphs: paragraphs)),
    ]
  }

  /// The facts of this check in a draft, by name, since each draft uses others.
  private func fill(_ text: String) -> String {
    let facts: [(String, String)] = [
      ("{file}", printable(file.path)), ("{sha256}", file.sha256),
      ("{time}", timeText(order.time)), ("{software}", order.software),
      ("{bundle}", verification.seal?.bundleID ?? "–"),
      ("{sealer}", verification.seal?.sealer.node ?? "–"),
      ("{sealed}", verification.seal?.time.text ?? "–"),
      ("{verdict}", verification.verdict.words),
      ("{items}", String(verification.items.count)),
    ]
    var result = ""
    var rest = text[...]
    // In one pass: a name of the evidence that looks like a place isn't one.
    while let brace = rest.firstIndex(of: "{") {
      result += rest[..<brace]
      rest = rest[brace...]
      if let fact = facts.first(where: { rest.hasPrefix($0.0) }) {
        result += fact.1
        rest = rest.dropFirst(fact.0.count)
      } else {
        result += "{"
        rest = rest.dropFirst()
      }
    }
    return result + rest
  }
}
