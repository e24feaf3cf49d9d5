import ArgumentParser
import AuditLog
import CanonicalJSON
import DurableFiles
import Exchange
import Report
import RogatoryNode

struct LogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "The audit log: check it, read it, hand it over, compare it.",
    subcommands: [
      VerifyLog.self, Show.self, Export.self, Reconcile.self, Checkpoint.self, Prove.self,
      CheckProof.self, LogRules.self, LogDue.self, LogErase.self, LogPrune.self, LogBackup.self,
      LogRecover.self, LogRenewKey.self, LogForks.self, LogWitness.self, LogReceipts.self,
    ])

  struct VerifyLog: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Check every entry, hash, checkpoint and cosignature of a log.",
      discussion: "Without an argument the home's log; else an SQLite export or a folder of tiles.")
    @Argument(help: "An SQLite export or a folder of tiles.") var export: String?
    @Option(help: "The log's verifier key (vkey); needed to trust an export.") var key: String?
    @Option(
      help: "Anchors of the time-stamping authority: a PEM file, or a folder of such files.")
    var trust: [String] = []
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let verification = try judge()
      global.print(verification.json, text: verification.text)
      guard verification.isConsistent else {
        throw ExitCode(ExitStatus.inconsistent.rawValue)
      }
    }

    private func judge() throws -> LogVerification {
      let verifier = try key.map { try VerifierKey($0) }
      guard let export else {
        let home = try global.openHome()
        let anchors = try trust.isEmpty ? home.anchors() : readTrust(trust, or: global).certificates
        var verification = try AuditLog.verifyLog(
          at: home.logPath, key: home.logVerifierKey(),
          token: anchors.isEmpty ? nil : tokenJudge(anchors: anchors, now: currentTime()))
        try verification.compareIndex(at: home.auditIndexPath, ofLogAt: home.logPath)
        return verification
      }
      let anchors = try trust.isEmpty ? [] : readTrust(trust, or: global).certificates
      let kind = try facts(ofFile: export, followingLinks: true).kind
      return kind == .directory
        ? try verifyTiles(at: export, key: verifier)
        : try AuditLog.verifyLog(
          at: export, key: verifier,
          token: anchors.isEmpty ? nil : tokenJudge(anchors: anchors, now: currentTime()))
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Print entries; that they were read is logged.")
    @Option(help: "Only this event, such as send.") var event: String?
    @Option(help: "Only this transfer.") var transfer: String?
    @Option(help: "Only this peer.") var peer: String?
    @Option(help: "From this entry on.") var from: UInt64?
    @Option(help: "At most so many.") var limit: Int?
    @Flag(help: "With the personal layer: who, and why in words.") var personal = false
    @Option(help: "Why the log is read, a code such as AUDIT.") var reason = "INSPECTION"
    @OptionGroup var global: GlobalOptions

    func run() async throws {
      let kind = try event.map { text in
        guard let kind = LogEvent(rawValue: text) else {
          let known = LogEvent.allCases.map(\.rawValue).joined(separator: " ")
          throw Failure(.usage, "\(text) is no event", hint: known)
        }
        return kind
      }
      let home = try global.openHome()
      let log = try home.openLog(software: softwareVersion)
      _ = try await log.append(
        LogDraft(
          .auditQuery,
          .init(known: [
            "code": .string(reason), "transfer": transfer.map { .string($0) },
            "peer": peer.map { .string($0) }, "outcome": personal ? "personal" : "plain",
          ])))
      let filter = EntryFilter(
        event: kind, transfer: transfer, peer: peer, from: from, limit: limit)
      try log.show(filter, personal: personal) { entry in
        printLine(global.json ? entry.jsonLine : entry.textLine)
      }
      try log.close()
    }
  }

  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Write the log as static tiles or as an SQLite file.")
    @Option(help: "A new folder for C2SP tlog-tiles.", transform: outputPath) var tiles: String?
    @Option(name: .customLong("sqlite"), help: "A new SQLite file.", transform: outputPath)
    var sqlite: String?
    @Option(help: "Only what concerns this peer, with proofs and no personal rows.")
    var peer: String?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
      guard (tiles == nil) != (sqlite == nil) else {
        throw ValidationError("Name a folder with --tiles or a file with --sqlite.")
      }
      guard peer == nil || sqlite != nil else {
        throw ValidationError("--peer goes with --sqlite.")
      }
    }

    func run() async throws {
      let home = try global.openHome()
      if let peer, try !home.peers().contains(where: { $0.card.node.text == peer }) {
        throw Failure(
          .failed, "\(peer) is no peer of this node", safe: "nothing was written",
          hint: "`rogatory peer list` shows them")
      }
      let log = try home.openLog(software: softwareVersion)
      _ = try await log.append(
        LogDraft(.export, .init(known: ["peer": peer.map { .string($0) }, "outcome": "log"])))
      if let tiles { try log.exportTiles(to: tiles) }
      if let sqlite { try log.exportSQLite(to: sqlite, peer: peer) }
      try log.close()
      let path = tiles ?? sqlite ?? ""
      global.print(.object(["export": .string(path)]), text: "Wrote \(path)")
    }
  }

  struct Reconcile: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "reconcile",
      abstract: "Compare the logs of two nodes: what one sent, the other received.",
      discussion: "Works on two SQLite exports or whole logs. Exit 6 on any difference.")
    @Argument(help: "Our export.") var ours: String
    @Argument(help: "Theirs.") var theirs: String
    @Option(help: "The verifier key (vkey) of our log.") var ourKey: String?
    @Option(help: "The verifier key (vkey) of their log.") var theirKey: String?
    @Option(help: "Also write the outcome to this new file, as a page of HTML.") var html: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
      for path in [ours, theirs] { _ = try facts(ofFile: path, followingLinks: true) }
      let result = try reconcile(
        ours: ours, theirs: theirs, ourKey: ourKey.map { try VerifierKey($0) },
        theirKey: theirKey.map { try VerifierKey($0) })
      if let html {
        let page = Array(result.html(madeAt: systemMilliseconds()).utf8)
        try AtomicFile.write(page, to: html, mode: 0o644, replacing: false)
      }
      global.print(result.json, text: result.text)
      guard result.isClean else { throw ExitCode(ExitStatus.inconsistent.rawValue) }
    }
  }

  struct Checkpoint: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "checkpoint",
      abstract: "Print the newest checkpoint with the cosignatures of peers.")
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let log = try global.openHome().openLog(software: softwareVersion)
      let checkpoint = try log.checkpoint()
      try log.close()
      let note = String(decoding: checkpoint.serialized, as: UTF8.self)
      global.print(
        .object([
          "checkpoint": .string(note), "size": .integer(Int64(checkpoint.checkpoint.size)),
        ]), text: note)
    }
  }

  struct Prove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "prove",
      abstract: "Write an offline proof that an entry is in the log (C2SP tlog-proof).")
    @Argument(help: "The entry's number.") var index: UInt64
    @Option(
      name: .shortAndLong, help: "The proof to write; the entry goes beside it, .json.",
      transform: outputPath)
    var output: String
    @OptionGroup var global: GlobalOptions

    func run() throws {
      let log = try global.openHome().openLog(software: softwareVersion)
      let proof = try log.tlogProof(index: index)
      let entry = try log.entry(at: index)
      try log.close()
      try AtomicFile.write(proof.serialized, to: output, mode: 0o644, replacing: false)
      try AtomicFile.write(entry, to: output + ".json", mode: 0o644, replacing: false)
      global.print(
        .object(["proof": .string(output), "entry": .string(output + ".json")]),
        text: "Wrote \(output) and \(output).json")
    }
  }

  struct CheckProof: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check", abstract: "Check such a proof, offline and without a node.")
    @Argument(help: "The proof.") var proof: String
    @Argument(help: "The entry.") var entry: String
    @Option(help: "The log's verifier key (vkey).") var key: String?
    @Option(help: "A policy (C2SP tlog-policy): who must have cosigned, and perhaps the logs.")
    var policy: String?
    @Option(help: "The receipt that the entry is about: its digest has to be in the entry.")
    var receipt: String?
    @OptionGroup var global: GlobalOptions

    func validate() throws {
      guard key != nil || policy != nil else {
        throw ValidationError("Name the log's key with --key, or a policy with --policy.")
      }
    }

    func run() throws {
      let proof = try TlogProof(
        parsing: readSmallFile(proof, limit: 1 << 20, followingLinks: true))
      let entry = try readSmallFile(entry, limit: 1 << 16, followingLinks: true)
      let checkpoint = try check(proof, entry)
      if let receipt {
        let bytes = try readSmallFile(receipt, limit: 1 << 16, followingLinks: true)
        guard isEntry(entry, about: bytes) else {
          throw Failure(
            .inconsistent, "the entry is in the log, and is not about this receipt",
            hint: "each receipt has an entry of its own: KIND.entry.json")
        }
      }
      global.print(
        .object([
          "result": "pass", "index": .integer(Int64(proof.index)),
          "size": .integer(Int64(checkpoint.size)), "origin": .string(checkpoint.origin),
        ]),
        text: "The entry is number \(proof.index) of \(checkpoint.origin), size \(checkpoint.size)")
    }

    private func check(
      _ proof: TlogProof, _ entry: [UInt8]
    ) throws -> AuditLog.Checkpoint {
      let key = try key.map { try VerifierKey($0) }
      guard let policy else {
        guard let key else { throw ExitCode(ExitStatus.usage.rawValue) }
        return try proof.check(entry: entry, key: key)
      }
      let rules = try WitnessPolicy(
        parsing: readSmallFile(policy, limit: LogLimits.policyBytes, followingLinks: true))
      return try proof.check(entry: entry, policy: rules, key: key)
    }
  }
}

extension [String: JSON] {
  /// The pairs whose value is known.
  init(known pairs: [String: JSON?]) {
    self = pairs.compactMapValues { $0 }
  }
}

extension ShownEntry {
  var jsonLine: String {
    var object = fields
    object["index"] = .integer(Int64(index))
    if !personal.isEmpty { object["personal"] = .object(personal.mapValues { .string($0) }) }
    return String(decoding: JSON.object(object).canonicalBytes, as: UTF8.self)
  }

  var textLine: String {
    let head = "\(index)  \(fields["time"]?.string ?? "")  \(fields["event"]?.string ?? "")"
    let rest = fields.filter { !Self.sameInMost.contains($0.key) }
      .filter { !$0.key.hasPrefix("personal.") }
      .sorted { $0.key < $1.key }
      .map {
        "\($0.key)=\($0.value.string ?? String(decoding: $0.value.canonicalBytes, as: UTF8.self))"
      }
    let people = personal.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return ([head] + rest + people).joined(separator: "  ")
  }

  /// What every entry has, and nobody reads down a list for; `--json` has it.
  private static let sameInMost: Set = [
    "time", "event", "nonce", "node", "software", "configuration", "clock", "clock-offset",
    "clock-error", "monotonic", "boot",
  ]
}
