/// The reason codes of Docs/Redaction.md, strictest first.
///
/// Where two rules claim one leaf, the record names the reason that protects most: what would put a
/// person at risk comes before what is merely personal, and that before what is only outside of the
/// request. Other codes are legitimate, and come last.
public enum ReasonCode: String, CaseIterable, Sendable {
  /// An informant.
  case informant = "INF"
  /// Personal data of a witness, a victim, a child.
  case witness = "PD-WITNESS"
  case victim = "PD-VICTIM"
  case minor = "PD-MINOR"
  /// A source of the press; legal privilege.
  case press = "PR"
  case privilege = "LPP"
  /// State security, a live operation, a method.
  case security = "SEC"
  case operation = "OPS"
  case method = "METH"
  /// A special category of personal data; a court's order; a trade secret.
  case specialCategory = "SC"
  case courtOrder = "CRT"
  case tradeSecret = "TS"
  /// Personal data by kind.
  case identifier = "PD-ID"
  case financial = "PD-FIN"
  case contact = "PD-CONTACT"
  case location = "PD-LOC"
  case device = "PD-DEV"
  case name = "PD-NAME"
  case thirdPerson = "PD-THIRD"
  /// Not relevant to the request; erased; something else; forced with its content.
  case notRelevant = "REL"
  case erased = "ERA"
  case other = "OTH"
  case derived = "DER"

  /// How strict a code is: 0 is the strictest, and all that we don't know are equal and last.
  public static func strictness(of code: String) -> Int { places[code] ?? allCases.count }

  private static let places = Dictionary(
    uniqueKeysWithValues: allCases.enumerated().map { ($1.rawValue, $0) })
}
