import CAdES
import Evidence

/// The commands of other people's programs that repeat a check, as they are typed into a POSIX shell,
/// in order and in one folder. Each ends with status 0 where it agrees.
///
/// `RepeatTests` (a script of CommandLineTests) runs them as they are printed.
struct RepeatCommands {
  /// The name under which the bundle is to be copied first, where its own can't be typed; else nil.
  let copyName: String?
  /// Whether the commands name an `anchors.pem` that the caller didn't give.
  let needsAnchorFile: Bool
  /// That the anchors are those of the report.
  let anchorChecks: [RepeatCommand]
  /// The file's digest, and unpacking it.
  let container: [RepeatCommand]
  /// Each signature over its manifest.
  let signatures: [RepeatCommand]
  /// Each time stamp over its signature.
  let stamps: [RepeatCommand]
  /// Each item's digest.
  let items: [RepeatCommand]
  /// Items that are too many for commands of their own.
  let omittedItems: Int
  /// The tree of the seal.
  let tree: [RepeatCommand]

  /// Those that the verdict's short form names, in order.
  var essential: [RepeatCommand] { container + signatures + stamps + tree }

  /// - Parameters:
  ///   - path: the bundle's path as the caller gave it.
  ///   - anchors: where the anchors come from; the commands name `anchors.pem` for one without a file.
  ///   - file: what is known of the file beside the verification. With it, the commands are those of
  ///     a report, for somebody who has all files in one folder; without, for the caller's own.
  init(
    _ verification: Verification, path: String, anchors: [AnchorSource], file: ExaminedFile? = nil
  ) {
    let name = file == nil ? path : Self.lastComponent(path)
    // The folder that it is unpacked into is called `bundle`.
    let isPlain = Self.canBeTyped(name) && name != "bundle"
    copyName = isPlain ? nil : "bundle.asice"
    let bundle = Self.typed(isPlain ? name : "bundle.asice")
    let sources = anchors.filter { $0.path.map(Self.canBeTyped) ?? false }
    let paths = Set(sources.compactMap(\.path))
    // Two files of one name can't lie in one folder: then their paths stay.
    let areFlat = file != nil && Set(paths.map(Self.lastComponent)).count == paths.count
    func typed(_ source: AnchorSource?) -> String {
      let path = source?.path ?? "anchors.pem"
      return Self.typed(areFlat ? Self.lastComponent(path) : path)
    }

    needsAnchorFile = sources.isEmpty
    anchorChecks = sources.filter(\.isFirst).map { source in
      RepeatCommand(
        command: "openssl x509 -in \(typed(source)) -noout -subject -fingerprint -sha256",
        expected: "sha256 Fingerprint=\(source.certificate.fingerprint)")
    }
    container =
      (file.map { [Self.digest(of: bundle, $0.sha256)] } ?? [])
      + [RepeatCommand(command: "unzip -q \(bundle) -d bundle")]
    let reports = verification.signatures.prefix(Self.maximumSignatures).filter {
      Self.canBeTyped($0.file) && Self.canBeTyped($0.manifest)
    }
    func anchorFile(_ report: SignatureReport) -> String {
      let anchor = report.validation.anchor
      return typed(sources.first { $0.certificate == anchor } ?? sources.first)
    }
    /// A time-stamping authority may have another anchor than the signer.
    func stampAnchorFile(_ report: SignatureReport) -> String {
      let issuer = report.validation.authority?.issuer
      return sources.first { $0.certificate.subject == issuer }.map { typed($0) }
        ?? anchorFile(report)
    }
    signatures =
      reports.filter { $0.file.hasSuffix(".p7s") }.flatMap { report in
        Self.check(
          report, seal: report.role == .seal ? verification.seal?.sealer.key.base64 : nil,
          anchors: anchorFile(report),
          lists: file?.signatures[report.file]?.hasListsAlone ?? false)
      } + Self.checkUnread(of: file, but: reports)
    stamps = reports.flatMap { report in
      Self.checkStamp(
        of: report, at: file?.signatures[report.file]?.stamp, anchors: stampAnchorFile(report))
    }
    let files = verification.items.lazy.filter { $0.path != nil && $0.sha256 != nil }
    let count = files.count { _ in true }
    let isShort = count <= Self.maximumItems
    omittedItems = isShort ? 0 : count
    items = (isShort ? Array(files) : []).map { item in
      // Where all of an item is here, the digest that the sealer gave it counts.
      let sealed = item.state == .disclosed ? item.headers["sha256"] : nil
      return Self.digest(
        of: shellQuoted("bundle/" + (item.path ?? "")), sealed ?? item.sha256 ?? "")
    }
    tree =
      verification.checks.contains { $0.id == "seal" && $0.result == .notRun }
      ? [] : [RepeatCommand(command: "python3 check_bundle.py \(bundle)")]
  }

