import DurableFiles
import ServiceLifecycle
import UnixSignals

/// Answers SIGHUP: looks at everything that a running node takes up by itself, and tells what it found.
///
/// Certificates, keys, officers and peers are read again within a second of a change, without a signal.
/// `node.yaml` is read at the start alone; a change in it is told.
struct ReloadService: Service {
  let home: NodeHome
  let tell: @Sendable (String) -> Void

  func run() async throws {
    let configuration = try? home.configurationText()
    let signals = await UnixSignalsSequence(trapping: .sighup)
    await cancelWhenGracefulShutdown {
      for await _ in signals {
        for line in examine(since: configuration) { tell(line) }
      }
    }
  }

  private func examine(since configuration: [UInt8]?) -> [String] {
    let parts: [(what: String, read: () throws -> Void)] = [
      ("the TLS key and certificate", { _ = try home.tlsIdentity() }),
      ("the signing key and certificate", { _ = try home.chain(for: .signing) }),
      ("the age identities", { _ = try home.identities() }),
      ("the peers", { _ = try home.directory() }),
      ("the witness policy", { _ = try home.witnessPolicy() }),
    ]
    var lines: [String] = []
    for part in parts {
      do { try part.read() } catch {
        lines.append("\(part.what) can't be used, the last good one stays in force: \(error)")
      }
    }
    if lines.isEmpty { lines.append("certificates, keys and peers are read again, and good") }
    do {
      _ = try NodeHome(path: home.path)
      if (try? home.configurationText()) != configuration {
        lines.append("node.yaml has changed: restart the node to take it up")
      }
    } catch {
      lines.append("node.yaml has changed, and can't be used: \(error)")
    }
    return lines
  }
}
