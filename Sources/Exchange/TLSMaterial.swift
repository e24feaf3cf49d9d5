public import CAdES
import Federation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// This node's TLS key and its certificate.
public struct TLSIdentity: Sendable {
  /// The certificate of ``key``, then its issuers.
  public let chain: [Certificate]
  /// The private key.
  public let key: SigningKey

  /// A key and the certificates that go with it, the leaf first.
  public init(chain: [Certificate], key: SigningKey) {
    self.chain = chain
    self.key = key
  }

  fileprivate func isSame(as other: TLSIdentity) -> Bool {
    chain == other.chain && key.spki == other.key.spki
  }
}

/// The configurations that are made of a node's TLS key and certificate.
struct TLSMaterial: Sendable {
  private let chain: [NIOSSLCertificateSource]
  private let key: NIOSSLPrivateKeySource
  /// The same for as long as the node's key and certificate are.
  let version = Version()

  final class Version: Sendable {}

  init(_ identity: TLSIdentity) throws {
    do {
      chain = try identity.chain.map {
        .certificate(try NIOSSLCertificate(bytes: $0.der, format: .der))
      }
      key = .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.key.pem.utf8), format: .pem))
    } catch { throw ExchangeError.ownCertificate }
    guard !chain.isEmpty else { throw ExchangeError.ownCertificate }
  }

  /// A reader that makes new material only where the identity is another: connections to peers are
  /// shared by those who have the same.
  static func reader(
    _ identity: @escaping @Sendable () throws -> TLSIdentity
  ) -> @Sendable () throws -> TLSMaterial {
    let last = Mutex<(identity: TLSIdentity, material: TLSMaterial)?>(nil)
    return {
      let now = try identity()
      if let last = last.withLock({ $0 }), last.identity.isSame(as: now) { return last.material }
      let material = try TLSMaterial(now)
      last.withLock { $0 = (now, material) }
      return material
    }
  }

  /// For a link to this peer. Trusting its own authority alone is the pin: the HTTP client has no
  /// way to look at the certificate itself that doesn't risk the process (see Docs/Exchange.md).
  func clientConfiguration(for card: PeerCard) throws -> TLSConfiguration {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.certificateChain = chain
    tls.privateKey = key
    tls.trustRoots = .certificates(try Self.certificates(card.tlsAnchors))
    tls.certificateVerification = .fullVerification
    tls.minimumTLSVersion = .tlsv13
    tls.curves = Self.curves
    return tls
  }

  /// For the listener. Who may connect is decided by ``PeerGate``, so no roots are announced.
  ///
  /// - Parameter current: asked at each new connection: a renewed certificate needs no restart.
  func serverConfiguration(current: Cached<TLSMaterial>) -> TLSConfiguration {
    var tls = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
    tls.certificateVerification = .noHostnameVerification
    tls.minimumTLSVersion = .tlsv13
    tls.curves = Self.curves
    tls.sslContextCallback = { _, promise in
      NIOThreadPool.singleton.runIfActive(eventLoop: promise.futureResult.eventLoop) {
        let material = try current.value()
        var override = NIOSSLContextConfigurationOverride()
        override.certificateChain = material.chain
        override.privateKey = material.key
        return override
      }.cascade(to: promise)
    }
    return tls
  }

  static func certificates(_ certificates: [Certificate]) throws -> [NIOSSLCertificate] {
    try certificates.map { try NIOSSLCertificate(bytes: $0.der, format: .der) }
  }

  /// Post-quantum hybrid first; what is recorded today must stay closed for decades.
  private static let curves: [NIOTLSCurve] = [.x25519_MLKEM768, .x25519]
}
