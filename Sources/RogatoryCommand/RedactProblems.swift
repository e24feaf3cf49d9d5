import Evidence
import Report

extension Failure {
  init(proposal error: ProposalError) {
    switch error {
    case .malformed:
      self.init(
        .failed, "the file isn't a saved proposal", safe: "nothing was written",
        hint: "`rogatory redact B --policy F --dry-run --save P.json` writes one")
    case .otherBundle(let id):
      self.init(
        .refused, "the proposal is for bundle \(printable(id))", safe: "nothing was written",
        hint: "name the bundle that it was made for")
    case .otherCopy:
      self.init(
        .refused,
        "the proposal is for another copy of this bundle, in which more or less is withheld",
        safe: "nothing was written",
        hint: "name the copy that it was made for, or make a new proposal")
    case .changed(let number):
      self.init(
        .refused,
        "the proposal was changed after it was saved"
          + (number.map { ": cut \($0) isn't what stands in the bundle" } ?? ""),
        safe: "nothing was written", hint: "make a new proposal with --dry-run --save")
    case .decided(let approver):
      self.init(
        .refused, "\(printable(approver)) has decided on this proposal already",
        safe: "the decision stands", hint: "make a new proposal with --dry-run --save")
    }
  }

  init(choice error: ChoiceError) {
    switch error {
    case .noSuchCut(let number, let count):
      self.init(
        .usage, "there is no cut \(number): the list has \(count)", safe: "nothing was written",
        hint: "--dry-run shows the numbers")
    case .forced(let number):
      self.init(
        .refused, "cut \(number) can't be rejected alone: cuts that stay in force it",
        safe: "nothing was written",
        hint: "reject the cuts of that item, or of its companion, as well")
    }
  }
}
