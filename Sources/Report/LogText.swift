public import AuditLog
import CanonicalJSON
import Evidence

extension LogVerification {
  /// The outcome for people.
  public var text: String {
    var lines = [
      "\(origin): \(isConsistent ? "consistent" : "INCONSISTENT")",
      "  \(counted(entries, "entry", "entries")) read, checkpoint of size \(size), root \(root.base64)",
      "  \(counted(checkpoints, "checkpoint")) verified, \(counted(cosignatures, "cosignature"))",
    ]
    if let peer { lines.append("  entries that concern \(peer), each by its inclusion proof") }
    if prunedEntries > 0 {
      let pruned = counted(prunedEntries, "entry", "entries")
      lines.append("  \(pruned) at the beginning pruned; the hashes are here")
    }
    if timestamps > 0 {
      let judged = timestampsJudged ? "" : ", not judged"
      lines.append("  \(counted(timestamps, "checkpoint")) with a time stamp\(judged)")
    }
    if !keyGiven { lines.append("  verified by the key that the file names itself") }
    if personalCommitted > 0 {
      let all = counted(personalCommitted, "personal text")
      lines.append("  of \(all), \(personalPresent) here")
    }
    for (rule, count) in personalErased.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(counted(count, "personal text")) erased under \(rule)")
    }
    if let firstBadEntry { lines.append("  first bad entry: \(firstBadEntry)") }
    for problem in problems {
      let (name, numbers) = problem.facts
      let facts = numbers.map { "\($0) \($1.string ?? $1.integer.map { String($0) } ?? "")" }
      lines.append("  " + ([name] + facts).joined(separator: " "))
    }
    if problemCount > problems.count {
      lines.append("  and \(problemCount - problems.count) more")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Reconciliation {
  /// The outcome for people: orphans and differences first.
  public var text: String {
    var lines: [String] = []
    lines += onlyHere.map { "only in our log: \($0)" }
    lines += onlyThere.map { "only in their log: \($0)" }
    lines += differing.map {
      "told differently: \($0.transfer): \($0.fields.joined(separator: ", "))"
    }
    lines += receiptsMissing.map {
      let kind = $0.kind.isEmpty ? "no receipt" : "receipt \(printable($0.kind))"
      return "\(kind) missing in \($0.missingHere ? "our" : "their") log: \(printable($0.transfer))"
    }
    let listed = lines.count
    if findings > listed { lines.append("and \(findings - listed) more") }
    if skewed > 0 {
      lines.append("\(skewed) received before they were sent, by \(largestSkew) ms at most")
    }
    let found = counted(findings, "finding")
    lines.append("\(counted(matched, "transfer")) matched, \(refused) refused, \(found)")
    return lines.joined(separator: "\n") + "\n" + ours.text + theirs.text
  }
}
