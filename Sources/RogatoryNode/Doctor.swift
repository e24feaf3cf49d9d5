import AuditLog
import DurableFiles
import Evidence
import Federation
import Foundation
import Glibc
import Redaction

/// One thing that `doctor` looked at, and what it found, in words.
public struct Finding: Sendable {
  /// How a thing stands.
  public enum State: String, Sendable {
    case good = "pass"
    case doubtful = "warn"
    case bad = "fail"

    /// In front of a line for people.
    public var mark: String {
      switch self {
      case .good: "ok  "
      case .doubtful: "note"
      case .bad: "BAD "
      }
    }
  }
  /// What was looked at, such as `certificate.tls`.
  public let id: String
  /// How it stands.
  public let state: State
  /// What was found, and what to do where it isn't good.
  public let detail: String

  init(_ id: String, _ state: State, _ detail: String) {
    self.id = id
    self.state = state
    self.detail = detail
  }
}

/// Looks at everything of a node that needs no network.
public func examine(_ home: NodeHome, software: String, at now: Int64) -> [Finding] {
  var findings = [examineConfiguration(home), examineClock()]
  findings += examineKeys(home)
  findings += examineFolders(home)
  findings += examineCertificates(home, now)
  findings += examineRevocation(home, now)
  findings.append(examineTimestamps(home))
  findings += examineOfficers(home)
  findings += examineFederation(home, at: now)
  findings.append(examineDisk(home))
  findings += examineLog(home, software, now)
  return findings
}

private func examineConfiguration(_ home: NodeHome) -> Finding {
  let listen = home.configuration.listen
  let variables = ConfigurationSource.overrides(ProcessInfo.processInfo.environment)
    .split(separator: "\n").map { $0.dropFirst(2).prefix { $0 != "=" } }
  return Finding(
    "configuration", .good,
    "node \(home.id), listens on \(listen.host):\(listen.port)"
      + (variables.isEmpty ? "" : "; from the environment: \(variables.joined(separator: ", "))"))
}

/// Nothing is asked of the authority here: `doctor` needs no network for what is in the home.
private func examineTimestamps(_ home: NodeHome) -> Finding {
  let waiting = (try? home.waitingBundles.entries().count) ?? 0
  guard (try? home.timestampAuthority()) != nil else {
    return Finding(
      "time-stamps", .bad, "no authority: set tsa.url and tsa.anchors in node.yaml")
  }
  guard waiting == 0 else {
    return Finding(
      "time-stamps", .doubtful,
      "\(counted(waiting, "bundle waits", "bundles wait")) for an authority: `rogatory extend --waiting` goes on"
    )
  }
  let source = home.configuration.tsa?.url ?? "the node's own authority"
  return Finding("time-stamps", .good, "from \(source); no bundle waits")
}

private func examineOfficers(_ home: NodeHome) -> [Finding] {
  let count = (try? home.officers().officers.count) ?? 0
  return [
    count >= 2
      ? Finding("officers", .good, "\(count) officers: one can approve what another proposes")
      : Finding(
        "officers", .bad, "\(counted(count, "officer")): add two with `rogatory officer add`")
  ]
}

private func examineDisk(_ home: NodeHome) -> Finding {
  var facts = statvfs()
  guard statvfs(home.path, &facts) == 0 else {
    return Finding("disk", .bad, "the free space can't be read")
  }
  let free = Int64(facts.f_bavail) * Int64(facts.f_frsize)
  let floor = home.configuration.limits.freeDiskFloorBytes
  return Finding(
    "disk", free > floor ? .good : .bad,
    "\(free >> 20) MiB free, the floor is \(floor >> 20) MiB")
}

private func examineLog(_ home: NodeHome, _ software: String, _ now: Int64) -> [Finding] {
  do {
    let log = try home.openLog(software: software)
    let size = try log.checkpoint().checkpoint.size
    let entries = counted(size, "entry", "entries")
    var findings = [Finding("log", .good, "\(entries), as its last checkpoint says")]
    findings.append(try examineForks(log))
    findings.append(try examineTexts(log, home.retentionRule()))
    findings.append(try examineHolds(log, now))
    findings.append(try examineWitnesses(log, now))
    findings.append(try examineQuarantine(home, log))
    try log.close()
    return findings
  } catch NodeError.passphraseNeeded {
    return [
      Finding(
        "log", .doubtful, "not looked at: its key is encrypted, and nobody gave the passphrase")
    ]
  } catch NodeError.damagedLog(let entry, let what) {
    let place = entry.map { "the first bad entry is \($0)" } ?? "no entry can be named"
    return [Finding("log", .bad, "\(what): \(place); see Docs/Operating.md")]
  } catch {
    return [Finding("log", .bad, "\(error); see Docs/Operating.md")]
  }
}

private func examineForks(_ log: NodeLog) throws -> Finding {
  let count = try log.forks().count
  return count == 0
    ? Finding("log.forks", .good, "no log of a peer contradicts itself")
    : Finding("log.forks", .doubtful, "\(count) times a log contradicted itself: `log forks`")
}

private func examineTexts(_ log: NodeLog, _ rule: RetentionRule) throws -> Finding {
  let due = try log.textsDue(under: rule)
  return due.count == 0
    ? Finding("log.texts", .good, "no personal text has passed its maximum age (\(rule.id))")
    : Finding(
      "log.texts", .doubtful,
      "\(counted(due.count, "personal text")) past the maximum age under \(rule.id), the oldest of "
        + "\(Timestamp.text(due.since ?? 0).prefix(10)): `log erase`")
}

/// A hold without an end is easily forgotten, and keeps what law may want erased.
private func examineHolds(_ log: NodeLog, _ now: Int64) throws -> Finding {
  let holds = try log.holds().filter { $0.isInForce(at: now * 1000) }
  let endless = holds.count { $0.until == nil }
  return Finding(
    "holds", .good,
    holds.isEmpty
      ? "nothing is held"
      : "\(counted(holds.count, "hold is", "holds are")) in force, \(endless) without an end: `hold list`"
  )
}

private func examineWitnesses(_ log: NodeLog, _ now: Int64) throws -> Finding {
  let size = try log.checkpoint().checkpoint.size
  guard let cosigned = try log.cosignedCheckpoint()?.checkpoint.size else {
    return Finding("log.witnesses", .doubtful, "nobody has cosigned it: `log witness`")
  }
  return Finding(
    "log.witnesses", .good,
    "a witness holds it to \(cosigned) of its \(counted(size, "entry", "entries"))")
}
