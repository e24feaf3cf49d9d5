import ASiC
import CAdES
import Redaction

extension Verifier {
  /// Reads all `META-INF/ASiCManifest*.xml` with their signatures; what can't be read is a failure.
  mutating func loadManifests(isOurs: Bool) {
    var used: Set<String> = []
    for entry in container.entries {
      let path = entry.name.path
      let isArchive = isManifest(path, "ASiCArchiveManifest", isOurs)
      guard isArchive || isManifest(path, "ASiCManifest", isOurs) else { continue }
      used.insert(path)
      do {
        let loaded = try LoadedManifest(entry, in: container)
        if isOurs, !loaded.isExact {
          result.add("manifest.exact", .fail, "\(path) isn't written as a bundle's manifest is")
        }
        if loaded.signature == nil {
          result.add("signature.present", .fail, "\(path) names a signature that isn't here")
        }
        used.insert(loaded.signatureName.path)
        // In containers from elsewhere a time-stamp may stand over files as a signature does.
        let isStamp = !isOurs && loaded.signatureMediaType == Manifest.timestampMediaType
        if isArchive || isStamp {
          guard archives.count < Layout.maximumArchives else {
            throw EvidenceError.tooManyArchives(limit: Layout.maximumArchives)
          }
          archives.append(LoadedArchive(loaded: loaded))
        } else {
          manifests.append(loaded)
        }
      } catch {
        result.add("manifest", .fail, "\(path): \(describe(error))")
      }
    }
    manifests.sort { $0.path < $1.path }
    let signatures = (manifests + archives.map(\.loaded)).map(\.signatureName.path)
    if Set(signatures).count != signatures.count {
      result.add("manifest", .fail, "two manifests name the same signature")
    }
    guard isOurs else { return }
    let stray = container.entries.lazy.map(\.name.path).filter {
      $0.hasPrefix("META-INF/") && !used.contains($0)
    }
    for path in stray {
      result.add("container.layout", .fail, "\(path) belongs to no manifest of this bundle")
    }
  }

  /// Others may put something before the word (EN 319 162-1, clause 4.4.4); we don't.
  private func isManifest(_ path: String, _ word: String, _ isOurs: Bool) -> Bool {
    guard path.hasPrefix("META-INF/"), path.hasSuffix(".xml") else { return false }
    let name = path.dropFirst("META-INF/".count)
    return isOurs ? name.hasPrefix(word) : name.contains(word)
  }

  /// Judges every signature with the files that its manifest covers.
  mutating func validateSignatures() {
    validateArchives()
    let archived = result.signatures
    result.signatures = []
    for loaded in manifests {
      guard let signature = loaded.signature else { continue }
      let validation = CAdES.validate(
        signature: signature, content: loaded.content, anchors: trust.certificates,
        timestampAnchors: trust.timestampAnchors, at: at,
        existedBy: provenTime(of: loaded), now: now)
      result.signatures.append(
        SignatureReport(
          file: loaded.signatureName.path, manifest: loaded.path,
          role: role(of: loaded), validation: validation,
          result: judgeObjects(of: loaded, validation.result)))
    }
    result.signatures += archived
  }

  /// The signature's result, given that its manifest must speak of the files that are here.
  mutating func judgeObjects(
    of loaded: LoadedManifest, _ result: ValidationResult
  ) -> ValidationResult {
    var missing = false
    var changed = false
    var next = 0
    let isRead =
      (try? loaded.forEachObject { object in
        let path = object.name.path
        guard let place = container.entries.place(of: object.name, expecting: next) else {
          missing = true
          self.result.add("manifest.objects", .fail, "\(path), named by \(loaded.path), is missing")
          return
        }
        next = place + 1
        // A file whose bytes can't be read at all was reported already.
        guard let digest = digest(place, path, object.algorithm) else {
          changed = true
          return
        }
        if digest != object.digest {
          changed = true
          self.result.add(
            "manifest.objects", .fail, "\(path) is not what \(loaded.path) digests: it was changed")
        }
      }) != nil
    if !isRead {
      self.result.add("container.read", .fail, "\(loaded.path) is no longer what it was")
      return .failed(.hashFailure)
    }
    if changed { return .failed(.hashFailure) }
    if case .failed = result { return result }
    return missing ? .indeterminate(.signedDataNotFound) : result
  }

  /// A signature's role follows from the paths that its manifest covers, not from its file name.
  private func role(of loaded: LoadedManifest) -> SignatureReport.Role {
    guard bundle != nil || result.seal != nil || container.has(Layout.seal) else { return .other }
    let objects = loaded.objects
    let hasSeal = loaded.names(Layout.seal)
    if hasSeal, objects.count == 2, loaded.names(Layout.terms) { return .seal }
    if objects.count == 1, let path = loaded.onlyPath, path.hasPrefix("redactions/") {
      return .redaction
    }
    return hasSeal && loaded.names(Layout.view) ? .carrier : .other
  }

  /// Where the entry at a path stands; nil where there is none.
  func place(_ path: String) -> Int? {
    (try? EntryName(path)).flatMap(container.entries.place(of:))
  }
}

extension ContainerReader {
  func has(_ path: String) -> Bool {
    (try? EntryName(path)).map { entry(named: $0) != nil } ?? false
  }
}
