// The program `rogatory` (Docs/CommandLine.md): one file per verb; each parses, calls a module and
// prints. Results go to stdout, progress and errors to stderr; `Failure` holds the exit codes.

import ArgumentParser
import Dispatch
import DurableFiles
import Glibc
import RogatoryNode
import Synchronization

struct Rogatory: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rogatory",
    abstract: "Exchanges digital evidence between authorities, so that a court can check it.",
    discussion: """
      Evidence is sealed once, redacted without breaking the seal, encrypted, sent over mutual TLS, \
      and every step is in a log that peers witness. `rogatory demo` shows all of it.
      """,
    version: softwareVersion,
    subcommands: [
      Demo.self, Init.self, Serve.self, Doctor.self, PKI.self, KeysCommand.self,
      OfficerCommand.self, PeerCommand.self, DirectoryCommand.self, Seal.self, Extend.self,
      TimestampCommand.self, Inspect.self, Redact.self,
      LeakTest.self, GrantCommand.self,
      Approve.self, RedactionLogCommand.self, Verify.self, Extract.self,
      Encrypt.self, Decrypt.self, Keygen.self, Send.self, Outbox.self, Inbox.self, Open.self,
      PullCommand.self, MediaCommand.self, Recall.self, Erase.self, RefuseRecall.self,
      HoldCommand.self, TransferCommand.self, LogCommand.self, AuditCommand.self, Metrics.self,
    ])
}

/// The version that the program, its cards and its log entries tell.
let softwareVersion = "0.1.0"

@main
enum Main {
  static func main() async {
    signal(SIGPIPE, SIG_IGN)
    do {
      let arguments = movingGlobalOptions(Array(CommandLine.arguments.dropFirst()))
      var command = try Rogatory.parseAsRoot(arguments)
      let interruption = cleaningUpOnInterrupt(of: command)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      interruption?.cancel()
    } catch let failure as Failure {
      finish(with: failure)
    } catch {
      if let failure = Failure(error) { finish(with: failure) }
      yieldToInterruption()
      Rogatory.exit(withError: error)
    }
  }

  /// Set by Ctrl-C. Global, since a signal is about the whole process.
  private static let isInterrupted = Atomic(false)

  /// What fails because an interruption has removed its file is no failure to tell: the interruption
  /// ends the program.
  private static func yieldToInterruption() {
    while isInterrupted.load(ordering: .acquiring) { sleep(1) }
  }

  private static func finish(with failure: Failure) -> Never {
    yieldToInterruption()
    AtomicFile.removeAllPartials()
    printError(failure)
    exit(failure.code.rawValue)
  }

  /// Ctrl-C leaves nothing half-written. `serve` shuts down by itself and isn't interrupted here.
  private static func cleaningUpOnInterrupt(
    of command: any ParsableCommand
  ) -> (any DispatchSourceSignal)? {
    guard !(command is Serve) else { return nil }
    signal(SIGINT, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    source.setEventHandler {
      isInterrupted.store(true, ordering: .releasing)
      AtomicFile.removeAllPartials()
      removeUnfinishedExtractions()
      printError(Failure(.cancelled, "cancelled", safe: "nothing half-written was left behind"))
      // Once more, for what began to be written while this was told.
      AtomicFile.removeAllPartials()
      // Not `exit`: that would take libcrypto down under threads that are still at work.
      _exit(ExitStatus.cancelled.rawValue)
    }
    source.resume()
    return source
  }

  private static func isVerb(_ name: String) -> Bool {
    // A key path to the name of a metatype crashes the compiler (6.3.1).
    for command in Rogatory.configuration.subcommands where command._commandName == name {
      return true
    }
    return false
  }

  /// `rogatory --home H seal …` means `rogatory seal … --home H`: options that every verb has may
  /// stand in front of the verb too.
  static func movingGlobalOptions(_ arguments: [String]) -> [String] {
    var rest = arguments[...]
    var moved: [String] = []
    while let first = rest.first {
      if first == "--home" || first == "--key-passphrase-file", rest.count > 1 {
        moved += rest.prefix(2)
        rest = rest.dropFirst(2)
      } else if first.hasPrefix("--home=") || first.hasPrefix("--key-passphrase-file=")
        || first == "--json" || first == "--quiet"
      {
        moved.append(first)
        rest = rest.dropFirst()
      } else {
        break
      }
    }
    // A verb that isn't one is what has to be told, not that it doesn't know these options.
    guard let verb = rest.first, isVerb(verb) else { return Array(rest) }
    let end = rest.firstIndex(of: "--") ?? rest.endIndex
    return Array(rest[..<end]) + moved + Array(rest[end...])
  }
}
