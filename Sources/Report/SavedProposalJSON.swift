public import CanonicalJSON
import Evidence

extension SavedProposal {
  /// The form of the file.
  public var json: JSON {
    var object: [String: JSON] = [
      "format": .string(Self.format), "bundle": .string(bundle), "seal": .string(seal),
      "view": .string(view), "policy": .string(policy), "nonce": .string(nonce),
      "proposer": .string(proposer), "proposedAt": .string(time),
      "cuts": .array(listing.cuts.map(\.json)),
    ]
    if !metadataOnly.isEmpty {
      object["metadataOnly"] = .array(metadataOnly.map { .integer(Int64($0)) })
    }
    if let decision {
      object["decision"] = .object([
        "approver": .string(decision.approver), "at": .string(decision.time),
        "accepted": .string(decision.accepted.text), "rejected": .string(decision.rejected.text),
        "digest": .string(decision.digest),
      ])
    }
    return .object(object)
  }

  /// Parses a file.
  ///
  /// - Throws: ``ProposalError/malformed``.
  public init(parsing bytes: [UInt8]) throws(ProposalError) {
    guard let json = try? JSON(parsing: bytes, limit: Self.maximumByteCount),
      json["format"]?.string == Self.format, let rows = json["cuts"]?.array
    else { throw .malformed }
    func text(_ key: String) throws(ProposalError) -> String {
      guard let value = json[key]?.string else { throw .malformed }
      return value
    }
    var cuts: [ListedCut] = []
    for row in rows {
      guard let cut = ListedCut(json: row), cut.number == cuts.count + 1 else { throw .malformed }
      cuts.append(cut)
    }
    self.init(
      bundle: try text("bundle"), seal: try text("seal"), view: try text("view"),
      policy: try text("policy"), nonce: try text("nonce"), proposer: try text("proposer"),
      time: try text("proposedAt"), listing: CutListing(cuts: cuts),
      metadataOnly: (json["metadataOnly"]?.array ?? []).compactMap { $0.integer.map { Int($0) } },
      decision: try json["decision"].map { decision throws(ProposalError) in
        try Decision(decision)
      })
    // A key that the program doesn't write would be seen by people and by nothing else.
    guard self.json.canonicalBytes == json.canonicalBytes else { throw .malformed }
  }

  private static let format = "rogatory-proposal/v1"
  /// More than anybody reads: some hundred thousand cuts with what stands around them.
  public static let maximumByteCount = 64 << 20
}

extension SavedProposal.Decision {
  fileprivate init(_ json: JSON) throws(ProposalError) {
    guard let approver = json["approver"]?.string, let time = json["at"]?.string,
      let accepted = json["accepted"]?.string.flatMap(Self.numbers),
      let rejected = json["rejected"]?.string.flatMap(Self.numbers),
      let digest = json["digest"]?.string
    else { throw .malformed }
    self.init(
      approver: approver, time: time, accepted: accepted, rejected: rejected, digest: digest)
  }

  private static func numbers(_ text: String) -> CutNumbers? {
    text.isEmpty ? CutNumbers([ClosedRange<Int>]()) : CutNumbers(parsing: text)
  }
}
