import CanonicalJSON
import Federation
import Testing

@Suite struct OfficerTests {
  private func twoOfficers() throws -> OfficerList {
    var list = OfficerList()
    try list.add(Officer(id: NodeID("ana"), role: "investigator", unit: "ip"))
    try list.add(Officer(id: NodeID("rui"), role: "releasing-authority", unit: "ip"))
    return list
  }

  @Test func twoDifferentOfficersApprove() throws {
    let approval = try twoOfficers().approval(by: "ana", approvedBy: "rui")
    #expect(approval.proposer.id.text == "ana")
    #expect(approval.approver.id.text == "rui")
  }

  @Test func onePersonCannotApproveTheirOwnProposal() throws {
    let list = try twoOfficers()
    #expect(throws: FederationError.onePersonTwice("ana")) {
      try list.approval(by: "ana", approvedBy: "ana")
    }
  }

  @Test func aStrangerCannotApprove() throws {
    let list = try twoOfficers()
    #expect(throws: FederationError.unknownOfficer("eve")) {
      try list.approval(by: "ana", approvedBy: "eve")
    }
  }

  @Test func aloneNobodyCanAct() throws {
    var list = OfficerList()
    try list.add(Officer(id: NodeID("ana"), role: "investigator", unit: "ip"))
    #expect(throws: FederationError.noSecondOfficer) { try list.developmentApproval() }
  }

  @Test func theStoredListIsTheList() throws {
    let list = try twoOfficers()
    #expect(try OfficerList(json: list.json) == list)
  }

  @Test(arguments: ["", "-a", "A", "a b", "ä", String(repeating: "a", count: 65), "a/b", "a\n"])
  func whatIsNoIdIsRefused(text: String) {
    #expect(throws: FederationError.self) { try NodeID(text) }
  }
}
