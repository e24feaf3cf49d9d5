public import Age
import DurableFiles
import Glibc

extension NodeHome {
  /// What is to become of a home's keys.
  public enum KeyForm: Sendable {
    /// Under this passphrase, whatever they are now.
    case encrypted(Passphrase)
    /// Without a passphrase, mode 0600.
    case plain
  }

  /// Writes every key of `keys/` anew in another form, and returns how many there were.
  ///
  /// All or nothing. The new files are written into `keys-next/` and opened again; then `keys/` becomes
  /// `keys-old/`, `keys-next/` becomes `keys/`, and the old folder is removed. A crash before the first of
  /// these leaves the old keys; one between the two is finished by whatever opens the home next; after the
  /// second the new keys are in force, and the old folder is removed by the next change. What was in the
  /// old files may stay on the disk until it is written over.
  ///
  /// - Throws: ``NodeError/nodeRuns`` while the node serves: it could not open what comes in.
  public func rewriteKeys(_ form: KeyForm) throws -> Int {
    let lock = try HomeLock(self)
    defer { lock.keep() }
    try removeKeyLeftovers()
    try createDirectory(file(Self.keysInMaking))
    let names = try listFiles(file("keys")).filter { !$0.hasPrefix(".") }.sorted()
    let secrets = names.filter { $0.hasSuffix(".key") }
    for name in secrets { try rewrite(name, form) }
    for name in names where !name.hasSuffix(".key") && !name.hasSuffix(".pub") {
      try AtomicFile.write(
        readSmallFile(file("keys/" + name), limit: Self.maximumFile),
        to: file(Self.keysInMaking + "/" + name), replacing: false)
    }
    guard rename(file("keys"), file(Self.oldKeys)) == 0 else {
      throw FileError.failed(.rename, path: file(Self.oldKeys), errno: errno)
    }
    try syncDirectory(path)
    try Self.finishKeyChange(at: path)
    try removeKeyLeftovers()
    return secrets.count
  }

  /// Puts finished new keys in the place of old ones that are moved away already.
  static func finishKeyChange(at path: String) throws {
    let keys = path + "/keys"
    guard access(keys, F_OK) != 0, access(path + "/" + keysInMaking, F_OK) == 0 else { return }
    // Another program may be faster at the same.
    guard rename(path + "/" + keysInMaking, keys) == 0 || access(keys, F_OK) == 0 else {
      throw FileError.failed(.rename, path: keys, errno: errno)
    }
    try syncDirectory(path)
  }

  /// Whether a change of the keys was broken off: a folder beside `keys/` holds old keys, or unfinished
  /// new ones.
  public var hasKeyLeftovers: Bool { has(Self.keysInMaking) || has(Self.oldKeys) }

  private func rewrite(_ name: String, _ form: KeyForm) throws {
    let old = try KeyFile(
      readSmallFile(file("keys/" + name), limit: Self.maximumFile), name: "keys/" + name)
    // Opened once: deriving a key from a passphrase is slow on purpose.
    var plain = try old.plain(keys)
    defer { plain.wipe() }
    let told = try plain.publicText(KeyRing())
    var new = plain
    var ring = KeyRing()
    if case .encrypted(let passphrase) = form {
      new = try plain.encrypted(ring, under: passphrase)
      ring = KeyRing { passphrase }
      try AtomicFile.write(
        Array(told.utf8), to: file(Self.keysInMaking + "/" + KeyWriter.publicName(of: name)),
        replacing: false)
    }
    // The old file goes: the new one has to open, and to be the same key.
    guard try new.publicText(ring) == told else { throw NodeError.malformed(name) }
    try AtomicFile.write(new.bytes, to: file(Self.keysInMaking + "/" + name), replacing: false)
  }

  /// Removes what a change of the keys that was broken off has left beside them.
  private func removeKeyLeftovers() throws {
    for folder in [Self.keysInMaking, Self.oldKeys] where has(folder) {
      for name in try listFiles(file(folder)) { try removeDurably(file(folder + "/" + name)) }
      guard rmdir(file(folder)) == 0 else {
        throw FileError.failed(.remove, path: file(folder), errno: errno)
      }
    }
    try syncDirectory(path)
  }

  private static let keysInMaking = "keys-next"
  private static let oldKeys = "keys-old"
}
