import CanonicalJSON
import DurableFiles
import Glibc

/// The story that `demo` tells, chapter by chapter; each step is a command that a person could type.
struct DemoStory {
  let folder: String
  let quiet: Bool
  let program: String
  let example: String
  private var nodes: [String: ChildProgram] = [:]
  private var proven: [String] = []
  private var count = 0

  init(folder: String, quiet: Bool) throws {
    self.folder = folder
    self.quiet = quiet
    program = try Self.ownPath()
    example = try Self.findUpwards(from: program, "Examples/Northlight")
    try createDirectory(folder + "/bundles")
    try createDirectory(folder + "/log")
  }

  mutating func tell() throws -> JSON {
    let began = time(nil)
    try makeNodes()
    try sealAndRedact()
    let transfers = try exchange()
    try tamper()
    try refuseStranger()
    try compareLogs()
    say("\nWhat was proven")
    for (index, fact) in proven.enumerated() { say("  \(index + 1). \(fact)") }
    say("\nDone in \(time(nil) - began) seconds.")
    return .object([
      "result": "pass", "folder": .string(folder),
      "proven": .array(proven.map { .string($0) }),
      "transfers": .array(transfers.map { .string($0) }),
    ])
  }

  mutating func stopNodes() {
    for node in nodes.values { _ = node.stop() }
    nodes = [:]
  }

  func commandsToLookFurther(_ keep: String) -> String {
    """

    To look further
      rogatory verify \(keep)/bundles/northlight-fi.asice --trust \(keep)/pt/pki/anchors.pem
      rogatory verify \(keep)/bundles/northlight-fi.asice --trust \(keep)/pt/pki/anchors.pem --report report.html
      rogatory extract \(keep)/bundles/northlight-fi.asice -o out --trust \(keep)/pt/pki/anchors.pem
      rogatory --home \(keep)/pt outbox
      rogatory --home \(keep)/fi inbox
      rogatory --home \(keep)/fi log show
      sqlite3 -header \(keep)/pt/log.sqlite 'select * from transfer_life'
      python3 Scripts/check_bundle.py \(keep)/bundles/northlight-sg.asice
    """
  }

  // MARK: - Chapters

  private mutating func makeNodes() throws {
    chapter("Three nodes, each with keys, an authority and a log of its own")
    let ports = freePorts(4)
    for (index, (name, node, country, authority)) in Self.nodes.enumerated() {
      try rogatory(
        name,
        [
          "init", "--node", node, "--country", country, "--authority", authority,
          "--development", "--port", String(ports[index]),
        ])
      try rogatory(name, ["peer", "card", "-o", folder + "/\(name).card"], quietly: true)
    }
    // The stranger knows Finland's card; nobody has the stranger's.
    for (home, card) in [
      ("pt", "fi"), ("pt", "sg"), ("fi", "pt"), ("sg", "pt"), ("stranger", "fi"),
    ] {
      try rogatory(home, ["peer", "add", folder + "/\(card).card"], quietly: true)
    }
    say("  Cards exchanged by hand and approved by two officers of each node: PT-FI, PT-SG")
    for name in ["pt", "fi", "sg"] { try start(name) }
  }

  private mutating func sealAndRedact() throws {
    chapter("Portugal seals the case Northlight, then redacts it in two different ways")
    try rogatory(
      "pt",
      [
        "seal", example + "/evidence", "-o", bundle("northlight"), "--case", "PT-2026-0142",
        "--terms", example + "/terms.json", "--acquired-by", "officer-1", "--companions",
      ])
    for country in ["fi", "sg"] {
      try rogatory(
        "pt",
        [
          "redact", bundle("northlight"), "--policy", example + "/redact-for-\(country).yaml",
          "-o", bundle("northlight-\(country)"),
        ])
      try checkWithOthers("northlight-\(country)")
      let copy = try ask(
        nil, ["verify", bundle("northlight-\(country)"), "--trust", folder + "/pt/pki/anchors.pem"])
      try require(copy["verdict"] == "VERIFIED_REDACTED", "the copy for \(country) is verified")
      let seal = copy["signatures"]?.array?.first { $0["role"] == "seal" }
      try require(seal?["result"] == "passed", "the sealer's signature holds on it")
      try require(seal?["provenTime"] != nil, "a time stamp proves when it was made")
    }
    prove(
      "The sealer's signature, made once over everything, holds on both redacted copies: "
        + "rogatory, openssl and check_bundle.py agree.")
    try countCells()
  }

  /// The buyers' names, streets, e-mail addresses, telephone numbers and birth dates; in what Finland
  /// gets, nothing of them may be left.
  private mutating func countCells() throws {
    let copy = bundle("northlight-fi")
    let trust = ["--trust", folder + "/pt/pki/anchors.pem"]
    let leaks = try ask(nil, ["leak-test", copy, "--against", bundle("northlight")] + trust)
    try require(leaks["result"] == "clean", "nothing withheld stands in the copy for Finland")
    let log = try ask(nil, ["redaction-log", copy] + trust)
    let cells = (log["rows"]?.array ?? []).count { row in
      row["document"] == "test-purchases.csv" && row["code"] != "PD-FIN" && row["code"] != "DER"
    }
    try require(cells == 200, "200 cells of the 40 test purchases are withheld, not \(cells)")
    prove(
      "200 cells of 40 buyers are withheld from Finland, with parts of mails, the chat, a log, a "
        + "picture and a PDF; the leak test finds none of it in the copy.")
  }

