import ArgumentParser
import AuditLog
import CAdES
import CanonicalJSON
import Evidence
import Report
import RogatoryNode

struct PKI: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pki", abstract: "The node's certificates and its development authority.",
    subcommands: [
      Show.self, Install.self, Renew.self, Activate.self, Retire.self,
      RevocationListCommand.self, StatusCommand.self, Revoke.self,
    ])

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "List the node's certificates with their ends and fingerprints.")
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let rows = try global.openHome().certificates()
      global.print(
        .object([
          "certificates": .array(
            rows.map { row in
              .object([
                "use": .string(row.use), "subject": .string(row.certificate.subject),
                "issuer": .string(row.certificate.issuer),
                "serial": .string(row.certificate.serial),
                "notAfter": .string(timeText(row.certificate.notAfter)),
                "sha256": .string(row.fingerprint),
              ])
            })
        ]),
        text: rows.map {
          "\($0.use)  until \(timeText($0.certificate.notAfter))  serial \($0.certificate.serial)\n"
            + "    \($0.certificate.subject)\n    sha256 \($0.fingerprint)"
        }.joined(separator: "\n"))
    }
  }

  struct Install: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "install",
      abstract: "Install certificates that an authority issued for this node's requests.",
      discussion: """
        Each is recognised by its key; issuers in the same files stand behind it. Roots are trusted \
        only where --anchors or --tsa-anchors name them.
        """)
    @Argument(help: "PEM files: the certificates, and their issuers.") var files: [String] = []
    @Option(help: "Roots to trust for this node's own certificates: a PEM file.")
    var anchors: [String] = []
    @Option(help: "Roots of the time-stamp authority: a PEM file, kept as pki/tsa-anchors.pem.")
    var tsaAnchors: [String] = []
    @OptionGroup var global: GlobalOptions

    func validate() throws {
      guard !(files + anchors + tsaAnchors).isEmpty else {
        throw ValidationError("Name a PEM file.")
      }
    }

    func run() async throws {
      let home = try global.openHome()
      func read(_ paths: [String]) throws -> [Certificate] {
        try paths.flatMap { try readTrust([$0], or: global).certificates }
      }
      let installed = try home.install(
        read(files), anchors: read(anchors), timestampAnchors: read(tsaAnchors),
        at: currentTime())
      let log = try home.openLog(software: softwareVersion)
      for row in installed {
        _ = try await log.append(
          LogDraft(
            .keyChange, ["code": "installed", "outcome": .string(row.certificate.serial)]))
      }
      try log.close()
      for warning in installed.flatMap({ row in row.warnings.map { (row.use, $0) } }) {
        printNote("rogatory: warning: \(warning.0): \(warning.1).")
      }
      global.print(
        .object([
          "installed": .array(
            installed.map { row in
              .object([
                "use": .string(row.use), "subject": .string(row.certificate.subject),
                "serial": .string(row.certificate.serial),
                "notAfter": .string(timeText(row.certificate.notAfter)),
                "crl": .array(row.certificate.revocationListURLs.map { .string($0) }),
                "ocsp": .array(row.certificate.responderURLs.map { .string($0) }),
              ])
            })
        ]),
        text: installed.map { row in
          let sources = row.certificate.revocationListURLs + row.certificate.responderURLs
          return "Installed \(row.use), until \(timeText(row.certificate.notAfter)): "
            + row.certificate.subject
            + (sources.isEmpty
              ? ""
              : "\n  revocation, for crl and ocsp of node.yaml: "
                + sources.joined(separator: ", "))
        }.joined(separator: "\n"))
    }
  }

  struct RevocationListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "crl",
      abstract: "Print the authority's current revocation list (PEM), one for each of its roots.")
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let lists = try DevelopmentAuthority(global.openHome()).revocationLists(at: currentTime())
      let pem = lists.map(\.pem).joined()
      let revoked = lists.map(\.revokedCount).reduce(0, +)
      global.print(
        .object(["crl": .string(pem), "revoked": .integer(Int64(revoked))]), text: pem)
    }
  }

  struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ocsp",
      abstract: "Write an OCSP response of the development authority about the node's certificates."
    )
    @Option(name: .shortAndLong, help: "The response to write (DER).", transform: outputPath)
    var output: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let response = try DevelopmentAuthority(global.openHome()).ocspResponse(at: currentTime())
      try writeOutput(to: output) { descriptor in
        try response.der.withUnsafeBytes {
          try DescriptorWriter(descriptor, path: output).write($0)
        }
      }
      global.print(
        .object([
          "file": .string(output), "thisUpdate": .string(timeText(response.thisUpdate)),
        ]), text: "Wrote \(output), as of \(timeText(response.thisUpdate))")
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "revoke",
      abstract: "Revoke a certificate of the development authority, from now on.")
    @Argument(help: "Its serial number, as `pki show` prints it.") var serial: String
    @OptionGroup var global: GlobalOptions

    func run() async throws {
      let home = try global.openHome()
      let authority = try DevelopmentAuthority(home)
      guard let row = try home.certificates().first(where: { $0.certificate.serial == serial })
      else {
        throw Failure(
          .failed, "no certificate of this node has the serial \(serial)",
          safe: "nothing was revoked", hint: "`rogatory pki show` lists them")
      }
      let log = try home.openLog(software: softwareVersion)
      _ = try await log.append(
        LogDraft(.keyChange, ["code": "revoked", "outcome": .string(serial)]))
      let lists = try authority.revoke(row.certificate, at: currentTime())
      let count = lists.map(\.revokedCount).reduce(0, +)
      try log.close()
      global.print(
        .object(["revoked": .string(serial), "listed": .integer(Int64(count))]),
        text: "Revoked \(serial); the new list names \(counted(count, "certificate"))")
    }
  }
}
