import ArgumentParser
import AuditLog
import CanonicalJSON
import DurableFiles
import Evidence
import Redaction
import RogatoryNode

struct Seal: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seal",
    abstract: "Seal files or folders into one evidence bundle.",
    discussion: "Item names are paths relative to a folder, or a single file's last component.")

  @Argument(help: "Files and folders.") var paths: [String]
  @Option(name: .shortAndLong, help: "The bundle to write.", transform: outputPath) var output:
    String
  @Option(name: .customLong("case"), help: "The case that the evidence belongs to.")
  var caseReference: String?
  @Option(help: "Handling terms, a JSON file.") var terms: String?
  @Option(help: "Who acquired the evidence.") var acquiredBy: String?
  @Option(help: "When, RFC 3339 (default: now).") var acquiredAt: String?
  @Option(help: "By what method.") var acquiredMethod: String?
  @Option(help: "From what source.") var acquiredSource: String?
  @Flag(help: "Leaves of one byte: finest redaction, lengths may show.") var exact = false
  @Flag(help: "Leaves of 512 bytes in disk images: a sector, instead of eight.")
  var sector = false
  @Flag(
    help:
      "Seal tiled pictures and words beside pictures, PDFs and office files, so that parts can go.")
  var companions = false
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if exact, sector { throw ValidationError("--exact and --sector exclude each other") }
  }

  func run() async throws {
    let home = try global.openHome()
    let (sources, warnings) = try sources(home)
    let now = currentTime()
    let signatory = try home.signatory(at: now, mayWait: true)
    let order = try sealingOrder(now)
    let scratch = try makeScratch(beside: output)
    let log = try home.openLog(software: softwareVersion)
    let progress = Progress(
      "sealing", total: sources.byteCount, global)
    var check: FileCheck?
    let sealed = try writeOutput(to: output) { descriptor in
      check = FileCheck(writing: descriptor)
      releaseProgramPages(before: sources.count)
      return try seal(
        sources, order, by: signatory, into: descriptor, scratch: scratch, at: now,
        progress: progress.advance)
    } before: { sealed in
      progress.finish()
      _ = try log.append(sealed.logDraft(caseReference: caseReference))
    }
    try log.close()
    if let check { try BundleInput(output).remember(check, in: home) }
    let all = warnings + sealed.fallbacks
    if sealed.level < .longTerm {
      try home.waitingBundles.add(sealed.bundleID, path: output)
      printNote(sealed.waitingNote(path: output))
    }
    for warning in all { printNote("rogatory: warning: \(warning.text).") }
    global.print(
      sealed.json(path: output, warnings: all.map(\.json)), text: sealed.text(path: output))
  }

  /// The files, and their companions where they are wanted.
  private func sources(_ home: NodeHome) throws -> (SourcesToSeal, [SealWarning]) {
    let files = try collect(paths)
    guard companions || home.configuration.companions == true else {
      if let note = companionNote(countFilesForCompanions(files)) { printNote(note) }
      return (SourcesToSeal(files), [])
    }
    let made = try makeCompanions(for: files, beside: output)
    return (SourcesToSeal(files, companions: made.sources), made.warnings.map(SealWarning.init))
  }

  private func sealingOrder(_ now: Int64) throws -> SealingOrder {
    let template = try terms.map { path in
      try JSON(parsing: readSmallFile(path, limit: 1 << 20, followingLinks: true), limit: 1 << 20)
    }
    let acquired = acquiredAt.map(StatementTime.init(given:)) ?? StatementTime(unixSeconds: now)
    guard let acquired else {
      throw Failure(.usage, "--acquired-at takes a time like 2026-11-21T09:00:00Z")
    }
    return SealingOrder(
      acquisition: Acquisition(
        at: acquired.text, by: acquiredBy, method: acquiredMethod, source: acquiredSource),
      terms: template, caseReference: caseReference, grid: exact ? 1 : nil,
      diskImageGrid: sector ? 512 : nil)
  }
}

extension SealedBundle {
  func logDraft(caseReference: String?) -> LogDraft {
    var fields: [String: JSON] = [
      "bundle": .string(bundleID), "seal": .string(seal.digest.base64),
      "view": .string(viewID.base64), "items": .integer(Int64(items.count)),
      "bytes": .integer(Int64(clamping: byteCount)), "outcome": "sealed",
    ]
    if let caseReference { fields["case"] = .string(caseReference) }
    return LogDraft(.seal, fields)
  }

  func json(path: String, warnings: [JSON]) -> JSONStream {
    // Companions alone name another item.
    let originals = Set(items.lazy.compactMap(\.original))
    var numbers: [String: Int] = [:]
    for item in items where originals.contains(item.name) && numbers[item.name] == nil {
      numbers[item.name] = item.number
    }
    var json = JSONStream([
      "bundle": .string(bundleID), "file": .string(path),
      "bytes": .integer(Int64(clamping: byteCount)),
      "sealer": .string(seal.sealer.node), "sealedAt": .string(seal.time.text),
      "root": .string(seal.root.base64), "view": .string(viewID.base64),
      "level": .string(level.rawValue), "waiting": .bool(level < .longTerm),
      "warnings": .array(warnings),
    ])
    json["items"] = .array(items) {
      .value(
        .object(known: [
          "index": .integer(Int64($0.number)), "name": .string($0.name),
          "mediaType": .string($0.mediaType), "size": .integer(Int64(clamping: $0.size)),
          "sha256": .string($0.sha256), "leaves": .integer(Int64(clamping: $0.leafCount)),
          "derivedFrom": $0.original.flatMap { numbers[$0] }.map { .integer(Int64($0)) },
        ]))
    }
    return json
  }

  /// What a person has to know of a bundle that an authority is still missing from.
  func waitingNote(path: String) -> String {
    let what =
      outage == nil
      ? "revocation data wasn't to be had" : "the time-stamp authority wasn't reached"
    return "rogatory: warning: \(what), so \(path) is at level \(level.rawValue): it is sealed and"
      + " whole, but nothing proves its time, and it can't be sent yet. It waits;"
      + " `rogatory extend --waiting` or `serve` completes it."
  }

  func text(path: String) -> String {
    let rows = items.least(60) { $0.name < $1.name }.map {
      "  \($0.sha256.prefix(16))…  \($0.size) bytes  \(safePath(forName: $0.name))  (\($0.mediaType))"
    }
    let more = items.count > 60 ? ["  … and \(items.count - 60) more"] : []
    let state = level < .longTerm ? " (level \(level.rawValue), waiting)" : ""
    return
      (["Sealed \(counted(items.count, "item")) into \(path), bundle \(bundleID)\(state)"] + rows
      + more)
      .joined(separator: "\n")
  }
}
