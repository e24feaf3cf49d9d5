import ASiC
import ArgumentParser
import DurableFiles
import Evidence
import Glibc
import Redaction
import Report
import RogatoryNode

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a bundle: no account, no node, no network.",
    discussion: """
      Exit 0: VERIFIED, or VERIFIED, REDACTED. 2: NOT VERIFIED, proven bad. 3: CANNOT BE DECIDED. \
      1: the file can't be read. Without --trust, the anchors of the home and its peers count.
      """)

  @Argument(help: "The bundle, or any ASiC container with CAdES signatures.") var bundle: String
  @Option(help: "Trust anchors: a PEM file, or a folder of <node id>.pem. Repeatable.")
  var trust: [String] = []
  @Option(help: "The time of the question, RFC 3339 (default: the time each signature proves).")
  var at: String?
  @Flag(help: "Never use the network. It never does.") var offline = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let anchors = try readTrust(trust, or: global)
    let time = try at.map { text in
      guard let time = StatementTime(text) else {
        throw Failure(.usage, "--at takes a time like 2026-11-21T09:00:00Z")
      }
      return time.unixSeconds
    }
    let verification = try judge(anchors, at: time)
    let anchorFile = trust.first {
      (try? facts(ofFile: $0, followingLinks: true))?.kind == .regular
    }
    if anchors.certificates.isEmpty {
      printNote("rogatory: note: no trust anchors were given: name the sealer's with --trust FILE.")
    }
    let report = VerificationReport(verification, path: bundle, anchors: anchorFile)
    global.print(report.json, text: report.text)
    switch verification.verdict {
    case .verified, .verifiedRedacted: return
    case .notVerified: throw ExitCode(ExitStatus.notVerified.rawValue)
    case .cannotBeDecided: throw ExitCode(ExitStatus.cannotBeDecided.rawValue)
    }
  }

  /// A file that can be read but isn't a container gets a verdict, not an error.
  private func judge(_ anchors: TrustAnchors, at time: Int64?) throws -> Verification {
    let file = try FileReader(at: bundle, followingLinks: true)
    do {
      let container = try ContainerReader(
        fileDescriptor: file.fileDescriptor, tolerant: true)
      let home = try? global.openHome()
      let check = home == nil ? nil : FileCheck(reading: file.fileDescriptor)
      let progress = Progress("verifying", total: file.facts.size, quiet: global.quiet)
      defer { progress.finish() }
      let (verification, bundle) = verify(
        container, trust: anchors, at: time, now: currentTime(), progress: progress.advance)
      if bundle != nil, let check {
        home?.checkedFiles(software: softwareVersion)
          .remember(check, container: containerDigest(of: container))
      }
      return verification
    } catch ContainerError.readFailed(let errno) {
      throw FileError.failed(.read, path: bundle, errno: errno)
    } catch {
      return verdict(onMalformed: error)
    }
  }
}
