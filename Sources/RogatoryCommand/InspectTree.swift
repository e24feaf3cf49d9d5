import ASiC
import Evidence
import Redaction
import Report

/// What is in a bundle as a tree for people: by meaning, not by place in the file.
struct InspectTree {
  private let root: Branch

  var lines: [String] { root.lines }

  /// The tree of a bundle of ours.
  ///
  /// - Parameter items: a line for each, with the number of the item that it was made from.
  init(
    of bundle: EvidenceBundle, items: [(number: Int, line: String, original: Int?)], path: String
  ) {
    var branches = [
      Branch(
        "seal.txt  \(counted(bundle.seal.itemCount, "item")), root \(bundle.seal.root.base64)"),
      Branch("terms.json  \(Self.summary(of: bundle.terms))"),
    ]
    if let release = bundle.release {
      branches.append(
        Branch(
          "release.json  from \(release.sender) to \(release.recipients.joined(separator: ", ")), "
            + "transfer \(release.transfer)"))
    }
    branches.append(Branch("items", Self.itemBranches(items)))
    if !bundle.records.isEmpty {
      branches.append(Branch("redactions", zip(1..., bundle.records).map(Self.branch)))
    }
    branches += Self.files(bundle.container.entries.map(\.name.path).filter(Self.isElsewhere))
    root = Branch(path, branches)
  }

  /// The tree of any other container: its folders.
  init(of container: ContainerReader, path: String) {
    root = Branch(path, Self.files(container.entries.map(\.name.path)))
  }

  private static func summary(of terms: HandlingTerms) -> String {
    let facts = [
      terms.cases.isEmpty ? nil : "case \(terms.cases.joined(separator: ", "))", terms.tlp,
      terms.json["handling"]?.string, terms.purpose,
    ]
    let known = facts.compactMap(\.self)
    return known.isEmpty ? "no case, no purpose" : known.joined(separator: "; ")
  }

  private static func branch(step: Int, of record: RedactionRecord) -> Branch {
    Branch(
      "step \(step)  by \(record.redactor.node) at \(record.time.text), proposed by "
        + "\(record.proposer), approved by \(record.approver ?? "nobody else"), "
        + counted(record.cuts.count, "place") + (record.isClosed ? ", closing" : ""))
  }

  /// Companions stand below what they were made from; those of a companion, or of no item, at the
  /// end.
  private static func itemBranches(
    _ items: [(number: Int, line: String, original: Int?)]
  ) -> [Branch] {
    let originals = Set(items.filter { $0.original == nil }.map(\.number))
    var companions: [Int: [Branch]] = [:]
    var lost: [Branch] = []
    for item in items {
      guard let original = item.original else { continue }
      if originals.contains(original), original != item.number {
        companions[original, default: []].append(Branch(item.line))
      } else {
        lost.append(Branch("\(item.line)  (made from item \(original))"))
      }
    }
    return items.filter { $0.original == nil }
      .map { Branch($0.line, companions[$0.number] ?? []) } + lost
  }

  /// Whether a path is told by no other branch.
  private static func isElsewhere(_ path: String) -> Bool {
    !["seal.txt", "terms.json", "release.json", "mimetype"].contains(path)
      && !["items/", "disclosure/", "redactions/"].contains { path.hasPrefix($0) }
  }

  /// Paths by their folders, in the order in which they come.
  private static func files(_ paths: [String]) -> [Branch] {
    var order: [String] = []
    var inside: [String: [String]] = [:]
    for path in paths {
      // By bytes: to a String, a slash before a combining mark is no slash.
      let slash = path.utf8.firstIndex(of: UInt8(ascii: "/"))
      let first = String(path[..<(slash ?? path.endIndex)])
      if inside[first] == nil { order.append(first) }
      inside[first, default: []] +=
        slash.map { [String(path[path.utf8.index(after: $0)...])] } ?? []
    }
    return order.map { Branch($0, files(inside[$0] ?? [])) }
  }
}

/// A line with those below it.
private struct Branch {
  let label: String
  let branches: [Branch]

  init(_ label: String, _ branches: [Branch] = []) {
    self.label = label
    self.branches = branches
  }

  var lines: [String] {
    [label]
      + branches.indices.flatMap { index in
        let isLast = index == branches.count - 1
        return branches[index].lines.enumerated().map { row, line in
          (row == 0 ? (isLast ? "└ " : "├ ") : (isLast ? "  " : "│ ")) + line
        }
      }
  }
}

extension String {
  /// Flush right.
  func leftPadded(_ width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
