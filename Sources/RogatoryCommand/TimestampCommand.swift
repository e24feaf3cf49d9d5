import ArgumentParser
import CAdES
import CanonicalJSON
import DurableFiles
import Evidence
import Redaction
import Report
import RogatoryNode

struct TimestampCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timestamp", abstract: "Have a file time-stamped: proof that it existed by now.",
    discussion: """
      Asks the node's time-stamp authority, or the one that --tsa names, for an RFC 3161 token over \
      the file's SHA-256; the file itself stays here. Check it with `openssl ts -verify -token_in \
      -in TOKEN -data FILE -CAfile ANCHORS`. Exit 5: the authority isn't reached now.
      """)

  @Argument(help: "The file.") var file: String
  @Option(name: .shortAndLong, help: "The token to write (DER).", transform: outputPath) var output:
    String
  @Option(help: "An authority's URL, instead of the node's.") var tsa: String?
  @Option(help: "Roots that the authority's certificate must chain to: a PEM file.")
  var tsaTrust: String?
  @Option(help: "The policy that the token must be made under, such as 1.3.6.1.4.1.32473.1.1.")
  var policy: String?
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard tsa == nil || tsa?.hasPrefix("http://") == true || tsa?.hasPrefix("https://") == true
    else { throw ValidationError("--tsa takes a URL with http:// or https://.") }
    guard tsa == nil || tsaTrust != nil else {
      throw ValidationError("--tsa needs --tsa-trust: whose time-stamps are to be believed?")
    }
  }

  func run() throws {
    let service = try service()
    let digest = try self.digest()
    let token = try requestTimestamp(
      imprint: digest, policy: policy ?? service.policy, from: service.request)
    let stamp = CAdES.validate(
      timestamp: token, imprint: digest, anchors: service.anchors,
      certificates: service.certificates, now: currentTime())
    // Nobody says yet whether the authority's certificate was revoked; all else must hold.
    guard stamp.result == .passed || stamp.result == .indeterminate(.tryLater),
      let time = stamp.time, let authority = stamp.authority
    else {
      throw Failure(
        .failed,
        "the time-stamp isn't one that can be trusted: "
          + (stamp.result.subIndication?.rawValue ?? "no time"),
        safe: "nothing was written", hint: "the roots have to be those of this authority")
    }
    try writeOutput(to: output) { descriptor in
      try token.withUnsafeBytes { try DescriptorWriter(descriptor, path: output).write($0) }
    }
    global.print(
      .object(known: [
        "file": .string(file), "token": .string(output), "sha256": .string(hex(digest)),
        "time": .string(timeText(time)), "authority": .string(authority.subject),
        "serial": stamp.serial.map { .string($0) },
      ]),
      text: "\(file) existed by \(timeText(time)), says \(authority.subject)\n"
        + "sha256 \(hex(digest)), token in \(output)")
  }

  private func service() throws -> TimestampService {
    let anchors = try tsaTrust.map { try readTrust([$0], or: global).certificates }
    guard let tsa else {
      let own = try global.openHome().timestampAuthority()
      return TimestampService(
        request: own.request, policy: own.policy, certificates: own.certificates,
        anchors: anchors ?? own.anchors)
    }
    let client = AuthorityClient()
    return TimestampService(
      request: { try client.timestamp($0, at: tsa) }, policy: nil, certificates: anchors ?? [],
      anchors: anchors ?? [])
  }

  private func digest() throws -> [UInt8] {
    let input = try FileReader(at: file, followingLinks: true)
    var digest = Digest256()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { buffer.deallocate() }
    while true {
      let count = try input.read(into: buffer)
      if count == 0 { break }
      digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
    try input.checkUnchanged()
    return digest.finalize()
  }
}
