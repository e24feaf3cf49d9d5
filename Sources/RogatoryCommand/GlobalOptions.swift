import ArgumentParser
import CanonicalJSON
import Glibc
import RogatoryNode

/// The options that every verb has.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The node's home (or ROGATORY_HOME; default ~/.local/share/rogatory).", valueName: "dir"))
  var home: String?

  @Option(
    help: ArgumentHelp(
      "A file whose first line is the passphrase of the node's keys.", valueName: "file"))
  var keyPassphraseFile: String?

  @Flag(help: "Print one JSON object on stdout (JSON lines for streams).")
  var json = false

  @Flag(help: "No progress on stderr.")
  var quiet = false

  /// Flag, then environment, then default.
  var homePath: String {
    if let home { return home }
    if let path = environmentValue("ROGATORY_HOME") { return path }
    if getuid() == 0, let user = getenv("HOME").map({ String(cString: $0) }), user == "/" {
      return "/var/lib/rogatory"
    }
    let user = getenv("HOME").map { String(cString: $0) } ?? "."
    return user + "/.local/share/rogatory"
  }

  func openHome() throws -> NodeHome { try NodeHome(path: homePath, keys: keyRing) }

  /// Prints the JSON object, or the text for people; only the one that is wanted is made.
  func print(_ object: @autoclosure () throws -> JSON, text: @autoclosure () -> String) rethrows {
    if json {
      printLine(try object().prettyText)
    } else {
      printLine(text())
    }
  }
}

extension GlobalOptions {
  /// The same for an object that is made while it is written.
  func print(_ object: @autoclosure () -> JSONStream, text: @autoclosure () -> String) {
    guard json else { return printLine(text()) }
    object().writePretty { writeAll($0, to: STDOUT_FILENO) }
    printPart("\n")
  }
}

/// A line on stdout.
func printLine(_ text: String) {
  writeAll(text.hasSuffix("\n") ? text : text + "\n", to: STDOUT_FILENO)
}

/// A part of a longer result on stdout, as it is.
func printPart(_ text: String) { writeAll(text, to: STDOUT_FILENO) }

/// Something for the person beside the result: on stderr.
func printNote(_ text: String) {
  writeAll(text + "\n", to: STDERR_FILENO)
}

/// A reader that went away ends the program quietly, as other programs do.
private func writeAll(_ text: String, to descriptor: Int32) {
  Array(text.utf8).withUnsafeBytes { writeAll($0, to: descriptor) }
}

private func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
  var rest = bytes
  while !rest.isEmpty {
    let written = write(descriptor, rest.baseAddress, rest.count)
    if written < 0, errno == EINTR { continue }
    guard written > 0 else { return }
    rest = UnsafeRawBufferPointer(rebasing: rest[written...])
  }
}
