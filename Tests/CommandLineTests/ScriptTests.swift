import Foundation
import Testing

/// The runner itself: what is true holds, and nothing false does.
///
/// No shell and nothing of ours is run: `rogatory` is /usr/bin/env here.
@Suite struct ScriptTests {
  private func run(_ text: String) throws -> ScriptRunner.Outcome {
    let runner = ScriptRunner(program: URL(filePath: "/usr/bin/env"), root: ScriptFolder.root)
    return try runner.run(Script(name: "test", text: text))
  }

  @Test func aTrueScriptHolds() throws {
    let script = """
      # Every command once, and each way to say no.
      skip-without cat
      rogatory cat a.txt
      exit 0
      stdout ^two$
      ! stdout '^two words$'
      ! stderr .
      cmp stdout a.txt
      ! cmp a.txt 'sub folder/b.txt'
      write copy.txt
      cmp copy.txt a.txt
      ! rogatory cat missing.txt
      exit 1
      stderr 'missing'
      exec cat j.json
      json name 'A "B"'
      json list.# 3
      json list.0 1
      json list.1 true
      json list.2.x null
      json list.*.x null
      json list '[1,true,{"x":null}]'
      json half 0.5
      ! json name B
      ! json absent B
      ! exec cat missing.txt
      exists a.txt
      ! exists b.txt
      mkdir deep/er
      cp a.txt deep/er
      exists deep/er/a.txt
      cp a.txt b.txt
      contains b.txt two
      flip b.txt 0
      ! cmp a.txt b.txt
      flip b.txt 0
      cmp a.txt b.txt
      flip b.txt -1
      truncate b.txt -1
      truncate b.txt 3
      write three.txt one
      truncate three.txt 3
      cmp b.txt three.txt
      rm deep
      ! exists deep
      env GREETING=hello
      exec printenv GREETING
      stdout ^hello$
      exec printenv HOME
      capture HOUSE ^(.+)$
      write house.txt $HOUSE
      contains house.txt home
      exec cat $WORK/a.txt
      exists $ROOT/Package.swift
      write both.txt 'said '$GREETING 'twice'
      contains both.txt 'said hello twice'
      port PORT
      write port.txt $PORT
      exec cat port.txt
      stdout ^[0-9]{4,5}$
      start tail exec tail -n +1 -f a.txt
      await tail ^two$
      stop tail
      stdout ^one$
      start sleeper rogatory sleep 100
      kill sleeper
      start left exec sleep 100
      -- a.txt --
      one
      two
      -- sub folder/b.txt --
      -- j.json --
      {"name": "A \\"B\\"", "half": 0.5, "list": [1, true, {"x": null}]}
      """
    #expect(try run(script) == .passed)
  }

