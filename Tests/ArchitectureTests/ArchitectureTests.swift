import Foundation
import Testing

/// The rules of Docs/Architecture.md that a program can hold.
struct ArchitectureTests {
  /// The modules from the bottom up, each with those below it that it may import.
  static let modules: [(name: String, mayImport: Set<String>)] = [
    ("COpenSSL", []), ("CZlib", []), ("CKernelClock", []), ("CLeafHash", []),
    ("CChecksum", []),
    ("CanonicalJSON", []), ("DurableFiles", []), ("Merkle", []),
    ("Redaction", ["Merkle", "CLeafHash", "CanonicalJSON"]),
    ("Age", ["COpenSSL"]),
    ("CAdES", ["COpenSSL"]),
    ("ASiC", ["CZlib", "CChecksum", "DurableFiles"]),
    ("Evidence", ["ASiC", "CAdES", "Age", "Redaction", "Merkle", "CanonicalJSON"]),
    ("Federation", ["CAdES", "Redaction", "CanonicalJSON"]),
    ("AuditLog", ["Merkle", "CanonicalJSON", "CKernelClock"]),
    (
      "Exchange",
      [
        "Evidence", "Federation", "AuditLog", "Age", "ASiC", "CAdES", "Redaction", "Merkle",
        "CanonicalJSON", "DurableFiles",
      ]
    ),
    ("Report", ["Evidence", "AuditLog", "CanonicalJSON", "Redaction", "CAdES"]),
    (
      "RogatoryNode",
      [
        "Exchange", "Report", "Evidence", "Federation", "AuditLog", "Age", "CAdES", "ASiC",
        "Redaction", "Merkle", "CanonicalJSON", "DurableFiles",
      ]
    ),
    (
      "RogatoryCommand",
      [
        "RogatoryNode", "Exchange", "Report", "Evidence", "Federation", "AuditLog", "Age", "CAdES",
        "ASiC", "Redaction", "Merkle", "CanonicalJSON", "DurableFiles",
      ]
    ),
  ]

  /// Other people's modules that stay behind one door of ours.
  static let doors: [(module: String, behind: Set<String>)] = [
    ("NIOCore", ["Exchange", "RogatoryNode"]), ("NIOPosix", ["Exchange"]), ("NIOSSL", ["Exchange"]),
    ("NIOHTTP1", ["Exchange", "RogatoryNode"]), ("NIOFoundationCompat", ["Exchange"]),
    ("Hummingbird", ["Exchange"]), ("HummingbirdTLS", ["Exchange"]),
    ("HummingbirdCore", ["Exchange"]), ("HTTPTypes", ["Exchange"]),
    ("AsyncHTTPClient", ["Exchange", "RogatoryNode"]), ("GRDB", ["AuditLog", "Exchange"]),
    ("GRDBSQLite", ["AuditLog"]), ("SQLite3", []), ("Yams", ["Evidence", "RogatoryNode"]),
    ("ArgumentParser", ["RogatoryCommand"]), ("COpenSSL", ["CAdES", "Age"]), ("CZlib", ["ASiC"]),
    ("CLeafHash", ["Redaction"]), ("CChecksum", ["ASiC"]), ("CKernelClock", ["AuditLog"]),
    ("CryptoExtras", ["Age"]),
  ]

  @Test func theListIsTheFoldersAndPointsDown() throws {
    let names = Self.modules.map(\.name)
    #expect(try Set(names) == Set(Repository.folders(in: "Sources")))
    for (index, module) in Self.modules.enumerated() {
      #expect(module.mayImport.isSubset(of: names[..<index]), "\(module.name)")
    }
  }

  @Test func everyModuleImportsOnlyWhatIsBelowIt() throws {
    let names = Set(Self.modules.map(\.name))
    for module in Self.modules {
      for file in try Repository.swiftFiles(in: "Sources/\(module.name)") {
        for imported in file.imports.intersection(names) {
          #expect(module.mayImport.contains(imported), "\(file.path) imports \(imported)")
        }
      }
    }
  }

