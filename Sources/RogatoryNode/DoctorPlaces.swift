import DurableFiles
public import Exchange
import Glibc

// What `doctor` says of the places that a node needs: ports to listen on.

/// Whether the node could listen where its configuration says, or does.
public func examinePorts(_ home: NodeHome) -> [Finding] {
  let isRunning = HomeLock.isHeld(home)
  return listeners(of: home).map { listener, listen in
    let id = "port.\(listener.rawValue)"
    let place = "\(listen.host):\(listen.port)"
    guard let problem = listeningProblem(listener, listen) else {
      return Finding(id, .good, listen.port == 0 ? "any free port" : "\(place) is free")
    }
    if problem.isTemporary, isRunning {
      return Finding(id, .good, "\(place), in use: this node runs")
    }
    return Finding(id, .bad, "\(problem.words); \(problem.advice)")
  }
}

/// The first listener that can't have its place now; nil where all can. Nothing is started by it.
public func listeningProblem(of home: NodeHome) -> ListeningProblem? {
  listeners(of: home).lazy.compactMap { listeningProblem($0, $1) }.first
}

private func listeners(of home: NodeHome) -> [(Listener, NodeConfiguration.Listen)] {
  let peers = (Listener.peers, home.configuration.listen)
  return [peers] + (home.configuration.metrics.map { [(.metrics, $0)] } ?? [])
}

private func listeningProblem(
  _ listener: Listener, _ listen: NodeConfiguration.Listen
) -> ListeningProblem? {
  bindFailure(listen).map {
    ListeningProblem(listener, host: listen.host, port: listen.port, errno: $0)
  }
}

/// What a node that serves reads beyond that: each part has to be as good as at its start.
public func examineServing(_ home: NodeHome) -> [Finding] {
  let parts: [(id: String, read: () throws -> Void)] = [
    ("serve.tls", { _ = try home.tlsIdentity() }),
    ("serve.signing", { _ = try home.chain(for: .signing) }),
    ("serve.recipients", { _ = try home.identities() }),
    ("serve.peers", { _ = try home.directory() }),
    ("serve.trust", { _ = try home.trust() }),
    ("serve.witnesses", { _ = try home.witnessPolicy() }),
  ]
  return parts.map { part in
    do {
      try part.read()
      return Finding(part.id, .good, "can be used")
    } catch NodeError.passphraseNeeded {
      return Finding(part.id, .doubtful, "not looked at: nobody gave the passphrase of the keys")
    } catch {
      return Finding(part.id, .bad, "can't be used: \(error)")
    }
  }
}

/// The error number of binding a socket there, or nil. It doesn't listen, so nobody is answered.
private func bindFailure(_ listen: NodeConfiguration.Listen) -> Int32? {
  var hints = addrinfo()
  hints.ai_flags = AI_PASSIVE
  hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
  var found: UnsafeMutablePointer<addrinfo>?
  guard getaddrinfo(listen.host, String(listen.port), &hints, &found) == 0, let address = found
  else { return EADDRNOTAVAIL }
  defer { freeaddrinfo(address) }
  let info = address.pointee
  let descriptor = socket(info.ai_family, info.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
  guard descriptor >= 0 else { return errno }
  defer { close(descriptor) }
  // As the listener does: a port that was let go of a moment ago is free.
  var yes: Int32 = 1
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
  return bind(descriptor, info.ai_addr, info.ai_addrlen) == 0 ? nil : errno
}
