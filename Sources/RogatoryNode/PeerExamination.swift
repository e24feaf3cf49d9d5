import Exchange
import Logging

/// Asks each approved peer whether it answers, and words what stands in the way.
public func examinePeers(_ home: NodeHome, software: String) async -> [Finding] {
  guard let peers = try? home.peers() else {
    return [Finding("peers", .bad, "a file in peers/ isn't well-formed")]
  }
  guard !peers.isEmpty else {
    return [Finding("peers", .doubtful, "none yet: `rogatory peer add CARD`")]
  }
  guard let log = try? home.openLog(software: software) else { return [] }
  let exchange = home.exchange(log: log, logger: makeLogger(verbose: false))
  var findings: [Finding] = []
  for peer in peers {
    let test = await exchange.testPeer(peer.card.node.text)
    findings.append(
      Finding(
        "peer.\(peer.card.node)", test.passed ? .good : .doubtful,
        test.cause ?? "answers at \(peer.card.url)"))
  }
  try? log.close()
  return findings
}
