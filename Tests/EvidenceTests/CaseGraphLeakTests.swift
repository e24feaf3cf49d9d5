import Evidence
import Foundation
import SeededNumbers
import Testing

/// The graph is deterministic, valid JSON whatever people write, small in memory, and silent about
/// what is withheld.
@Suite struct CaseGraphLeakTests {
  /// Each header in turn is withheld: its value must not be anywhere.
  @Test func noWithheldHeaderAppears() throws {
    let item = CaseGraphSample.item("dir/secret-name.zip", "text/x-secret", number: 1)
    let values = [
      "name": ["secret-name", "fileName", "observable:extension"], "media-type": ["text/x-secret"],
      "sha256": [CaseGraphSample.digest, "SHA256"], "size": ["1000", "sizeInBytes"],
      "modified": ["123456789", "modifiedTime"], "exhibit": ["EX-1"], "class": ["restricted"],
      "data-category": ["financial"], "acquired-by": ["officer-1"], "acquired-at": ["12:10:00"],
      "acquired-method": ["preserved"], "acquired-tool": ["web-capture"],
      "acquired-place": ["Laboratory"], "acquired-source": ["shop.example"],
    ]
    let graph = CaseGraphSample.graph(count: 1)
    let full = String(decoding: try graph.bytes([item]), as: UTF8.self)
    for (key, traces) in values {
      let cut = item.without(key)
      let text = String(decoding: try graph.bytes([cut]), as: UTF8.self)
      for trace in traces {
        #expect(full.contains(trace), "\(trace)")
        #expect(!text.contains(trace), "\(key): \(trace)")
      }
    }
    #expect(!full.contains("never told"))
  }

