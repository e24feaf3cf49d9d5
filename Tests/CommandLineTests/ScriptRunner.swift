import Foundation

/// Runs one script in a fresh folder of its own, which is removed afterwards.
///
/// The language stands in Script.swift. A program's output goes to files, not pipes, so that no
/// amount of it can block; its standard input is empty.
struct ScriptRunner {
  /// How a script ended that did not fail.
  enum Outcome: Equatable {
    case passed
    case skipped(String)
  }

  let program: URL
  let root: URL

  /// Runs the script, and throws the first line that doesn't hold.
  func run(_ script: Script) throws -> Outcome {
    // Symbolic links are resolved, since $WORK is compared with what programs print.
    let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appending(path: "rogatory-script-\(UUID().uuidString)")
    var run = try ScriptRun(base: base, program: program, root: root)
    defer {
      run.end()
      try? FileManager.default.removeItem(at: base)
    }
    for file in script.files { try run.create(file.name, Data(file.text.utf8)) }
    for line in script.lines {
      do {
        if let reason = try run.reasonToSkip(line.command) { return .skipped(reason) }
        try run.perform(line.command)
      } catch let reason as ScriptRun.Reason {
        throw Script.Failure(
          script: script.name, line: line.number, section: line.section, text: line.text,
          reason: reason.text + run.lastOutput)
      }
    }
    return .passed
  }
}

/// A script in progress: its folders, variables, last output and background programs.
struct ScriptRun {
  /// Why a line did not hold.
  struct Reason: Error { var text: String }

  private let base: URL
  private let work: URL
  private let program: URL
  private var variables: [String: String]
  private var environment: [String: String]
  private var last: ProgramOutput?
  private var running: [String: RunningProgram] = [:]

