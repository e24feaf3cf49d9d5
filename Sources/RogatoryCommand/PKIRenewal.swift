import ArgumentParser
import CAdES
import CanonicalJSON
import Report
import RogatoryNode

// A certificate's key is renewed in two steps, with time between them for peers to learn of it; so is a
// development authority's root. The key of its time stamps needs one: each stamp brings its certificate.

extension PKI {
  struct Renew: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "renew",
      abstract:
        "Make the key that is to follow one of the node's, with a certificate or a request.",
      discussion: """
        Nothing that is in force changes. The card then announces a new TLS key or root; give it to your \
        peers, and when they have it, `rogatory pki activate` puts the new one in force. `time-stamps` and \
        `root` are a development node's own; the key for time stamps is in force at once. Two officers decide.
        """)
    @Argument(help: "Which key: tls, signing, time-stamps or root.") var what: RenewedKey
    @Option(
      help: "The host that peers reach the node at, for the certificate (default: that of url).")
    var host: String?
    @Flag(help: "Give up a renewal that isn't in force yet.") var abandon = false
    @OptionGroup var decision: KeyDecision

    func validate() throws {
      guard !abandon || what != .timestamps else {
        throw ValidationError("--abandon isn't for time-stamps: a new key is in force at once.")
      }
    }

    func run() throws {
      let (home, log) = try decision.begin()
      let name = what.rawValue
      if abandon {
        try log.append("renewal-abandoned", ["use": .string(name)])
        if let use = what.use {
          try home.abandonRenewal(use)
        } else {
          try DevelopmentAuthority(home).abandonRoot()
        }
        return decision.print(
          .object(["abandoned": .string(name)]), text: "Gave up the new \(name) key")
      }
      let now = currentTime()
      switch what {
      case .root:
        let root = try DevelopmentAuthority(home).renewRoot(at: now) { serial in
          try log.append("renewal-begun", ["use": .string(name), "outcome": .string(serial)])
        }
        tell(
          root,
          "An anchor from now on, \(root.serial), until \(timeText(root.notAfter))\nThe card names it: "
            + "give it to your peers (`rogatory peer card`)\nThen: rogatory pki activate root")
      case .timestamps:
        let certificate = try DevelopmentAuthority(home).renewTimestamps(at: now) { serial in
          try log.append("activated", ["use": .string(name), "outcome": .string(serial)])
        }
        tell(
          certificate,
          "In force: \(name), serial \(certificate.serial), until \(timeText(certificate.notAfter))"
        )
      case .tls, .signing: try renew(what.use ?? .tls, of: home, log)
      }
    }

    private func renew(_ use: CertifiedUse, of home: NodeHome, _ log: KeyLog) throws {
      let renewal = try home.renew(use, host: host, at: currentTime()) { key in
        try log.append("renewal-begun", ["use": .string(use.rawValue), "key": .string(key)])
      }
      decision.print(
        .object(
          known: [
            "use": .string(use.rawValue), "key": .string(renewal.key),
            "file": .string(renewal.file),
            "serial": renewal.certificate.map { .string($0.serial) },
            "notAfter": renewal.certificate.map { .string(timeText($0.notAfter)) },
          ]), text: words(renewal))
    }

    private func tell(_ certificate: Certificate, _ text: String) {
      decision.print(certificate.told(as: what), text: text)
    }

    private func words(_ renewal: NodeHome.Renewal) -> String {
      let first =
        renewal.certificate.map { "Made \(renewal.file), valid until \(timeText($0.notAfter))" }
        ?? "Made the request \(renewal.file): have it signed, then `rogatory pki install` the answer"
      let card =
        what == .tls
        ? "\nThe card names the new key now: give it to your peers (`rogatory peer card`)" : ""
      return first + card + "\nThen: rogatory pki activate \(what.rawValue)"
    }
  }

  struct Activate: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "activate",
      abstract: "Put a renewed key and its certificate in force.",
      discussion: """
        Peers that don't know the new TLS key yet refuse the node from now on. A node that runs takes \
        both up within a second. After a root, renew what is to be under it. Two officers decide.
        """)
    @Argument(help: "Which key: tls, signing or root.") var what: RenewedKey
    @OptionGroup var decision: KeyDecision

    func validate() throws {
      guard what != .timestamps else {
        throw ValidationError("A new key for time stamps is in force at once.")
      }
    }

    func run() throws {
      let certificate = try activate()
      let next =
        switch what {
        case .tls: "\nGive your peers the new card (`rogatory peer card`)"
        case .root:
          "\nRenew what is to be under it: rogatory pki renew time-stamps; pki renew and activate signing, "
            + "then tls"
        case .signing, .timestamps: ""
        }
      decision.print(
        certificate.told(as: what),
        text: "In force: \(what.rawValue), serial \(certificate.serial), until "
          + timeText(certificate.notAfter) + next)
    }

    private func activate() throws -> Certificate {
      guard let use = what.use else {
        let (home, log) = try decision.begin()
        return try DevelopmentAuthority(home).activateRoot { serial in
          try log.append("activated", ["use": .string(what.rawValue), "outcome": .string(serial)])
        }
      }
      let home = try decision.global.openHome()
      let certificate = try home.nextCertificate(use, at: currentTime())
      // The log first: a key that isn't in it must not be in force.
      try decision.begin().log.append(
        "activated", ["use": .string(use.rawValue), "outcome": .string(certificate.serial)])
      try home.activate(use)
      return certificate
    }
  }

  struct Retire: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "retire",
      abstract: "Stop trusting an old root of the development authority, and delete its key.",
      discussion: """
        What only it vouches for doesn't verify any more, here and at peers with the next card; so keep it \
        unless it was stolen. Exit 4 while a certificate in force is under it. Two officers decide.
        """)
    @Argument(help: "The root's serial number, as `pki show` prints it.") var serial: String
    @OptionGroup var decision: KeyDecision

    func run() throws {
      let (home, log) = try decision.begin()
      try DevelopmentAuthority(home).retireRoot(serial) {
        try log.append("retired", ["use": "root", "outcome": .string(serial)])
      }
      decision.print(
        .object(["retired": .string(serial)]),
        text: "Retired the root \(serial)\nGive your peers the new card (`rogatory peer card`)")
    }
  }
}

/// What `pki renew` makes anew.
enum RenewedKey: String, ExpressibleByArgument, CaseIterable {
  case tls, signing, root
  case timestamps = "time-stamps"

  /// What the key has a certificate for, where it is one of the node itself.
  var use: CertifiedUse? {
    switch self {
    case .tls: .tls
    case .signing: .signing
    case .root, .timestamps: nil
    }
  }
}

extension Certificate {
  /// For programs.
  fileprivate func told(as what: RenewedKey) -> JSON {
    .object([
      "use": .string(what.rawValue), "serial": .string(serial),
      "notAfter": .string(timeText(notAfter)),
    ])
  }
}
