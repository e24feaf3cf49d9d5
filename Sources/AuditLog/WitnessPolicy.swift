/// Whose cosignatures make a checkpoint believable, C2SP tlog-policy.
///
/// A file of lines: `log <vkey> [<url>]`, `witness <name> <vkey> [<url>]`,
/// `group <name> <k>|any|all <member>…`, and one `quorum <name>|none`. Names are octets.
public struct WitnessPolicy: Hashable, Sendable {
  /// A log or a witness, and where it is reached.
  public struct Party: Hashable, Sendable {
    /// Its key.
    public let key: VerifierKey
    /// Its address, as the file has it; for a witness, the submission prefix of tlog-witness.
    public let url: String?
  }

  /// The logs whose checkpoints count; where there are none, the caller knows the log.
  public private(set) var logs: [Party] = []
  /// The witnesses, in the order of the file.
  public private(set) var witnesses: [Party] = []
  private var rules: [[UInt8]: Rule] = [:]
  private var quorum = Rule.none

  private indirect enum Rule: Hashable, Sendable {
    case none
    case witness(VerifierKey)
    case group(threshold: Int, members: [Rule])

    func isMet(_ hasCosigned: (VerifierKey) -> Bool) -> Bool {
      switch self {
      case .none: true
      case .witness(let key): hasCosigned(key)
      // Each name is in one group at most, so the whole tree is walked once.
      case .group(let threshold, let members):
        members.count { $0.isMet(hasCosigned) } >= threshold
      }
    }
  }

  /// Reads a policy file of at most ``LogLimits/policyBytes`` bytes; throws
  /// ``AuditLogError/malformedPolicy(line:)`` with the number of the first line that isn't one.
  public init(parsing bytes: some Collection<UInt8>) throws(AuditLogError) {
    guard bytes.count <= LogLimits.policyBytes else {
      throw .tooLarge(limit: LogLimits.policyBytes)
    }
    var reading = Reading()
    let lines = Array(bytes).split(separator: newline, omittingEmptySubsequences: false)
    guard lines.last?.isEmpty == true else { throw .malformedPolicy(line: lines.count) }
    for (number, line) in lines.dropLast().enumerated() {
      guard line.allSatisfy({ $0 == tab || (0x20...0x7E).contains($0) || $0 >= 0x80 }) else {
        throw .malformedPolicy(line: number + 1)
      }
      let words = line.split { $0 == tab || $0 == UInt8(ascii: " ") }.map { Array($0) }
      guard let first = words.first, first.first != UInt8(ascii: "#") else { continue }
      guard reading.take(words, into: &self) else { throw .malformedPolicy(line: number + 1) }
    }
    guard reading.hasQuorum else { throw .malformedPolicy(line: lines.count) }
  }

  /// Checks that a checkpoint is signed by a log of the policy and cosigned by its quorum.
  ///
  /// `key` is the log's key where the policy names no log. Throws as
  /// ``Checkpoint/init(note:verifiedBy:)`` does, and ``AuditLogError/noQuorum``.
  public func check(_ note: SignedNote, key: VerifierKey? = nil) throws(AuditLogError) -> Checkpoint
  {
    let origin = try Checkpoint(parsing: note.text).origin
    let known = logs.first { $0.key.name.utf8.elementsEqual(origin.utf8) }?.key
    guard let known = logs.isEmpty ? key : known else { throw .unknownKey(name: origin) }
    guard key == nil || key == known else { throw .unknownKey(name: origin) }
    let checkpoint = try Checkpoint(note: note, verifiedBy: known)
    guard quorum.isMet({ (try? note.verify($0)) != nil }) else { throw .noQuorum }
    return checkpoint
  }

  /// What the lines so far have defined.
  private struct Reading {
    var keys: Set<[UInt8]> = []
    var used: Set<[UInt8]> = []
    var hasQuorum = false

    mutating func take(_ words: [[UInt8]], into policy: inout WitnessPolicy) -> Bool {
      switch String(decoding: words[0], as: UTF8.self) {
      case "log":
        guard (2...3).contains(words.count), let party = party(words.dropFirst(), .ed25519) else {
          return false
        }
        policy.logs.append(party)
      case "witness":
        guard (3...4).contains(words.count), isNew(words[1], policy),
          let party = party(words.dropFirst(2), .cosignature)
        else { return false }
        policy.witnesses.append(party)
        policy.rules[words[1]] = .witness(party.key)
      case "group":
        guard words.count >= 4, isNew(words[1], policy), let group = group(words, policy) else {
          return false
        }
        policy.rules[words[1]] = group
      case "quorum":
        guard words.count == 2, !hasQuorum else { return false }
        hasQuorum = true
        if words[1] == none { return true }
        guard let rule = policy.rules[words[1]] else { return false }
        policy.quorum = rule
      default: return false
      }
      return true
    }

    private func isNew(_ name: [UInt8], _ policy: WitnessPolicy) -> Bool {
      name != none && policy.rules[name] == nil
    }

    /// A key and perhaps an address; a public key may stand in one line only, whatever its name is.
    private mutating func party(_ words: ArraySlice<[UInt8]>, _ kind: SignatureKind) -> Party? {
      let words = Array(words)
      guard let text = String(validating: words[0], as: UTF8.self),
        let key = try? VerifierKey(text), key.kind == kind,
        keys.insert([kind.rawValue] + key.publicKey).inserted
      else { return nil }
      return Party(
        key: key, url: words.count > 1 ? String(decoding: words[1], as: UTF8.self) : nil)
    }

    private mutating func group(_ words: [[UInt8]], _ policy: WitnessPolicy) -> Rule? {
      var members: [Rule] = []
      for name in words.dropFirst(3) {
        guard let rule = policy.rules[name], used.insert(name).inserted else { return nil }
        members.append(rule)
      }
      switch String(decoding: words[2], as: UTF8.self) {
      case "all": return .group(threshold: members.count, members: members)
      case "any": return .group(threshold: 1, members: members)
      default:
        guard let count = decimal(words[2]), (1...UInt64(members.count)).contains(count) else {
          return nil
        }
        return .group(threshold: Int(count), members: members)
      }
    }
  }
}

private let tab = UInt8(ascii: "\t")
private let none = Array("none".utf8)
