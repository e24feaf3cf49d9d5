// The peer protocol of Docs/Exchange.md: mutual TLS 1.3, offers, streamed uploads, quarantine and
// every check before the inbox, signed receipts with log proofs, checkpoints swapped and cosigned.
// The state of a transfer is a pure value (`TransferState`); everything else is the shell around it.
// `ExchangeTests` and `Tests/CommandLineTests` prove it with real processes.
//
// Uploads follow the IETF draft "Resumable Uploads for HTTP" (draft-ietf-httpbis-resumable-upload):
// `Upload-Offset`, `Upload-Complete`, `Upload-Length`; receipts are named as in ETSI EN 319 522.
// Left out: corrections.

public import Evidence
public import Federation

/// Why an exchange can't go on.
public enum ExchangeError: Error, Sendable {
  /// No approved peer has this id.
  case unknownPeer(String)
  /// The node is known, and nothing is exchanged with it now.
  case heldPeer(String, HeldPeer.Reason)
  /// No transfer of this node has this id.
  case unknownTransfer(String)
  /// Not a transfer id.
  case badTransferID(String)
  /// The bundle isn't one whose every check passes, so it isn't sent.
  case notVerified(Verification)
  /// The handling terms forbid it; nothing was sent.
  case refusedByTerms(TransferCode)
  /// A signature of the bundle is below level B-LT: an authority wasn't reached when it was made.
  case awaitsAuthority(file: String)
  /// The transfer isn't in a state that allows this.
  case wrongPhase(TransferPhase)
  /// Another program is at work on this transfer now.
  case busy(String)
  /// The peer isn't reached now; the transfer stays in the outbox.
  case unreachable(PeerProblem)
  /// The peer answers, but not with what was asked: the HTTP status and its code.
  case refusedByPeer(status: Int, code: String)
  /// The peer's answer isn't what the protocol says; the part that is wrong.
  case badAnswer(String)
  /// A receipt of the peer doesn't hold; the part that is wrong.
  case badReceipt(String)
  /// A file of a removable medium isn't what its manifest says.
  case damagedMedium(file: String)
  /// A removable medium is between these nodes, and this one isn't its receiver.
  case otherMedium(from: String, to: String)
  /// Nothing waits for this peer.
  case nothingWaits(for: String)
  /// A statement isn't well-formed; the key.
  case malformed(String)
  /// The peer's log contradicts itself, or ours contradicts what the peer holds of it.
  case fork(origin: String)
  /// A witness holds more of this node's log than is here (so many entries), or another history.
  case ownFork(held: UInt64?)
  /// The node's own TLS key or certificate can't be used.
  case ownCertificate
  /// The peer's clock is so many seconds ahead of ours, more than ten minutes either way.
  case clocksDiffer(Int64)
  /// The peer adopted another content of the directory's same version.
  case directoriesDiffer(version: Int64)
  /// The system doesn't let us listen at this address.
  case cannotListen(ListeningProblem)
}

extension ExchangeError {
  /// Whether doing the same later may succeed.
  public var isTemporary: Bool {
    switch self {
    case .unreachable, .busy, .awaitsAuthority: true
    case .refusedByPeer(let status, _): status == 429 || status == 503 || status == 507
    default: false
    }
  }

  /// The error in words, without a full stop.
  public var words: String {
    switch self {
    case .unknownPeer(let id): "no approved peer is called \(id)"
    case .heldPeer(let id, let reason): "\(id) isn't exchanged with: \(reason.words)"
    case .unknownTransfer(let id): "there is no transfer \(id) here"
    case .badTransferID(let text): "\(text.prefix(80)) isn't a transfer id"
    case .notVerified(let verification):
      "the bundle isn't sent, since its verdict is \(verification.verdict.words)"
    case .refusedByTerms(let code): "the terms forbid it: \(code.words)"
    case .awaitsAuthority(let file):
      "the bundle waits for a time-stamp or revocation data: \(file) isn't at level B-LT"
    case .wrongPhase(let phase): "the transfer is \(phase.rawValue)"
    case .busy(let id): "another program is at work on transfer \(id)"
    case .unreachable(let problem): problem.words
    case .refusedByPeer(let status, let code): refusalWords(status, codeText(code))
    case .damagedMedium(let file): "\(file) on the medium is damaged, missing or no ordinary file"
    case .otherMedium(let from, let to):
      "the medium is from \(from.prefix(64)) to \(to.prefix(64)), not to this node"
    case .nothingWaits(let peer): "nothing waits for \(peer)"
    case .badAnswer(let part): "the peer's answer isn't one of this protocol (\(part))"
    case .badReceipt(let part): "the peer's receipt doesn't hold (\(part))"
    case .malformed(let key): "a statement isn't well-formed (\(key))"
    case .fork(let origin): "the log \(origin) contradicts itself; the evidence is kept"
    case .ownFork(let held?):
      "the peer holds \(counted(held, "entry", "entries")) of this node's log, more than are here: the "
        + "log was restored from an old copy, or cut short"
    case .ownFork(nil): "the peer holds another history of this node's log than it tells now"
    case .cannotListen(let problem):
      "the listener for \(problem.listener.rawValue) can't start: \(problem.words)"
    case .clocksDiffer(let seconds):
      "the peer's clock is \(abs(seconds)) s \(seconds > 0 ? "ahead of" : "behind") ours, more than "
        + "the ten minutes that signatures may differ by"
    case .directoriesDiffer(let version):
      "the peer adopted another version \(version) of the directory than this node"
    case .ownCertificate: "this node's own TLS key or certificate can't be used"
    }
  }
}

