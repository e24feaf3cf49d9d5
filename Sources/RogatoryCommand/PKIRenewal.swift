public import ArgumentParser
import CanonicalJSON
import Report
public import RogatoryNode

// A certificate's key is renewed in two steps, with time between them for peers to learn of it.

extension PKI {
  struct Renew: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Make the key that is to follow one of the node's, with a certificate or a request.",
      discussion: """
        Nothing that is in force changes. The card then announces a new TLS key; give it to your peers, \
        and when they have it, `rogatory pki activate` puts the new key in force. Two officers decide.
        """)
    @Argument(help: "Which key: tls or signing.") var use: CertifiedUse
    @Option(
      help: "The host that peers reach the node at, for the certificate (default: that of url).")
    var host: String?
    @Flag(help: "Give up a renewal that isn't in force yet.") var abandon = false
    @Option(help: "The officer who proposes.") var by: String?
    @Option(help: "The officer who approves.") var approvedBy: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let home = try global.openHome()
      let log = try KeyLog(home, by: by, approvedBy: approvedBy)
      if abandon {
        try log.append("renewal-abandoned", ["use": .string(use.rawValue)])
        try home.abandonRenewal(use)
        return global.print(
          .object(["abandoned": .string(use.rawValue)]), text: "Gave up the new \(use) key")
      }
      let renewal = try home.renew(use, host: host, at: currentTime()) { key in
        try log.append("renewal-begun", ["use": .string(use.rawValue), "key": .string(key)])
      }
      global.print(
        .object(
          known: [
            "use": .string(use.rawValue), "key": .string(renewal.key),
            "file": .string(renewal.file),
            "serial": renewal.certificate.map { .string($0.serial) },
            "notAfter": renewal.certificate.map { .string(timeText($0.notAfter)) },
          ]), text: words(renewal))
    }

    private func words(_ renewal: NodeHome.Renewal) -> String {
      let first =
        renewal.certificate.map { "Made \(renewal.file), valid until \(timeText($0.notAfter))" }
        ?? "Made the request \(renewal.file): have it signed, then `rogatory pki install` the answer"
      let card =
        use == .tls
        ? "\nThe card names the new key now: give it to your peers (`rogatory peer card`)" : ""
      return first + card + "\nThen: rogatory pki activate \(use)"
    }
  }

  struct Activate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put a renewed key and its certificate in force.",
      discussion: """
        Peers that don't know the new TLS key yet refuse the node from now on. A node that runs takes \
        both up within a second. Two officers decide.
        """)
    @Argument(help: "Which key: tls or signing.") var use: CertifiedUse
    @Option(help: "The officer who proposes.") var by: String?
    @Option(help: "The officer who approves.") var approvedBy: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let home = try global.openHome()
      let certificate = try home.nextCertificate(use, at: currentTime())
      let log = try KeyLog(home, by: by, approvedBy: approvedBy)
      // The log first: a key that isn't in it must not be in force.
      try log.append(
        "activated", ["use": .string(use.rawValue), "outcome": .string(certificate.serial)])
      try home.activate(use)
      global.print(
        .object([
          "use": .string(use.rawValue), "serial": .string(certificate.serial),
          "notAfter": .string(timeText(certificate.notAfter)),
        ]),
        text: "In force: \(use), serial \(certificate.serial), until "
          + timeText(certificate.notAfter)
          + (use == .tls ? "\nGive your peers the new card (`rogatory peer card`)" : ""))
    }
  }
}

extension CertifiedUse: ExpressibleByArgument {}