  @Test func everyDependencyInThePackageIsAllowed() throws {
    let names = Set(Self.modules.map(\.name))
    let manifest = try Repository.text("Package.swift")
    let list = try #require(manifest.firstRange(of: "targets: [\n    .systemLibrary"))
    let targets = manifest[list.upperBound...]
    for module in Self.modules where !module.mayImport.isEmpty {
      let declaration = #"(?:module\(\s*|name: )""# + module.name + #"",\s*(?:dependencies:\s*)?\["#
      let start = try #require(
        targets.firstMatch(of: try Regex(declaration)), "\(module.name) isn't in Package.swift")
      let end = try #require(targets[start.range.upperBound...].firstIndex(of: "]"))
      let listed = targets[start.range.upperBound..<end].matches(of: #/"(\w+)"/#)
        .map { String($0.output.1) }
      for name in listed where names.contains(name) {
        #expect(module.mayImport.contains(name), "\(module.name) depends on \(name)")
      }
    }
  }

  @Test func librariesOfOthersStayBehindTheirDoors() throws {
    for file in try Repository.swiftFiles(in: "Sources") {
      for door in Self.doors where file.imports.contains(door.module) {
        #expect(door.behind.contains(file.module), "\(file.path) imports \(door.module)")
      }
    }
  }

  @Test func noFolderIsForLeftovers() throws {
    let words: Set = ["core", "common", "utils", "util", "helpers", "helper", "shared", "misc"]
    for name in try Repository.allPaths(in: "Sources") + Repository.allPaths(in: "Tests") {
      for part in name.split(separator: "/") {
        let word = part.lowercased().replacing(".swift", with: "")
        #expect(!words.contains(word), "\(name)")
      }
    }
  }

  @Test func noFileIsTooLong() throws {
    var long: [String] = []
    for file in try Repository.swiftFiles(in: "Sources") + Repository.swiftFiles(in: "Tests") {
      let count = file.lines.count
      #expect(count <= 600, "\(file.path) has \(count) lines")
      if count > 400 { long.append("\(file.path) \(count)") }
    }
    if !long.isEmpty { print("more than 400 lines: \(long.joined(separator: ", "))") }
  }

  /// What makes a program stop where it could have said what is wrong.
  @Test func nothingTrapsByConvenience() throws {
    let traps = [#/\btry!/#, #/ as! /#, #/\bfatalError\b/#, #/\bassertionFailure\b/#]
    for file in try Repository.swiftFiles(in: "Sources") {
      for (number, line) in file.code {
        for trap in traps {
          #expect(line.firstMatch(of: trap) == nil, "\(file.path):\(number): \(line)")
        }
      }
    }
  }

  /// A command without a name is called by its type's, which the runtime looks up at every start: two
  /// fifths of the time that a start takes, for all of them.
  @Test func everyCommandSaysItsName() throws {
    for file in try Repository.swiftFiles(in: "Sources/RogatoryCommand") {
      let text = try Repository.text(file.path)
      for match in text.matches(of: /CommandConfiguration\(\s*(\w+)/) {
        #expect(match.output.1 == "commandName", "\(file.path)")
      }
    }
  }

  @Test func noTypeIsCalledLikeItsModule() throws {
    for module in Self.modules {
      let declaration = try Regex(#"\b(class|struct|enum|actor|protocol) "# + module.name + #"\b"#)
      for file in try Repository.swiftFiles(in: "Sources/\(module.name)") {
        for (number, line) in file.code {
          #expect(line.firstMatch(of: declaration) == nil, "\(file.path):\(number)")
        }
      }
    }
  }

  /// Paths of the machine where something was written mean nothing on another.
  @Test func noPathOfOneMachineIsWrittenDown() throws {
    let paths = [#/(?:^|[^\w.~-])\/work\//#, #/(?:^|[^\w.~-])\/(?:tmp|root|home\/\w+|Users)\//#]
    var files = try Repository.allPaths(in: "Sources") + Repository.allPaths(in: "Docs")
    files += ["README.md", "Package.swift"]
    for path in files {
      guard let text = try? Repository.text(path) else { continue }
      for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated()
      {
        for pattern in paths {
          #expect(line.firstMatch(of: pattern) == nil, "\(path):\(number + 1): \(line)")
        }
      }
    }
  }

  @Test func theRulesCatchWhatTheyAreFor() throws {
    let file = SourceFile(
      path: "Sources/Merkle/X.swift",
      text: """
        // try! in a comment is no trap
        internal import NIOCore
        public import struct Evidence.Item
        @preconcurrency import GRDB
        let text = "import Report"
        let x = try! f()
        """)
    #expect(file.imports == ["NIOCore", "Evidence", "GRDB"])
    #expect(file.module == "Merkle")
    #expect(file.code.map(\.number) == [2, 3, 4, 5, 6])
  }
}
