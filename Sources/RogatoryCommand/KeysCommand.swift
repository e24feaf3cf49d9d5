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
    subcommands: [Passwd.self, Encrypt.self, Decrypt.self, Renew.self, Retire.self])

  struct Passwd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change the passphrase of the node's keys: all of them, or none.")
    @Option(help: "A file whose first line is the new passphrase.")
    var newPassphraseFile: String?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
      let home = try global.openHome()
      guard home.keysAreEncrypted else { throw NodeError.keysAlready(encrypted: false) }
      try await rewrite(
        home, .encrypted(newPassphrase(newPassphraseFile)), "passphrase-changed",
        "The passphrase is another one for", global)
    }
  }

  struct Encrypt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put the node's keys under a passphrase.")
    @Option(help: "A file whose first line is the new passphrase.")
    var newPassphraseFile: String?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
      let home = try global.openHome()
      guard !home.keysAreEncrypted else { throw NodeError.keysAlready(encrypted: true) }
      try await rewrite(
        home, .encrypted(newPassphrase(newPassphraseFile)), "keys-encrypted",
        "A passphrase protects", global)
    }
  }

  struct Decrypt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Keep the node's keys without a passphrase, mode 0600.")
    @OptionGroup var global: GlobalOptions

    func run() async throws {
      let home = try global.openHome()
      guard home.keysAreEncrypted else { throw NodeError.keysAlready(encrypted: false) }
      try await rewrite(home, .plain, "keys-decrypted", "No passphrase protects", global)
    }
  }

  struct Renew: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a new age identity, which peers encrypt to from the next card on.",
      discussion: "The old ones go on opening what is under way. Two officers decide.")
    @Argument(help: "What is made new: recipient.") var what: Renewable
    @Option(help: "The officer who proposes.") var by: String?
    @Option(help: "The officer who approves.") var approvedBy: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let home = try global.openHome()
      let log = try KeyLog(home, by: by, approvedBy: approvedBy)
      let identity = try home.newIdentity()
      let recipient = identity.recipient
      // The log first: a key that isn't in it must not be on a card.
      try log.append("recipient-renewed", ["outcome": .string(recipient.string)])
      try home.addIdentity(identity, at: currentTime())
      global.print(
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

  struct Retire: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete every age identity but the newest.",
      discussion: "What is still encrypted to them can't be opened any more. Two officers decide.")
    @Argument(help: "What is deleted: recipients.") var what: Retirable
    @Option(help: "The officer who proposes.") var by: String?
    @Option(help: "The officer who approves.") var approvedBy: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let home = try global.openHome()
      let log = try KeyLog(home, by: by, approvedBy: approvedBy)
      // The log first: what isn't in it must not be gone.
      try log.append("recipients-retired", ["outcome": .string(try home.recipients()[0])])
      let count = try home.retireRecipients()
      global.print(
        .object(["retired": .integer(Int64(count))]),
        text: "Deleted \(counted(count, "old identity", "old identities"))")
    }
  }

  enum Renewable: String, ExpressibleByArgument, CaseIterable { case recipient }
  enum Retirable: String, ExpressibleByArgument, CaseIterable { case recipients }

  private static func newPassphrase(_ file: String?) throws -> Passphrase {
    try PassphraseInput(file: file, isNew: true).new()
  }

  /// Writes the keys in their new form. The log knows of it before and after: a change of which it says
  /// that it began and not that it ended was broken off.
  private static func rewrite(
    _ home: NodeHome, _ form: NodeHome.KeyForm, _ code: String, _ words: String,
    _ global: GlobalOptions
  ) async throws {
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
}

/// The log, open for a change of keys that two officers decided on.
struct KeyLog {
  private let log: NodeLog
  private let personal: [String: String]

  init(_ home: NodeHome, by: String?, approvedBy: String?) throws {
    try refuseAuditors([by, approvedBy], to: "key-change", of: home)
    let approval = try home.approval(by: by, approvedBy: approvedBy)
    log = try home.openLog(software: softwareVersion)
    personal = approval.people
  }

  /// Writes the one entry of the change, and closes the log.
  func append(_ code: String, _ fields: [String: JSON]) throws {
    var fields = fields
    fields["code"] = .string(code)
    let _: LogEntry = try log.append(LogDraft(.keyChange, fields, personal: personal))
    try log.close()
  }
}