  /// Each is false in its last line.
  @Test(arguments: [
    "rogatory false",
    "! rogatory true",
    "rogatory true\nexit 1",
    "! rogatory false\nexit 0",
    "exec false",
    "! exec true",
    "exec no-such-program-here",
    "! exec no-such-program-here",
    "rogatory cat a.txt\nstdout absent",
    "rogatory cat a.txt\n! stdout one",
    "rogatory cat a.txt\nstderr one",
    "rogatory cat a.txt\nstdout '^ne'",
    "rogatory cat a.txt\nstdout '('",
    "rogatory cat a.txt\njson x 1",
    "rogatory cat j.json\njson x 2",
    "rogatory cat j.json\njson y 1",
    "rogatory cat j.json\n! json x 1",
    "rogatory cat j.json\njson list.# 3",
    "rogatory cat j.json\njson list.2 b",
    "rogatory cat j.json\njson list.*.y 1",
    "rogatory cat j.json\njson list.first a",
    "rogatory cat j.json\njson yes 1",
    "rogatory true\nexists missing.txt",
    "rogatory true\n! exists a.txt",
    "rogatory true\ncmp a.txt j.json",
    "rogatory true\n! cmp a.txt a.txt",
    "rogatory true\ncmp a.txt missing.txt",
    "rogatory true\n! cmp a.txt missing.txt",
    "rogatory true\ncontains a.txt absent",
    "rogatory true\n! contains a.txt one",
    "rogatory true\ncp missing.txt b.txt",
    "rogatory true\ncp a.txt $ROOT/b.txt",
    "rogatory true\ncp a.txt ../b.txt",
    "rogatory true\nwrite ../b.txt text",
    "rogatory true\nrm missing.txt",
    "rogatory true\nrm ..",
    "rogatory true\nrm .",
    "rogatory true\nflip a.txt 4",
    "rogatory true\nflip a.txt -5",
    "rogatory true\ntruncate a.txt 5",
    "rogatory true\ntruncate a.txt -5",
    "rogatory printenv ROGATORY_HOME",
    "rogatory true\nwrite b.txt $UNKNOWN",
    "rogatory cat a.txt\ncapture X two",
    "start a exec cat a.txt\nawait a two",
    "start a exec sleep 100\nstart a exec sleep 100",
    "rogatory true\nstop a",
    "rogatory true\nawait a one",
    "start a exec sleep 100\nstop a\nexit 0",
    "! rogatory env --no-such-option=1\nexit 0",
  ])
  func aFalseScriptFails(_ script: String) throws {
    let text =
      script + "\n-- a.txt --\none\n-- j.json --\n{\"x\":1,\"yes\":true,\"list\":[\"a\",\"b\"]}\n"
    let last = script.split(separator: "\n").count
    #expect { _ = try run(text) } throws: { error in
      (error as? Script.Failure)?.line == last
    }
  }

  /// Each is refused before anything runs.
  @Test(arguments: [
    "", "# nothing", "exists a.txt", "skip-without cat", "nonsense", "Rogatory true",
    "rogatory true\nstdout", "rogatory true\nstdout a b", "rogatory true\nexists a b",
    "rogatory true\n! nonsense", "rogatory true\n!", "rogatory true\n! ! exists a",
    "rogatory true\n! exit 1", "rogatory true\n! cp a b", "rogatory true\n! write a b",
    "rogatory true\nexit", "rogatory true\nexit 0 # fine", "rogatory true\nexit 256",
    "rogatory true\nexit 00", "rogatory true\nexit one", "rogatory true\nexit +1",
    "rogatory true\nflip a", "rogatory true\nflip a 1.5", "rogatory true\ntruncate a many",
    "rogatory true\nenv NAME", "rogatory true\nenv name=x", "rogatory true\nport WORK",
    "rogatory true\ncapture x y", "rogatory true\njson a", "rogatory true\ncmp a",
    "rogatory true\ncontains a ''", "exec", "exec rogatory x", "start a", "start a sleep 1",
    "start a exec", "rogatory true\nskip-without cat", "rogatory true\nskip-unless true",
    "skip-unless", "rogatory true\ncapture PROGRAM x", "rogatory 'true", "rogatory\ttrue",
    "rogatory true\n-- a --\n-- a --", "rogatory true\n-- ../a --", "rogatory true\n-- /a --",
    "rogatory true\n--a --", "rogatory true\r\nexit 0",
    "rogatory true\n-- a --\none\r\n-- b --\n",
  ])
  func aLineThatIsNotUnderstoodIsRefused(_ script: String) {
    #expect(throws: Script.Failure.self) { try Script(name: "test", text: script) }
  }

  @Test func aScriptWithoutItsProgramIsSkipped() throws {
    #expect(
      try run("skip-without no-such-program-here\nrogatory false")
        == .skipped("no-such-program-here is not on PATH."))
  }

  @Test func aScriptIsSkippedForTheReasonThatAProgramGives() throws {
    let skip = "skip-unless python3 -c 'import sys; sys.exit(\"no disk here\")'\nrogatory false"
    #expect(try run(skip) == .skipped("no disk here\n"))
    #expect(try run("skip-unless true\nrogatory true") == .passed)
    #expect(try run("skip-unless false\nrogatory false") == .skipped("[\"false\"] fails."))
  }

  @Test func aScriptKnowsItsProgram() throws {
    #expect(try run("exec $PROGRAM cat a.txt\nstdout ^one$\n-- a.txt --\none") == .passed)
  }

  @Test func aSignalIsAFailureEvenWhereAFailureIsWanted() {
    // (The program kills itself: `env` replaces itself, so the process is the one that is killed.)
    let script = "! exec python3 -c 'import os; os.kill(os.getpid(), 9)'"
    #expect(throws: Script.Failure.self) { _ = try run(script) }
  }

  @Test func muchOutputDoesNotBlock() throws {
    let script = """
      rogatory head -c 3000000 /dev/zero
      write zeros
      exec head -c 3000000 /dev/zero
      cmp stdout zeros
      """
    #expect(try run(script) == .passed)
  }

  @Test func theFolderIsGoneAfterwards() throws {
    // Other scripts run at the same time: a name that only these two make tells their folders.
    let mark = "mark-\(UUID().uuidString)"
    #expect(try run("rogatory true\nmkdir \(mark)") == .passed)
    #expect(throws: Script.Failure.self) {
      _ = try run("mkdir \(mark)\nstart a exec sleep 100\nexists x")
    }
    let folder = FileManager.default.temporaryDirectory
    let leftovers = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasPrefix("rogatory-script-") && isMarked(folder.appending(path: $0), mark)
    }
    #expect(leftovers.isEmpty)
  }

  private func isMarked(_ folder: URL, _ mark: String) -> Bool {
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    return names?.contains { $0.hasSuffix(mark) } ?? false
  }
}
