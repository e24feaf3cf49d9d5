// swift-tools-version: 6.2
import PackageDescription

// The fuzz program of Scripts/fuzz.sh. A package of its own, since everything below is compiled for
// libFuzzer. `Modules` is a link to ../Sources. What needs SQLite or the network stays out: AuditLog,
// Statements and Pictures are links to those files of AuditLog, Exchange and RogatoryNode that read and
// write values.
// Versions are those of ../Package.swift.

let sanitizers = ["-sanitize=fuzzer,address"]
/// gold, the default, fails on what the sanitizers write.
let linker = ["-use-ld=lld"]
let sanitizersOfC = ["-fsanitize=fuzzer-no-link,address"]

let settings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .unsafeFlags(sanitizers),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

/// A module of ours.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Modules/\(name)", swiftSettings: settings)
}

/// Links to some files of a module.
func links(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, path: name, swiftSettings: settings)
}

let package = Package(
  name: "rogatory-fuzz",
  dependencies: [
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "COpenSSL", path: "Modules/COpenSSL", pkgConfig: "libcrypto"),
    .systemLibrary(name: "CZlib", path: "Modules/CZlib", pkgConfig: "zlib"),
    .systemLibrary(name: "CLibFuzzer", path: "CLibFuzzer"),
    .target(
      name: "CLeafHash", path: "Modules/CLeafHash", cSettings: [.unsafeFlags(sanitizersOfC)],
      linkerSettings: [.linkedLibrary("crypto")]),
    .target(
      name: "CChecksum", path: "Modules/CChecksum", cSettings: [.unsafeFlags(sanitizersOfC)],
      linkerSettings: [.linkedLibrary("z")]),
    module("CanonicalJSON", []),
    module("Merkle", [crypto]),
    module("Redaction", ["Merkle", "CLeafHash", "CanonicalJSON"]),
    module("Age", [crypto, cryptoExtras, "COpenSSL"]),
    module("CAdES", ["COpenSSL"]),
    module("DurableFiles", []),
    module("ASiC", ["CZlib", "CChecksum", "DurableFiles"]),
    module("Evidence", ["ASiC", "CAdES", "Redaction", "Merkle", "CanonicalJSON", crypto, yams]),
    module("Federation", ["CAdES", "Redaction", "CanonicalJSON", crypto]),
    links("AuditLog", ["Merkle", "CanonicalJSON", crypto]),
    links(
      "Statements",
      ["Evidence", "Federation", "CAdES", "CanonicalJSON", "Merkle", "Redaction"]),
    links("Pictures", []),
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        "CLibFuzzer", "CanonicalJSON", "Merkle", "Redaction", "Age", "CAdES", "ASiC", "Evidence",
        "Federation", "AuditLog", "Statements", "Pictures",
      ],
      path: "Fuzz", swiftSettings: settings, linkerSettings: [.unsafeFlags(sanitizers + linker)]),
  ],
  swiftLanguageModes: [.v6]
)
