/// What kind of information a reason code stands for, in words: the list of Docs/Redaction.md.
public func reasonWords(_ code: String) -> String {
  kinds[code] ?? "not in the list of codes"
}

private let kinds: [String: String] = [
  "PD-NAME": "personal data: name", "PD-CONTACT": "personal data: contact",
  "PD-ID": "personal data: identifier", "PD-FIN": "personal data: financial",
  "PD-LOC": "personal data: location", "PD-DEV": "personal data: device or connection",
  "PD-MINOR": "personal data: a minor", "PD-VICTIM": "personal data: a victim",
  "PD-WITNESS": "personal data: a witness", "PD-THIRD": "personal data: a third person",
  "SC": "special category of personal data", "TS": "trade secret", "LPP": "legal privilege",
  "PR": "press source", "INF": "informant", "METH": "investigative method",
  "OPS": "live operation", "SEC": "security", "REL": "not relevant to the request",
  "CRT": "court order", "ERA": "erasure", "DER": "follows from what is withheld beside it",
  "OTH": "other",
]
