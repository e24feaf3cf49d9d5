import Evidence
import Federation
import Redaction

extension NodeHome {
  /// What an administrator has to be told of the directory for as long as it is so.
  func federationAlarms(at now: Int64) -> [String] {
    examineFederation(self, at: now, verifying: false).filter { $0.state != .good }.map(\.detail)
  }
}

/// Looks at the adopted directory; `verifying` checks its members' signatures again, too.
func examineFederation(_ home: NodeHome, at now: Int64, verifying: Bool = true) -> [Finding] {
  let adopted: AdoptedDirectory
  do {
    guard let found = try home.adoptedDirectory() else { return [] }
    adopted = found
  } catch {
    return [Finding("federation", .bad, "the adopted directory can't be read: \(error)")]
  }
  var findings = [examineValidity(adopted.adoption, now)]
  let forks = home.directoryForks()
  if !forks.isEmpty {
    findings.append(
      Finding(
        "federation.forks", .doubtful,
        "\(counted(forks.count, "directory contradicts", "directories contradict")) one of the same "
          + "version: federation/forks; tell the federation"))
  }
  findings += examineOwnEntry(home, adopted.document)
  if verifying { findings += examineSignatures(home, adopted, now) }
  return findings
}

private func examineValidity(_ adoption: DirectoryAdoption, _ now: Int64) -> Finding {
  let name = "version \(adoption.version) of \(adoption.federation)"
  let left = (adoption.validUntil.unixSeconds - now) / 86_400
  if now > adoption.validUntil.unixSeconds {
    return Finding(
      "federation", .doubtful,
      "\(name) ended on \(adoption.validUntil.text): nothing is exchanged with its nodes, what waits is "
        + "held; `rogatory directory fetch` gets the next version")
  }
  return Finding(
    "federation", left < 30 ? .doubtful : .good,
    "\(name) is valid until \(adoption.validUntil.text), \(left) days")
}

/// Others know this node by its entry: one that isn't its card any more keeps them away.
private func examineOwnEntry(_ home: NodeHome, _ document: DirectoryDocument) -> [Finding] {
  guard let entry = document.entry(home.id) else {
    return [Finding("federation.own", .doubtful, "the directory doesn't name this node")]
  }
  if entry.withdrawal != nil {
    return [Finding("federation.own", .doubtful, "the directory says that this node is withdrawn")]
  }
  guard let card = try? home.ownCard() else { return [] }
  return card == entry.card
    ? [Finding("federation.own", .good, "the directory has this node's card")]
    : [
      Finding(
        "federation.own", .doubtful,
        "the directory has another card of this node: give the federation the new one")
    ]
}

private func examineSignatures(
  _ home: NodeHome, _ adopted: AdoptedDirectory, _ now: Int64
) -> [Finding] {
  let document = adopted.document
  do {
    guard let signed = try home.signedDirectoryFile(document.version),
      signed.hasQuorum(of: document, at: now)
    else {
      return [
        Finding("federation.signatures", .bad, "its members' signatures don't hold any more")
      ]
    }
    return [
      Finding(
        "federation.signatures", .good,
        "\(signed.signatures.count) of \(document.members.count) members signed it; "
          + "\(document.threshold) are needed")
    ]
  } catch { return [Finding("federation.signatures", .bad, "\(error)")] }
}