  init(base: URL, program: URL, root: URL) throws {
    (self.base, self.program) = (base, program)
    work = base.appending(path: "work", directoryHint: .isDirectory)
    for name in ["work", "home", "output"] {
      try FileManager.default.createDirectory(
        at: base.appending(path: name), withIntermediateDirectories: true)
    }
    variables = [
      "WORK": folderPath(work), "ROOT": folderPath(root), "PROGRAM": program.absoluteURL.path,
    ]
    environment = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("ROGATORY_") || $0.key == "ROGATORY_CONFORMANCE"
    }
    environment["HOME"] = base.appending(path: "home").path
    environment["TZ"] = "UTC"
    environment["LC_ALL"] = "C.UTF-8"
  }

  func create(_ name: String, _ data: Data) throws {
    let url = work.appending(path: name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
  }

  mutating func perform(_ command: Script.Command) throws {
    switch command {
    case .skipWithout, .skipUnless: break
    case .run(let words, let mustFail): try runProgram(words, mustFail: mustFail)
    case .exit(let status): try need(output().status == status, "exit \(output().status)")
    case .match(let stream, let pattern, let negated):
      let text = stream == .out ? try output().out : try output().err
      let found = text.contains(try regex(pattern).anchorsMatchLineEndings())
      try need(found != negated, negated ? "it matches" : "no match")
    case .json(let path, let value, let negated):
      let values = try JSONValue(parsing: output().out).values(at: substitute(path))
      let wanted = try substitute(value)
      try need(
        values.contains { $0.text == wanted } != negated,
        "it is \(values.map(\.text).joined(separator: ", "))")
    case .exists(let path, let negated):
      let url = try file(path)
      try need(
        FileManager.default.fileExists(atPath: url.path) != negated,
        negated ? "it exists" : "it does not exist")
    case .compare(let first, let second, let negated):
      try need(try (bytes(first) == bytes(second)) != negated, negated ? "same" : "different")
    case .contains(let path, let text, let negated):
      let found = try bytes(path).range(of: Data(substitute(text).utf8)) != nil
      try need(found != negated, negated ? "it does" : "it does not")
    case .environment(let name, let value):
      let value = try substitute(value)
      (variables[name], environment[name]) = (value, value)
    case .capture(let name, let pattern):
      let match = try output().out.firstMatch(of: regex(pattern).anchorsMatchLineEndings())
      guard let match else { throw Reason(text: "no match") }
      let group = match.output.count > 1 ? match.output[1].substring : nil
      variables[name] = String(group ?? match.output[0].substring ?? "")
    case .port(let name): variables[name] = String(try freePort())
    case .start(let name, let words):
      try need(running[name] == nil, "\(name) runs already")
      running[name] = try start(words, as: "background-\(name)")
    case .await(let name, let pattern):
      let pattern = try regex(pattern).anchorsMatchLineEndings()
      let held = try background(name).wait { $0.contains(pattern) }
      last = try background(name).output()
      try need(held, "not printed")
    case .stop(let name, let signal):
      let program = try background(name)
      running[name] = nil
      last = try program.stop(signal: signal)
    default: try change(command)
    }
  }

  /// Commands that change files; all of them stay inside $WORK.
  private func change(_ command: Script.Command) throws {
    let files = FileManager.default
    switch command {
    case .copy(let from, let to):
      let from = try file(from)
      var target = try inside(to)
      var isFolder: ObjCBool = false
      if files.fileExists(atPath: target.path, isDirectory: &isFolder), isFolder.boolValue {
        target = target.appending(path: from.lastPathComponent)
      }
      if files.fileExists(atPath: target.path) { try files.removeItem(at: target) }
      try copying { try files.copyItem(at: from, to: target) }
    case .makeFolder(let path):
      try files.createDirectory(at: inside(path), withIntermediateDirectories: true)
    case .remove(let path): try copying { try files.removeItem(at: inside(path)) }
    case .write(let path, let text):
      let data =
        if let text { Data(try substitute(text).utf8) } else { try output().outBytes }
      try copying { try data.write(to: inside(path)) }
    case .flip(let path, let offset):
      var data = try bytes(path)
      let place = offset < 0 ? data.count + offset : offset
      try need(data.indices.contains(place), "the file has \(data.count) bytes")
      data[place] ^= 1
      try data.write(to: inside(path))
    case .truncate(let path, let size):
      let data = try bytes(path)
      let length = size < 0 ? data.count + size : size
      try need((0...data.count).contains(length), "the file has \(data.count) bytes")
      try data.prefix(length).write(to: inside(path))
    default: throw Reason(text: "a command without a meaning: \(command)")
    }
  }

  private func copying(_ body: () throws -> Void) throws {
    do { try body() } catch let error as CocoaError { throw Reason(text: "\(error)") }
  }

  // MARK: Programs

  private mutating func runProgram(_ words: [String], mustFail: Bool) throws {
    let program = try start(words, as: "foreground")
    let output = try program.wait(seconds: ScriptLimits.programSeconds)
    last = output
    try need(output.signal == nil, "ended by signal \(output.signal ?? 0)")
    try need((output.status != 0) == mustFail, "exit \(output.status)")
  }

  /// Why the script cannot be run here; nil for every command that is no skip, or holds.
  func reasonToSkip(_ command: Script.Command) throws -> String? {
    switch command {
    case .skipWithout(let name): return find(name) == nil ? "\(name) is not on PATH." : nil
    case .skipUnless(let words):
      let output = try start(words, as: "skip").wait(seconds: ScriptLimits.programSeconds)
      return output.status == 0 ? nil : output.err.isEmpty ? "\(words) fails." : output.err
    default: return nil
    }
  }

  private func start(_ words: [String], as name: String) throws -> RunningProgram {
    var words = try words.map(substitute)
    let executable = words.removeFirst()
    guard let url = executable == "rogatory" ? program : find(executable) else {
      throw Reason(text: "\(executable) is not on PATH")
    }
    return try RunningProgram(
      url, arguments: words, folder: work, environment: environment,
      output: base.appending(path: "output/\(name)"))
  }

  /// The program of that name on PATH, or at that path.
  func find(_ name: String) -> URL? {
    if name.contains("/") {
      let url = URL(filePath: name, relativeTo: work).absoluteURL
      return FileManager.default.isExecutableFile(atPath: url.path) ? url : nil
    }
    return (environment["PATH"] ?? "").split(separator: ":")
      .map { URL(filePath: String($0)).appending(path: name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  private func background(_ name: String) throws -> RunningProgram {
    guard let program = running[name] else { throw Reason(text: "\(name) does not run") }
    return program
  }

  /// Ends whatever still runs.
  mutating func end() {
    for program in running.values { _ = try? program.stop(signal: SIGKILL) }
    running = [:]
  }

  private func output() throws -> ProgramOutput {
    guard let last else { throw Reason(text: "no program ran before") }
    return last
  }

  /// The last output's beginning, for the message of a failure.
  var lastOutput: String {
    guard let last else { return "" }
    return "\n-- stdout --\n\(last.out.prefix(4000))\n-- stderr --\n\(last.err.prefix(4000))"
  }

  // MARK: Words

  private func need(_ condition: Bool, _ text: @autoclosure () throws -> String) throws {
    if !condition { throw Reason(text: try text()) }
  }

  /// The word with each `$NAME` replaced; an unknown name is an error.
  private func substitute(_ word: String) throws -> String {
    var unknown: Substring?
    let text = word.replacing(/\$([A-Z_][A-Z0-9_]*)/) { match in
      if variables[String(match.1)] == nil { unknown = match.1 }
      return variables[String(match.1)] ?? ""
    }
    try need(unknown == nil, "$\(unknown ?? "") has no value")
    return text
  }

  private func regex(_ pattern: String) throws -> Regex<AnyRegexOutput> {
    let pattern = try substitute(pattern)
    do { return try Regex(pattern) } catch { throw Reason(text: "no regular expression: \(error)") }
  }

  private func file(_ path: String) throws -> URL {
    URL(filePath: try substitute(path), relativeTo: work).absoluteURL.standardizedFileURL
  }

  private func inside(_ path: String) throws -> URL {
    let url = try file(path)
    try need(url.path.hasPrefix(folderPath(work) + "/"), "\(url.path) is outside $WORK")
    return url
  }

  private func bytes(_ path: String) throws -> Data {
    switch path {
    case "stdout": return try output().outBytes
    case "stderr": return try output().errBytes
    default:
      guard let data = try? Data(contentsOf: file(path)) else {
        throw Reason(text: "\(path) cannot be read")
      }
      return data
    }
  }
}

/// The path without a slash at the end.
private func folderPath(_ url: URL) -> String {
  url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path
}
