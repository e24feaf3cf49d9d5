import AuditLog
import Evidence
import Glibc

extension Failure {
  /// What the audit log refuses.
  init(log error: AuditLogError) {
    switch error {
    case .malformedKey, .wrongKeyKind:
      self.init(.usage, "that isn't a log's verifier key", hint: "name+8 hex digits+base64")
    case .fileExists(let path):
      self.init(
        .failed, "\(path) exists already", safe: "it was not touched",
        hint: "choose another name, or move it away first")
    case .file(let path, let errno):
      self.init(.failed, "can't use \(path): \(String(cString: strerror(errno)))")
    case .noSuchEntry(let index):
      self.init(.failed, "the log has no entry \(index)")
    case .malformedProof, .malformedNote, .malformedCheckpoint, .tooLarge:
      self.init(.failed, "the file isn't a proof or checkpoint that can be read (\(error))")
    case .notALog:
      self.init(.failed, "the file isn't a log or an export of one")
    case .sameNode(let node):
      self.init(
        .refused, "both logs are of \(node): one node's log can't agree or disagree with itself",
        safe: "nothing was compared",
        hint: "give its log and one of the other node, such as its `log export --peer \(node)`")
    case .exportForAnother(let peer, let node):
      self.init(
        .refused, "one of the files is an export for \(peer), the other a log of \(node)",
        safe: "nothing was compared",
        hint: "give the export that was made with `log export --peer \(node)`, or the whole log")
    case .newerFormat(let format):
      self.init(
        .failed, "this program is too old for the log, whose format is \(format.prefix(40))",
        safe: "nothing was changed", hint: "use the version that wrote it, or a newer one")
    case .unknownRule:
      self.init(.usage, "there is no such rule", hint: "`rogatory log rules` lists them")
    case .tooYoung(let rule, let until):
      self.init(
        .refused, "\(rule) keeps some of that until \(Timestamp.text(until))",
        safe: "nothing was erased", hint: "`rogatory log rules` has the ages and their sources")
    case .held(let order):
      self.init(
        .refused, "order \(order) holds some of that", safe: "nothing was erased or deleted",
        hint: "`rogatory hold list` shows the holds; a recall of what is held is answered by "
          + "`rogatory refuse-recall`")
    case .heldAlready(let order):
      self.init(.refused, "order \(order) holds that already", safe: "nothing was placed")
    case .notHeld(let order):
      self.init(
        .refused, "no hold of order \(order) is in force there", safe: "nothing was lifted",
        hint: "`rogatory hold list` shows the holds, with what each is on")
    case .nothingToPrune:
      self.init(
        .refused,
        "there is nothing to prune: no whole tile of 256 entries before that time is in a "
          + "checkpoint that a peer has cosigned", safe: "nothing was deleted")
    case .noSuchPersonalField(let index, _):
      self.init(
        .failed, "entry \(index) has no such text, or it is erased already",
        safe: "nothing was erased")
    case .malformedPolicy(let line):
      self.init(.failed, "line \(line) of the policy isn't one of C2SP tlog-policy")
    case .noQuorum:
      self.init(
        .inconsistent, "the cosignatures don't make the policy's quorum",
        hint: "`rogatory log checkpoint` shows who has cosigned")
    case .proofFailed:
      self.init(
        .inconsistent, "the proof doesn't lead from this entry to the checkpoint",
        hint: "the entry has to be the exact bytes that `rogatory log prove` wrote beside the proof"
      )
    case .unknownKey(let name):
      self.init(
        .inconsistent, "there is no signature by the key of \(safePath(forName: name))",
        hint: "the key has to be that of the log which the checkpoint names")
    case .badSignature(let name):
      self.init(.inconsistent, "the signature by \(safePath(forName: name)) is wrong")
    default: self.init(refusing: error)
    }
  }

  private init(refusing error: AuditLogError) {
    self.init(
      .inconsistent, "the audit log refuses: \(error)", safe: "nothing was changed",
      hint: "see Docs/Operating.md, \"When the log refuses to open\"")
  }
}
