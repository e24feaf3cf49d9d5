import Evidence
import Federation
import Report
import RogatoryNode

// What is wrong with a card or a directory, in sentences.
extension Failure {
  /// Who may be a peer, and by which way.
  init(membership error: NodeError) {
    switch error {
    case .ownCard:
      self.init(
        .usage, "that is this node's own card", safe: "nothing was added",
        hint: "add it in the other node's home")
    case .namedByDirectory(let id):
      self.init(
        .refused, "the adopted directory says who \(id) is", safe: "nothing was changed",
        hint: "the federation changes it in the next version: `rogatory directory create --from`")
    case .noProposal(let id):
      self.init(
        .refused, "nobody has proposed \(safePath(forName: id)) as a peer",
        safe: "nothing was changed",
        hint: "`rogatory peer add CARD --by OFFICER` proposes one")
    case .adoptedAlready(let version):
      self.init(
        .refused, "version \(version) of the directory is in force already",
        safe: "nothing was changed")
    default:
      self.init(
        .failed, "no directory is in force in this node",
        hint: "name the file, or adopt one: `rogatory directory adopt FILE`")
    }
  }

  init(directory error: FederationError) {
    switch error {
    case .sharedAnchor(let one, let other):
      self.init(
        .refused, "\(other) has a trust anchor or TLS key in common with \(one)",
        safe: "nothing was changed", hint: "each node needs an issuing authority of its own")
    case .otherFederation(let id):
      self.init(
        .refused, "the directory is one of another federation, \(id)", safe: "nothing was changed")
    case .versionBack(let adopted, let offered):
      self.init(
        .refused, "version \(offered) is older than version \(adopted), which is in force",
        safe: "nothing was changed", hint: "a directory never goes back; ask for the newest")
    case .versionSkipped(let adopted, let offered):
      self.init(
        .refused, "version \(adopted) is in force, and the file is version \(offered)",
        safe: "nothing was changed",
        hint: "adopt those in between first: `rogatory directory fetch --from PEER` gets the next")
    case .otherPredecessor(let version):
      self.init(
        .refused, "version \(version) isn't made from the version that is in force here",
        safe: "nothing was changed", hint: "ask the federation which one it follows")
    case .directoryFork(let version):
      self.init(
        .inconsistent,
        "enough members signed two contents of version \(version): the directory forks",
        safe: "what is in force stays, and the evidence is in federation/forks",
        hint: "tell the federation, over another channel, before you exchange anything more")
    case .otherDocument:
      self.init(
        .refused, "the files are of different directories", safe: "nothing was written",
        hint: "`rogatory directory diff` shows where they differ")
    case .nodeVanished(let id):
      self.init(
        .refused, "\(id) is missing, and was not withdrawn before", safe: "nothing was changed",
        hint: "a node is withdrawn in one version before a later one leaves it out")
    case .memberTwice(let id):
      self.init(.refused, "\(id) signs twice", safe: "nothing was changed")
    case .notAMember(let id):
      self.init(
        .refused, "\(id) signs, and is no member of the federation", safe: "nothing was changed")
    case .badSignature(let member, let reason):
      self.init(
        .refused, "the signature of \(member) doesn't hold (\(reason))",
        safe: "nothing was changed", hint: "ask \(member) to sign again")
    case .tooFewSignatures(let count, let threshold, let version):
      self.init(
        .refused,
        "\(counted(count, "member")) of version \(version) signed, and it takes \(threshold)",
        safe: "nothing was changed", hint: "others sign with `rogatory directory sign`")
    case .issuedLater(let time):
      self.init(
        .refused, "the directory is made in the future, at \(time)", safe: "nothing was changed",
        hint: "one of the clocks is wrong")
    case .directoryExpired(let time):
      self.init(
        .refused, "the directory ended on \(time)", safe: "nothing was changed",
        hint: "ask the federation for the next version")
    case .noSuchNode(let id):
      self.init(.refused, "the directory doesn't name \(safePath(forName: id))")
    default:
      self.init(
        .failed, "that is no card or directory that this version reads: \(error.formWords)",
        safe: "nothing was added",
        hint: "ask for the file again; the other node makes its card with `rogatory peer card -o F`"
      )
    }
  }
}

extension FederationError {
  /// What is wrong with the form of a card or directory, in words.
  fileprivate var formWords: String {
    switch self {
    case .notJSON:
      "it isn't JSON as the program writes it; it may be another file, or have been changed"
    case .badField(let key): "its entry \"\(printable(key))\" is missing, or not of its form"
    case .unknownSchema(let schema):
      "it is of the form \"\(printable(String(schema.prefix(64))))\", which isn't known"
    case .badCertificate(let key): "a certificate in \"\(printable(key))\" can't be read"
    case .unknownKey(let key):
      "it has an entry \"\(printable(key))\", which this version doesn't know"
    default: "it isn't well-formed"
    }
  }
}
