import Age
import ArgumentParser
import AuditLog
import CAdES
import Federation
import RogatoryNode

struct Init: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make a node's home: keys, configuration, log.",
    discussion: """
      With --development the node gets its own certification authority, time-stamping authority and \
      revocation lists, keys without passphrase, and two officers. Without it, a passphrase is \
      asked for, under which the keys are kept, and requests for certificates are made for a real \
      authority to sign.
      """)

  enum Algorithm: String, ExpressibleByArgument, CaseIterable {
    case p256, p384, rsa3072

    var kind: SigningKey.Kind {
      switch self {
      case .p256: .p256
      case .p384: .p384
      case .rsa3072: .rsa3072
      }
    }
  }

  @Option(help: "The node's id, as it will stand in every seal.") var node: String
  @Option(help: "Its country, two letters.") var country: String
  @Option(help: "The authority that runs it.") var authority: String?
  @Option(help: "The host that it listens on.") var host = "127.0.0.1"
  @Option(help: "The port that it listens on.") var port = 8443
  @Option(help: "What it signs with: p256, p384 or rsa3072 (PSS).")
  var algorithm = Algorithm.p256
  @Flag(help: "Peers don't call it: it fetches from them, as behind a firewall.") var pull = false
  @Flag(help: "A node to try things with, never for real cases.") var development = false
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard country.count == 2, country.allSatisfy({ $0.isASCII && $0.isUppercase }) else {
      throw ValidationError("--country takes two capital letters, such as PT.")
    }
    guard (1...65535).contains(port) else { throw ValidationError("--port takes 1 to 65535.") }
  }

  /// A development node has one only where it is given on purpose.
  private func passphrase() throws -> Passphrase? {
    guard !development || global.keyPassphraseFile != nil else { return nil }
    return try global.passphraseInput.new()
  }

  func run() async throws {
    let order = HomeOrder(
      node: try NodeID(node), country: country, authority: authority ?? node,
      development: development, host: host, port: port, algorithm: algorithm.kind,
      passphrase: try passphrase(), delivery: pull ? .pull : .push)
    let home = try NodeHome.make(at: global.homePath, order, now: currentTime())
    let log = try home.openLog(software: softwareVersion, creating: true)
    _ = try await log.append(
      LogDraft(
        .keyChange, ["outcome": "created", "code": development ? "development" : "requests"]))
    try log.close()
    try global.print(
      .object(known: [
        "home": .string(home.path), "node": .string(home.id.text),
        "recipient": try .string(home.recipients()[0]),
        "anchors": development ? .string(home.file("pki/anchors.pem")) : nil,
        "logKey": try .string(home.logKey()),
      ]),
      text: development
        ? """
        Made a development node, \(home.id), in \(home.path).
        Its anchors, for whoever checks what it seals: \(home.file("pki/anchors.pem"))
        Next: rogatory --home \(home.path) doctor
        """
        : """
        Made a node, \(home.id), in \(home.path).
        Have pki/signing.csr and pki/tls.csr signed, and install the answers:
        rogatory --home \(home.path) pki install CERTIFICATES.pem --anchors ROOT.pem
        """)
  }
}
