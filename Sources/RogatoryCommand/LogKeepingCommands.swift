import ArgumentParser
import AuditLog
import CanonicalJSON
import Evidence
import Federation
import RogatoryNode

// How long the log keeps what: rules, what is due, erasing, pruning, backup.

struct LogRules: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "List the rules for how long a log keeps what, with sources.")
  @OptionGroup var global: GlobalOptions

  private static let unchecked = "not yet compared with the law: ask your data protection officer"

  func run() throws {
    let own = try? global.openHome().retentionRule().id
    let rows = RetentionRule.all.map { rule in
      JSON.object(
        known: [
          "id": .string(rule.id), "countries": .array(rule.countries.map { .string($0) }),
          "minimum": .string(rule.minimum.words),
          "maximum": rule.maximum.map { .string($0.words) },
          "entries": .string(rule.entryMinimum.words), "source": .string(rule.source),
          "checked": rule.checked.map { .string($0) }, "ours": .bool(rule.id == own),
        ])
    }
    let text = RetentionRule.all.map { rule in
      """
      \(rule.id)\(rule.id == own ? "  (this node's)" : "")
        personal texts: at least \(rule.minimum.words), at most \
      \(rule.maximum?.words ?? "as long as the log")
        entries: at least \(rule.entryMinimum.words)
        \(rule.source)
        (\(rule.checked.map { "compared with the law on \($0)" } ?? Self.unchecked))
      """
    }.joined(separator: "\n")
    global.print(.object(["rules": .array(rows)]), text: text)
  }
}

struct LogDue: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "due", abstract: "List the personal texts that have passed their maximum age.",
    discussion: "Exit 4 when there are any: they are to be erased now.")
  @Option(help: "The rule; without it the node's own.") var rule: String?
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let home = try global.openHome()
    let rule = try rule.map { try RetentionRule(id: $0) } ?? home.retentionRule()
    let log = try home.openLog(software: softwareVersion)
    let due = try log.textsDue(under: rule)
    try log.close()
    global.print(
      .object(
        known: [
          "rule": .string(rule.id), "due": .integer(Int64(due.count)),
          "since": due.since.map { .string(Timestamp.text($0)) },
          "held": .integer(Int64(due.held)),
          "texts": .array(
            due.fields.map {
              ["index": .integer(Int64($0.index)), "field": .string($0.field)]
            }),
        ]),
      text: (due.count == 0
        ? "Nothing is due under \(rule.id)"
        : "Due under \(rule.id): \(counted(due.count, "personal text")), the oldest since "
          + "\(Timestamp.text(due.since ?? 0)): `rogatory log erase`")
        + keptBack(due.held))
    if due.count > 0 { throw ExitCode(ExitStatus.refused.rawValue) }
  }
}

struct LogErase: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "erase",
    abstract: "Erase personal texts of the log under a rule; the log stays verifiable.",
    discussion: """
      Without --entry or --before, what has passed the rule's maximum age. Nothing that is younger \
      than the rule's minimum age is erased: exit 4. Two officers decide. Backups aren't reached.
      """)
  @Option(help: "The rule; without it the node's own.") var rule: String?
  @Option(help: "The number of one entry.") var entry: UInt64?
  @Option(help: "The one text of that entry, such as actor or reason.") var field: String?
  @Option(help: "Every text from before this time, 2026-11-23T03:26:55.123Z or 2026-11-23.")
  var before: String?
  @Option(help: "The officer who proposes.") var by: String?
  @Option(help: "The officer who approves.") var approvedBy: String?
  @Flag(help: "Say what would be erased, and erase nothing.") var dryRun = false
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard entry == nil || before == nil else {
      throw ValidationError("Name one entry with --entry, or a time with --before.")
    }
    guard field == nil || entry != nil else { throw ValidationError("--field goes with --entry.") }
  }

  func run() throws {
    let home = try global.openHome()
    let rule = try rule.map { try RetentionRule(id: $0) } ?? home.retentionRule()
    let approval = try home.approval(by: by, approvedBy: approvedBy)
    let log = try home.openLog(software: softwareVersion)
    let (fields, held) = try chosen(log, rule)
    let erasures =
      try dryRun || fields.isEmpty
      ? []
      : log.erase(
        fields, under: rule,
        personal: approval.people)
    try log.close()
    global.print(
      .object([
        "rule": .string(rule.id), "texts": .integer(Int64(fields.count)),
        "held": .integer(Int64(held)), "erased": .bool(!erasures.isEmpty),
        "entries": .array(erasures.map { .integer(Int64($0.entry.index)) }),
      ]),
      text: (dryRun
        ? "\(counted(fields.count, "personal text")) would be erased under \(rule.id)"
        : "Erased \(counted(fields.count, "personal text")) under \(rule.id)") + keptBack(held))
    if !erasures.allSatisfy(\.writeAheadLogTruncated) {
      printNote(
        "note: readers kept the write-ahead log busy; the texts leave it when they are gone")
    }
  }

  /// What is to be erased, and how many texts a hold keeps back.
  private func chosen(
    _ log: NodeLog, _ rule: RetentionRule
  ) throws -> (fields: [PersonalField], held: Int) {
    if let entry {
      let names = try field.map { [$0] } ?? log.personal(index: entry).keys.sorted()
      return (names.map { PersonalField(index: entry, field: $0) }, 0)
    }
    guard let before else {
      let due = try log.textsDue(under: rule)
      return (due.fields, due.held)
    }
    let time = try moment(before)
    let erasable = try log.textsErasable(under: rule, before: time)
    // A text from before that time which the rule still keeps: it is said, not passed over.
    if let young = try log.newestText(before: time, notIn: erasable) {
      throw AuditLogError.tooYoung(rule: rule.id, until: rule.minimum.end(of: young))
    }
    return (erasable.fields, erasable.held)
  }
}

