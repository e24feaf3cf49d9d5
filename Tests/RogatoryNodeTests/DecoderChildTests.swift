import Foundation
import Glibc
import RogatoryNode
import Testing

/// Each limit of a decoder, shown with a child that breaks it.
struct DecoderChildTests {
  private func run(
    _ words: [String], input: [UInt8] = [], _ change: (inout DecoderLimits) -> Void = { _ in }
  ) throws -> [UInt8] {
    var limits = DecoderLimits()
    change(&limits)
    let file = try TemporaryFile(input)
    var output: [UInt8] = []
    try runDecoder(words, input: file.descriptor, limits: limits) { output.append(contentsOf: $0) }
    return output
  }

  private func shell(
    _ script: String, _ change: (inout DecoderLimits) -> Void = { _ in }
  ) throws -> String {
    String(decoding: try run(["/bin/sh", "-c", script], change), as: UTF8.self)
  }

  @Test func theFileIsItsInputAndItsOutputComesBack() throws {
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    #expect(try run(["/bin/cat"], input: bytes) == bytes)
    #expect(try run(["/bin/cat", "/dev/stdin"], input: bytes) == bytes)
    #expect(try run(["/bin/true"]) == [])
  }

  @Test func itsStatusIsLookedAt() {
    #expect(throws: DecoderFault.failed(status: 1)) { try run(["/bin/false"]) }
    #expect(throws: DecoderFault.failed(status: 128 + SIGSEGV)) { try shell("kill -SEGV $$") }
    #expect(throws: DecoderFault.failed(status: 127)) { try run(["/nonexistent/program"]) }
  }

  @Test func itHasNoEnvironmentButALittle() throws {
    setenv("ROGATORY_TEST_SECRET", "x", 1)
    let lines = try shell("/usr/bin/env").split(separator: "\n").map { $0.prefix { $0 != "=" } }
    #expect(
      Set(lines.map(String.init)).subtracting(["PWD", "OLDPWD", "_", "SHLVL"]) == [
        "LC_ALL", "PATH", "HOME",
      ])
  }

  @Test func itHasNoFileOfOurs() throws {
    let secret = try TemporaryFile([1])
    let open = try shell("ls /proc/$$/fd").split(separator: "\n").compactMap { Int32($0) }
    #expect(open.sorted() == [0, 1, 2])
    #expect(secret.descriptor > 2)
  }

  @Test func itHasALimitOfEachKind() throws {
    #expect(try shell("ulimit -f") == "0\n")
    #expect(try shell("ulimit -n") == "64\n")
    #expect(try shell("ulimit -c") == "0\n")
    #expect(try shell("ulimit -t") == "60\n")
    #expect(try shell("ulimit -v") == "\(2 << 20)\n")
    #expect(try shell("grep NoNewPrivs /proc/self/status") == "NoNewPrivs:\t1\n")
  }

  @Test func memoryIsLimited() {
    #expect(throws: DecoderFault.self) {
      try run(["/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=500M", "count=1"]) {
        $0.addressSpaceBytes = 100 << 20
      }
    }
  }

  @Test func processorTimeIsLimited() {
    #expect(throws: DecoderFault.self) { try shell("while :; do :; done") { $0.cpuSeconds = 1 } }
  }

  @Test func timeIsLimitedForItAndItsChildren() throws {
    let began = Date()
    var output: [UInt8] = []
    let file = try TemporaryFile([])
    var limits = DecoderLimits()
    limits.wallSeconds = 1
    #expect(throws: DecoderFault.tooSlow) {
      try runDecoder(
        ["/bin/sh", "-c", "sleep 100 & echo $!; wait"], input: file.descriptor, limits: limits
      ) { output.append(contentsOf: $0) }
    }
    #expect(Date().timeIntervalSince(began) < 30)
    let text = String(decoding: output, as: UTF8.self)
    let grandchild = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    for _ in 0..<100 where kill(grandchild, 0) == 0 { usleep(20_000) }
    let state = try? String(contentsOfFile: "/proc/\(grandchild)/stat", encoding: .utf8)
    #expect(state == nil || state?.contains(") Z") == true)
  }

  @Test func aChildThatStaysAfterItsOutputIsEnded() {
    #expect(throws: DecoderFault.failed(status: 128 + SIGKILL)) {
      try shell("exec >/dev/null 2>&1 </dev/null; sleep 100")
    }
  }

  @Test func outputIsLimited() {
    #expect(throws: DecoderFault.tooMuchOutput) {
      try run(["/usr/bin/yes"]) { $0.outputBytes = 100_000 }
    }
  }

  @Test func whatTheReceiverThrowsEndsIt() throws {
    struct Enough: Error {}
    let file = try TemporaryFile([])
    #expect(throws: Enough.self) {
      try runDecoder(["/usr/bin/yes"], input: file.descriptor) { _ in throw Enough() }
    }
  }
}

/// A file without a name.
final class TemporaryFile {
  let descriptor: Int32

  init(_ bytes: [UInt8]) throws {
    var template = Array((NSTemporaryDirectory() + "/node-XXXXXX").utf8CString)
    descriptor = mkstemp(&template)
    try #require(descriptor >= 0)
    unlink(&template)
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
  }

  deinit { close(descriptor) }
}
