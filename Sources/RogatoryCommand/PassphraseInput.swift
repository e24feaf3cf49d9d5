import Age
import DurableFiles
import Glibc
import RogatoryNode
import Synchronization

/// Where the passphrase of a node's keys comes from: `--key-passphrase-file`, then
/// ROGATORY_KEY_PASSPHRASE_FILE, then systemd's credential, then the terminal. Never from the arguments.
struct PassphraseInput {
  /// What `--key-passphrase-file` names.
  let file: String?
  /// Whether it is for a passphrase that replaces another: what the environment names is the old one.
  var isNew = false

  /// The passphrase of keys that exist.
  func existing() throws -> Passphrase {
    if let given = try given() { return given }
    guard var bytes = try askOnTerminal("Passphrase of the node's keys: ") else {
      throw NodeError.passphraseNeeded
    }
    return try Passphrase(wiping: &bytes)
  }

  /// A new passphrase, from a file or typed twice.
  func new(_ prompt: String = "New passphrase for the node's keys: ") throws -> Passphrase {
    if let given = try given() {
      try given.lend { phrase throws(Failure) in try Self.check(phrase.count) }
      return given
    }
    guard var first = try askOnTerminal(prompt), let second = try askOnTerminal("Once more: ")
    else {
      throw NodeError.passphraseNeeded
    }
    var again = second
    defer { again.wipe() }
    guard first == again else {
      first.wipe()
      throw Failure(.failed, "the two passphrases differ", safe: "nothing was changed")
    }
    try Self.check(first.count)
    return try Passphrase(wiping: &first)
  }

  private func given() throws -> Passphrase? {
    let named = file ?? (isNew ? nil : environmentValue("ROGATORY_KEY_PASSPHRASE_FILE"))
    if let named {
      // Whoever can read it can open the keys.
      let mode = try facts(ofFile: named, followingLinks: true).mode & 0o777
      guard mode & 0o077 == 0 else {
        throw NodeError.openKey(named, mode: String(mode, radix: 8))
      }
      return try readPassphrase(named)
    }
    // systemd guards the folder of credentials itself, and has modes of its own there.
    guard !isNew, let folder = environmentValue("CREDENTIALS_DIRECTORY") else { return nil }
    let credential = folder + "/" + Self.credential
    return access(credential, F_OK) == 0 ? try readPassphrase(credential) : nil
  }

  private static func check(_ count: Int) throws(Failure) {
    guard count >= minimumBytes else {
      throw Failure(
        .failed, "the passphrase has fewer than \(minimumBytes) characters",
        safe: "nothing was made",
        hint: "a stolen disk can be tried on for years: take six words or more")
    }
  }

  /// Somebody who steals the disk can try without limit: short ones are found.
  private static let minimumBytes = 12
  /// As the unit in the package names it.
  static let credential = "rogatory-key-passphrase"
}

/// The passphrase in a file: its first line, without the line end.
func readPassphrase(_ path: String) throws -> Passphrase {
  var bytes = try readSmallFile(path, limit: 64 << 10, followingLinks: true)
  defer { bytes.wipe() }
  var end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
  if end > 0, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
  guard end > 0 else {
    throw Failure(.failed, "\(path) begins with an empty line, which can't be a passphrase")
  }
  // As long as `openssl` takes one; and a NUL would end it there.
  guard end <= 1000, !bytes[..<end].contains(0) else {
    throw Failure(.failed, "\(path) holds no passphrase: it is too long, or no text")
  }
  var phrase = Array(bytes[..<end])
  return try Passphrase(wiping: &phrase)
}

/// A variable of the environment that says something.
func environmentValue(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
}

extension Passphrase {
  /// A passphrase from bytes, which are overwritten.
  fileprivate init(wiping bytes: inout [UInt8]) throws {
    defer { bytes.wipe() }
    try self.init(utf8: bytes)
  }
}

/// The key rings of this process, one for each home: a person is asked once, whatever a verb opens.
private let rings = Mutex<[String: KeyRing]>([:])

extension GlobalOptions {
  /// Asks for the passphrase of the node's keys.
  var passphraseInput: PassphraseInput { PassphraseInput(file: keyPassphraseFile) }

  /// What opens the keys of the home.
  var keyRing: KeyRing {
    rings.withLock { rings in
      if let ring = rings[homePath] { return ring }
      let input = passphraseInput
      let ring = KeyRing { try input.existing() }
      rings[homePath] = ring
      return ring
    }
  }
}
