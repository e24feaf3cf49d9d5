import ASiC
import Age
import AuditLog
import CAdES
import CanonicalJSON
import DurableFiles
import Evidence
import Exchange
import Federation
import Glibc
import Report
import RogatoryNode

/// The exit codes of Docs/CommandLine.md.
enum ExitStatus: Int32, Error {
  case done = 0
  case failed = 1
  case notVerified = 2
  case cannotBeDecided = 3
  case refused = 4
  case temporary = 5
  case inconsistent = 6
  case usage = 64
  case cancelled = 130
}

/// An error for a person: what happened, what is safe, what to do next.
struct Failure: Error {
  var code: ExitStatus
  var what: String
  var safe: String?
  var hint: String?

  init(_ code: ExitStatus, _ what: String, safe: String? = nil, hint: String? = nil) {
    self.code = code
    self.what = what
    self.safe = safe
    self.hint = hint
  }

  /// The failure that an error of a module means, or nil where the argument parser knows better.
  init?(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as FileError: self.init(file: error)
    case let error as NodeError: self.init(node: error)
    case let error as FederationError: self.init(federation: error)
    case let error as EvidenceError: self.init(evidence: error)
    case let error as AgeError: self.init(age: error)
    case let error as AuditLogError: self.init(log: error)
    case .timestampUnavailable(let outage) as CAdESError: self.init(timestamp: outage)
    case .timestampRefused(let status) as CAdESError:
      self.init(
        .failed, "the time-stamp authority refused (PKIStatus \(status))",
        safe: "nothing was written",
        hint: "it may not know the policy that is asked for")
    case .timestampMismatch(let mismatch) as CAdESError:
      self.init(
        .failed, "the time-stamp authority's answer isn't one to the question: \(mismatch.words)",
        safe: "nothing was written", hint: "somebody may stand between it and this node")
    case let error as CAdESError:
      self.init(.failed, "a certificate or key can't be used: \(error)")
    case let error as JSONError:
      self.init(.failed, "a JSON document isn't well-formed: \(error)")
    case let error as ExchangeError: self.init(exchange: error)
    case let error as ProposalError: self.init(proposal: error)
    case let error as ChoiceError: self.init(choice: error)
    case ContainerError.readFailed(let errno):
      self.init(.failed, "the bundle can't be read: \(String(cString: strerror(errno)))")
    case ContainerError.writeFailed(let errno):
      self.init(
        .failed, "the container can't be written: \(String(cString: strerror(errno)))",
        safe: "nothing half-written was left behind",
        hint: errno == ENOSPC ? "free some space and do it again" : nil)
    case let error as ContainerError:
      self.init(
        .notVerified, "the bundle isn't a container that can be accepted: \(describe(error))",
        safe: "nothing was written")
    case is ExitStatus: return nil
    default:
      let text = describe(error)
      guard text != "\(error)" else { return nil }
      self.init(.failed, text)
    }
  }
}

/// The last words on stderr, in one shape.
func printError(_ failure: Failure) {
  printNote("rogatory: error: \(failure.what).")
  if let safe = failure.safe { printNote("  safe: \(safe).") }
  if let hint = failure.hint { printNote("  hint: \(hint)" + (hint.hasSuffix("?") ? "" : ".")) }
}

extension Failure {
  private init(file error: FileError) {
    switch error {
    case .failed(let operation, let path, let errno) where error.isOutOfSpace:
      self.init(
        .failed, "there is no room left on the disk to \(operation) \(path)",
        safe: "nothing half-written was left behind",
        hint: "free some space and do it again (\(String(cString: strerror(errno))))")
    case .failed(let operation, let path, let errno):
      self.init(
        .failed, "can't \(operation) \(path): \(String(cString: strerror(errno)))",
        safe: "nothing was changed",
        hint: errno == ENOENT ? "is it spelt right, and does its folder exist?" : nil)
    case .alreadyExists(let path):
      self.init(
        .failed, "\(path) exists already", safe: "it was not touched",
        hint: "choose another name, or move it away first")
    case .notRegular(let path):
      self.init(.failed, "\(path) isn't an ordinary file")
    case .tooLarge(let path, let limit):
      self.init(.failed, "\(path) is longer than the \(limit) bytes that such a file may have")
    case .changed(let path):
      self.init(.failed, "\(path) changed while it was being read", hint: "do it again")
    }
  }

