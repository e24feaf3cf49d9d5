import Age
import ArgumentParser
import AuditLog
import CanonicalJSON
import Evidence
import Federation
import RogatoryNode

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys", abstract: "The node's private keys: their passphrase, new recipients.",
    subcommands: [
      Passwd.self, Encrypt.self, Decrypt.self, Renew.self, Activate.self, Retire.self,
    ])

  struct Passwd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "passwd",
      abstract: "Change the passphrase of the node's keys: all of them, or none.")
    @OptionGroup var passphrase: NewPassphrase

    func run() async throws {
      try await passphrase.rewriteKeys(
        ofEncrypted: true, "passphrase-changed", "The passphrase is another one for")
    }
  }

  struct Encrypt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "encrypt",
      abstract: "Put the node's keys under a passphrase.")
    @OptionGroup var passphrase: NewPassphrase

    func run() async throws {
      try await passphrase.rewriteKeys(
        ofEncrypted: false, "keys-encrypted", "A passphrase protects")
    }
  }

  struct Decrypt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "decrypt",
      abstract: "Keep the node's keys without a passphrase, mode 0600.")
    @OptionGroup var global: GlobalOptions

    func run() async throws {
      try await rewritingKeys(
        global, ofEncrypted: true, "keys-decrypted", "No passphrase protects"
      ) { .plain }
    }
  }

  struct Renew: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "renew",
      abstract:
        "Make a new age identity, or the key that is to cosign peers' logs; the next card has it.",
      discussion: """
        Old age identities go on opening what is under way. A new cosigner key is announced by the card, and \
        cosigns nothing before `rogatory keys activate cosigner`. Two officers decide.
        """)
    @Argument(help: "What is made new: recipient or cosigner.") var what: Renewable
    @Flag(help: "Give up a cosigner key that isn't in force yet.") var abandon = false
    @OptionGroup var decision: KeyDecision

    func validate() throws {
      guard !abandon || what == .cosigner else {
        throw ValidationError("--abandon goes with cosigner: a new recipient is in force at once.")
      }
    }

    func run() throws {
      let (home, log) = try decision.begin()
      switch what {
      case .recipient: try renewRecipient(of: home, log)
      case .cosigner where abandon:
        try log.append("renewal-abandoned", ["use": "cosigner"])
        try home.abandonCosigner()
        decision.print(.object(["abandoned": "cosigner"]), text: "Gave up the new cosigner key")
      case .cosigner:
        let key = try home.renewCosigner { key in
          try log.append("renewal-begun", ["use": "cosigner", "key": .string(key)])
        }
        decision.print(
          .object(["use": "cosigner", "key": .string(key)]),
          text: """
            The new key: \(key)
            The card names it now: give it to your peers (`rogatory peer card`), and put it into the witness \
            policies that name the old one
            Then, with `serve` stopped: rogatory keys activate cosigner
            """)
      }
    }

    private func renewRecipient(of home: NodeHome, _ log: KeyLog) throws {
      let identity = try home.newIdentity()
      let recipient = identity.recipient
      // The log first: a key that isn't in it must not be on a card.
      try log.append("recipient-renewed", ["outcome": .string(recipient.string)])
      try home.addIdentity(identity, at: currentTime())
      decision.print(
        .object([
          "recipient": .string(recipient.string),
          "recipients": .integer(Int64(try home.recipients().count)),
        ]),
        text: """
          The new recipient: \(recipient)
          Give your peers the new card (`rogatory peer card`). When all have it and nothing is under \
          way: rogatory keys retire recipients
          """)
    }
  }

  struct Activate: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "activate",
      abstract: "Put the new cosigner key in force; the old one is deleted.",
      discussion: """
        Peers that don't know the new key yet refuse its cosignatures from now on. What the old one cosigned \
        stays good. Two officers decide; exit 5 while the node serves.
        """)
    @Argument(help: "Which key: cosigner.") var what: Activatable
    @OptionGroup var decision: KeyDecision

    func run() throws {
      let (home, log) = try decision.begin()
      let key = try home.activateCosigner { key in
        try log.append("activated", ["use": "cosigner", "key": .string(key)])
      }
      decision.print(
        .object(["use": "cosigner", "key": .string(key)]),
        text: "In force: \(key)\nGive your peers the new card (`rogatory peer card`)")
    }
  }

  struct Retire: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "retire",
      abstract: "Delete every age identity but the newest.",
      discussion: "What is still encrypted to them can't be opened any more. Two officers decide.")
    @Argument(help: "What is deleted: recipients.") var what: Retirable
    @OptionGroup var decision: KeyDecision

    func run() throws {
      let (home, log) = try decision.begin()
      // The log first: what isn't in it must not be gone.
      try log.append("recipients-retired", ["outcome": .string(try home.recipients()[0])])
      let count = try home.retireRecipients()
      decision.print(
        .object(["retired": .integer(Int64(count))]),
        text: "Deleted \(counted(count, "old identity", "old identities"))")
    }
  }

  enum Renewable: String, ExpressibleByArgument, CaseIterable { case recipient, cosigner }
  enum Activatable: String, ExpressibleByArgument, CaseIterable { case cosigner }
  enum Retirable: String, ExpressibleByArgument, CaseIterable { case recipients }
}

/// What the node's keys are to be under.
struct NewPassphrase: ParsableArguments {
  @Option(help: "A file whose first line is the new passphrase.")
  var newPassphraseFile: String?
  @OptionGroup var global: GlobalOptions

  func rewriteKeys(ofEncrypted isEncrypted: Bool, _ code: String, _ words: String) async throws {
    try await rewritingKeys(global, ofEncrypted: isEncrypted, code, words) {
      .encrypted(try PassphraseInput(file: newPassphraseFile, isNew: true).new())
    }
  }
}

/// Writes the keys in their new form, where they are in the other one. The log knows of it before and
/// after: a change of which it says that it began and not that it ended was broken off.
private func rewritingKeys(
  _ global: GlobalOptions, ofEncrypted isEncrypted: Bool, _ code: String, _ words: String,
  _ form: () throws -> NodeHome.KeyForm
) async throws {
  let home = try global.openHome()
  guard home.keysAreEncrypted == isEncrypted else {
    throw NodeError.keysAlready(encrypted: !isEncrypted)
  }
  let form = try form()
  let log = try home.openLog(software: softwareVersion)
  func note(_ outcome: String) async throws {
    _ = try await log.append(
      LogDraft(.keyChange, ["code": .string(code), "outcome": .string(outcome)]))
  }
  try await note("begun")
  let count: Int
  do { count = try home.rewriteKeys(form) } catch {
    try await note("failed")
    throw error
  }
  try await note("done")
  try log.close()
  global.print(
    .object(["keys": .integer(Int64(count)), "encrypted": .bool(home.keysAreEncrypted)]),
    text: "\(words) \(counted(count, "key")) in \(home.file("keys"))")
}