/// What a peer's refusal means; of limits, that nothing is wrong and what helps where it stays.
private func refusalWords(_ status: Int, _ code: String) -> String {
  let meaning: String? =
    switch (status, code) {
    case (429, "OFFERS_PER_MINUTE"):
      "the peer takes no more offers this minute; the queue goes on by itself"
    case (429, "REQUESTS_PER_MINUTE"), (429, "REQUESTS"):
      "the peer takes no more requests from this node for a moment; the queue goes on by itself"
    case (429, "OPEN_TRANSFERS"), (429, "OPEN_BYTES"), (507, "QUARANTINE"):
      "the peer has to check what it was sent before it takes more; the queue goes on by itself"
    case (429, "BYTES_PER_DAY"):
      "the peer takes no more bytes from this node today; the queue goes on by itself"
    case (429, "CONCURRENT_TRANSFERS"):
      "the peer takes no more uploads at the same time; the queue goes on by itself"
    case (413, "BUNDLE_BYTES"):
      "the bundle is longer than the peer takes; its administrators can allow more"
    case (507, "DISK"):
      "the peer's disk is too full for this bundle; its administrators can make room"
    default: nil
    }
  return meaning.map { "\($0) (\(status) \(code))" } ?? "the peer refuses (\(status) \(code))"
}

extension ExchangeError {
  /// Whether the peer is there, and counts what it takes in a minute: it isn't to be left alone for long.
  var isOfTheMinute: Bool {
    if case .refusedByPeer(429, let code) = self {
      ["OFFERS_PER_MINUTE", "REQUESTS_PER_MINUTE", "REQUESTS"].contains(code)
    } else {
      false
    }
  }
}

/// A code of a peer's answer as it may stand on a terminal and in a table: of its own form, or not told.
private func codeText(_ code: String) -> String {
  code.wholeMatch(of: #/[A-Z0-9_-]{1,64}/#) == nil ? "?" : code
}

/// Why a transfer was refused, as a code that both sides may know.
///
/// What was expected and what was found stay with the node that refused.
public enum TransferCode: String, Hashable, Sendable, CaseIterable {
  /// The offer's statement isn't well-formed, or not signed by the peer.
  case offer = "OFFER"
  /// Terms or release aren't those of the statement, or don't name this node and this transfer.
  case release = "RELEASE"
  /// The terms' legal basis or retention has ended.
  case expired = "EXPIRED"
  /// The terms forbid that this node gives the bundle on.
  case onward = "ONWARD_FORBIDDEN"
  /// The bytes aren't those of the statement.
  case ciphertext = "CIPHERTEXT_DIGEST"
  /// The file doesn't open with this node's keys, or was damaged.
  case decryption = "DECRYPTION"
  /// What was encrypted isn't a container that we accept.
  case container = "CONTAINER"
  /// The bundle is proven bad.
  case notVerified = "NOT_VERIFIED"
  /// The bundle can't be decided, for lack of an anchor or of revocation data.
  case undecided = "CANNOT_BE_DECIDED"
  /// Whoever packed the bundle isn't the sender.
  case carrier = "CARRIER"
  /// The bundle isn't the one of the statement.
  case bundle = "BUNDLE_DIFFERS"
  /// The time for it passed.
  case deadline = "DEADLINE"
  /// The sender took it back before it was delivered.
  case cancelled = "CANCELLED"

  /// The code in words.
  public var words: String {
    switch self {
    case .offer: "the offer isn't well-formed or not signed by the sender"
    case .release: "the release doesn't name this sender, recipient and transfer"
    case .expired: "the legal basis or the retention period has ended"
    case .onward: "the sealer forbids that the bundle is given on"
    case .ciphertext: "the bytes aren't those that were announced"
    case .decryption: "the file doesn't open with the recipient's keys"
    case .container: "the content isn't a container of the expected form"
    case .notVerified: "the bundle doesn't verify"
    case .undecided: "the bundle can't be decided"
    case .carrier: "the bundle was packed by another node than the sender"
    case .bundle: "the bundle isn't the one that was announced"
    case .deadline: "it didn't get through in time"
    case .cancelled: "the sender took it back"
    }
  }
}

/// How long a statement, receipt or answer may be, and how often something may be tried; each says
/// why it is as large as it is. What an administrator sets is in ``ExchangeLimits``.
enum WireLimits {
  /// A statement has about 1 kB; recipients are the only list.
  static let statement = 16 * 1024
  /// A B-LT signature holds two chains and their revocation lists; a list of a large authority
  /// may have hundreds of kilobytes.
  static let signature = 1 << 20
  /// `terms.json` and `release.json`, as in bundles.
  static let document = 1 << 20
  /// An offer: two documents, a statement and a signature in base64.
  static let offer = 5 << 20
  /// Receipts with proofs and signatures in base64: four of them at most.
  static let receipts = 8 << 20
  /// A signed directory, as long as one may be.
  static let directory = SignedDirectory.maximumBytes
  /// A checkpoint with a proof.
  static let checkpoint = 512 * 1024
  /// A transfer has receipts of submission, relay, delivery, non-retrieval and retrieval, and of a
  /// recall that was refused before it was erased: seven.
  static let receiptsPerTransfer = 8
  /// The recipients of one release.
  static let recipients = 64
  /// What one page of a mailbox lists: offers of a few kilobytes are the rule.
  static let mailboxRows = 32
  /// After so many bytes of offers and receipts a page ends; the largest offer fits all the same.
  static let mailboxPage = 4 << 20
  /// A page: what it may have when the last thing that fits is the largest.
  static let mailbox = mailboxPage + receipts + offer
  /// Transfers that a page names because their receipts are awaited.
  static let mailboxAwaited = 256
  /// Pages that one round reads: more than a peer may have open here.
  static let mailboxPages = 64
}
