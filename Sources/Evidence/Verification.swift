public import CAdES
public import Redaction

/// The answer for people, in one word (Docs/Bundle.md, "Validation").
public enum Verdict: String, Sendable {
  /// Everything that is signed is here and unchanged.
  case verified = "VERIFIED"
  /// Everything that is here is unchanged; what isn't was withheld and accounted for.
  case verifiedRedacted = "VERIFIED_REDACTED"
  /// Something is proven bad.
  case notVerified = "NOT_VERIFIED"
  /// Nothing is proven bad, but not everything could be decided.
  case cannotBeDecided = "CANNOT_BE_DECIDED"

  /// As printed for people.
  public var words: String {
    switch self {
    case .verified: "VERIFIED"
    case .verifiedRedacted: "VERIFIED, REDACTED"
    case .notVerified: "NOT VERIFIED"
    case .cannotBeDecided: "CANNOT BE DECIDED"
    }
  }
}

/// One check and its outcome.
public struct Check: Hashable, Sendable {
  /// What a check can come to.
  public enum Result: String, Sendable {
    case pass, fail, warn
    case undecided = "indeterminate"
    case notRun = "not-run"
  }
  /// A stable name such as `container.structure`.
  public let id: String
  /// What it came to.
  public let result: Result
  /// What was found, in words.
  public let detail: String

  /// A check with its outcome.
  public init(id: String, result: Result, detail: String) {
    self.id = id
    self.result = result
    self.detail = detail
  }
}

/// The outcome for one signature.
public struct SignatureReport: Hashable, Sendable {
  /// What a signature is for; it follows from the files that its manifest covers.
  public enum Role: String, Sendable {
    case seal, redaction, carrier, archive, other
  }
  /// The signature's entry in the container.
  public let file: String
  /// The manifest that it signs; the data object itself in an ASiC-S container.
  public let manifest: String
  /// What it is for.
  public let role: Role
  /// What the signature's own validation says.
  public let validation: SignatureValidation
  /// The outcome, the files that its manifest covers included.
  public let result: ValidationResult
}

/// What is known of one item.
public struct ItemReport: Hashable, Sendable {
  /// How much of an item is here.
  public enum State: String, Sendable { case disclosed, partial, withheld }
  /// Its number in the seal, from 1.
  public let number: Int
  /// How much is here.
  public var state: State
  /// Its disclosed header leaves that are text, by key.
  public var headers: [String: String] = [:]
  /// The entry that holds it, where there is one.
  public var path: String?
  /// SHA-256 of that entry as it stands, lower-case hex.
  public var sha256: String?
  /// Its size in bytes as it stands.
  public var size: UInt64?
  /// How many content leaves are withheld.
  public var withheldLeaves: UInt64 = 0
  /// What is wrong with it; empty where nothing is.
  public var failures: [String] = []

  /// The name, where it is disclosed.
  public var name: String? { headers["name"] }

  /// A report in which nothing is known yet.
  package init(number: Int, state: State) {
    self.number = number
    self.state = state
  }
}

/// Everything that a verification found: the verdict first, then what it rests on.
public struct Verification: Sendable {
  /// The verdict.
  public var verdict: Verdict = .cannotBeDecided
  /// The seal, where there is one that can be read.
  public var seal: SealStatement?
  /// The handling terms.
  public var terms: HandlingTerms?
  /// This release's narrower terms.
  public var release: Release?
  /// The signatures, in the order of their manifests.
  public var signatures: [SignatureReport] = []
  /// The checks, in the order in which they were made; those that failed are among them.
  public var checks: [Check] = []
  /// The items by number.
  public var items = ItemReports()
  /// What items were made from, by their numbers: the sealer attests it, nothing proves it. Empty
  /// where a derivation breaks a rule.
  public var derivations: [Int: Derivation] = [:]
  /// The redaction records, oldest first.
  public var records: [RedactionRecord] = []
  /// The view id of this copy.
  public var viewID: String?
  /// The signer of the carrier seal, if it isn't the sealer.
  public var carrier: String?

  /// How many items are wholly withheld.
  public var withheldCount: Int { items.count(of: .withheld) }
  /// The checks that failed.
  public var failures: [Check] { checks.filter { $0.result == .fail } }

  /// How many checks of one id came to the same.
  private var counts: [Alike: Int] = [:]

  private struct Alike: Hashable {
    let id: String
    let result: Check.Result
    var order: String { id + result.rawValue }
  }

  mutating func add(_ id: String, _ result: Check.Result, _ detail: String) {
    counts[Alike(id: id, result: result), default: 0] += 1
    guard counts[Alike(id: id, result: result), default: 0] <= Self.maximumAlike else { return }
    checks.append(Check(id: id, result: result, detail: detail))
  }

  /// A sender chooses how many files and references there are; more than these say nothing new.
  private static let maximumAlike = 1000

  /// Says how many checks aren't listed, and sets the verdict from checks and signatures: any
  /// failure, then any doubt.
  mutating func decide() {
    for (alike, count) in counts.sorted(by: { $0.key.order < $1.key.order })
    where count > Self.maximumAlike {
      checks.append(
        Check(
          id: alike.id, result: alike.result,
          detail: "the same of \(count - Self.maximumAlike) more, which aren't listed"))
    }
    let failed =
      checks.contains { $0.result == .fail }
      || signatures.contains { if case .failed = $0.result { true } else { false } }
    let undecided =
      checks.contains { $0.result == .undecided }
      || signatures.contains {
        if case .indeterminate = $0.result { true } else { false }
      }
    if failed {
      verdict = .notVerified
    } else if undecided {
      verdict = .cannotBeDecided
    } else {
      verdict = records.allSatisfy(\.cuts.isEmpty) ? .verified : .verifiedRedacted
    }
  }
}

/// A bundle whose every check passed. Only ``verify(_:trust:at:now:unchanged:progress:)`` makes one,
/// so code that takes contents out asks for it. Where the caller gave it an ``UnchangedContent``,
/// the contents' check is an earlier one.
public struct VerifiedBundle: Sendable {
  /// The bundle.
  public let bundle: EvidenceBundle
  /// What the verification found.
  public let verification: Verification

  init?(_ bundle: EvidenceBundle, _ verification: Verification) {
    guard verification.verdict == .verified || verification.verdict == .verifiedRedacted else {
      return nil
    }
    self.bundle = bundle
    self.verification = verification
  }
}
