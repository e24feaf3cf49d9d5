import ArgumentParser
import AuditLog
import CanonicalJSON
import DurableFiles
import Federation
import Glibc
import Report
import RogatoryNode

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Questions of auditors to the log, Q1 to Q21.",
    discussion: "Reading is logged, with who reads and why. Docs/AuditLog.md explains each report.",
    subcommands: [ReportCommand.self, Sample.self, Questions.self])

  struct Questions: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "questions", abstract: "List the questions.")
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let all = AuditQuestion.allCases
      global.print(
        .object([
          "questions": .array(
            all.map {
              .object(known: [
                "report": .string($0.id), "title": .string($0.title),
                "waitsFor": $0.waitsFor.map { .string($0) },
              ])
            })
        ]),
        text: all.map {
          let id = $0.id + String(repeating: " ", count: 5 - $0.id.count)
          let rest = $0.waitsFor.map { "\n     in part; the rest waits for \($0)" }
          return id + $0.title + (rest ?? "")
        }.joined(separator: "\n"))
    }
  }

  struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "report", abstract: "Answer one question, as text, JSON, CSV or a page.",
      discussion: """
        Times are RFC 3339 in UTC; a date alone is a whole day, also as the end of the period. CSV \
        holds one table: the first, or the one of --table. Q2 takes --bundle or --transfer; Q2 and Q4 \
        take the peer's export with --theirs. Q18 takes --case.
        """)
    @Argument(help: "The question, Q1 to Q21.") var question: String
    @OptionGroup var source: AuditSource
    @OptionGroup var filters: AuditFilters
    @Option(help: "Q2: the bundle's id.") var bundle: String?
    @Option(help: "Q2: the transfer's id.") var transfer: String?
    @Option(help: "Q2, Q4: the peer's log or export.") var theirs: String?
    @Option(help: "The verifier key (vkey) of the peer's log.") var theirKey: String?
    @Option(help: "Q5: the hours of a working day, UTC.") var hours = "6-18"
    @Option(help: "Q4, Q8: hours after which a transfer without an answer is told.")
    var answerHours = 24
    @Option(help: "Q10: how many days before its end something is soon due.") var soonDays = 30
    @Flag(help: "One table as CSV.") var csv = false
    @Flag(help: "A page of HTML.") var html = false
    @Option(help: "The table for --csv.") var table: String?
    @Option(help: "The most rows of a table as text.") var limit = 50
    @Option(
      name: .shortAndLong, help: "A new file to write to, instead of stdout.", transform: outputPath
    )
    var output: String?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
      guard [csv, html, global.json].count(where: { $0 }) <= 1 else {
        throw ValidationError("--json, --csv and --html exclude each other.")
      }
      guard AuditQuestion(id: question) != nil else {
        throw ValidationError("The questions are Q1 to Q21: `rogatory audit questions`.")
      }
      guard limit >= 0, (0...1_000_000).contains(answerHours), (0...36_500).contains(soonDays)
      else { throw ValidationError("--limit, --answer-hours and --soon-days take small numbers.") }
      _ = try workingHours()
    }

    func run() async throws {
      let request = try self.request()
      if request.question == .life, bundle == nil, transfer == nil {
        throw Failure(.usage, "Q2 needs --bundle or --transfer")
      }
      if request.question == .subject, request.caseReference == nil {
        throw Failure(.usage, "Q18 needs --case: entries name no persons, only cases")
      }
      let log = try await source.open(request, global)
      let (peerLog, reconciliation) = try openTheirs(request.question)
      let document = AuditReportDocument(
        AuditReport(request, of: log, theirs: peerLog, reconciliation: reconciliation),
        madeAt: systemMilliseconds())
      try write(document)
    }

    private func request() throws -> AuditRequest {
      var request = try filters.request(AuditQuestion(id: question) ?? .transfers)
      request.bundle = bundle
      request.transfer = transfer
      request.workingHours = try workingHours()
      request.answerHours = answerHours
      request.soonDays = soonDays
      return request
    }

    private func workingHours() throws -> Range<Int> {
      let ends = hours.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard ends.count == 2, let from = ends[0], let to = ends[1], 0 <= from, from < to, to <= 24
      else { throw ValidationError("--hours takes two hours of a day, such as 6-18.") }
      return from..<to
    }

    private func openTheirs(
      _ question: AuditQuestion
    ) throws -> (AuditedLog?, Reconciliation?) {
      guard let theirs else { return (nil, nil) }
      guard question == .life || question == .reconciliation else {
        throw Failure(.usage, "--theirs goes with Q2 and Q4")
      }
      let key = try theirKey.map { try VerifierKey($0) }
      let verification = try AuditLog.verifyLog(at: theirs, key: key)
      let log = try AuditedLog(at: theirs, verification: verification)
      guard question == .reconciliation else { return (log, nil) }
      let (ours, ourKey) = try source.file(global)
      return (
        log, try reconcile(ours: ours, theirs: theirs, ourKey: ourKey, theirKey: key)
      )
    }

    private func write(_ document: AuditReportDocument) throws {
      try writeParts(to: output) { sink in
        if global.json {
          try document.writeJSON(to: sink)
        } else if html {
          try document.writeHTML(to: sink)
        } else if csv {
          guard try document.writeCSV(table: table, to: sink) else {
            let names = try document.tableNames().joined(separator: " ")
            throw Failure(.usage, "this report has no such table", hint: names)
          }
        } else {
          try document.writeText(limit: limit, to: sink)
        }
      }
    }
  }
}

/// What every question may be narrowed by.
struct AuditFilters: ParsableArguments {
  @Option(help: "From this time on.") var from: String?
  @Option(help: "Until this time; a date includes its day.") var to: String?
  @Option(help: "Only this peer.") var peer: String?
  @Option(name: .customLong("case"), help: "Only this case.") var caseReference: String?
  @Option(help: "The time at which something is overdue (default: now).") var at: String?

  func request(_ question: AuditQuestion) throws -> AuditRequest {
    let now = try at.map { try moment($0, "--at", endOfDay: true) } ?? systemMilliseconds()
    var request = AuditRequest(question, now: now)
    request.from = try from.map { try moment($0, "--from", endOfDay: false) }
    request.to = try to.map { try moment($0, "--to", endOfDay: true) }
    request.peer = peer
    request.caseReference = caseReference
    return request
  }

  /// A time in milliseconds since 1970. A date alone is its beginning, or the beginning of the next day.
  private func moment(_ text: String, _ option: String, endOfDay: Bool) throws -> Int64 {
    let isDate = text.utf8.count == 10
    guard let time = parseTime(isDate ? text + "T00:00:00Z" : text) else {
      throw Failure(.usage, "\(option) takes a date or a time like 2026-11-21T09:00:00Z")
    }
    return time + (isDate && endOfDay ? 86_400_000 : 0)
  }
}

/// Writes a document in parts, to a new file as a whole or to stdout as it comes.
func writeParts(
  to output: String?, _ body: (@escaping (String) throws -> Void) throws -> Void
) throws {
  guard let output else {
    var parts = ""
    try body { part in
      parts += part
      if parts.utf8.count > 1 << 16 {
        printPart(parts)
        parts = ""
      }
    }
    return printPart(parts)
  }
  try writeOutput(to: output) { descriptor in
    let writer = DescriptorWriter(descriptor, path: output)
    try body { part in
      var text = part
      try text.withUTF8 { try writer.write(UnsafeRawBufferPointer($0)) }
    }
  }
  printNote("Wrote \(output)")
}
