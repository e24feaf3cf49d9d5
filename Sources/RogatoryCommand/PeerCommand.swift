import ArgumentParser
import AuditLog
import CanonicalJSON
import DurableFiles
import Federation
import Redaction
import RogatoryNode

struct PeerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peer", abstract: "The nodes that this one exchanges with.",
    subcommands: [Card.self, Add.self, List.self, TestPeer.self])

  struct Card: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print this node's card, to hand to a peer.")
    @Option(name: .shortAndLong, help: "A file to write it to.") var output: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let card = try global.openHome().ownCard()
      guard let output else { return printLine(card.json.prettyText) }
      try AtomicFile.write(
        Array((card.json.prettyText + "\n").utf8), to: output, mode: 0o644, replacing: false)
      global.print(
        .object(["file": .string(output), "fingerprint": .string(card.fingerprint)]),
        text: "Wrote \(output). Read its fingerprint to the peer over another channel:\n"
          + "  \(card.fingerprint)")
    }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a peer from its card, approved by two officers.",
      discussion: "Compare the fingerprint with the peer over another channel first.")
    @Argument(help: "The card, a JSON file.") var card: String
    @Option(help: "The officer who proposes.") var by: String?
    @Option(help: "The officer who approves.") var approvedBy: String?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
      let home = try global.openHome()
      let bytes = try readSmallFile(card, limit: 1 << 20, followingLinks: true)
      let card = try PeerCard(parsing: bytes)
      guard card.node != home.id else {
        throw Failure(
          .usage, "that is this node's own card", safe: "nothing was added",
          hint: "add it in the other node's home")
      }
      // An anchor vouches for one node: a shared one would let each sign in the other's name.
      let known = try [home.ownCard()] + home.peers().map(\.card)
      let anchors = Set((card.signingAnchors + card.tlsAnchors).map(\.sha256))
      if let other = known.first(where: { other in
        other.node != card.node
          && (other.signingAnchors + other.tlsAnchors).contains { anchors.contains($0.sha256) }
      }) {
        throw Failure(
          .refused, "\(card.node) has a trust anchor in common with \(other.node)",
          safe: "nothing was added", hint: "each node needs an issuing authority of its own")
      }
      try refuseAuditors([by, approvedBy], to: "peer-add", of: home)
      let approval = try home.approval(by: by, approvedBy: approvedBy)
      let time = StatementTime(unixSeconds: currentTime())?.text ?? ""
      let log = try home.openLog(software: softwareVersion)
      _ = try await log.append(
        LogDraft(
          .peerChange,
          [
            "peer": .string(card.node.text), "outcome": "added",
            "peer-country": .string(card.country), "peer-authority": .string(card.authority),
            "code": .string(card.fingerprint),
          ],
          personal: ["actor": approval.proposer.id.text, "approver": approval.approver.id.text]))
      try home.save(Peer(card: card, approval: approval, at: time))
      try log.close()
      global.print(
        .object([
          "peer": .string(card.node.text), "country": .string(card.country),
          "authority": .string(card.authority), "fingerprint": .string(card.fingerprint),
          "proposer": .string(approval.proposer.id.text),
          "approver": .string(approval.approver.id.text),
        ]),
        text: """
          Added \(card.node), \(card.authority), \(card.country), \(place(of: card))
          Its fingerprint: \(card.fingerprint)
          Proposed by \(approval.proposer.id), approved by \(approval.approver.id)
          """)
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the approved peers.")
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let peers = try global.openHome().peers()
      global.print(
        .array(
          peers.map { peer in
            .object([
              "peer": .string(peer.card.node.text), "country": .string(peer.card.country),
              "authority": .string(peer.card.authority), "url": .string(peer.card.url),
              "fingerprint": .string(peer.card.fingerprint),
              "approvedBy": .string(peer.approvedBy), "approvedAt": .string(peer.approvedAt),
            ])
          }),
        text: peers.isEmpty
          ? "No peers yet: `rogatory peer add CARD`"
          : peers.map {
            "\($0.card.node)  \($0.card.country)  \($0.card.authority)  \(place(of: $0.card))\n"
              + "    \($0.card.fingerprint)"
          }.joined(separator: "\n"))
    }
  }

  struct TestPeer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "test", abstract: "Reach a peer step by step; say what stands in the way.")
    @Argument(help: "The peer's id.") var peer: String
    @OptionGroup var global: GlobalOptions

    func run() async throws {
      try await withExchange(global) { exchange in
        let test = await exchange.testPeer(peer)
        global.print(test.json, text: test.text)
        guard test.passed else {
          let code = test.isTemporary ? ExitStatus.temporary : ExitStatus.failed
          throw ExitCode(code.rawValue)
        }
      }
    }
  }
}

/// Where a peer is reached, for people.
private func place(of card: PeerCard) -> String {
  card.delivery == .push ? "at \(card.url)" : "which fetches from here by itself"
}
