import ASiC
import Merkle
import Redaction

extension Verifier {
  /// Hashes every disclosed leaf to its place, compares every placeholder, and then the root.
  mutating func checkItems(of bundle: EvidenceBundle) {
    var ids: [Int: Hash] = [:]
    result.items.reserveCapacity(bundle.seal.itemCount)
    for number in 1...bundle.seal.itemCount {
      var report = ItemReport(number: number, state: .withheld)
      if bundle.view.isWithheld(number) {
        checkWithheld(&report)
      } else {
        ids[number] = check(&report, in: bundle)
      }
      result.items.append(report)
    }
    let bad = result.items.filter { !$0.failures.isEmpty }
    if bad.isEmpty {
      result.add("items", .pass, "every disclosed part is what the disclosure says")
    }
    for item in bad {
      for failure in item.failures { result.add("item.\(item.number)", .fail, failure) }
    }
    checkRoot(bundle, ids, bad)
  }

  private mutating func checkRoot(
    _ bundle: EvidenceBundle, _ ids: [Int: Hash], _ bad: [ItemReport]
  ) {
    struct Unknown: Error {}
    do {
      let root = try bundle.view.root { number throws -> Hash in
        guard let id = ids[number] else { throw Unknown() }
        return id
      }
      if root == bundle.seal.root {
        result.add("seal.root", .pass, "the items are those that were sealed")
      } else {
        let hint = bad.isEmpty ? "" : " (see \(bad.map(\.displayName).joined(separator: ", ")))"
        result.add("seal.root", .fail, "the items are not those that were sealed\(hint)")
      }
    } catch {
      result.add(
        "seal.root", .fail, "can't be computed: \(bad.map(\.displayName).joined(separator: ", "))")
    }
  }

  private mutating func checkWithheld(_ report: inout ItemReport) {
    if let name = try? EntryName(Layout.leaves(report.number)),
      container.entry(named: name) != nil
    {
      report.failures.append("item \(report.number) is withheld, yet its disclosure is here")
    }
  }

  private mutating func check(
    _ report: inout ItemReport, in bundle: EvidenceBundle
  ) -> Hash? {
    let number = report.number
    report.state = .disclosed
    if case .partial = bundle.view.state(ofItem: number) { report.state = .partial }
    do {
      let head = try bundle.head(ofItem: number)
      report.read(head)
    } catch {
      report.failures.append("\(Layout.leaves(number)): \(describe(error))")
      return nil
    }
    if let name = report.headers["name"], !isItemName(name) {
      report.failures.append("the sealed name of item \(number) would leave its folder")
    }
    let entry = bundle.contentEntry(ofItem: number, name: report.name)
    report.path = entry?.name.path
    let content = entry.map { DigestingReader(container.open($0), progress) }
    let leaves = container.entry(named: entryName(Layout.leaves(number)))
      .map { DigestingReader(container.open($0), { _ in }) }
    defer {
      for (path, reader) in [(report.path, content), (Layout.leaves(number), leaves)] {
        guard let path, let reader else { continue }
        reader.drain()
        note(path, reader)
      }
    }
    do {
      let checked = try checkItem(
        number: number, view: bundle.view, leaves: leaves.map { reader in { try reader.read($0) } },
        content: content.map { reader in { try reader.read($0) } },
        cuts: bundle.claims.cuts(ofItem: number))
      report.sha256 = checked.sha256.map { hex($0.bytes) }
      report.size = checked.sha256 == nil ? nil : checked.size
      report.withheldLeaves = checked.withheldLeafCount
      note(DerivedItem(number: number, checked))
      if checked.withheldLeafCount == 0, let sealed = report.headers["sha256"],
        sealed != report.sha256
      {
        report.failures.append(
          "\(report.displayName): its SHA-256 is \(report.sha256 ?? "-"), sealed was \(sealed)")
      }
      return checked.id
    } catch {
      report.failures.append("\(report.displayName): \(describe(error))")
      return nil
    }
  }

  /// A name that we made, so that it can't be unsafe.
  private func entryName(_ path: String) -> EntryName {
    guard let name = try? EntryName(path) else {
      preconditionFailure("Layout makes only names of ASCII letters, digits, dots and slashes")
    }
    return name
  }
}

extension ItemReport {
  /// For messages: the name with its number, or the number where the name is withheld.
  package var displayName: String {
    name.map { "item \(number), \(safePath(forName: $0))" } ?? "item \(number)"
  }
}
