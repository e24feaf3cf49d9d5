import ArgumentParser
import CanonicalJSON
import DurableFiles
import Federation
import Redaction
import RogatoryNode

struct DirectoryCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a version of a directory, for members to sign.",
    discussion: """
      Without --from it is version 1. With --from it is the next version of that file, with what the \
      options change. Members and nodes are given by their cards.
      """)
  @Option(help: "The version before, a signed file.") var from: String?
  @Option(help: "The federation's id, for version 1.") var federation: String?
  @Option(help: "How many members have to sign: more than half.") var threshold: Int?
  @Option(help: "The card of an authority that signs.") var member: [String] = []
  @Option(help: "The id of a member that goes.") var removeMember: [String] = []
  @Option(help: "The card of a node that comes, changes or returns.") var node: [String] = []
  @Option(help: "A node to withdraw: its id, or id=compromised.") var withdraw: [String] = []
  @Option(help: "A node to leave out that was withdrawn before.") var remove: [String] = []
  @Option(
    help: ArgumentHelp(
      "A JSON object: for node ids, units, instruments, languages, region, validFrom, validUntil."))
  var details: String?
  @Option(help: "How many days it is valid.") var days = 365
  @Option(name: .shortAndLong, help: "The file to write.", transform: outputPath) var output: String
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard (from == nil) != (federation == nil) else {
      throw ValidationError("Version 1 takes --federation, a later one --from.")
    }
    guard (1...3650).contains(days) else { throw ValidationError("--days takes 1 to 3650.") }
  }

  func run() throws {
    let previous = try from.map { try readDirectory($0).document }
    let now = currentTime()
    guard let issued = StatementTime(unixSeconds: now),
      let end = StatementTime(unixSeconds: now + Int64(days) * 86_400)
    else { throw NodeError.malformed("clock") }
    let members = try members(previous)
    let entries = try entries(previous, issued)
    let document = try DirectoryDocument(
      federation: previous?.federation ?? NodeID(federation ?? ""),
      version: (previous?.version ?? 0) + 1, previous: previous?.digest, issued: issued,
      validUntil: end,
      threshold: threshold ?? previous.map(\.threshold) ?? members.count / 2 + 1,
      members: members, entries: entries)
    let signed = SignedDirectory(document)
    // What is written is what every node will read: nothing that they would refuse.
    let read = try SignedDirectory(parsing: signed.bytes)
    try AtomicFile.write(read.bytes, to: output, mode: 0o644, replacing: false)
    let diff = DirectoryDiff(from: previous, to: document)
    global.print(
      diff.json(from: previous, to: document).adding("file", .string(output)),
      text: "Wrote \(output), which nobody has signed yet: \(document.line)\n"
        + diff.text(from: previous, to: document)
        + "\nIts eight words, to compare before signing: \(document.words)")
  }

  private func members(_ previous: DirectoryDocument?) throws -> [DirectoryMember] {
    var members = Dictionary(
      (previous?.members ?? []).map { ($0.id, $0) }, uniquingKeysWith: { _, new in new })
    for path in member {
      let card = try readCard(path)
      members[card.node] = DirectoryMember(card)
    }
    for id in removeMember {
      guard members.removeValue(forKey: try NodeID(id)) != nil else {
        throw FederationError.notAMember(id)
      }
    }
    return Array(members.values)
  }

  private func entries(
    _ previous: DirectoryDocument?, _ issued: StatementTime
  ) throws -> [DirectoryEntry] {
    guard let end = StatementTime(unixSeconds: issued.unixSeconds + Self.entryLifetime) else {
      throw NodeError.malformed("clock")
    }
    var entries = Dictionary(
      (previous?.entries ?? []).map { ($0.card.node, $0) }, uniquingKeysWith: { _, new in new })
    func change(_ id: String, _ body: (inout DirectoryEntry) throws -> Void) throws {
      let node = try NodeID(id)
      guard var entry = entries[node] else { throw FederationError.noSuchNode(id) }
      try body(&entry)
      entries[node] = entry
    }
    for path in node {
      let card = try readCard(path)
      var entry =
        entries[card.node] ?? DirectoryEntry(card: card, validFrom: issued, validUntil: end)
      (entry.card, entry.withdrawal) = (card, nil)
      if entry.validUntil <= issued { entry.validUntil = end }
      entries[card.node] = entry
    }
    for text in withdraw {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard let reason = Withdrawal.Reason(rawValue: parts.count == 2 ? parts[1] : "left") else {
        throw ValidationError("--withdraw takes ID, ID=left or ID=compromised.")
      }
      try change(parts.first ?? "") { $0.withdrawal = Withdrawal(at: issued, reason: reason) }
    }
    for id in remove {
      try change(id) { _ in }
      entries[try NodeID(id)] = nil
    }
    if let details {
      let json = try JSON(
        parsing: readSmallFile(details, limit: 1 << 20, followingLinks: true), limit: 1 << 20)
      for (id, changes) in json.object ?? [:] {
        try change(id) { $0 = try $0.changed(by: changes) }
      }
    }
    return Array(entries.values)
  }

  /// Seconds, where the details don't say. The directory itself ends long before, and is renewed as a
  /// whole: entries that end with it would each have to be renewed, too.
  private static let entryLifetime: Int64 = 10 * 365 * 86_400

  private func readCard(_ path: String) throws -> PeerCard {
    try PeerCard(parsing: readSmallFile(path, limit: 1 << 20, followingLinks: true))
  }
}
