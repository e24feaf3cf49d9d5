import Foundation
import RogatoryNode
import Testing

/// What a decoder sees and can do in namespaces of its own.
@Suite(.enabled(if: Sandbox.isThere, "bubblewrap isn't installed, or there are no namespaces"))
struct DecoderSandboxTests {
  private func shell(
    _ script: String, isWriting: Bool = false, _ change: (inout DecoderLimits) -> Void = { _ in }
  ) throws -> String {
    let sandbox = DecoderSandbox.find()
    let words = isWriting ? sandbox.words(writing: 1 << 20, processes: 20) : sandbox.words()
    var limits = DecoderLimits()
    change(&limits)
    let file = try TemporaryFile(Array("the file".utf8))
    var output: [UInt8] = []
    try runDecoder(
      #require(words) + ["/bin/sh", "-c", script], input: file.descriptor, limits: limits
    ) { output.append(contentsOf: $0) }
    return String(decoding: output, as: UTF8.self)
  }

  @Test func itReadsItsFileByBothNames() throws {
    #expect(try shell("cat") == "the file")
    #expect(try shell("cat /dev/stdin") == "the file")
  }

  @Test func itSeesNoNetworkAndNoProcessOfOthers() throws {
    let devices = try shell("cat /proc/net/dev").split(separator: "\n").dropFirst(2)
    #expect(devices.allSatisfy { $0.drop { $0 == " " }.hasPrefix("lo:") })
    let processes = try shell("echo /proc/[0-9]*").split(separator: " ")
    #expect(processes.count <= 3, "\(processes)")
    #expect(try shell("grep CapEff /proc/self/status") == "CapEff:\t0000000000000000\n")
    #expect(try shell("grep NoNewPrivs /proc/self/status") == "NoNewPrivs:\t1\n")
  }

  @Test func itSeesNoFileButPrograms() throws {
    let root = Set(try shell("ls /").split(separator: "\n").map(String.init))
    #expect(root.isSubset(of: ["bin", "dev", "etc", "lib", "lib64", "proc", "usr", "var"]))
    let etc = Set(try shell("ls /etc").split(separator: "\n").map(String.init))
    #expect(etc.isSubset(of: ["alternatives", "fonts", "ld.so.cache", "libreoffice"]))
    let here = try TemporaryFolderFile()
    #expect(throws: DecoderFault.self) { try shell("cat \(here.path)") }
    #expect(throws: DecoderFault.self) { try shell("cat /proc/1/root\(here.path)") }
  }

  @Test func itWritesNowhereButIntoItsMemory() throws {
    for place in ["/", "/usr/", "/etc/", "/dev/", "/dev/shm/", "/proc/"] {
      #expect(throws: DecoderFault.self, "\(place)") { try shell("echo >\(place)x") }
      #expect(throws: DecoderFault.self, "\(place)") {
        try shell("echo >\(place)x", isWriting: true) { $0.fileBytes = 1 << 20 }
      }
    }
    let name = "rogatory-sandbox-\(UInt32.random(in: 0...(.max)))"
    #expect(
      try shell("echo kept >/tmp/\(name) && cat /tmp/\(name)", isWriting: true) {
        $0.fileBytes = 1 << 20
      } == "kept\n")
    #expect(!FileManager.default.fileExists(atPath: "/tmp/" + name))
    #expect(throws: DecoderFault.self) {
      try shell("cat /dev/zero >/tmp/\(name)", isWriting: true) { $0.fileBytes = 4 << 20 }
    }
  }

  @Test func nothingOfItOutlivesItsTime() throws {
    // A word that is in no other process's arguments.
    let seconds = "\(UInt32.random(in: 100_000_000...999_999_999))"
    #expect(throws: DecoderFault.tooSlow) {
      try shell("setsid sleep \(seconds) & sleep \(seconds)") { $0.wallSeconds = 1 }
    }
    var left: [String] = []
    for _ in 0..<100 {
      left = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
        let arguments = try? Data(contentsOf: URL(filePath: "/proc/\(name)/cmdline"))
        return arguments?.firstRange(of: Data(("sleep\0" + seconds).utf8)) != nil
      }
      if left.isEmpty { break }
      usleep(20_000)
    }
    #expect(left.isEmpty)
  }
}

enum Sandbox {
  static let isThere = DecoderSandbox.find().words() != nil
}

/// A file with a name, outside of what a decoder sees.
final class TemporaryFolderFile {
  let folder: Folder
  let path: String

  init() throws {
    folder = try Folder()
    path = try folder.write("secret", [1])
  }
}
