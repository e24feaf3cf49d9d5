import ArgumentParser
import CanonicalJSON
import Federation
import Redaction
import RogatoryNode

struct PeerApprove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve", abstract: "Approve a peer that another officer proposed.",
    discussion: """
      Without --by the proposal is shown with its eight words, and nothing is decided. Compare them \
      with the peer over another channel first.
      """)
  @Argument(help: "The peer's id.") var peer: String
  @Option(help: "The officer who approves: not the one who proposed.") var by: String?
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let home = try global.openHome()
    guard let proposal = try home.proposedPeers().first(where: { $0.card.node.text == peer }) else {
      throw NodeError.noProposal(peer)
    }
    let card = proposal.card
    guard let by else {
      return global.print(
        .object(
          card.compared.merging([
            "peer": .string(peer), "state": "proposed", "proposer": .string(proposal.proposedBy),
          ]) { $1 }),
        text: "\(card.line)\nProposed by \(proposal.proposedBy). Compare with the peer:\n"
          + "\(card.comparison)\nNothing is decided: name who approves with --by")
    }
    try home.checkNew(card)
    try refuseAuditors([by], to: "peer-approve", of: home)
    let approval = try home.officers().approval(by: proposal.proposedBy, approvedBy: by)
    try await add(card, approval, to: home)
    tellAdded(card, approval, global)
  }
}

struct PeerRemove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Withdraw a peer, by two officers: nothing is exchanged any more.",
    discussion: """
      What waits for it in the outbox is held, not lost; `peer add` of a card takes the exchange up \
      again. With --reason compromised its signatures don't count any more either.
      """)
  @Argument(help: "The peer's id.") var peer: String
  @Option(help: "left, or compromised: others may have its keys.") var reason: String = "left"
  @Option(help: "The officer who proposes.") var by: String?
  @Option(help: "The officer who approves.") var approvedBy: String?
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard Withdrawal.Reason(rawValue: reason) != nil else {
      throw ValidationError("--reason takes left or compromised.")
    }
  }

  func run() async throws {
    let home = try global.openHome()
    guard let known = try home.peersByHand().first(where: { $0.card.node.text == peer }) else {
      throw try home.peers().contains { $0.card.node.text == peer }
        ? NodeError.namedByDirectory(peer) : NodeError.unknownPeer(peer)
    }
    try refuseAuditors([by, approvedBy], to: "peer-remove", of: home)
    let approval = try home.approval(by: by, approvedBy: approvedBy)
    guard let time = StatementTime(unixSeconds: currentTime()),
      let reason = Withdrawal.Reason(rawValue: reason)
    else { throw NodeError.malformed("clock") }
    try await append(
      [
        peerChangeDraft(
          known.card, "withdrawn", approval, more: ["withdrawal": .string(reason.rawValue)])
      ], to: home)
    try home.save(known.withdrawn(Withdrawal(at: time, reason: reason)))
    global.print(
      .object([
        "peer": .string(peer), "state": "held", "reason": .string(reason.rawValue),
        "proposer": .string(approval.proposer.id.text),
        "approver": .string(approval.approver.id.text),
      ]),
      text: "Withdrew \(peer) (\(reason.rawValue)). What waits for it is held.\n"
        + "Proposed by \(approval.proposer.id), approved by \(approval.approver.id)")
  }
}

/// Logs that a peer is added, then adds it: a peer that isn't in the log must not be in force.
func add(_ card: PeerCard, _ approval: Approval, to home: NodeHome) async throws {
  try await append([peerChangeDraft(card, "added", approval)], to: home)
  try home.save(Peer(card: card, approval: approval, at: currentTimeText()))
}

func tellAdded(_ card: PeerCard, _ approval: Approval, _ global: GlobalOptions) {
  global.print(
    .object(
      card.compared.merging([
        "peer": .string(card.node.text), "country": .string(card.country),
        "authority": .string(card.authority), "state": "approved",
        "proposer": .string(approval.proposer.id.text),
        "approver": .string(approval.approver.id.text),
      ]) { $1 }),
    text: """
      Added \(card.line)
      Its words and fingerprint:
      \(card.comparison)
      Proposed by \(approval.proposer.id), approved by \(approval.approver.id)
      """)
}
