import Evidence
import Foundation
import Testing

/// Runs PyPI `case-utils`' `case_validate` over graphs of all kinds, for CASE 1.4 and 1.5.
///
/// One at a time: each waits for a process, and would keep other tests from running.
@Suite(.serialized) struct CaseGraphConformanceTests {
  struct Sample: CustomTestStringConvertible {
    let testDescription: String
    let graph: CaseGraph
    let item: @Sendable (Int) -> CaseGraph.Item?
  }

  static let samples: [Sample] = [
    Sample(
      testDescription: "everyKindOfItem", graph: CaseGraphSample.graph(count: 10),
      item: { CaseGraphSample.kinds[$0 - 1] }),
    Sample(
      testDescription: "partsAndWholeItemsWithheld",
      graph: CaseGraphSample.graph(count: 10, redactions: CaseGraphSample.redactions),
      item: { CaseGraphSample.redacted[$0 - 1] }),
    Sample(
      testDescription: "everythingWithheld",
      graph: CaseGraphSample.graph(count: 10, redactions: CaseGraphSample.redactions),
      item: { _ in nil }),
    Sample(
      testDescription: "noTermsAndNoHeaders",
      graph: CaseGraphSample.graph(count: 2, terms: CaseGraph.Terms()),
      item: { _ in CaseGraph.Item(headers: [:]) }),
    Sample(
      testDescription: "hostileTexts",
      graph: CaseGraphSample.graph(count: CaseGraphSample.hostile.count, terms: hostileTerms),
      item: { CaseGraphSample.hostile[$0 - 1] }),
    Sample(
      testDescription: "manyItems",
      graph: CaseGraphSample.graph(count: 100, redactions: CaseGraphSample.redactions),
      item: { $0.isMultiple(of: 7) ? nil : CaseGraphSample.many($0) }),
  ]

  static let hostileTerms: CaseGraph.Terms = {
    var terms = CaseGraph.Terms()
    let text = CaseGraphSample.hostileTexts.joined()
    terms.title = text
    terms.caseReferences = CaseGraphSample.hostileTexts
    terms.instrument = text
    terms.authorisation = text
    terms.validUntil = text
    terms.purpose = text
    terms.tlp = text
    return terms
  }()

  @Test(arguments: samples)
  func conformsToCASE(_ sample: Sample) throws {
    guard let program = try Self.validator() else {
      print(
        "skipped: no case_validate (PyPI case-utils) on PATH or in ROGATORY_CASE_VALIDATE; "
          + "\(sample.testDescription) wasn't validated")
      return
    }
    let file = FileManager.default.temporaryDirectory
      .appending(path: "case-graph-\(UUID().uuidString).jsonld")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(sample.graph.bytes(item: sample.item)).write(to: file)
    for version in ["case-1.4.0", "case-1.5.0"] {
      let output = try Self.run(program, ["--built-version", version, file.path])
      #expect(output.contains("Conforms: True"), "\(version): \(output)")
      #expect(!output.contains("Warning"), "\(version): \(output)")
    }
  }

  /// A validator that accepts everything would prove nothing.
  @Test func theValidatorRefusesABadGraph() throws {
    guard let program = try Self.validator() else {
      print("skipped: no case_validate on PATH or in ROGATORY_CASE_VALIDATE")
      return
    }
    let graph = CaseGraphSample.graph(count: 1)
    let text = String(decoding: try graph.bytes([CaseGraphSample.kinds[0]]), as: UTF8.self)
    let file = FileManager.default.temporaryDirectory
      .appending(path: "case-graph-\(UUID().uuidString).jsonld")
    defer { try? FileManager.default.removeItem(at: file) }
    let bad = text.replacing("\"xsd:hexBinary\"", with: "\"xsd:string\"")
    try Data(bad.utf8).write(to: file)
    #expect(try Self.run(program, [file.path]).contains("Conforms: False"))
  }

  /// The program's path: from the environment, else the first on PATH.
  static func validator() throws -> String? {
    let environment = ProcessInfo.processInfo.environment
    if let path = environment["ROGATORY_CASE_VALIDATE"] {
      try #require(FileManager.default.isExecutableFile(atPath: path))
      return path
    }
    return environment["PATH"]?.split(separator: ":").map { "\($0)/case_validate" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  static func run(_ program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self)
  }
}
