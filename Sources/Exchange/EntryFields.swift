import CanonicalJSON
import Evidence
import Merkle

// What entries about transfers say beyond the transfer itself: the other node, and the terms in
// force. References and codes only; a value that could be about a person stays out.

extension ExchangeNode {
  /// Who the other node is, as its approved card says it now; nothing where it was withdrawn.
  func peerFields(_ peer: String) -> [String: JSON] {
    guard let card = try? self.peer(peer).card else { return [:] }
    return [
      "peer-country": .string(card.country), "peer-authority": .string(card.authority),
      "peer-key": .string(Base64.encode(card.tlsKey)),
    ]
  }
}

/// How many items there are, and of which kinds; a withheld one counts, and says no kind.
func itemFields(_ items: ItemReports) -> [String: JSON] {
  // The sealer wrote them, and need not be us: what isn't of the form `type/subtype` stays out.
  let types = Set(items.lazy.compactMap { $0.headers["media-type"] }).sorted().filter {
    $0.utf8.count <= 128 && $0.wholeMatch(of: #/[a-z]+/[A-Za-z0-9.+_-]+/#) != nil
  }
  return [
    "items": .integer(Int64(items.count)),
    "media-types": .array(types.prefix(mostMediaTypes).map { .string($0) }),
  ]
}

/// More kinds than a case has; an entry has an end.
private let mostMediaTypes = 64
/// Evidence of more cases than these is held by its bundle, not by the last of its cases.
private let mostOtherCases = 16

/// Longer is no reference but prose, and may name somebody.
private func isReference(_ text: String) -> Bool {
  (1...128).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
}

extension HandlingTerms {
  /// The terms in force and the legal basis, with whether it was valid at that time (Unix seconds).
  func logFields(at now: Int64) -> [String: JSON] {
    var fields: [String: JSON] = [:]
    func add(_ key: String, _ value: String?) {
      if let value, isReference(value) { fields[key] = .string(value) }
    }
    let basis = [legalBasis?["instrument"]?.string, legalBasis?["article"]?.string]
    add("basis", basis.compactMap { $0 }.joined(separator: " "))
    add("instrument", legalBasis?["instrument"]?.string)
    add("third-country-basis", legalBasis?["thirdCountryBasis"]?.string)
    add("third-country-document", legalBasis?["thirdCountryDocument"]?.string)
    add("originator-authorisation", legalBasis?["originatorAuthorisation"]?.string)
    add("handling", json["handling"]?.string)
    add("review-on", json["retention"]?["reviewOn"]?.string)
    add("authorisation", legalBasis?["authorisation"]?.string)
    add("valid-until", legalBasis?["validUntil"]?.string)
    if legalBasis != nil { fields["valid"] = .bool(refusal(at: now) == nil) }
    add("tlp", tlp)
    add("onward", onward)
    add("delete-by", deleteBy)
    add("case", cases.first)
    let others = cases.dropFirst().filter(isReference).prefix(mostOtherCases)
    if !others.isEmpty { fields["cases"] = .array(others.map { .string($0) }) }
    return fields
  }
}
