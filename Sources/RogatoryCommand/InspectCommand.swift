import ArgumentParser
import CanonicalJSON
import Evidence
import Redaction
import Report
import RogatoryNode

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what is in a bundle, without judging it.")

  @Argument(help: "The bundle, or any ASiC container.") var bundle: String
  @OptionGroup var keys: BundleKeys
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let input = try BundleInput(bundle, keys: keys)
    guard let opened = try? EvidenceBundle(input.container) else {
      return tellContainer(input)
    }
    var items: [JSON] = []
    var lines: [(number: Int, line: String, original: Int?)] = []
    for number in 1...opened.seal.itemCount {
      let (json, line) = try describeItem(number, in: opened)
      items.append(json)
      lines.append((number, line, json["derivedFrom"]?.integer.map { Int($0) }))
    }
    let tree = InspectTree(of: opened, items: lines, path: bundle)
    let text =
      [
        "Bundle \(opened.seal.bundleID), sealed by \(opened.seal.sealer.node) at "
          + "\(opened.seal.time.text) by its own clock",
        "NOT CHECKED: `rogatory verify` judges it", "",
      ] + tree.lines + ["", "Files"]
      + input.container.entries.map { "  \(String($0.size).leftPadded(12))  \($0.name.path)" }
      + ["", "Terms"] + opened.terms.json.prettyText.split(separator: "\n").map { "  " + $0 }
    global.print(
      .object(known: [
        "bundle": .string(opened.seal.bundleID), "sealer": .string(opened.seal.sealer.node),
        "sealedAt": .string(opened.seal.time.text), "items": .array(items),
        "redactions": .integer(Int64(opened.records.count)), "terms": opened.terms.json,
        "release": opened.release?.json, "files": files(input),
      ]), text: text.map(printable).joined(separator: "\n"))
  }

  private func describeItem(
    _ number: Int, in bundle: EvidenceBundle
  ) throws -> (JSON, String) {
    guard number <= bundle.view.itemCount, !bundle.view.isWithheld(number) else {
      return (
        .object(["index": .integer(Int64(number)), "state": "withheld"]),
        "\(number)  withheld"
      )
    }
    let head = try bundle.head(ofItem: number)
    var object: [String: JSON] = [
      "index": .integer(Int64(number)), "leaves": .integer(Int64(clamping: head.shape.leafCount)),
    ]
    var state = "disclosed"
    if case .partial = bundle.view.state(ofItem: number) { state = "partial" }
    object["state"] = .string(state)
    for field in head.headers {
      if let text = String(validating: field.field.value, as: UTF8.self) {
        object[field.field.key == "media-type" ? "mediaType" : field.field.key] = .string(text)
      }
    }
    if let derivation = object[Derivation.headerKey]?.string.flatMap({ Derivation($0.utf8) }) {
      object["derivedFrom"] = .integer(Int64(derivation.original))
    }
    let name = object["name"]?.string.map(safePath(forName:)) ?? "(name withheld)"
    let type = object["mediaType"]?.string ?? ""
    return (
      .object(object), "\(number)  \(state)  \(name)  \(type)  \(object["size"]?.string ?? "")"
    )
  }

  private func tellContainer(_ input: BundleInput) {
    let text =
      ["\(input.container.kind.mediaType), not a bundle of ours", ""]
      + InspectTree(of: input.container, path: bundle).lines
    global.print(
      .object(["container": .string(input.container.kind.mediaType), "files": files(input)]),
      text: text.map(printable).joined(separator: "\n"))
  }

  private func files(_ input: BundleInput) -> JSON {
    .array(
      input.container.entries.map {
        .object([
          "name": .string($0.name.path), "size": .integer(Int64(clamping: $0.size)),
        ])
      })
  }
}
