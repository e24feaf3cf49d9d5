import CAdES
import DurableFiles
import Federation
import NIOSSL

/// This node's TLS key and certificate, and the configurations made of them.
struct TLSMaterial: Sendable {
  private let chain: [NIOSSLCertificateSource]
  private let key: NIOSSLPrivateKeySource

  init(_ node: ExchangeNode) throws {
    let certificates = try readSmallFile(node.tlsCertificatePath, limit: Self.maximumFile)
    let secret = try readSmallFile(node.tlsKeyPath, limit: Self.maximumFile)
    do {
      chain = try NIOSSLCertificate.fromPEMBytes(certificates).map { .certificate($0) }
      key = .privateKey(try NIOSSLPrivateKey(bytes: secret, format: .pem))
    } catch { throw ExchangeError.ownCertificate }
    guard !chain.isEmpty else { throw ExchangeError.ownCertificate }
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
  func serverConfiguration() -> TLSConfiguration {
    var tls = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
    tls.certificateVerification = .noHostnameVerification
    tls.minimumTLSVersion = .tlsv13
    tls.curves = Self.curves
    return tls
  }

  static func certificates(_ certificates: [Certificate]) throws -> [NIOSSLCertificate] {
    try certificates.map { try NIOSSLCertificate(bytes: $0.der, format: .der) }
  }

  /// Post-quantum hybrid first; what is recorded today must stay closed for decades.
  private static let curves: [NIOTLSCurve] = [.x25519_MLKEM768, .x25519]
  private static let maximumFile = 1 << 18
}