  private init(node error: NodeError) {
    switch error {
    case .damagedLog(let entry, let what):
      let place = entry.map { "; the first bad entry is \($0)" } ?? ""
      self.init(
        .inconsistent, "the audit log isn't what its last checkpoint says (\(what))\(place)",
        safe: "nothing was changed",
        hint: "see Docs/Operating.md, \"When the log refuses to open\"")
    case .noLog:
      self.init(
        .inconsistent, "the node's log is gone", safe: "none was made in its place",
        hint: "put a backup in its place and see `rogatory log recover`; without a backup, "
          + "`rogatory log recover --new-origin`")
    case .logInUse:
      self.init(
        .temporary, "another program has the log open", safe: "nothing was changed",
        hint: "stop `rogatory serve` and do it again")
    case .recoveryUnfinished:
      self.init(
        .inconsistent, "a change to a new log was broken off", safe: "both logs are whole",
        hint: "do `rogatory log recover --new-origin` again: it goes on where it ended")
    case .homeExists(let path):
      self.init(
        .failed, "\(path) isn't empty, so no node was made there", safe: "nothing was changed",
        hint: "choose another folder with --home")
    case .noHome(let path):
      self.init(
        .failed, "there is no node in \(path)",
        hint: "name its home with --home, or make one with `rogatory init`")
    case .malformed(let name):
      self.init(.failed, "\(name) in the node's home isn't well-formed")
    case .secondPersonNeeded:
      self.init(
        .refused, "this act needs two people", safe: "nothing was done",
        hint: "name the one who proposes with --by and the one who approves with --approved-by")
    case .unknownPeer(let id):
      self.init(
        .refused, "no approved peer is called \(id)", safe: "nothing left this node",
        hint: "`rogatory peer list` shows the peers; `rogatory peer add CARD` adds one")
    case .ownCard, .namedByDirectory, .noProposal, .adoptedAlready, .noDirectory:
      self.init(membership: error)
    case .awaitingCertificates(let name):
      self.init(
        .failed, "the node has no certificate \(name) yet",
        hint: "have pki/*.csr signed by your authority, then `rogatory pki install` the answers")
    case .certificateRevoked(let name):
      self.init(
        .refused, "this node's certificate \(name) was revoked", safe: "nothing was signed",
        hint: "make a new node, or have a new certificate issued")
    case .noAuthority:
      self.init(
        .failed, "this node has no development authority",
        hint: "certificates and revocation lists come from its real one")
    case .noTimestampAuthority:
      self.init(
        .failed, "no time-stamp authority is configured, and the node has none of its own",
        safe: "nothing was signed",
        hint: "set tsa.url and tsa.anchors in node.yaml (see Config/node.yaml)")
    case .stillWaiting:
      self.init(
        .temporary, "revocation data is still missing: no source has any of the right time",
        safe: "nothing was written, and the bundle stays as it is",
        hint: "`crl` and `ocsp` of node.yaml have to cover every issuer; then try again later")
    case .badCertificate(let problem):
      self.init(
        .failed, "that can't be installed: \(problem.words)", safe: "nothing was changed",
        hint: "`openssl x509 -noout -text -in FILE` shows what a certificate says")
    case .notAFile(let path):
      self.init(
        .failed, "\(safePath(forName: path)) is a symbolic link or special file",
        safe: "nothing was sealed", hint: "put a copy of the file it points to in its place")
    case .unreadableName(let path):
      self.init(
        .failed, "the name of \(safePath(forName: path)) isn't UTF-8", safe: "nothing was sealed",
        hint: "rename a copy of the file")
    case .decoderMissing(let program, let package):
      self.init(
        .failed, "companions need the program \(program), which isn't installed",
        safe: "nothing was sealed",
        hint: "install the package \(package), or seal without companions")
    case .outputNotEmpty(let path):
      self.init(
        .failed, "\(path) isn't empty", safe: "nothing was written there",
        hint: "name a new folder")
    case .openKey(let name, let mode):
      self.init(
        .refused, "\(name) may be read by others (mode \(mode))", safe: "the key was not used",
        hint: "if nobody else had it: chmod 600; otherwise make new keys")
    default: self.init(keeping: error)
    }
  }