  /// A withheld item's headers can't be told, for nobody passes them; what is told must not depend
  /// on them either, nor on what was cut from it before.
  @Test func aWithheldItemLeavesNumberAndCodesOnly() throws {
    let graph = CaseGraphSample.graph(count: 10, redactions: CaseGraphSample.redactions)
    let text = String(decoding: try graph.bytes(CaseGraphSample.redacted), as: UTF8.self)
    #expect(!text.contains("SECRET-PROVISION"))
    #expect(!text.contains("chain-of-title.pdf") && !text.contains("Item 4 of"))
    #expect(text.contains("Item 4: withheld, reason LPP"))
    // Its companion is there, but is tied to nothing.
    #expect(text.contains("chain-of-title.txt") && !text.contains("kb:derivation-"))
    let nodes = try graph.nodes(CaseGraphSample.redacted)
    let before = try CaseGraphSample.graph(count: 10).nodes(CaseGraphSample.kinds)
    #expect(nodes.keys.count { $0.hasPrefix("kb:file-") && !$0.hasPrefix("kb:file-facet") } == 9)
    let gone = Set(before.keys).subtracting(nodes.keys)
    for iri in gone { #expect(!text.contains(iri)) }
  }

  /// What remains keeps its IRI, so that two copies can be compared.
  @Test func irisSurviveRedaction() throws {
    let before = try CaseGraphSample.graph(count: 10).nodes(CaseGraphSample.kinds)
    let graph = CaseGraphSample.graph(count: 10, redactions: CaseGraphSample.redactions)
    let after = try graph.nodes(CaseGraphSample.redacted)
    for (iri, node) in after where iri.hasPrefix("kb:provenance-record-") {
      #expect(
        before[iri]?["case-investigation:exhibitNumber"] != nil || node["uco-core:tag"] == nil)
    }
    #expect(
      before.keys.filter { $0.hasPrefix("kb:file-") }.count
        > after.keys.filter { $0.hasPrefix("kb:file-") }.count)
    #expect(Set(after.keys.filter { $0.hasPrefix("kb:file-") }).isSubset(of: before.keys))
  }

  @Test func sameFactsSameBytes() throws {
    let graph = CaseGraphSample.graph(count: 10, redactions: CaseGraphSample.redactions)
    let shuffled = CaseGraphSample.redactions.map {
      CaseGraph.Redaction(
        step: $0.step, node: $0.node, time: $0.time, proposer: $0.proposer, approver: $0.approver,
        cuts: $0.cuts.reversed())
    }
    let again = CaseGraphSample.graph(count: 10, redactions: shuffled)
    let bytes = try graph.bytes(CaseGraphSample.redacted)
    for _ in 0..<20 { #expect(try again.bytes(CaseGraphSample.redacted) == bytes) }
    #expect(bytes.last == UInt8(ascii: "\n"))
  }

  @Test func hostileTextsComeBackAsTheyWere() throws {
    for (text, item) in zip(CaseGraphSample.hostileTexts, CaseGraphSample.hostile) {
      var terms = CaseGraph.Terms()
      terms.purpose = text
      let graph = CaseGraphSample.graph(count: 1, terms: terms)
      let nodes = try graph.nodes([item])
      let file = try #require(
        nodes.values.first { $0["@type"] as? String == "uco-observable:File" })
      #expect((file["uco-core:name"] as? String).map { Array($0.utf8) } == Array(text.utf8))
      let bytes = try graph.bytes([item])
      #expect(!bytes.contains { $0 < 0x20 && $0 != UInt8(ascii: "\n") || $0 == 0x7f })
      let shown = String(decoding: bytes, as: UTF8.self).unicodeScalars
      #expect(!shown.contains { (0x202a...0x202e).contains($0.value) || $0.value == 0x2028 })
    }
  }

  @Test func composedAndDecomposedNamesAreTwoPeople() throws {
    let items = ["\u{e5}", "a\u{30a}"].map { CaseGraph.Item(headers: ["acquired-by": $0]) }
    let nodes = try CaseGraphSample.graph(count: 2).nodes(items)
    #expect(nodes.keys.count { $0.hasPrefix("kb:examiner-") } == 2)
    #expect(nodes.keys.count { $0.hasPrefix("kb:acquisition-") } == 2)
  }

  /// Any mixture of keys and values gives JSON that Foundation reads.
  @Test func randomItemsGiveValidJSON() throws {
    var random = SplitMix64(seed: 42)
    let keys = [
      "name", "media-type", "sha256", "size", "modified", "exhibit", "derived-from", "acquired-at",
      "acquired-by", "acquired-tool", "class",
    ]
    let values =
      CaseGraphSample.hostileTexts + [
        "", "1", "2 tool", "99999999999999999999", "2026-01-01T00:00:00Z", CaseGraphSample.digest,
      ]
    for _ in 0..<500 {
      let items: [CaseGraph.Item?] = (0..<Int.random(in: 0...6, using: &random)).map { _ in
        if Int.random(in: 0..<4, using: &random) == 0 { return nil }
        let chosen = keys.filter { _ in Bool.random(using: &random) }
        let pairs = chosen.map { ($0, values.randomElement(using: &random) ?? "") }
        return CaseGraph.Item(headers: Dictionary(uniqueKeysWithValues: pairs))
      }
      let cuts = (0..<5).map { _ in
        CaseGraph.Cut(
          item: Int.random(in: -1...9, using: &random),
          code: values.randomElement(using: &random) ?? "",
          basis: values.randomElement(using: &random) ?? "")
      }
      let redaction = CaseGraph.Redaction(
        step: 1, node: "a", time: "?", proposer: "a", approver: "a", cuts: cuts)
      let graph = CaseGraphSample.graph(count: items.count, redactions: [redaction])
      let nodes = try graph.nodes(items)
      #expect(
        nodes.keys.count { $0.hasPrefix("kb:file-") && !$0.hasPrefix("kb:file-facet-") }
          == items.count { $0 != nil })
    }
  }

  /// 10,000 items make some 25 MB of text; what is held doesn't grow with it.
  @Test func manyItemsTakeLittleMemory() throws {
    let graph = CaseGraphSample.graph(count: 10_000)
    var byteCount = 0
    var largest = 0
    let before = try Self.residentByteCount()
    try graph.write(
      item: { CaseGraphSample.many($0) },
      to: { bytes in
        byteCount += bytes.count
        largest = max(largest, bytes.count)
      })
    #expect(byteCount > 20 << 20)
    #expect(largest < 64 << 10)
    if let before, let after = try Self.residentByteCount() {
      #expect(after - before < 16 << 20, "\(before) to \(after) bytes")
    }
  }

  @Test func anErrorOfTheCallerEndsIt() {
    struct Full: Error {}
    let graph = CaseGraphSample.graph(count: 1000)
    #expect(throws: Full.self) {
      try graph.write(item: { CaseGraphSample.many($0) }, to: { _ in throw Full() })
    }
    #expect(throws: Full.self) { try graph.bytes { if $0 == 500 { throw Full() } else { nil } } }
  }

  /// Peak resident memory, where the system tells it.
  private static func residentByteCount() throws -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
      let kilobytes = line.split(separator: " ").compactMap({ Int($0) }).first
    else { return nil }
    return kilobytes << 10
  }
}
