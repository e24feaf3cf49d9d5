import ArgumentParser
import AuditLog
import CanonicalJSON
import DurableFiles
import Federation
import Report
import RogatoryNode

struct PeerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peer", abstract: "The nodes that this one exchanges with.",
    subcommands: [
      Card.self, Add.self, PeerApprove.self, PeerRemove.self, List.self, TestPeer.self,
    ])

  struct Card: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "card",
      abstract: "Print this node's card, to hand to a peer.")
    @Option(name: .shortAndLong, help: "A file to write it to.", transform: outputPath) var output:
      String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let card = try global.openHome().ownCard()
      guard let output else { return printLine(card.json.prettyText) }
      try AtomicFile.write(
        Array((card.json.prettyText + "\n").utf8), to: output, mode: 0o644, replacing: false)
      global.print(
        .object(card.compared.merging(["file": .string(output)]) { $1 }),
        text: "Wrote \(output). Read its eight words, or its fingerprint, to the peer over another "
          + "channel:\n\(card.comparison)")
    }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "add",
      abstract: "Add a peer from its card, approved by two officers.",
      discussion: """
        Compare the eight words with the peer over another channel first. With --by alone the card is \
        proposed, and another officer approves it with `peer approve`.
        """)
    @Argument(help: "The card, a JSON file.") var card: String
    @Option(help: "The officer who proposes.") var by: String?
    @Option(help: "The officer who approves.") var approvedBy: String?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
      let home = try global.openHome()
      let bytes = try readSmallFile(card, limit: 1 << 20, followingLinks: true)
      let card = try PeerCard(parsing: bytes)
      try home.checkNew(card)
      try refuseAuditors([by, approvedBy], to: "peer-add", of: home)
      if let by, approvedBy == nil { return try await propose(card, by, home) }
      let approval = try home.approval(by: by, approvedBy: approvedBy)
      try await add(card, approval, to: home)
      tellAdded(card, approval, global)
    }

    private func propose(_ card: PeerCard, _ by: String, _ home: NodeHome) async throws {
      let officer = try home.officers().handlingOfficer(by)
      try await append(
        [
          LogDraft(
            .config,
            [
              "code": "peer-proposed", "outcome": "proposed", "peer": .string(card.node.text),
            ], personal: ["actor": officer.id.text])
        ], to: home)
      try home.save(ProposedPeer(card: card, by: officer, at: currentTimeText()))
      let others = try home.officers().handling.map(\.id.text).filter { $0 != by }
      global.print(
        .object(
          card.compared.merging([
            "peer": .string(card.node.text), "state": "proposed", "proposer": .string(by),
            "mayApprove": .array(others.map { .string($0) }),
          ]) { $1 }),
        text: """
          Proposed \(card.line)
          Compare its eight words with the peer over another channel:
          \(card.comparison)
          Then \(others.isEmpty ? "another officer" : others.joined(separator: " or ")) approves it: \
          rogatory peer approve \(card.node) --by OFFICER
          """)
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List the approved peers, the proposed ones, and those that are held.",
      discussion: """
        Of each approved peer it says, from what is kept here, how it is known whether its TLS \
        certificate was revoked, and from when that is.
        """)
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let home = try global.openHome()
      let approved = try home.peers()
      let statuses = home.peerStatuses(approved.map(\.card), at: currentTime())
      let peers = approved.map { peer in
        let status = statuses[peer.card.node]
        return Row(
          card: peer.card, state: "approved", note: nil, tls: status?.words,
          more: [
            "approvedBy": .string(peer.approvedBy), "approvedAt": .string(peer.approvedAt),
            "tls": status?.json ?? [:],
          ])
      }
      let held = try home.heldPeers().map { peer in
        Row(card: peer.card, state: "held", note: peer.reason.words, more: [:])
      }
      let proposed = try home.proposedPeers().map { proposal in
        Row(
          card: proposal.card, state: "proposed",
          note: "proposed by \(proposal.proposedBy): `rogatory peer approve \(proposal.card.node)`",
          more: ["proposedBy": .string(proposal.proposedBy)])
      }
      let rows = peers + held + proposed
      global.print(
        .object(["peers": .array(rows.map(\.json))]),
        text: rows.isEmpty
          ? "No peers yet: `rogatory peer add CARD`" : rows.map(\.text).joined(separator: "\n"))
    }

    private struct Row {
      let card: PeerCard
      let state: String
      let note: String?
      /// How it is known whether its TLS certificate was revoked.
      var tls: String?
      let more: [String: JSON]

      var json: JSON {
        var object = card.compared.merging(more) { $1 }
        object["peer"] = .string(card.node.text)
        object["country"] = .string(card.country)
        object["authority"] = .string(card.authority)
        object["url"] = .string(card.url)
        object["state"] = .string(state)
        object["note"] = note.map { .string($0) }
        return .object(object)
      }

      var text: String {
        let note =
          (tls.map { "\n    \($0)" } ?? "") + (note.map { "\n    \(state): \($0)" } ?? "")
        return "\(card.node)  \(card.country)  \(printable(card.authority))  \(card.place)"
          + "\n    \(card.words)\n    \(card.fingerprint)\(note)"
      }
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