/// What a hold keeps back, for people; nothing where none does.
private func keptBack(_ count: Int) -> String {
  count == 0
    ? ""
    : "\n\(counted(count, "text is", "texts are")) past that age, and held: `rogatory hold list`"
}

struct LogPrune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Delete old entries up to a cosigned checkpoint; their hashes stay.",
    discussion: """
      Proofs about what is left hold as before, and the log stays verifiable. Whole tiles of 256 \
      entries go, and only what a peer has cosigned. Younger than the rule's minimum age: exit 4. \
      Export the log first: a pruned entry is gone.
      """)
  @Option(help: "Entries from before this time, 2026-11-23T03:26:55.123Z or 2026-11-23.")
  var before: String
  @Option(help: "The rule; without it the node's own.") var rule: String?
  @Option(help: "The officer who proposes.") var by: String?
  @Option(help: "The officer who approves.") var approvedBy: String?
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let home = try global.openHome()
    let rule = try rule.map { try RetentionRule(id: $0) } ?? home.retentionRule()
    let approval = try home.approval(by: by, approvedBy: approvedBy)
    let log = try home.openLog(software: softwareVersion)
    let pruning = try log.prune(
      before: moment(before), under: rule,
      personal: approval.people)
    try log.close()
    global.print(
      .object([
        "rule": .string(rule.id), "pruned": .integer(Int64(pruning.size)),
        "entries": .integer(Int64(pruning.count)), "root": .string(pruning.root.base64),
        "entry": .integer(Int64(pruning.entry.index)),
        "heldBack": .integer(Int64(pruning.heldBack)),
      ]),
      text: "Pruned \(counted(pruning.count, "entry", "entries")); the log begins with "
        + "\(pruning.size) now, and entry \(pruning.entry.index) says so"
        + (pruning.heldBack == 0
          ? ""
          : "\nKept back \(counted(Int(pruning.heldBack), "entry", "entries")), from the first that is "
            + "held on: `rogatory hold list`"))
  }
}

struct LogBackup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy the whole log, while the node runs, and verify the copy.",
    discussion: """
      The copy holds the personal texts and the state of transfers. Restoring it when the log has \
      grown meanwhile makes a fork: `rogatory log recover`.
      """)
  @Argument(help: "The file to write.", transform: outputPath) var output: String
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let log = try global.openHome().openLog(software: softwareVersion)
    let _: LogEntry = try log.append(LogDraft(.export, ["outcome": "backup"]))
    let verification = try log.backup(to: output)
    try log.close()
    global.print(
      .object([
        "backup": .string(output), "size": .integer(Int64(clamping: verification.size)),
        "root": .string(verification.root.base64),
      ]), text: "Wrote and verified \(output): \(counted(verification.size, "entry", "entries"))")
  }
}

/// A moment on the command line, in milliseconds since 1970; a date is its beginning.
func moment(_ text: String) throws -> Int64 {
  let whole = text.utf8.count == 10 ? text + "T00:00:00.000Z" : text
  guard let time = Timestamp.milliseconds(whole) else {
    throw Failure(
      .usage, "that isn't a time", hint: "write 2026-11-23T03:26:55.123Z or 2026-11-23, in UTC")
  }
  return time
}
