import Glibc
import NIOCore

/// One of the two places where a running node listens.
public enum Listener: String, Hashable, Sendable {
  /// For peers: `listen` of the configuration.
  case peers
  /// For those who watch the node: `metrics`.
  case metrics

  /// Its section of the configuration.
  var section: String { self == .peers ? "listen" : "metrics" }

  /// Runs what listens; a socket that the system doesn't give is told as what it is.
  ///
  /// - Throws: ``ExchangeError/cannotListen(_:)``.
  func run(host: String, port: Int, _ body: () async throws -> Void) async throws {
    do {
      try await body()
    } catch let error as IOError {
      throw ExchangeError.cannotListen(
        ListeningProblem(self, host: host, port: port, errno: error.errnoCode))
    } catch is SocketAddressError.UnknownHost {
      throw ExchangeError.cannotListen(
        ListeningProblem(self, host: host, port: port, errno: EADDRNOTAVAIL))
    }
  }
}

/// Why a node can't listen where its configuration says.
public struct ListeningProblem: Hashable, Sendable {
  /// Which listener.
  public let listener: Listener
  /// The host name or address that it was to listen on.
  public let host: String
  /// The port.
  public let port: Int
  /// What the system said.
  public let errno: Int32

  /// What the system said to a listener at that place.
  public init(_ listener: Listener, host: String, port: Int, errno: Int32) {
    self.listener = listener
    self.host = host
    self.port = port
    self.errno = errno
  }

  /// Whether the same may succeed later.
  public var isTemporary: Bool { errno == EADDRINUSE }

  /// What stands in the way, in words.
  public var words: String {
    switch errno {
    case EADDRINUSE: "\(host):\(port) is in use by another program"
    case EACCES: "port \(port) is one for which this program lacks the right"
    case EADDRNOTAVAIL: "\(host) isn't an address of this machine"
    default: "\(host):\(port): \(String(cString: strerror(errno)))"
    }
  }

  /// What to do.
  public var advice: String {
    let section = listener.section
    return switch errno {
    case EADDRINUSE:
      "`ss -ltnp 'sport = :\(port)'` names the program (as root); end it, or choose another "
        + "\(section).port in node.yaml"
    case EACCES:
      "choose a \(section).port above 1023, or give the right: AmbientCapabilities=CAP_NET_BIND_SERVICE "
        + "and the same in CapabilityBoundingSet of the unit"
    case EADDRNOTAVAIL:
      "`ip -brief address` shows those that it has; set \(section).host, 0.0.0.0 for all of them"
    default: "see \(section) in node.yaml"
    }
  }
}