  /// What keeping a node's keys and configuration meets.
  private init(keeping error: NodeError) {
    switch error {
    case .passphraseNeeded:
      self.init(
        .failed, "the node's keys need a passphrase, and none was given", safe: "nothing was done",
        hint: "--key-passphrase-file FILE, ROGATORY_KEY_PASSPHRASE_FILE, or a terminal to ask on")
    case .wrongPassphrase(let name):
      self.init(
        .failed, "the passphrase doesn't open \(name)", safe: "nothing was changed",
        hint: "try again; if it is the right one, the file is damaged: restore it")
    case .costlyKey(let name, let workFactor):
      self.init(
        .failed, "\(name) is encrypted at a cost of 2^\(workFactor), more than is accepted",
        safe: "it was not opened", hint: "restore the key from the backup")
    case .keysAlready(let encrypted):
      self.init(
        .failed,
        encrypted ? "the keys are under a passphrase already" : "the keys have no passphrase",
        safe: "nothing was changed",
        hint: encrypted ? "`rogatory keys passwd` changes it" : "`rogatory keys encrypt` gives one")
    case .renewalUnderWay(let use):
      self.init(
        .failed, "a new \(use) key is made already", safe: "nothing was changed",
        hint: use == "cosigner"
          ? "`rogatory keys activate cosigner`, or `rogatory keys renew cosigner --abandon`"
          : "`rogatory pki activate \(use)`, or `rogatory pki renew \(use) --abandon`")
    case .noRenewal(let use):
      self.init(
        .failed, "there is no \(safePath(forName: use)) to put in force or to retire",
        safe: "nothing was changed",
        hint:
          "`rogatory pki renew` or `rogatory keys renew` makes one; `rogatory pki show` lists what is there"
      )
    case .rootInUse(let by):
      self.init(
        .refused, "the root is still needed by \(by)", safe: "nothing was changed",
        hint: "renew what is under it first: `rogatory pki renew`, then `activate`")
    case .tooManyIdentities(let limit):
      self.init(
        .failed, "the node has \(limit) age identities, as many as it may", safe: "none was made",
        hint: "`rogatory keys retire recipients` deletes the old ones")
    case .nodeRuns:
      self.init(
        .temporary, "a node runs from this home", safe: "nothing was changed",
        hint: "stop `rogatory serve` and do it again")
    case .configuration(let problem):
      self.init(
        .failed, "node.yaml can't be used: \(problem.words)", safe: "nothing was done",
        hint: "Config/node.yaml explains every key")
    default: self.init(.failed, "\(error)")
    }
  }

  private init(timestamp outage: TimestampOutage) {
    let why =
      switch outage {
      case .unreachable: "it isn't reached"
      case .status(let code): "it answers with HTTP status \(code)"
      case .mediaType: "its answer isn't a time-stamp reply"
      case .tooLarge: "its answer is too long"
      case .other: "it failed"
      }
    self.init(
      .temporary, "there is no time-stamp from the authority now: \(why)",
      safe: "nothing was written", hint: "try again later; `tsa.url` in node.yaml names it")
  }

