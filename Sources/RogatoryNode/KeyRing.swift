public import Age
import DurableFiles
import Synchronization

/// Opens the key files of a home, plain or encrypted, and keeps what it opened for as long as it lives:
/// a node that runs needs its keys at any moment, and deriving one takes a tenth of a second.
public final class KeyRing: Sendable {
  /// Where the passphrase comes from; asked at most once, and only where a key is encrypted.
  public typealias Source = @Sendable () throws -> Passphrase

  private struct Held {
    var passphrase: Passphrase?
    var keys: [String: (facts: FileFacts, key: any Sendable)] = [:]
  }
  private let source: Source
  private let held = Mutex(Held())

  /// A ring that asks `source`; without one, encrypted keys stay closed.
  public init(_ source: @escaping Source = { throw NodeError.passphraseNeeded }) {
    self.source = source
  }

  /// The passphrase of the node's keys.
  func passphrase() throws -> Passphrase {
    if let known = held.withLock({ $0.passphrase }) { return known }
    let asked = try source()
    held.withLock { $0.passphrase = asked }
    return asked
  }

  /// The key in a file, opened anew when the file is another than last time.
  ///
  /// - Parameter name: the file in words, for errors.
  /// - Throws: ``NodeError/openKey(_:mode:)`` where others may read the file.
  func key<Key: Sendable>(
    at path: String, name: String, _ open: (KeyFile) throws -> Key
  ) throws -> Key {
    let facts = try facts(ofFile: path)
    let mode = facts.mode & 0o777
    guard mode & 0o077 == 0 else {
      throw NodeError.openKey(name, mode: String(mode, radix: 8))
    }
    if let known = held.withLock({ $0.keys[path] }), known.facts == facts,
      let key = known.key as? Key
    {
      return key
    }
    let key = try open(KeyFile(readSmallFile(path, limit: NodeHome.maximumFile), name: name))
    held.withLock { $0.keys[path] = (facts, key) }
    return key
  }
}
