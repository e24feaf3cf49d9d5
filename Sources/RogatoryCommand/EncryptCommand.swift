import Age
import ArgumentParser
import CanonicalJSON
import DurableFiles
import Redaction
import RogatoryNode

struct Encrypt: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encrypt",
    abstract: "Encrypt a file to recipients or with a passphrase, as an age file.")

  @Argument(help: "The file to encrypt; with -r, further recipients may stand beside it.")
  var file: [String]
  @Option(name: .shortAndLong, help: "A recipient, age1… or age1pq…. Repeatable.")
  var recipient: [String] = []
  @Option(help: "A file whose first line is the passphrase.") var passphraseFile: String?
  @Flag(help: "Write ASCII armor.") var armor = false
  @Option(name: .shortAndLong, help: "The encrypted file to write.", transform: outputPath)
  var output: String
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard recipient.isEmpty != (passphraseFile == nil) else {
      throw ValidationError(
        recipient.isEmpty
          ? "Name recipients with -r, or a passphrase with --passphrase-file."
          : "Give recipients or a passphrase, not both: age can't open such a file.")
    }
    guard files.count == 1 else {
      throw ValidationError(
        files.isEmpty
          ? "Name the file to encrypt." : "One file at a time; \(files[1]) is a second one.")
    }
  }

  /// `-r A B` names two recipients, as `-r A -r B` does: no file is called like one.
  private var further: [String] {
    recipient.isEmpty ? [] : file.filter { (try? Recipient(parsing: $0)) != nil }
  }
  private var files: [String] { file.filter { !further.contains($0) } }

  func run() throws {
    let file = files[0]
    let recipients = try (recipient + further).map { text in
      do {
        return try Recipient(parsing: text)
      } catch {
        throw Failure(.usage, "\(text.prefix(80)) isn't an age recipient", hint: "age1… or age1pq…")
      }
    }
    let passphrase = try passphraseFile.map(readPassphrase)
    let input = try FileReader(at: file, followingLinks: true)
    let progress = Progress("encrypting", total: input.facts.size, global)
    try writeOutput(to: output) { descriptor in
      let sink = SideWriter(fileDescriptor: descriptor, path: output)
      let read = { (buffer: UnsafeMutableRawBufferPointer) throws -> Int in
        let count = try input.read(into: buffer)
        progress.advance(UInt64(count))
        return count
      }
      do {
        if let passphrase {
          try encrypt(passphrase: passphrase, armor: armor, read: read, write: sink.write)
        } else {
          try encrypt(recipients: recipients, armor: armor, read: read, write: sink.write)
        }
      } catch AgeError.mixedRecipients {
        throw Failure(
          .usage, "X25519 and post-quantum recipients can't open the same file",
          safe: "nothing was written", hint: "encrypt twice, once for each kind")
      }
      try sink.finish()
    }
    progress.finish()
    global.print(.object(["file": .string(output)]), text: "Wrote \(output)")
  }
}

struct Decrypt: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decrypt",
    abstract: "Decrypt an age file, armored or not.")

  @Argument(help: "The encrypted file.") var file: String
  @Option(name: .shortAndLong, help: "A file of identities. Repeatable.")
  var identity: [String] = []
  @Option(help: "A file whose first line is the passphrase.") var passphraseFile: String?
  @Option(name: .shortAndLong, help: "The file to write.", transform: outputPath) var output: String
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard identity.isEmpty != (passphraseFile == nil) else {
      throw ValidationError(
        "Name either identities with -i, or a passphrase with --passphrase-file.")
    }
  }

  func run() throws {
    let identities = try readIdentities(identity)
    let passphrase = try passphraseFile.map(readPassphrase)
    let input = try FileReader(at: file, followingLinks: true)
    let progress = Progress("decrypting", total: input.facts.size, global)
    try writeOutput(to: output, mode: 0o600) { descriptor in
      let sink = SideWriter(fileDescriptor: descriptor, path: output)
      try decrypt(
        identities: identities, passphrase: passphrase,
        read: { buffer in
          let count = try input.read(into: buffer)
          progress.advance(UInt64(count))
          return count
        }, write: sink.write)
      try sink.finish()
    }
    progress.finish()
    global.print(.object(["file": .string(output)]), text: "Wrote \(output)")
  }
}

struct Keygen: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keygen",
    abstract: "Make an age identity; the recipient goes to stdout.",
    discussion: "Post-quantum hybrid unless --x25519, for peers that have no other.")

  @Option(
    name: .shortAndLong, help: "The identity file to write, mode 0600.", transform: outputPath)
  var output: String
  @Flag(name: .customLong("x25519"), help: "An X25519 identity.") var x25519 = false
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let identity = x25519 ? Identity.generateX25519() : try Identity.generateHybrid()
    let text = IdentityFile.text(identity, created: currentTime())
    try AtomicFile.write(Array(text.utf8), to: output, replacing: false)
    global.print(
      .object(["recipient": .string(identity.recipient.string), "file": .string(output)]),
      text: identity.recipient.string)
  }
}
