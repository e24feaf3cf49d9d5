import Exchange
import Federation
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
  findings += examineStatuses(home, peers.map(\.card))
  try? log.close()
  return findings
}

/// How the revocation of peers' TLS certificates is known, where the configuration says that it is to be.
private func examineStatuses(_ home: NodeHome, _ cards: [PeerCard]) -> [Finding] {
  let isRequired = home.configuration.requirePeerRevocation ?? false
  guard isRequired || home.configuration.peerRevocation != nil else { return [] }
  let statuses = home.peerStatuses(cards, at: currentTime())
  return cards.compactMap { card in
    statuses[card.node].map { status in
      let consequence =
        isRequired && !status.isGood
        ? "; nothing is exchanged with it until that is known (requirePeerRevocation)" : ""
      return Finding(
        "peer.\(card.node).revocation", status.isGood ? .good : .doubtful,
        status.words + consequence)
    }
  }
}