  private init(federation error: FederationError) {
    switch error {
    case .onePersonTwice(let id):
      self.init(.refused, "\(id) can't approve what \(id) proposed", safe: "nothing was done")
    case .unknownOfficer(let id):
      self.init(
        .refused, "\(id) isn't an officer of this node", safe: "nothing was done",
        hint: "`rogatory officer list` shows them")
    case .auditorOnly(let id):
      self.init(
        .refused, "\(id) is an auditor, who reads the log and neither opens, redacts nor sends",
        safe: "nothing was done", hint: "`rogatory audit` and `rogatory log` are for auditors")
    case .noSecondOfficer:
      self.init(
        .refused, "this act needs two officers", safe: "nothing was done",
        hint: "add one with `rogatory officer add`")
    case .officerExists(let id):
      self.init(.failed, "\(id) is an officer already")
    case .badIdentifier(let text):
      self.init(
        .usage, "\(safePath(forName: text)) can't be an id",
        hint: "small letters, digits, '.', '_' and '-', at most 64")
    default: self.init(directory: error)
    }
  }

  private init(evidence error: EvidenceError) {
    switch error {
    case .closed, .notPermitted, .locked:
      self.init(.refused, describe(error), safe: "nothing was written")
    case .changedWhileRead:
      self.init(
        .failed, describe(error), safe: "nothing was written",
        hint: "close the program that writes to it, or seal a copy")
    case .noItems:
      self.init(.failed, describe(error), hint: "name a file, or a folder that holds some")
    default:
      self.init(.failed, describe(error), safe: "nothing was written")
    }
  }

  private init(age error: AgeError) {
    switch error {
    case .noMatch:
      self.init(
        .failed, "none of the keys given opens this file", safe: "nothing was written",
        hint: "it may be encrypted to somebody else, or the passphrase is another")
    case .macFailure:
      self.init(.failed, "the file's header was changed", safe: "nothing was written")
    case .payloadFailure:
      self.init(
        .failed, "the file was changed or cut short", safe: "nothing was written",
        hint: "ask for it again")
    case .headerFailure:
      self.init(.failed, "this isn't an age file", safe: "nothing was written")
    case .armored:
      self.init(.failed, "a file with ASCII armor can't be read part by part")
    case .armorFailure:
      self.init(.failed, "the file's armor is damaged", safe: "nothing was written")
    default:
      self.init(.failed, "\(error)", safe: "nothing was written")
    }
  }
}

extension ConfigurationProblem {
  fileprivate var words: String {
    switch self {
    case .notYAML(let line): "it isn't YAML" + (line.map { ", from line \($0) on" } ?? "")
    case .unknownKey(let key, let nearest):
      "it has no key \(key.prefix(80))" + (nearest.map { "; is \($0) meant?" } ?? "")
    case .missing(let key): "the key \(key) is missing"
    case .badValue(let key):
      "the value of \(key) isn't one that it can have, in the file or in the environment"
    }
  }
}

extension TimestampMismatch {
  fileprivate var words: String {
    switch self {
    case .imprint: "it is over something else"
    case .nonce: "it was made for another request"
    case .signature: "its signature is wrong"
    case .signingCertificate: "the certificate that it names isn't there"
    case .extendedKeyUsage: "its certificate isn't for time-stamping alone"
    case .policy: "it was made under another policy"
    case .form: "its form isn't exact, so no signature of ours may hold it"
    }
  }
}

extension CertificateProblem {
  fileprivate var words: String {
    switch self {
    case .noAnchor: "no root is trusted yet; name the authority's with --anchors"
    case .notOurKey: "none of the certificates is for a key of this node"
    case .notValidNow(let subject): "the certificate of \(subject) isn't valid now"
    case .noChain(let subject):
      "the certificate of \(subject) doesn't lead to an anchor; put its issuers into the file"
    case .otherUse(let subject, let use):
      "the certificate of \(subject) isn't made for \(use == "tls" ? "both sides of TLS" : "signatures")"
    }
  }
}