  private mutating func exchange() throws -> [String] {
    chapter("Both copies leave Portugal, encrypted, over mutual TLS 1.3")
    var transfers: [String] = []
    for (country, node) in [("fi", "fi-cust"), ("sg", "sg-ipu")] {
      say("  $ rogatory --home pt send bundles/northlight-\(country).asice --to \(node)")
      let sent = try ask("pt", ["send", bundle("northlight-\(country)"), "--to", node])
      guard let id = sent["transfer"]?.string else {
        throw Failure(.failed, "the demo's transfer to \(node) has no id")
      }
      say("    \(sent["state"]?.string ?? "?"): transfer \(id)")
      try require(sent["state"] == "delivered", "\(node) has it")
      transfers.append(id)
      try rogatory(country, ["inbox"])
      let arrived = bundle("arrived-\(country)")
      try rogatory(country, ["open", id, "--reason", "CASE-WORK", "-o", arrived])
      try rogatory(country, ["verify", arrived], shows: 1)
      let life = try ask("pt", ["transfer", "show", id])
      let kinds = life["receipts"]?.array?.compactMap { $0["kind"]?.string } ?? []
      for kind in ["RELAY_ACCEPTANCE", "DELIVERY", "RETRIEVAL"] {
        try require(kinds.contains(kind), "Portugal holds \(node)'s receipt \(kind)")
      }
    }
    try rogatory("pt", ["transfer", "show", transfers[0]])
    prove(
      "Finland and Singapore received, checked and opened what was sent, and Portugal holds their "
        + "signed receipts with proofs that these stand in their logs.")
    return transfers
  }

  private mutating func tamper() throws {
    chapter("One byte of a copy is changed")
    let copy = bundle("tampered")
    let (offset, item) = try TamperedCopy.make(of: bundle("northlight-fi"), at: copy)
    say("  Changed byte \(offset), in \(item)")
    let check = ["verify", copy, "--trust", folder + "/pt/pki/anchors.pem"]
    try rogatory(nil, check, expecting: 2, shows: 12)
    let failures = try ask(nil, check, expecting: 2)["checks"]?.array?.filter {
      $0["result"] == "fail" && $0["detail"]?.string?.contains(item) == true
    }
    try require(failures?.isEmpty == false, "the changed item is named")
    prove("A copy with one changed byte is NOT VERIFIED, and the item is named.")
  }

  private mutating func refuseStranger() throws {
    chapter("A node whose card nobody has knocks at Finland's door")
    let denials = ["log", "show", "--event", "denied"]
    let before = try rogatory("fi", denials, quietly: true)
    try require(before.isEmpty, "nobody was refused before")
    try rogatory("stranger", ["peer", "test", "fi-cust"], expecting: nil)
    let text = try rogatory("fi", denials, shows: 2)
    try require(text.contains("UNKNOWN_CERTIFICATE"), "Finland's log tells of the refusal")
    prove("A node without a card is refused in the TLS handshake, and the refusal is logged.")
  }

  private mutating func compareLogs() throws {
    chapter("The nodes stop; their logs are checked and compared")
    for name in ["pt", "fi", "sg"] {
      let status = nodes[name]?.stop()
      nodes[name] = nil
      guard status == 0 else { throw Failure(.failed, "node \(name) didn't stop cleanly") }
      try rogatory(name, ["log", "verify"], shows: 3)
      let cosignatures = try ask(name, ["log", "verify"])["cosignatures"]?.integer ?? 0
      try require(cosignatures > 0, "a peer cosigned the log of \(name)")
      try rogatory(
        name, ["log", "export", "--sqlite", folder + "/log/\(name).sqlite"], quietly: true)
    }
    for country in ["fi", "sg"] {
      let pair = [folder + "/log/pt.sqlite", folder + "/log/\(country).sqlite"]
      try rogatory(nil, ["log", "reconcile"] + pair, shows: 1)
      let matched = try ask(nil, ["log", "reconcile"] + pair)["matched"]
      try require(matched == 1, "the transfer to \(country) is in both logs")
    }
    prove("All three logs are consistent, cosigned by their peers, and tell the same transfers.")
  }

  // MARK: - Steps

  private mutating func checkWithOthers(_ name: String) throws {
    let unpacked = folder + "/log/\(name)"
    try other("unzip", ["-q", bundle(name), "-d", unpacked])
    try other(
      "openssl",
      [
        "cms", "-verify", "-cades", "-binary", "-inform", "DER",
        "-in", unpacked + "/META-INF/signature001.p7s",
        "-content", unpacked + "/META-INF/ASiCManifest001.xml",
        "-CAfile", folder + "/pt/pki/anchors.pem", "-purpose", "any", "-out", "/dev/null",
      ])
    let checker = try Self.findUpwards(from: program, "Scripts/check_bundle.py")
    try other("python3", [checker, bundle(name)])
  }

