// swift-tools-version: 6.2
import PackageDescription

// One release build serves the program, the tests and the benchmarks, so nothing here depends on
// the configuration. Versions are exact: what was tested is what is built.

/// Every target of ours: a warning is an error, and nothing is imported publicly by accident.
let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let httpClient: Target.Dependency = .product(
  name: "AsyncHTTPClient", package: "async-http-client")
let lifecycle: Target.Dependency = .product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(
  name: "UnixSignals", package: "swift-service-lifecycle")

/// A library target of ours; the order of the list below is the order of the picture in
/// Docs/Architecture.md, and a test holds that no arrow points up.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
  name: "rogatory",
  products: [
    .executable(name: "rogatory", targets: ["RogatoryCommand"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CKernelClock"),
    .target(name: "CLeafHash", linkerSettings: [.linkedLibrary("crypto")]),
    .target(name: "CChecksum", linkerSettings: [.linkedLibrary("z")]),
    module("CanonicalJSON", []),
    module("DurableFiles", []),
    module("Merkle", [crypto]),
    module("Redaction", ["Merkle", "CLeafHash", "CanonicalJSON"]),
    module("Age", [crypto, cryptoExtras, "COpenSSL"]),
    module("CAdES", ["COpenSSL"]),
    module("ASiC", ["CZlib", "CChecksum", "DurableFiles"]),
    module("Evidence", ["ASiC", "CAdES", "Redaction", "Merkle", "CanonicalJSON", crypto, yams]),
    module("Federation", ["CAdES", "Redaction", "CanonicalJSON", crypto]),
    module("AuditLog", ["Merkle", "CanonicalJSON", "CKernelClock", crypto, grdb, grdbSQLite]),
    module(
      "Exchange",
      [
        "Evidence", "Federation", "AuditLog", "Age", "ASiC", "CAdES", "Redaction", "Merkle",
        "CanonicalJSON", "DurableFiles", grdb, logging, nioCore, nioPosix, nioSSL, hummingbird,
        hummingbirdTLS, httpClient, lifecycle,
      ]),
    .target(
      name: "Report", dependencies: ["Evidence", "AuditLog", "CanonicalJSON"],
      resources: [.embedInCode("Appendix/check_bundle.py")], swiftSettings: strict),
    module(
      "RogatoryNode",
      [
        "Exchange", "Report", "Evidence", "Federation", "AuditLog", "Age", "ASiC", "CAdES",
        "CanonicalJSON", "DurableFiles", yams, logging, lifecycle, signals, nioCore, httpClient,
      ]),
    .executableTarget(
      name: "RogatoryCommand",
      dependencies: [
        "RogatoryNode", "Exchange", "Report", "Evidence", "Federation", "AuditLog", "Age",
        "CAdES", "ASiC", "Redaction", "Merkle", "CanonicalJSON", "DurableFiles", arguments,
        logging,
      ],
      swiftSettings: strict),
    // For tests and measurements; no part of the product.
    .target(name: "SeededNumbers", path: "Tests/SeededNumbers", swiftSettings: strict),
    // Writes logs for tests and measurements; no part of the product.
    .executableTarget(
      name: "log-writer", dependencies: ["AuditLog", "CanonicalJSON", "SeededNumbers"],
      path: "Tests/LogWriter",
      swiftSettings: strict),
    .executableTarget(
      name: "LogBench", dependencies: ["AuditLog", "CanonicalJSON", "SeededNumbers"],
      path: "Bench/LogBench",
      swiftSettings: strict),
    tests("CanonicalJSONTests", ["CanonicalJSON", "SeededNumbers"]),
    tests("DurableFilesTests", ["DurableFiles"]),
    tests("MerkleTests", ["Merkle"]),
    tests(
      "RedactionTests",
      ["Redaction", "CLeafHash", "Merkle", "CanonicalJSON", "SeededNumbers", crypto]),
    tests("AgeTests", ["Age", "SeededNumbers", crypto]),
    tests("CAdESTests", ["CAdES", "SeededNumbers"]),
    tests("ASiCTests", ["ASiC", "CZlib", "CChecksum", "SeededNumbers"]),
    tests(
      "FederationTests",
      ["Federation", "CAdES", "Redaction", "CanonicalJSON", "DurableFiles"]),
    tests("EvidenceTests", ["Evidence", "Redaction", "CanonicalJSON", "SeededNumbers"]),
    tests(
      "ExchangeTests",
      [
        "Exchange", "Evidence", "Federation", "AuditLog", "Age", "ASiC", "CAdES", "Redaction",
        "Merkle", "CanonicalJSON", "DurableFiles", crypto, grdb, logging, nioCore, nioPosix, nioSSL,
        httpClient, lifecycle,
      ]),
    tests("RogatoryNodeTests", ["RogatoryNode", "Evidence", "Redaction", "CanonicalJSON"]),
    tests(
      "AuditLogTests", ["AuditLog", "Merkle", "CanonicalJSON", "SeededNumbers", crypto, grdb]),
    tests(
      "ReportTests",
      ["Report", "Evidence", "Redaction", "ASiC", "CAdES", "CanonicalJSON"]),
    tests("ArchitectureTests", []),
    .testTarget(name: "CommandLineTests", exclude: ["Scripts"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
