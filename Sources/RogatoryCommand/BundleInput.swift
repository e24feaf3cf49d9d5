import ASiC
import CAdES
import DurableFiles
import Evidence
import RogatoryNode

/// A bundle file that is open for reading.
struct BundleInput {
  let path: String
  let file: FileReader
  let container: ContainerReader

  /// Opens the file and its container.
  ///
  /// - Throws: `FileError` where it can't be read, a ``Failure`` with NOT VERIFIED's exit code where
  ///   it isn't a container.
  init(_ path: String) throws {
    self.path = path
    file = try FileReader(at: path, followingLinks: true)
    do {
      container = try ContainerReader(fileDescriptor: file.fileDescriptor)
    } catch {
      if case .readFailed(let errno) = error {
        throw FileError.failed(.read, path: path, errno: errno)
      }
      throw Failure(
        .notVerified, "\(path) isn't a container that can be accepted: \(describe(error))",
        safe: "nothing was written", hint: "it may be incomplete: ask for it again")
    }
  }

  /// The bundle with its token, or the failure that says why it isn't one to work on.
  ///
  /// - Parameter checked: contents of a file that is listed here aren't read again, and one that had
  ///   to be read in full gets onto the list. Call ``FileReader/checkUnchanged()`` when the work is
  ///   done.
  func verified(
    trust: TrustAnchors, _ global: GlobalOptions, label: String, checked: CheckedFiles? = nil
  ) throws -> VerifiedBundle {
    let progress = Progress(label, total: file.facts.size, global)
    let digest = containerDigest(of: container)
    let unchanged = checked?.unchangedContent(of: file.fileDescriptor, container: digest)
    let check =
      checked != nil && unchanged == nil ? FileCheck(reading: file.fileDescriptor) : nil
    let (verification, bundle) = verify(
      container, trust: trust, now: currentTime(), unchanged: unchanged,
      progress: progress.advance)
    progress.finish()
    guard let bundle else { throw BundleInput.refusal(verification, path: path) }
    if let check { checked?.remember(check, container: digest) }
    return bundle
  }

  /// Remembers that the file was checked in full, so that `redact` needn't.
  func remember(_ check: FileCheck, in home: NodeHome) {
    home.checkedFiles(software: softwareVersion)
      .remember(check, container: containerDigest(of: container))
  }

  /// What to tell a person whose bundle can't be worked on.
  static func refusal(_ verification: Verification, path: String) -> Failure {
    let first =
      verification.failures.first?.detail
      ?? verification.checks.first { $0.result == .undecided }?.detail
      ?? verification.signatures.compactMap(\.result.subIndication?.rawValue).first
    if verification.seal == nil, verification.failures.isEmpty {
      return Failure(.failed, describe(EvidenceError.notABundle), safe: "nothing was written")
    }
    let code: ExitStatus =
      verification.verdict == .cannotBeDecided ? .cannotBeDecided : .notVerified
    return Failure(
      code, "\(path): \(verification.verdict.words)" + (first.map { ": \($0)" } ?? ""),
      safe: "nothing was written", hint: "`rogatory verify \(path)` shows every check")
  }
}
