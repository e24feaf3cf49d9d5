import Age
import Foundation
import Testing

/// Other people's programs: the `age` program, and an independent implementation in Python.
@Suite struct InteroperabilityTests {
  /// Sizes that end inside the first chunk, fill it, and go beyond.
  private let sizes = [0, 1, 65_536, 200_000]

  @Test func ageOpensOurFilesAndWeOpenThoseOfAge() throws {
    guard let age = Program("age"), let keygen = Program("age-keygen") else {
      return print("age: skipped, `age` and `age-keygen` are not installed")
    }
    let folder = try Folder()
    try keygen.run(["-o", folder.path("theirs")])
    let theirs = try #require(try IdentityFile.parse(folder.bytes("theirs")).first)
    let ours = Identity.generateX25519()
    try folder.write(Array(IdentityFile.text(ours, created: 0).utf8), to: "ours")
    #expect(try keygen.run(["-y", folder.path("ours")]) == "\(ours.recipient)\n")

    for size in sizes {
      for armor in [false, true] {
        let recipients = [theirs.recipient, ours.recipient]
        try folder.write(encrypted(sample(size), for: recipients, armor: armor), to: "a.age")
        for key in ["theirs", "ours"] {
          // `age` makes no file for no plaintext.
          try folder.write([], to: "a")
          try age.run(["-d", "-i", folder.path(key), "-o", folder.path("a"), folder.path("a.age")])
          #expect(try folder.bytes("a") == sample(size))
        }
        let flags = (armor ? ["-a"] : []) + recipients.flatMap { ["-r", $0.string] }
        try age.run(flags + ["-o", folder.path("b.age"), folder.path("a")])
        let decryption = try Decryption(of: folder.bytes("b.age"), identities: [ours])
        #expect(decryption.released == sample(size))
        #expect(decryption.opening?.stanza == 1)
      }
    }
    print("age: X25519 both ways, \(sizes.count * 2) files each")
  }

  /// `age` reads a passphrase from a terminal only, so it gets one.
  @Test func agesPassphrasesAgree() throws {
    guard let python = Program("python3"), Program("age") != nil else {
      return print("age passphrase: skipped, `age` or `python3` (for its pty) is not installed")
    }
    let folder = try Folder()
    let passphrase = try Passphrase("zwölf Boxkämpfer")
    let terminal = ["-c", Self.terminalScript, "zwölf Boxkämpfer", "age"]
    for armor in [false, true] {
      let file = try encrypted(sample(70_000), under: passphrase, workFactor: 10, armor: armor)
      try folder.write(file, to: "a.age")
      try python.run(terminal + ["-d", "-o", folder.path("a"), folder.path("a.age")])
      #expect(try folder.bytes("a") == sample(70_000))
    }
    try python.run(terminal + ["-p", "-o", folder.path("b.age"), folder.path("a")])
    let decryption = try Decryption(of: folder.bytes("b.age"), passphrase: passphrase)
    #expect(decryption.released == sample(70_000))
    print("age: passphrase both ways")
  }

  /// Debian's `age` 1.1 has no hybrid recipients; the reference implementation has.
  @Test func hybridAgreesWithTheReference() throws {
    let reference = conformanceFolder.deletingLastPathComponent().appending(path: "reference")
    guard let python = Program("python3"),
      (try? python.run(["-c", Self.referenceScript, reference.path, "check"])) != nil
    else {
      return print(
        "age_ref.py: skipped, python3 cannot import it and `cryptography` 47 from \(reference.path)"
      )
    }
    let folder = try Folder()
    for identity in [try Identity.generateHybrid(), .generateX25519()] {
      for size in sizes {
        let file = try encrypted(sample(size), for: [identity.recipient])
        try folder.write(file, to: "a.age")
        try folder.write(sample(size), to: "plain")
        try python.run([
          "-c", Self.referenceScript, reference.path, "both", identity.serialized,
          identity.recipient.string, folder.path(""),
        ])
        #expect(try folder.bytes("a") == sample(size))
        let theirs = try Decryption(of: folder.bytes("b.age"), identities: [identity])
        #expect(theirs.released == sample(size))
      }
    }
    print("age_ref.py: hybrid and X25519 both ways, \(sizes.count) files each")
  }

  /// Runs a command on a new terminal and answers each passphrase prompt.
  private static let terminalScript = """
    import os, pty, sys
    secret, command = sys.argv[1], sys.argv[2:]
    pid, terminal = pty.fork()
    if pid == 0: os.execvp(command[0], command)
    seen = b""
    while True:
        try: part = os.read(terminal, 1024)
        except OSError: break
        if not part: break
        seen += part
        if seen.rstrip(b" ").endswith(b":"):
            os.write(terminal, secret.encode() + b"\\n"); seen = b""
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status: sys.exit(seen.decode() or status)
    """

  private static let referenceScript = """
    import sys
    sys.dont_write_bytecode = True
    sys.path.insert(0, sys.argv[1])
    import age_ref
    if sys.argv[2] == "check": sys.exit(0)
    identity, recipient, folder = sys.argv[3:6]
    read = lambda name: open(folder + "/" + name, "rb").read()
    write = lambda name, data: open(folder + "/" + name, "wb").write(data)
    write("a", age_ref.decrypt(read("a.age"), [age_ref.ident(identity)]))
    write("b.age", age_ref.encrypt(read("plain"), [recipient]))
    """
}

/// An installed program.
private struct Program {
  struct Failed: Error {
    var status: Int32
    var message: String
  }

  private let url: URL

  init?(_ name: String) {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let paths = folders.map { "\($0)/\(name)" }
    guard let path = paths.first(where: FileManager.default.isExecutableFile) else { return nil }
    url = URL(filePath: path)
  }

  @discardableResult
  func run(_ arguments: [String]) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = url
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failed(status: process.terminationStatus, message: text)
    }
    return text
  }
}

/// A folder that goes away with the value.
private final class Folder {
  private let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }

  func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: url.appending(path: name)))
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: url.appending(path: name))
  }
}
