import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL

/// Why a peer isn't reached.
public enum PeerProblem: Hashable, Sendable {
  /// No address is known for the host of the peer's URL.
  case unknownHost(String)
  /// Nobody listens at the address.
  case refused(String)
  /// No route, or no answer to the attempt to connect.
  case noConnection(String)
  /// The peer's certificate isn't one of the authority on its card, or names another host.
  case certificate(String)
  /// The certificate holds, but doesn't name the host of the URL; the names that it has.
  case wrongName(String, names: [String])
  /// The certificate has another key than those on the peer's card.
  case otherKey(String)
  /// The certificate's time is over, or hasn't come.
  case expired(String)
  case notYetValid(String)
  /// The certificate's issuer revoked it.
  case revoked(String)
  /// No current revocation list or OCSP response says anything of the certificate, and this node asks for one.
  case revocationUnknown(String)
  /// The TLS connection can't be made for another reason; the last word of the library.
  case tls(String)
  /// The peer ended the connection: it may not know this node's certificate (yet).
  case closed(String)
  /// The peer connected and didn't answer in time.
  case silent(String)
  /// The peer isn't called: it fetches what waits for it here.
  case fetches(String)
  /// Something else; the error's own words.
  case other(String)

  /// The problem in words, without a full stop.
  public var words: String {
    switch self {
    case .unknownHost(let host): "the name \(host) has no address (DNS)"
    case .refused(let host): "nobody listens at \(host) (connection refused)"
    case .noConnection(let host): "\(host) can't be reached (no answer to the connection attempt)"
    case .certificate(let host):
      "the certificate of \(host) isn't one that the peer's card vouches for"
    case .wrongName(let host, let names):
      names.isEmpty
        ? "the certificate doesn't name \(host)"
        : "the certificate is for \(names.joined(separator: ", ")), not for \(host)"
    case .otherKey(let host): "the key of \(host) isn't the one on the peer's card"
    case .expired(let host): "the certificate of \(host) has expired"
    case .notYetValid(let host):
      "the certificate of \(host) isn't valid yet; one of the two clocks may be wrong"
    case .revoked(let host): "the certificate of \(host) was revoked by its issuer"
    case .revocationUnknown(let host):
      "nothing current is known of the revocation of \(host)'s certificate, and this node requires it"
    case .tls(let text): "no TLS connection: \(text)"
    case .closed(let host):
      "\(host) closed the connection; it may not have approved this node's card"
    case .silent(let host): "\(host) doesn't answer in time"
    case .fetches(let node): "\(node) isn't called: it fetches what waits for it here by itself"
    case .other(let text): text
    }
  }

  /// A short word for the state and the log.
  var code: String {
    switch self {
    case .unknownHost: "DNS"
    case .refused: "REFUSED"
    case .noConnection: "NO_CONNECTION"
    case .certificate, .wrongName, .otherKey, .expired, .notYetValid, .revocationUnknown:
      "CERTIFICATE"
    case .revoked: "REVOKED"
    case .tls: "TLS"
    case .closed: "CLOSED"
    case .silent: "TIMEOUT"
    case .fetches: "PULL"
    case .other: "OTHER"
    }
  }

  /// What an error of the HTTP client means.
  init(_ error: any Error, host: String) {
    switch error {
    case let error as NIOConnectionError: self.init(connection: error, host: host)
    case let error as HTTPClientError: self.init(client: error, host: host)
    case let error as NIOSSLError: self.init(tls: "\(error)", host: host)
    case let error as BoringSSLError: self.init(tls: "\(error)", host: host)
    case let error as NIOSSLExtraError: self.init(tls: error.description, host: host)
    case let error as IOError where error.errnoCode == ECONNREFUSED: self = .refused(host)
    case let error as IOError where [ECONNRESET, EPIPE].contains(error.errnoCode):
      self = .closed(host)
    case is ChannelError, is IOError: self = .noConnection(host)
    default: self = .other("\(error)")
    }
  }

  private init(connection error: NIOConnectionError, host: String) {
    let failures = error.connectionErrors.compactMap { $0.error as? IOError }
    if failures.contains(where: { $0.errnoCode == ECONNREFUSED }) {
      self = .refused(host)
    } else if error.connectionErrors.isEmpty, error.dnsAError != nil || error.dnsAAAAError != nil {
      self = .unknownHost(host)
    } else {
      self = .noConnection(host)
    }
  }

  private init(client error: HTTPClientError, host: String) {
    switch error {
    case .connectTimeout: self = .noConnection(host)
    case .remoteConnectionClosed, .uncleanShutdown: self = .closed(host)
    case .tlsHandshakeTimeout: self = .tls("the handshake takes too long")
    case .readTimeout, .writeTimeout, .deadlineExceeded, .getConnectionFromPoolTimeout:
      self = .silent(host)
    default: self = .other(error.shortDescription)
    }
  }

  private init(tls text: String, host: String) {
    if text.contains("CERTIFICATE_VERIFY_FAILED") || text.lowercased().contains("hostname")
      || text.contains("unableToValidateCertificate")
    {
      self = .certificate(host)
    } else if text.contains("ALERT") {
      self = .closed(host)
    } else {
      self = .tls(text)
    }
  }
}
