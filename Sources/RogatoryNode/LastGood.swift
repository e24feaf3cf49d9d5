import CAdES
public import Exchange
import Logging
import Synchronization

/// A part of the home that a running node takes up when it changes. Where the new one is no good, the last
/// good one stays in force, and an error says so once for each reason.
final class LastGood<Value: Sendable>: Sendable {
  private struct Held {
    var value: Value?
    var complaint: String?
  }
  private let what: String
  private let logger: Logger
  private let read: @Sendable (_ held: Value?) throws -> Value
  private let isFinal: @Sendable (any Error) -> Bool
  private let held = Mutex(Held())

  /// - Parameters:
  ///   - what: the part in words, for the error.
  ///   - isFinal: whether an error ends what is in force, too.
  ///   - read: reads it; given what is in force, it can refuse to follow it.
  init(
    _ what: String, logger: Logger,
    isFinal: @escaping @Sendable (any Error) -> Bool = { _ in false },
    _ read: @escaping @Sendable (_ held: Value?) throws -> Value
  ) {
    (self.what, self.logger, self.isFinal, self.read) = (what, logger, isFinal, read)
  }

  func value() throws -> Value {
    let old = held.withLock { $0.value }
    do {
      let new = try read(old)
      let wasBad = held.withLock { held in
        defer { held.complaint = nil }
        held.value = new
        return held.complaint != nil
      }
      if wasBad { logger.notice("\(what) is good again") }
      return new
    } catch {
      guard let old, !isFinal(error) else { throw error }
      let words = "\(error)"
      let isNews = held.withLock { held in
        defer { held.complaint = words }
        return held.complaint != words
      }
      if isNews {
        logger.error(
          "\(what) can't be used; the last good one stays in force", metadata: ["why": "\(words)"])
      }
      return old
    }
  }
}

extension NodeHome {
  /// The node's TLS key and certificate.
  public func tlsIdentity() throws -> TLSIdentity {
    TLSIdentity(chain: try chain(for: .tls), key: try signingKey("keys/tls.key"))
  }

  /// The same for a running node, which follows only a certificate that peers would accept now.
  func tlsIdentity(after held: TLSIdentity?, at now: Int64) throws -> TLSIdentity {
    let new = try tlsIdentity()
    guard let held, held.chain != new.chain else { return new }
    try check(
      new.chain[0], for: CertifiedUse.tls.rawValue, issuers: Array(new.chain.dropFirst()),
      roots: anchors(), at: now)
    return new
  }
}
