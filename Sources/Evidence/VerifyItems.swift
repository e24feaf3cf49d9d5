import ASiC
import Merkle
import Redaction

extension Verifier {
  /// Hashes every disclosed leaf to its place, compares every placeholder, and then the root.
  mutating func checkItems(of bundle: EvidenceBundle) {
    var ids: [Int: Hash] = [:]
    trusted = trustedDigests() ?? EntryDigests()
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
    let bad = result.items.failed
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
    let isTrusted = trusted.known.count > 0
    if isTrusted, bad.isEmpty {
      result.add(
        "seal.root", .pass,
        "the items are those that were sealed, by an earlier check of this file, unchanged since")
      return
    }
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
    let place = place(Layout.item(number, name: report.name))
    let entry = place.map { container.entries[$0] }
    report.path = entry?.name.path
    if let place, let entry, let digest = trusted[place] {
      checkUnchanged(&report, entry, place, digest: digest, in: bundle)
      return nil
    }
    let content = entry.map { DigestingReader(container.open($0), progress) }
    let leavesPlace = self.place(Layout.leaves(number))
    let leaves = leavesPlace.map {
      DigestingReader(container.open(container.entries[$0]), { _ in })
    }
    defer {
      for (place, path, reader) in [
        (place, report.path, content), (leavesPlace, Layout.leaves(number), leaves),
      ] {
        guard let place, let path, let reader else { continue }
        reader.drain()
        note(place, path, reader)
      }
    }
    do {
      let checked = try checkItem(
        number: number, view: bundle.view, leaves: leaves.map { reader in { try reader.read($0) } },
        content: content.map { reader in { try reader.read($0) } },
        cuts: bundle.claims.cuts(ofItem: number), digesting: false)
      report.withheldLeaves = checked.withheldLeafCount
      note(DerivedItem(number: number, checked))
      if let entry, case .digest(let digest) = content?.outcome {
        report.addContent(digest: digest, size: entry.size)
      }
      return checked.id
    } catch {
      report.failures.append("\(report.displayName): \(describe(error))")
      return nil
    }
  }
}

extension ItemReport {
  /// Notes the file as it stands; with nothing withheld, it must be the one whose digest was sealed.
  mutating func addContent(digest: [UInt8], size: UInt64) {
    let sha256 = hex(digest)
    self.sha256 = sha256
    self.size = size
    if withheldLeaves == 0, let sealed = headers["sha256"], sealed != sha256 {
      failures.append("\(displayName): its SHA-256 is \(sha256), sealed was \(sealed)")
    }
  }

  /// For messages: the name with its number, or the number where the name is withheld.
  package var displayName: String {
    name.map { "item \(number), \(safePath(forName: $0))" } ?? "item \(number)"
  }
}
