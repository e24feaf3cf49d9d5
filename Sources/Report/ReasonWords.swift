/// What kind of information a reason code stands for, in English words: the list of
/// Docs/Redaction.md.
public func reasonWords(_ code: String) -> String {
  Phrases(language: .english).reason(code)
}
