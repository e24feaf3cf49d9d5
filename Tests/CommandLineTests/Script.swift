import Foundation

/// A test of the command line, written as the commands that a user would type.
///
/// A script is commands, one a line, then files, each after a line `-- name --`, which are written
/// to a fresh folder ($WORK) that the script runs in. Words are split at spaces, but not inside
/// 'single quotes'. `$NAME` is replaced: $ROOT (the package), $WORK, $PROGRAM (the path of the
/// program, for tools that run it), and what `env`, `capture` and `port` set.
/// `!` in front of a command that is marked so below says that it must not hold.
///
///     rogatory ARG…           ! runs the program: exit 0 (with `!`: another)
///     exec PROGRAM ARG…       ! the same with any program on PATH
///     exit N                    the last program's status
///     stdout REGEX            ! matches the last program's output (likewise stderr)
///     json KEY.PATH VALUE     ! a value of the JSON on stdout; N an index, `#` a count, `*` any
///     exists PATH             !
///     cmp A B                 ! same bytes; stdout and stderr stand for the last output
///     contains PATH TEXT      !
///     cp A B · mkdir PATH · rm PATH · write PATH [TEXT…] · flip PATH OFFSET · truncate PATH SIZE
///     env NAME=VALUE · capture NAME REGEX · port NAME
///     start NAME rogatory|exec … · await NAME REGEX · stop NAME · kill NAME
///     skip-without PROGRAM      before everything else
///     skip-unless PROGRAM ARG…  likewise; where it fails, its stderr is the reason to skip
///
/// A line that is not fully understood makes the whole script an error before anything runs.
struct Script: Sendable {
  /// A line that is wrong, or that did not hold.
  struct Failure: Error, CustomStringConvertible {
    var script: String
    var line: Int
    var section: String
    var text: String
    var reason: String

    var description: String { "\(script):\(line): \(text)\n\(section)\n\(reason)" }
  }

  enum Stream { case out, err }

  enum Command: Sendable {
    case run([String], mustFail: Bool)
    case exit(Int32)
    case match(Stream, String, negated: Bool)
    case json(String, String, negated: Bool)
    case exists(String, negated: Bool)
    case compare(String, String, negated: Bool)
    case contains(String, String, negated: Bool)
    case copy(String, String)
    case makeFolder(String)
    case remove(String)
    case write(String, String?)
    case flip(String, Int)
    case truncate(String, Int)
    case environment(String, String)
    case capture(String, String)
    case port(String)
    case start(String, [String])
    case await(String, String)
    case stop(String, signal: Int32)
    case skipWithout(String)
    case skipUnless([String])
  }

  struct Line: Sendable {
    var number: Int
    var section: String
    var text: String
    var command: Command
  }

  let name: String
  private(set) var lines: [Line] = []
  private(set) var files: [(name: String, text: String)] = []

  /// Parses a script, and throws the first line that is not fully understood.
  init(name: String, text: String) throws(Failure) {
    self.name = name
    var section = ""
    // Swift takes CR LF for one character, so that lines would not end where they seem to.
    if text.utf8.contains(UInt8(ascii: "\r")) {
      throw Failure(script: name, line: 0, section: "", text: "", reason: "a carriage return")
    }
    var rows = text.split(separator: "\n", omittingEmptySubsequences: false)
    // The text's last newline ends a line; it doesn't begin an empty one.
    if rows.last == "" { rows.removeLast() }
    for (index, row) in rows.enumerated() {
      func fail(_ reason: String) -> Failure {
        Failure(
          script: name, line: index + 1, section: section, text: String(row), reason: reason)
      }
      if let file = row.wholeMatch(of: /-- (\S.*) --/)?.1 {
        guard Self.isSafe(file) else { throw fail("not a name inside the folder") }
        guard !files.contains(where: { $0.name == file }) else { throw fail("the name twice") }
        files.append((String(file), ""))
      } else if !files.isEmpty {
        files[files.count - 1].text += row + "\n"
      } else if row.hasPrefix("#") {
        section = String(row)
      } else {
        let words: [String]
        do { words = try Self.words(in: row) } catch { throw fail(error.text) }
        if words.isEmpty { continue }
        guard let command = Command(words) else { throw fail("not a command") }
        if command.isSkip, lines.contains(where: { !$0.command.isSkip }) {
          throw fail("a skip after another command")
        }
        lines.append(
          Line(number: index + 1, section: section, text: String(row), command: command))
      }
    }
    guard lines.contains(where: { $0.command.isRun }) else {
      throw Failure(script: name, line: 0, section: "", text: "", reason: "it runs no program")
    }
  }

