import ASiC
import Evidence
import Foundation
import Testing

/// Bundles for leak tests: files are sealed, redacted by a policy, and searched.
struct LeakSample {
  let full: [UInt8]
  let redacted: [UInt8]

  static let node = Result { try SampleNode("pt-ipcu") }

  init(_ files: [(String, [UInt8])], policy: String) throws {
    let node = try Self.node.get()
    full = try node.seal(files)
    redacted = try node.redact(SampleWorld.token(full, TrustAnchors([node])), policy)
  }

  /// Files of text beside `people.csv`, whose column `secret` goes.
  init(secrets: [String], _ files: [(String, String)], policy: String = "") throws {
    let cells = secrets.map { "\"" + $0.replacingOccurrences(of: "\"", with: "\"\"") + "\"\n" }
    try self.init(
      [("people.csv", Array(("secret\n" + cells.joined()).utf8))]
        + files.map { ($0.0, Array($0.1.utf8)) },
      policy: """
        rules:
          - item: people.csv
            columns: [secret]
            code: PD-NAME
        \(policy)
        """)
  }

  func report() throws -> LeakReport { try Self.report(redacted, against: full) }

  static func report(_ redacted: [UInt8], against full: [UInt8]) throws -> LeakReport {
    try leakTest(
      EvidenceBundle(ContainerReader(bytes: redacted)),
      against: EvidenceBundle(ContainerReader(bytes: full)))
  }
}

/// Whether Python is here, whose encoders plant the values.
let hasPython = (try? python(["-c", "pass"])) != nil

struct PythonFailed: Error { let status: Int32 }

func python(_ arguments: [String]) throws {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = ["python3"] + arguments
  try process.run()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else {
    throw PythonFailed(status: process.terminationStatus)
  }
}

/// A folder for one test, gone with its value.
final class SampleFolder {
  let path: String

  init() throws {
    var template = Array((NSTemporaryDirectory() + "/leaks-XXXXXX").utf8CString)
    guard let made = mkdtemp(&template) else { throw SystemCallFailed(errno: errno) }
    path = String(cString: made)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func files(in folder: String) throws -> [(String, [UInt8])] {
    try FileManager.default.contentsOfDirectory(atPath: path + "/" + folder).sorted().map {
      ($0, [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(folder)/\($0)"))))
    }
  }
}
