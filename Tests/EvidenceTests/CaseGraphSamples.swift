import Evidence
import Foundation

/// Bundles to draw graphs of.
enum CaseGraphSample {
  static let digest = String(repeating: "0f", count: 32)

  static let terms: CaseGraph.Terms = {
    var terms = CaseGraph.Terms()
    terms.title = "Northlight"
    terms.caseReferences = ["PT-2026-0142", "FI-77"]
    terms.instrument = "EIO"
    terms.article = "Directive 2014/41/EU, Article 10"
    terms.authorisation = "EIO-PT-2026-0142"
    terms.issuingAuthority = "pt-pros"
    terms.validatingAuthority = "pt-court"
    terms.validUntil = "2026-08-20T00:00:00Z"
    terms.purpose = "Proceedings PT-2026-0142 only"
    terms.necessity = "No milder measure was left"
    terms.tlp = "TLP:AMBER+STRICT"
    terms.europolHandling = "H1"
    return terms
  }()

  /// Everything that a header can say.
  static func item(_ name: String, _ mediaType: String, number: Int) -> CaseGraph.Item {
    CaseGraph.Item(
      headers: [
        "name": name, "media-type": mediaType, "sha256": digest, "size": "\(number * 1000)",
        "modified": "2026-03-02T10:00:00.123456789+01:00", "exhibit": "EX-\(number)",
        "class": "restricted", "data-category": "financial", "acquired-by": "officer-\(number % 3)",
        "acquired-at": "2026-03-02T09:00:00Z/2026-03-02T12:10:00Z", "acquired-method": "preserved",
        "acquired-tool": "web-capture 3.2.1", "acquired-place": "Laboratory, Jurisdiction A",
        "acquired-source": "https://shop.example/i/881", "something-new": "never told",
      ], path: "items/000\(number)-x")
  }

  /// One item of each kind, the last a companion of the fourth.
  static let kinds: [CaseGraph.Item] = {
    let files = [
      ("notes.txt", "text/plain; charset=utf-8"), ("buys/test-purchases.csv", "text/csv"),
      ("a/listing.png", "image/png"), ("chain-of-title.pdf", "application/pdf"),
      ("disk.raw", "application/x-raw-disk-image"), ("mail/letter.eml", "message/rfc822"),
      ("call.ogg", "audio/ogg"), ("phone.zip", "application/zip"), (".profile", "text/plain"),
    ]
    var items = files.enumerated().map { item($1.0, $1.1, number: $0 + 1) }
    items.append(
      CaseGraph.Item(
        headers: [
          "name": "chain-of-title.txt", "media-type": "text/plain",
          "derived-from": "4 pdf-text 1.0 -layout",
        ], path: "items/0010-chain-of-title.txt"))
    return items
  }()

  static func graph(
    count: Int, terms: CaseGraph.Terms = terms, redactions: [CaseGraph.Redaction] = []
  ) -> CaseGraph {
    CaseGraph(
      bundleID: "00112233445566778899aabbccddeeff", sealer: "pt-ipcu",
      sealTime: "2026-04-01T09:00:00Z", itemCount: count, terms: terms, redactions: redactions)
  }

  static let redactions = [
    CaseGraph.Redaction(
      step: 1, node: "pt-ipcu", time: "2026-04-02T09:00:00Z", proposer: "ro-1", approver: "pc-1",
      cuts: [
        .init(item: 2, code: "PD-NAME", basis: "GDPR 5(1)(c)"),
        .init(item: 2, code: "PD-NAME", basis: "GDPR 5(1)(c)"),
        .init(item: 2, code: "PD-NAME", basis: "CPP 86"),
        .init(item: 2, code: "DER", basis: "GDPR 5(1)(c)"),
        .init(item: 4, code: "TS", basis: "Directive 2016/943, SECRET-PROVISION"),
      ]),
    CaseGraph.Redaction(
      step: 2, node: "fi-cust", time: "2026-04-03T09:00:00Z", proposer: "ro-1", approver: nil,
      cuts: [
        .init(item: 4, code: "LPP", basis: "SECRET-PROVISION"),
        .init(item: 1, code: "REL", basis: "CPP 181"),
      ]),
  ]

  /// Item 2 lost its derived headers, item 1 its name, item 4 everything.
  static let redacted: [CaseGraph.Item?] = {
    var items: [CaseGraph.Item?] = kinds
    items[0] = CaseGraph.Item(
      headers: ["media-type": "text/plain", "sha256": digest, "size": "1000"], state: .partial,
      path: "items/0001")
    items[1] = CaseGraph.Item(
      headers: ["name": "buys/test-purchases.csv", "media-type": "text/csv", "exhibit": "EX-2"],
      state: .partial)
    items[3] = nil
    return items
  }()

  /// Names, and everything else that a person typed, as an enemy would write them.
  static let hostileTexts = [
    "quote\".txt", "back\\slash.txt", "line\nbreak\r\n.txt", "\u{0}\u{1}\u{1f}\u{7f}\u{9f}.bin",
    "\u{202e}fdp.exe", "\u{2066}x\u{2069}", "👩‍👩‍👧‍👦.jpeg", "Z\u{30a}\u{fe}",
    "\u{2028}\u{2029}\u{feff}",
    "\u{fffe}\u{10ffff}\u{e000}", "</script><!--", "{\"@id\": \"kb:x\"}", "@type", "a/b/", "..",
    ".", "/",
    "kb:file-1", "x.", ".x", "名前.テキスト", "%2e%2e/", "\u{d7ff}",
  ]

  static let hostile: [CaseGraph.Item] = hostileTexts.map { text in
    var headers: [String: String] = [:]
    for key in [
      "name", "media-type", "sha256", "size", "modified", "exhibit", "class", "data-category",
      "derived-from", "acquired-at", "acquired-by", "acquired-method", "acquired-tool",
      "acquired-place", "acquired-source", text,
    ] { headers[key] = text }
    return CaseGraph.Item(headers: headers, path: text)
  }

  /// `count` items in a few acquisitions, each made when it's asked for.
  static func many(_ number: Int) -> CaseGraph.Item {
    item("folder/file-\(number).txt", "text/plain", number: number)
  }
}

extension CaseGraph.Item {
  /// The item with one header withheld.
  func without(_ key: String) -> CaseGraph.Item {
    CaseGraph.Item(headers: headers.filter { $0.key != key }, state: .partial, path: path)
  }
}

extension CaseGraph {
  /// The graph of items in memory.
  func bytes(_ items: [CaseGraph.Item?]) throws -> [UInt8] { try bytes { items[$0 - 1] } }

  /// The graph, parsed by Foundation, with its nodes by IRI.
  func nodes(_ items: [CaseGraph.Item?]) throws -> [String: [String: Any]] {
    let object = try JSONSerialization.jsonObject(with: Data(try bytes(items)))
    var nodes: [String: [String: Any]] = [:]
    collect(object, into: &nodes)
    return nodes
  }

  private func collect(_ value: Any, into nodes: inout [String: [String: Any]]) {
    if let object = value as? [String: Any] {
      if let iri = object["@id"] as? String, object["@type"] != nil { nodes[iri] = object }
      for member in object.values { collect(member, into: &nodes) }
    } else if let array = value as? [Any] {
      for element in array { collect(element, into: &nodes) }
    }
  }
}
