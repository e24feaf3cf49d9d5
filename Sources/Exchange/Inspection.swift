import ASiC
import Age
import CAdES
import DurableFiles
import Evidence
import Glibc
import Merkle

/// One transfer's checks between its last byte and the inbox. It blocks; nothing here knows of the
/// network.
struct Inspection: Sendable {
  let node: ExchangeNode
  let row: TransferRow

  /// Why the bundle doesn't get into the inbox.
  struct Refusal: Sendable {
    var code: TransferCode
    var item: Int?
    /// What was expected and found; it stays here.
    var detail: String
  }

  enum Finding: Sendable {
    case accepted(Verdict)
    case refused(Refusal)
  }

  /// Decrypts, checks and moves the bundle: decrypted under a temporary name, flushed, checked, and
  /// only then renamed into the inbox. A crash on the way leaves files of quarantine, which the next
  /// run replaces.
  ///
  /// - Throws: what this node's own disk or keys do wrong; what is wrong with the bundle is a finding.
  func run() throws -> Finding {
    if let refusal = try decrypt() { return .refused(refusal) }
    let file = try FileReader(at: node.checkPath(row.id))
    let container: ContainerReader
    do {
      container = try ContainerReader(fileDescriptor: file.fileDescriptor)
    } catch {
      if case .readFailed = error { throw error }
      return .refused(Refusal(code: .container, detail: "\(error)"))
    }
    let (verification, token) = verify(
      container, trust: try node.trust.value(), now: node.seconds + clockTolerance)
    guard let bundle = token?.bundle else { return .refused(refusal(of: verification)) }
    if let refusal = compare(bundle) ?? checkCarrier(verification) ?? checkOnward(bundle) {
      return .refused(refusal)
    }
    try moveDurably(node.checkPath(row.id), to: node.inboxPath(row.id), folders: node.folders)
    return .accepted(verification.verdict)
  }

  private func decrypt() throws -> Refusal? {
    let source = try FileReader(at: node.partPath(row.id))
    let target = try AtomicFile(at: node.checkPath(row.id))
    let identities = try node.identities()
    do {
      try Age.decrypt(
        identities: identities, encoding: .binary, read: { try source.read(into: $0) },
        write: { try target.write($0) })
    } catch let error as AgeError {
      return Refusal(code: .decryption, detail: "\(error)")
    }
    try target.commit(replacing: true)
    return nil
  }

  private func refusal(of verification: Verification) -> Refusal {
    let item = verification.items.first { !$0.failures.isEmpty }?.number
    let failed = verification.failures.map { "\($0.id): \($0.detail)" }
    let doubts = verification.checks.filter { $0.result == .undecided }.map(\.detail)
    let signatures = verification.signatures.compactMap { report in
      report.result.subIndication.map { "\(report.file): \($0.rawValue)" }
    }
    return Refusal(
      code: verification.verdict == .cannotBeDecided ? .undecided : .notVerified, item: item,
      detail: (failed + signatures + doubts).joined(separator: "; "))
  }

  /// The bundle must be the one that was announced: its seal, view, records, terms and release.
  private func compare(_ bundle: EvidenceBundle) -> Refusal? {
    let statement = row.statement
    guard bundle.release?.bytes == row.offer.release, bundle.terms.bytes == row.offer.terms else {
      return Refusal(code: .release, detail: "terms or release aren't those of the offer")
    }
    guard bundle.seal.bundleID == statement.bundle, bundle.seal.digest == statement.seal,
      bundle.view.id == statement.view, bundle.records.last?.digest == statement.record
    else { return Refusal(code: .bundle, detail: "seal, view or last record differ") }
    return nil
  }

  /// The statement's signer, the TLS peer and the carrier seal's signer are one node.
  private func checkCarrier(_ verification: Verification) -> Refusal? {
    let anchors = (try? node.directory.value().signingAnchors(of: row.peer)) ?? []
    let carriers = verification.signatures.filter { $0.role == .carrier }
    let isSender = carriers.contains { carrier in
      carrier.validation.anchor.map { anchors.contains($0) } ?? false
    }
    return isSender
      ? nil : Refusal(code: .carrier, detail: "packed by \(verification.carrier ?? "the sealer")")
  }

  private func checkOnward(_ bundle: EvidenceBundle) -> Refusal? {
    let sealer = bundle.seal.sealer.node
    guard bundle.terms.onward == "forbidden", sealer != row.peer, sealer != node.node.text else {
      return nil
    }
    return Refusal(code: .onward, detail: "sealed by \(sealer), sent by \(row.peer)")
  }
}

/// Renames a file between two folders of the node, and returns when the disk has it.
private func moveDurably(
  _ source: String, to target: String, folders: ExchangeNode.Folders
) throws {
  guard rename(source, target) == 0 else {
    throw FileError.failed(.rename, path: target, errno: errno)
  }
  // That the name is gone from quarantine may be lost: a leftover is removed at the next start.
  try syncDirectory(folders.inbox)
}