  struct WordError: Error { var text: String }

  /// Splits at spaces, but not inside single quotes, which may begin anywhere in a word.
  static func words(in line: Substring) throws(WordError) -> [String] {
    var words: [String] = []
    var word: String?
    var quoted = false
    for character in line {
      switch character {
      case "'":
        quoted.toggle()
        word = word ?? ""
      case " " where !quoted:
        if let word { words.append(word) }
        word = nil
      case "\t": throw WordError(text: "a tab")
      default: word = (word ?? "") + String(character)
      }
    }
    if quoted { throw WordError(text: "a quote that does not close") }
    if let word { words.append(word) }
    return words
  }

  private static func isSafe(_ name: Substring) -> Bool {
    !name.hasPrefix("/")
      && name.split(separator: "/", omittingEmptySubsequences: false)
        .allSatisfy { !["", ".", ".."].contains($0) }
  }
}

extension Script.Command {
  /// The command of these words, or nil where there is none: the number of words is part of it,
  /// since a test that ignores half its line passes for nothing.
  init?(_ words: [String]) {
    var words = words
    let negated = words.first == "!"
    if negated { words.removeFirst() }
    guard let verb = words.first else { return nil }
    words.removeFirst()
    let first = words.first ?? ""

    switch (verb, words.count) {
    case ("rogatory", _): self = .run([verb] + words, mustFail: negated)
    case ("exec", 1...) where first != "" && first != "rogatory":
      self = .run(words, mustFail: negated)
    case ("stdout", 1): self = .match(.out, words[0], negated: negated)
    case ("stderr", 1): self = .match(.err, words[0], negated: negated)
    case ("json", 2): self = .json(words[0], words[1], negated: negated)
    case ("exists", 1): self = .exists(words[0], negated: negated)
    case ("cmp", 2): self = .compare(words[0], words[1], negated: negated)
    case ("contains", 2) where words[1] != "":
      self = .contains(words[0], words[1], negated: negated)
    case _ where negated: return nil
    case ("exit", 1):
      guard let status = Self.number(first), 0...255 ~= status else { return nil }
      self = .exit(Int32(status))
    case ("cp", 2): self = .copy(words[0], words[1])
    case ("mkdir", 1): self = .makeFolder(first)
    case ("rm", 1): self = .remove(first)
    case ("write", 1): self = .write(first, nil)
    case ("write", 2...):
      self = .write(first, words.dropFirst().joined(separator: " ") + "\n")
    case ("flip", 2):
      guard let offset = Self.number(words[1]) else { return nil }
      self = .flip(first, offset)
    case ("truncate", 2):
      guard let size = Self.number(words[1]) else { return nil }
      self = .truncate(first, size)
    case ("env", 1):
      guard let match = first.wholeMatch(of: /([A-Z_][A-Z0-9_]*)=(.*)/) else { return nil }
      self = .environment(String(match.1), String(match.2))
    case ("capture", 2) where Self.isName(first): self = .capture(first, words[1])
    case ("port", 1) where Self.isName(first): self = .port(first)
    case ("start", 2...) where words[1] == "rogatory":
      self = .start(first, Array(words.dropFirst()))
    case ("start", 3...) where words[1] == "exec" && !["", "rogatory"].contains(words[2]):
      self = .start(first, Array(words.dropFirst(2)))
    case ("await", 2): self = .await(first, words[1])
    case ("stop", 1): self = .stop(first, signal: SIGTERM)
    case ("kill", 1): self = .stop(first, signal: SIGKILL)
    case ("skip-without", 1): self = .skipWithout(first)
    case ("skip-unless", 1...) where first != "": self = .skipUnless(words)
    default: return nil
    }
  }

  var isRun: Bool {
    switch self {
    case .run, .start: true
    default: false
    }
  }

  var isSkip: Bool {
    switch self {
    case .skipWithout, .skipUnless: true
    default: false
    }
  }

  /// A decimal number as people write it: no plus sign, no leading zero.
  private static func number(_ word: String) -> Int? {
    Int(word).flatMap { "\($0)" == word ? $0 : nil }
  }

  private static func isName(_ word: String) -> Bool {
    word.wholeMatch(of: /[A-Z_][A-Z0-9_]*/) != nil && !["WORK", "ROOT", "PROGRAM"].contains(word)
  }
}
