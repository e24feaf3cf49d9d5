import Evidence
import Redaction

extension CutListing {
  /// The list for a terminal: each cut with its context, item by item, then the counts.
  public var text: String {
    var lines: [String] = []
    var item: Int?
    for listed in cuts {
      if listed.cut.item != item {
        item = listed.cut.item
        lines += ["", "Item \(listed.cut.item)  \(listed.shownName)"]
      }
      lines += listed.lines(numberWidth: String(cuts.count).count)
    }
    return (lines.dropFirst() + ["", countsText]).joined(separator: "\n")
  }

  /// The counts by code and by item.
  public var countsText: String {
    let names = Dictionary(
      cuts.map { ($0.cut.item, $0.shownName) }, uniquingKeysWith: { first, _ in first })
    let codes = countsByCode.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let items = countsByItem.sorted { $0.key < $1.key }.map { number, count in
      "  \(counted(count, "place"))  item \(number)  \(names[number] ?? "")"
    }
    return
      ([
        "\(counted(cuts.count, "place")) in \(counted(items.count, "item")): "
          + codes.joined(separator: ", ")
      ] + items).joined(separator: "\n")
  }
}

extension ListedCut {
  /// The item's name, fit for a terminal.
  var shownName: String { name.map(safePath(forName:)) ?? "(name withheld)" }

  fileprivate func lines(numberWidth: Int) -> [String] {
    let digits = String(number)
    let padding = String(repeating: " ", count: numberWidth - digits.count)
    var why = "\(printable(cut.code))  " + (isForced ? "forced" : "rule \(cut.rule)")
    if cut.basis != "-" { why += "  \(printable(cut.basis))" }
    var lines = ["  \(padding)\(digits)  \(printable(place["words"]?.string ?? ""))  \(why)"]
    let indent = String(repeating: " ", count: numberWidth + 4)
    if let context { lines.append(indent + printable(context.marked)) }
    if let shown = cut.shown { lines.append(indent + "shown instead: \(printable(shown))") }
    return lines
  }
}
