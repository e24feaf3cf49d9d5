import Evidence
import Foundation
import Testing

/// What the graph says of what is disclosed.
@Suite struct CaseGraphTests {
  @Test func aFileCarriesItsNameSizeAndHash() throws {
    let nodes = try CaseGraphSample.graph(count: 10).nodes(CaseGraphSample.kinds)
    let file = try #require(
      nodes.values.first { $0["uco-core:name"] as? String == "buys/test-purchases.csv" })
    let facets = try #require(file["uco-core:hasFacet"] as? [[String: Any]])
    #expect(file["@type"] as? String == "uco-observable:File")
    #expect(facets[0]["uco-observable:fileName"] as? String == "test-purchases.csv")
    #expect(facets[0]["uco-observable:filePath"] as? String == "items/0002-x")
    #expect(facets[0]["uco-observable:extension"] as? String == "csv")
    #expect(value(facets[0]["uco-observable:sizeInBytes"]) == "2000")
    #expect(
      value(facets[0]["uco-observable:modifiedTime"]) == "2026-03-02T10:00:00.123456789+01:00")
    let hash = try #require(facets[1]["uco-observable:hash"] as? [[String: Any]])
    #expect(hash[0]["uco-types:hashMethod"] as? String == "SHA256")
    #expect(value(hash[0]["uco-types:hashValue"]) == CaseGraphSample.digest)
  }

  @Test(arguments: [
    ("image/png", "RasterPicture"), ("IMAGE/JPEG; q=1", "RasterPicture"),
    ("application/pdf", "PDFFile"), ("application/zip", "ArchiveFile"),
    ("application/x-raw-disk-image", "Image"), ("audio/mpeg", "Audio"),
  ])
  func theMediaTypeGivesASecondType(mediaType: String, type: String) throws {
    let item = CaseGraph.Item(headers: ["media-type": mediaType])
    let nodes = try CaseGraphSample.graph(count: 1).nodes([item])
    let types = nodes.values.compactMap { $0["@type"] as? [String] }
    #expect(types == [["uco-observable:File", "uco-observable:\(type)"]])
  }

  @Test(arguments: ["image/svg+xml", "message/rfc822", "text/plain", "", "application/pdfx"])
  func otherMediaTypesAreFiles(mediaType: String) throws {
    let item = CaseGraph.Item(headers: ["media-type": mediaType])
    let nodes = try CaseGraphSample.graph(count: 1).nodes([item])
    #expect(nodes.values.compactMap { $0["@type"] as? [String] }.isEmpty)
  }

  @Test func itemsAcquiredTogetherShareAnAction() throws {
    let nodes = try CaseGraphSample.graph(count: 10).nodes(CaseGraphSample.kinds)
    let actions = nodes.filter { $0.key.hasPrefix("kb:acquisition-") }.values
    // officer-0, -1 and -2 acquired three items each; the companion wasn't acquired.
    #expect(actions.map { ($0["uco-action:result"] as? [Any])?.count } == [6, 6, 6])
    #expect(nodes.keys.count { $0.hasPrefix("kb:examiner-") } == 3)
    #expect(nodes.keys.count { $0.hasPrefix("kb:tool-") } == 1)
    let times = actions.map { value($0["uco-action:endTime"]) }
    #expect(times == Array(repeating: "2026-03-02T12:10:00Z", count: 3))
  }

  @Test func aTimeThatIsNoDateTimeIsToldAsText() throws {
    for time in [
      "2026-03-02", "yesterday", "2026-02-29T00:00:00Z", "2026-03-02T24:00:00Z",
      "2026-03-02T23:59:60Z", "2026-03-02t10:00:00z", "0000-01-01T00:00:00Z",
      "2026-03-02T10:00:00", "2026-03-02T10:00:00+14:01", "2026-03-02T10:00:00.Z",
      "2026-03-02T10:00:00Z/", "2026-13-01T00:00:00Z", "1900-02-29T00:00:00Z",
    ] {
      let item = CaseGraph.Item(headers: ["acquired-at": time, "modified": time])
      let text = String(decoding: try CaseGraphSample.graph(count: 1).bytes([item]), as: UTF8.self)
      #expect(text.contains("\"uco-core:description\": \"Time: \(time)\""))
      #expect(!text.contains("startTime") && !text.contains("modifiedTime"))
    }
  }

  @Test(arguments: [
    "2024-02-29T00:00:00Z", "2000-02-29T23:59:59.5+14:00", "0001-01-01T00:00:00-00:00",
    "9999-12-31T23:59:59Z",
  ])
  func aDateTimeIsALiteral(time: String) throws {
    let item = CaseGraph.Item(headers: ["modified": time, "name": "x"])
    let text = String(decoding: try CaseGraphSample.graph(count: 1).bytes([item]), as: UTF8.self)
    #expect(text.contains("{ \"@type\": \"xsd:dateTime\", \"@value\": \"\(time)\" }\n"))
  }

  @Test(arguments: ["-1", "+1", "01", "1e3", "９", "9223372036854775808", " 1", "0x10"])
  func aSizeThatIsNoNumberIsLeftOut(size: String) throws {
    let item = CaseGraph.Item(headers: ["size": size, "sha256": size, "name": "x"])
    let text = String(decoding: try CaseGraphSample.graph(count: 1).bytes([item]), as: UTF8.self)
    #expect(!text.contains("sizeInBytes") && !text.contains("hashValue"))
  }

  @Test func stepsOfRedactionAreAChain() throws {
    let graph = CaseGraphSample.graph(count: 10, redactions: CaseGraphSample.redactions)
    let nodes = try graph.nodes(CaseGraphSample.redacted)
    let first = try #require(
      nodes.values.first { $0["uco-core:name"] as? String == "Redaction, step 1" })
    let second = try #require(
      nodes.values.first { $0["uco-core:name"] as? String == "Redaction, step 2" })
    let iri = try #require(first["@id"] as? String)
    #expect(references(second["case-investigation:wasInformedBy"]) == [iri])
    let acquisitions = Set(nodes.keys.filter { $0.hasPrefix("kb:acquisition-") })
    #expect(Set(references(first["case-investigation:wasInformedBy"])) == acquisitions)
    #expect(references(first["uco-action:participant"]).count == 2)
    #expect(references(second["uco-action:participant"]).count == 1)
    // Item 2 for PD-NAME (two provisions) and DER, item 4 for TS.
    let reasons = references(first["uco-action:result"]).compactMap { nodes[$0] }
    #expect(
      reasons.compactMap { ($0["uco-core:statement"] as? [String])?.first } == [
        "Item 2: cut, reason DER", "Item 2: cut, reason PD-NAME", "Item 4: withheld, reason TS",
      ])
    #expect(reasons[1]["uco-core:description"] as? [String] == ["CPP 86", "GDPR 5(1)(c)"])
    #expect(nodes.keys.count { $0.hasPrefix("kb:organization-") } == 2)
  }

  @Test func everyReferenceHasItsNode() throws {
    for items in [CaseGraphSample.kinds, CaseGraphSample.redacted, CaseGraphSample.hostile] {
      let graph = CaseGraphSample.graph(count: items.count, redactions: CaseGraphSample.redactions)
      let nodes = try graph.nodes(items)
      let text = String(decoding: try graph.bytes(items), as: UTF8.self)
      for match in text.matches(of: /\{ "@id": "(kb:[a-z-]+-[0-9a-f-]{36})" \}/) {
        #expect(nodes[String(match.1)] != nil, "\(match.1)")
      }
      // No blank nodes: an object without an IRI is the context or a literal.
      #expect(!text.contains("\"_:"))
      let identified = text.matches(
        of: /"@id": "kb:[a-z-]+-[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab]/)
      #expect(identified.count == text.matches(of: /(?m)^ *(\{ )?"@id"|\{ "@id"/).count)
    }
  }

  @Test func uuidsAreThoseOfTheStandard() throws {
    // Python: uuid.uuid5(uuid.UUID("b24f3b8a-0b8e-4ab1-ac45-71eb784e3667"),
    // "00112233445566778899aabbccddeeff/bundle/0")
    let text = String(decoding: try CaseGraphSample.graph(count: 0).bytes([]), as: UTF8.self)
    #expect(text.contains("\"@id\": \"kb:bundle-29e14b57-1c74-504a-8d53-bf436c1ec200\""))
  }

  private func value(_ literal: Any?) -> String? { (literal as? [String: String])?["@value"] }

  private func references(_ value: Any?) -> [String] {
    ((value as? [[String: String]]) ?? []).compactMap { $0["@id"] }
  }
}
