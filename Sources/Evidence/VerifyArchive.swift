import ASiC
import CAdES
import Redaction

/// An archive manifest with the time-stamp that it names (EN 319 162-1, Annex A.7).
struct LoadedArchive {
  let loaded: LoadedManifest
  /// When the token proves everything that the manifest digests to exist; set once it passed.
  var provenTime: Int64?

  /// Whether it covers this manifest, what that names as its signature, and all that it covers: so
  /// that the proof is one of the whole.
  func covers(_ other: LoadedManifest) -> Bool {
    loaded.names(other.path) && loaded.names(other.signatureName.path)
      && other.objects.isSubset(of: loaded.objects)
  }
}

extension Verifier {
  /// Judges the archive time-stamps, newest first: each proves when those before it existed.
  mutating func validateArchives() {
    sortArchives()
    let material = timestampMaterial()
    for index in archives.indices {
      let loaded = archives[index].loaded
      guard let token = loaded.signature else { continue }
      let validation = CAdES.validate(
        timestamp: token, over: loaded.content,
        anchors: trust.certificates + trust.timestampAnchors,
        certificates: material.certificates, crls: material.lists, ocsp: material.responses,
        at: at, existedBy: provenTime(of: loaded), now: now)
      let report = SignatureReport(
        file: loaded.signatureName.path, manifest: loaded.path, role: .archive,
        validation: SignatureValidation(archive: validation),
        result: judgeObjects(of: loaded, validation.result))
      result.signatures.append(report)
      if report.result == .passed { archives[index].provenTime = validation.time }
    }
  }

  /// The newest first: it is covered by none, and each older one by more of them.
  private mutating func sortArchives() {
    var coverings: [String: Int] = [:]
    for archive in archives {
      for other in archives where archive.covers(other.loaded) {
        coverings[other.loaded.path, default: 0] += 1
      }
    }
    func rank(_ archive: LoadedArchive) -> (Int, Int) {
      let path = archive.loaded.path
      return (coverings[path] ?? 0, path == Layout.archiveManifest ? 0 : 1)
    }
    archives.sort { a, b in
      rank(a) != rank(b) ? rank(a) < rank(b) : a.loaded.path > b.loaded.path
    }
  }

  /// When a manifest with its signature and all that it covers existed, as archive time-stamps that
  /// passed prove; nil where none does.
  func provenTime(of loaded: LoadedManifest) -> Int64? {
    archives.filter { $0.covers(loaded) }.compactMap(\.provenTime).min()
  }

  /// Certificates and revocation data of the whole container: an authority's may stand in the
  /// signatures that its token covers. They are believed as far as an anchor vouches for them.
  private func timestampMaterial() -> (
    certificates: [Certificate], lists: [RevocationList], responses: [OCSPResponse]
  ) {
    guard !archives.isEmpty else { return ([], [], []) }
    let all = (manifests + archives.map(\.loaded)).compactMap(\.signature)
    return enclosedEvidence(inSignatures: all)
  }

  /// In a bundle of ours an archive manifest covers the sets of sealer and redactors as far as they
  /// were there, and every archive time-stamp before it; nothing else, no carrier seal above all.
  mutating func checkArchives(_ bundle: EvidenceBundle) {
    guard !archives.isEmpty else { return }
    if archives.first?.loaded.path != Layout.archiveManifest {
      result.add("archive", .fail, "\(Layout.archiveManifest), the newest one, is missing")
    }
    for (age, archive) in archives.reversed().enumerated() {
      let path = archive.loaded.path
      let isNewest = age == archives.count - 1
      let expected = isNewest ? Layout.archiveManifest : Layout.formerArchiveManifest(age + 1)
      if path != expected || archive.loaded.signatureName.path != Layout.timestamp(age + 1) {
        result.add("archive", .fail, "\(path) has no place among the archive manifests")
      }
      let problem = problem(of: archive, former: archives.suffix(age).map(\.loaded), bundle)
      if let problem { result.add("archive", .fail, "\(path) \(problem)") }
    }
    guard !result.failures.contains(where: { $0.id == "archive" }) else { return }
    let newest = archives.first?.loaded
    let open = manifests.filter { set in
      archives.allSatisfy { !$0.covers(set) } && !isCarrier(set)
    }
    if let set = open.first {
      result.add(
        "archive", .warn, "\(set.path) was signed after \(newest?.path ?? "?"), which lacks it")
    } else {
      result.add(
        "archive", .pass,
        counted(archives.count, "archive time-stamp") + ", the newest over everything that lasts")
    }
  }

  private func problem(
    of archive: LoadedArchive, former: [LoadedManifest], _ bundle: EvidenceBundle
  ) -> String? {
    var rest = archive.loaded.objectPaths
    for before in former {
      guard archive.covers(before) else { return "doesn't cover \(before.path)" }
      rest.subtract([before.path, before.signatureName.path])
    }
    for set in manifests where rest.contains(set.path) {
      if isCarrier(set) { return "covers the carrier seal, which is made anew for each copy" }
      guard archive.covers(set) else { return "covers a part of \(set.path) only" }
      rest.subtract([set.path, set.signatureName.path])
    }
    let statements =
      [Layout.seal, Layout.terms] + bundle.records.indices.map { Layout.record($0 + 1) }
    rest.subtract(statements)
    if let stray = rest.min() { return "covers \(stray), which it must not" }
    guard archive.loaded.names(Layout.seal) else { return "doesn't cover the seal" }
    return nil
  }

  private func isCarrier(_ loaded: LoadedManifest) -> Bool {
    loaded.names(Layout.view)
  }
}
