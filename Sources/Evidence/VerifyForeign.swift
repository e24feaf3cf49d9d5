import ASiC
import CAdES

extension Verifier {
  /// A container from elsewhere: its signatures alone are judged, and what they leave out is said.
  mutating func checkForeign() {
    if container.kind == .asicS { validateSimple() }
    let others = container.entries.lazy.map(\.name.path).filter {
      let name = $0.lowercased()
      return name.hasPrefix("meta-inf/") && name.contains("signatures") && name.hasSuffix(".xml")
    }
    for path in others {
      result.add("signature.kind", .undecided, "\(path) is XAdES, which isn't judged here")
    }
    let strays = straySignatures
    for path in strays {
      result.add(
        "signature.kind", .undecided,
        "\(path) isn't judged: no manifest that could be read names it")
    }
    if result.signatures.isEmpty, others.isEmpty {
      let isThere = !strays.isEmpty || Self.simpleSignatures.contains(where: container.has)
      result.add(
        "signature.present", .fail,
        (isThere ? "no signature that could be judged" : "no signature")
          + ": nothing vouches for anything here")
    } else if result.signatures.allSatisfy({ $0.role == .archive }), others.isEmpty {
      result.add(
        "signature.present", .warn,
        "no signature but a time-stamp: it says when the files existed, and nothing of who made them"
      )
    }
    for report in result.signatures {
      for deviation in report.validation.deviations {
        result.add(
          deviation == .signaturePolicy ? "signature.policy" : "signature.exact", .warn,
          "\(report.file): \(deviation.explanation)")
      }
    }
    warnOfUncovered()
  }

  /// Signatures and time-stamps that weren't judged with a manifest, and can't be without.
  private var straySignatures: [String] {
    let judged = Set(result.signatures.map(\.file))
    return container.entries.map(\.name.path).filter { path in
      path.hasPrefix("META-INF/") && (path.hasSuffix(".p7s") || path.hasSuffix(".tst"))
        && !judged.contains(path)
        && !(container.kind == .asicS && Self.simpleSignatures.contains(path))
    }
  }

  private static let simpleSignatures = ["META-INF/signature.p7s", "META-INF/timestamp.tst"]

  /// ASiC-S (EN 319 162-1, clause 4.3): one data object, and over its bytes a signature,
  /// `META-INF/signature.p7s`, or a time-stamp, `META-INF/timestamp.tst`.
  private mutating func validateSimple() {
    let objects = container.entries.filter {
      $0.name.path != "mimetype" && !$0.name.path.hasPrefix("META-INF/")
    }
    let found = Self.simpleSignatures.compactMap { try? EntryName($0) }.compactMap(
      container.entry(named:))
    guard !found.isEmpty else { return }
    guard objects.count == 1, let object = objects.first else {
      result.add("container.structure", .fail, "an ASiC-S container holds exactly one data object")
      return
    }
    guard object.size <= UInt64(maximumSimpleObject) else {
      result.add(
        "signature.content", .undecided, "the data object is too large to be judged in memory")
      return
    }
    do {
      let content = try container.bytes(of: object, limit: maximumSimpleObject)
      for entry in found {
        let bytes = try container.bytes(of: entry, limit: maximumSimpleObject)
        let isSignature = entry.name.path.hasSuffix(".p7s")
        let validation =
          isSignature
          ? CAdES.validate(
            signature: bytes, content: content, anchors: trust.certificates,
            timestampAnchors: trust.timestampAnchors, at: at, now: now)
          : SignatureValidation(
            archive: CAdES.validate(
              timestamp: bytes, over: content,
              anchors: trust.certificates + trust.timestampAnchors, at: at, now: now))
        result.signatures.append(
          SignatureReport(
            file: entry.name.path, manifest: object.name.path,
            role: isSignature ? .other : .archive, validation: validation,
            result: validation.result))
      }
    } catch {
      result.add("container.read", .fail, describe(error))
    }
  }

  private mutating func warnOfUncovered() {
    let covered = manifests.reduce(into: Set<String>()) { $0.formUnion($1.objectPaths) }
      .union(container.kind == .asicS ? result.signatures.map(\.manifest) : [])
    for entry in container.entries {
      let path = entry.name.path
      if path != "mimetype", !path.hasPrefix("META-INF/"), !covered.contains(path) {
        result.add("signature.coverage", .warn, "\(path) is covered by no signature")
      }
    }
  }

  /// What CMS needs in memory at once; our own formats never sign large content directly.
  private var maximumSimpleObject: Int { 32 << 20 }
}