  private static func digest(of word: String, _ digest: String) -> RepeatCommand {
    RepeatCommand(command: "printf '%s  %s\\n' \(digest) \(word) | sha256sum --check -")
  }

  /// The signature over its manifest, at the time that its time stamp proves; and for the sealer's,
  /// that it was made with the key that the seal names.
  private static func check(
    _ report: SignatureReport, seal key: String?, anchors: String, lists: Bool
  ) -> [RepeatCommand] {
    let time = report.validation.provenTime.map { " -attime \($0)" } ?? ""
    let verify =
      "openssl cms -verify -cades -binary -inform DER -in \(shellQuoted("bundle/" + report.file)) "
      + "-content \(shellQuoted("bundle/" + report.manifest)) -CAfile \(anchors) "
      + "-purpose any\(time)\(lists ? " -crl_check" : "") -out /dev/null"
    guard let key else { return [RepeatCommand(command: verify)] }
    let signer = shellQuoted("signer-" + (report.file.split(separator: "/").last ?? "") + ".pem")
    return [
      RepeatCommand(command: verify + " -signer \(signer)"),
      RepeatCommand(
        command: "openssl x509 -in \(signer) -noout -pubkey | openssl pkey -pubin -outform DER | "
          + "openssl dgst -sha256 -binary | base64 | grep -Fx \(shellQuoted(key))"),
    ]
  }

  /// Signatures that couldn't be judged, since their manifest is malformed: `openssl` says so too.
  private static func checkUnread(
    of file: ExaminedFile?, but reports: [SignatureReport]
  ) -> [RepeatCommand] {
    let judged = Set(reports.map(\.manifest))
    let manifests = file?.manifests.map(\.path) ?? []
    return manifests.filter { !judged.contains($0) && canBeTyped($0) }.compactMap { manifest in
      let signature = manifest.replacing("ASiCManifest", with: "signature")
        .replacing(".xml", with: ".p7s")
      guard file?.signatures[signature] != nil else { return nil }
      return RepeatCommand(
        command: "openssl cms -verify -cades -binary -inform DER "
          + "-in \(shellQuoted("bundle/" + signature)) -content \(shellQuoted("bundle/" + manifest)) "
          + "-noverify -out /dev/null")
    }
  }

  /// A time stamp of its own, such as an archive's, or the one inside a signature.
  private static func checkStamp(
    of report: SignatureReport, at place: StampPlace?, anchors: String
  ) -> [RepeatCommand] {
    let file = shellQuoted("bundle/" + report.file)
    let name = report.file.split(separator: "/").last ?? ""
    if report.file.hasSuffix(".tst") {
      return [
        RepeatCommand(
          command: "openssl ts -verify -token_in -in \(file) "
            + "-data \(shellQuoted("bundle/" + report.manifest)) -CAfile \(anchors)")
      ]
    }
    guard let place, let time = report.validation.provenTime else { return [] }
    let (token, value) = (shellQuoted(name + ".tst"), shellQuoted(name + ".value"))
    let certificates = shellQuoted(name + ".pem")
    return [
      RepeatCommand(
        command: "openssl asn1parse -inform DER -in \(file) -strparse \(place.token) -noout "
          + "-out \(token)"),
      RepeatCommand(
        command: "openssl asn1parse -inform DER -in \(file) -strparse \(place.value) -noout "
          + "-out \(value)"),
      RepeatCommand(
        command: "openssl pkcs7 -inform DER -in \(file) -print_certs -out \(certificates)"),
      RepeatCommand(
        command: "openssl ts -verify -token_in -in \(token) -data \(value) -CAfile \(anchors) "
          + "-untrusted \(certificates) -attime \(time)"),
    ]
  }

  /// Whether a name can stand in a command as it is printed: nothing in it is shown otherwise, or
  /// means something to `unzip` or `sha256sum`.
  private static func canBeTyped(_ name: String) -> Bool {
    !name.isEmpty && name.count <= maximumName && printable(name) == name
      && !name.contains { "*?[]\\".contains($0) }
  }

  /// A path as a word that no program takes for an option.
  private static func typed(_ path: String) -> String {
    shellQuoted(path.hasPrefix("-") ? "./" + path : path)
  }

  private static func lastComponent(_ path: String) -> String {
    // By bytes: to a String, a slash before a combining mark is no slash.
    path.utf8.split(separator: UInt8(ascii: "/")).last.flatMap { String($0) } ?? path
  }

  /// More digests are compared by `check_bundle.py` than anybody types.
  private static let maximumItems = 200
  /// A bundle of ours has at most 900; a container from elsewhere can have any number.
  private static let maximumSignatures = 1000
  /// So that a command can be read.
  private static let maximumName = 300
}