  /// Runs a program that isn't ours; it must succeed.
  private mutating func other(_ name: String, _ arguments: [String]) throws {
    let (status, text) = try execute(name, arguments)
    guard status == 0 else {
      throw Failure(.failed, "\(name) doesn't agree (exit \(status)):\n\(text)")
    }
    say("  \(name) agrees: \(shortened(arguments))")
  }

  private func home(_ name: String?) -> [String] {
    name.map { ["--home", folder + "/" + $0] } ?? []
  }

  /// Runs this program and shows what it says; `expecting` nil takes any exit code but a success.
  @discardableResult
  private mutating func rogatory(
    _ home: String?, _ arguments: [String], expecting: Int32? = 0, quietly: Bool = false,
    shows: Int = 6
  ) throws -> String {
    let words = self.home(home) + arguments
    if !quietly { say("  $ rogatory " + shortened(words)) }
    let (status, text) = try execute(program, words)
    guard expecting.map({ $0 == status }) ?? (status != 0) else {
      throw unexpected(arguments, status, text)
    }
    if !quietly {
      for line in text.split(separator: "\n").filter({ !$0.isEmpty }).prefix(shows) {
        say("    " + line.prefix(120))
      }
    }
    return text
  }

  /// Runs this program with `--json`, and returns its answer: what the story is checked by.
  private mutating func ask(
    _ home: String?, _ arguments: [String], expecting: Int32 = 0
  ) throws -> JSON {
    let (status, text) = try execute(
      program, self.home(home) + arguments + ["--json", "--quiet"])
    guard status == expecting, let json = try? JSON(parsing: text.utf8, limit: 64 << 20) else {
      throw unexpected(arguments, status, text)
    }
    return json
  }

  private func unexpected(_ arguments: [String], _ status: Int32, _ text: String) -> Failure {
    Failure(
      .failed, "the demo's step `rogatory \(shortened(arguments))` ended with \(status):\n\(text)")
  }

  /// What the demo says was proven, it has looked at.
  private func require(_ holds: Bool, _ fact: String) throws {
    guard holds else { throw Failure(.failed, "the demo expected that \(fact), and it isn't so") }
  }

  private mutating func execute(
    _ program: String, _ arguments: [String]
  ) throws -> (status: Int32, text: String) {
    count += 1
    let base = folder + "/log/step-\(count)"
    let child = try ChildProgram(program, arguments, output: base + ".out", error: base + ".err")
    let status = child.wait()
    return (status, status == 0 ? child.output : child.output + child.error)
  }

  private mutating func start(_ name: String) throws {
    let base = folder + "/log/node-\(name)"
    let node = try ChildProgram(
      program, ["--home", folder + "/" + name, "serve"], output: base + ".out",
      error: base + ".err")
    nodes[name] = node
    // Ten seconds: a node opens its log and its listener in well under one.
    for _ in 0..<500 {
      if node.error.contains("listens for peers") {
        return say("  \(node.error.split(separator: "\n").last ?? "") (process \(node.process))")
      }
      usleep(20_000)
    }
    throw Failure(.failed, "the node \(name) didn't start:\n\(node.error)")
  }

  private func bundle(_ name: String) -> String { folder + "/bundles/\(name).asice" }

  private func shortened(_ arguments: [String]) -> String {
    arguments.map { $0.replacing(folder + "/", with: "").replacing(example, with: "Northlight") }
      .joined(separator: " ")
  }

  private func chapter(_ title: String) { say("\n\(title)") }

  private mutating func prove(_ fact: String) { proven.append(fact) }

  private func say(_ text: some StringProtocol) {
    if !quiet { printLine(String(text)) }
  }

  private static let nodes = [
    ("pt", "pt-ipcu", "PT", "IP crime unit, Portugal (fictional)"),
    ("fi", "fi-cust", "FI", "Customs investigation, Finland (fictional)"),
    ("sg", "sg-ipu", "SG", "IP investigation unit, Singapore (fictional)"),
    ("stranger", "xx-none", "XX", "Nobody's authority (fictional)"),
  ]

  private static func ownPath() throws -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { throw FileError.failed(.read, path: "/proc/self/exe", errno: errno) }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }

  /// The example lies beside the sources that the program was built from, or where a package put it.
  private static func findUpwards(from program: String, _ path: String) throws -> String {
    var folder = program[...]
    while let slash = folder.lastIndex(of: "/") {
      folder = folder[..<slash]
      let candidate = folder + "/" + path
      if (try? facts(ofFile: String(candidate))) != nil { return String(candidate) }
    }
    let installed = "/usr/share/rogatory/" + path
    if (try? facts(ofFile: installed)) != nil { return installed }
    throw Failure(
      .failed, "\(path) isn't beside this program", hint: "run the one that was built in a checkout"
    )
  }
}
