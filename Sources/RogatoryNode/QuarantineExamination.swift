import AuditLog
import Evidence
import Logging

/// How full quarantine is, by its own quota.
func examineQuarantine(_ home: NodeHome, _ log: NodeLog) throws -> Finding {
  let use = try home.exchange(log: log, logger: makeLogger(verbose: false)).quarantineUse()
  let names = (try? listFiles(home.file("quarantine"))) ?? []
  let isTight = Double(use.bytes) > 0.9 * Double(use.quota)
  return Finding(
    "quarantine", isTight ? .doubtful : .good,
    "\(counted(names.count, "file")); \(use.bytes >> 20) MiB are there or promised room, the quota is "
      + "\(use.quota >> 20) MiB"
      + (isTight ? ": more offers will be refused; `rogatory inbox` shows what is open" : ""))
}
