import AuditLog
import CAdES
import DurableFiles
import Evidence
import Glibc
import Redaction

// What `doctor` says of secrets and of the proofs of who the node is: clock, keys, folders, certificates.

/// Time stamps, validity and the order of the log hang on the clock.
func examineClock() -> Finding {
  let clock = ClockReading.system()
  guard clock.source == .synchronised else {
    return Finding(
      "clock", .doubtful,
      "nothing keeps this machine's clock right as far as the kernel knows: run NTP")
  }
  let error = clock.errorMilliseconds.map { ", right to \($0) ms at worst" } ?? ""
  return Finding("clock", .good, "kept right by NTP\(error)")
}

func examineKeys(_ home: NodeHome) -> [Finding] {
  var findings = NodeHome.keyNames.map { name in
    Finding("key.\(name)", examining: { try open(name, of: home) })
  }
  if (try? home.nextCosignerKeys().isEmpty) == false {
    findings.append(
      Finding(
        "key.cosigner-next", .doubtful,
        "waits: give peers the card, then `rogatory keys activate cosigner`"))
  }
  if home.hasKeyLeftovers {
    findings.append(
      Finding(
        "keys", .bad,
        "a change of the passphrase was broken off, and keys-old/ or keys-next/ is left: do it again"
      ))
  } else if !home.keysAreEncrypted, !home.configuration.development {
    findings.append(
      Finding("keys", .doubtful, "without a passphrase: `rogatory keys encrypt` gives them one"))
  }
  return findings
}

private func open(_ name: String, of home: NodeHome) throws -> String {
  switch name {
  case "age.key": _ = try home.identities()
  case "log.key": _ = try home.logSigner()
  case "cosigner.key": _ = try home.cosigner()
  default: _ = try home.signingKey("keys/" + name)
  }
  return home.isEncrypted("keys/" + name)
    ? "under a passphrase, readable by this user alone" : "readable by this user alone"
}

extension Finding {
  /// The finding about a key that `open` opens; it says how it is kept.
  fileprivate init(_ id: String, examining open: () throws -> String) {
    do { self.init(id, .good, try open()) } catch NodeError.openKey(let name, let mode) {
      self.init(id, .bad, "mode \(mode): others can read it; chmod 600 \(name)")
    } catch NodeError.passphraseNeeded {
      self.init(id, .doubtful, "under a passphrase that nobody gave: not opened")
    } catch NodeError.wrongPassphrase {
      self.init(id, .bad, "the passphrase given doesn't open it, or the file is damaged")
    } catch NodeError.costlyKey(_, let workFactor) {
      self.init(id, .bad, "encrypted at a cost of 2^\(workFactor), more than is accepted")
    } catch NodeError.malformed(let name) {
      self.init(id, .bad, "\(name) doesn't belong to it: restore both from the backup")
    } catch {
      self.init(id, .bad, "can't be read: \(error)")
    }
  }
}

/// Evidence and keys lie in folders that nobody else may enter.
func examineFolders(_ home: NodeHome) -> [Finding] {
  ["", "keys", "inbox", "outbox", "quarantine"].map { name in
    let id = name.isEmpty ? "folder" : "folder.\(name)"
    guard let facts = try? facts(ofFile: home.file(name)), facts.kind == .directory else {
      return Finding(id, .bad, "is missing: mkdir -m 700 \(home.file(name))")
    }
    guard facts.mode & 0o077 == 0 else {
      return Finding(
        id, .bad,
        "mode \(String(facts.mode & 0o777, radix: 8)): others can look into it; chmod 700 \(home.file(name))"
      )
    }
    return Finding(id, .good, "mode \(String(facts.mode & 0o777, radix: 8))")
  }
}

func examineCertificates(_ home: NodeHome, _ now: Int64) -> [Finding] {
  guard let rows = try? home.certificates() else {
    return [Finding("certificates", .bad, "pki/anchors.pem can't be read")]
  }
  let revoked = (try? DevelopmentAuthority(home))?.revokedCertificates() ?? []
  var findings = rows.map { row in
    examine(row, isRevoked: revoked.contains(row.certificate.sha256), now)
  }
  if let authority = try? DevelopmentAuthority(home), (try? authority.nextRoot()) != nil {
    findings.append(
      Finding(
        "certificate.root-next", .doubtful,
        "waits: give peers the card, then `rogatory pki activate root`"))
  }
  for use in CertifiedUse.allCases {
    if !rows.contains(where: { $0.use == use.rawValue }) {
      findings.append(
        Finding(
          "certificate.\(use.rawValue)", .bad, "missing: have pki/\(use.rawValue).csr signed"))
    }
    findings += examineNext(home, use)
  }
  return findings
}

private func examine(
  _ row: NodeHome.CertificateRow, isRevoked: Bool, _ now: Int64
) -> Finding {
  let id = "certificate.\(row.use)"
  let verb = row.renewed.map { ": `rogatory pki renew \($0)`" } ?? ""
  if isRevoked { return Finding(id, .bad, "revoked: have a new one issued\(verb)") }
  let end = StatementTime(unixSeconds: row.certificate.notAfter)?.text ?? "?"
  if now < row.certificate.notBefore {
    return Finding(id, .bad, "not valid yet: this machine's clock may be behind")
  }
  if now > row.certificate.notAfter {
    return Finding(id, .bad, "expired on \(end): have it renewed\(verb)")
  }
  let left = (row.certificate.notAfter - now) / 86_400
  return left < 30
    ? Finding(id, .doubtful, "valid until \(end), \(left) days: renew it now\(verb)")
    : Finding(id, .good, "valid until \(end), \(left) days")
}

/// A renewal that somebody began is easily forgotten halfway.
private func examineNext(_ home: NodeHome, _ use: CertifiedUse) -> [Finding] {
  let id = "certificate.\(use.nextName)"
  if home.has("pki/\(use.nextName).pem") {
    return [
      Finding(
        id, .doubtful,
        "waits: give peers the card, then `rogatory pki activate \(use.rawValue)`")
    ]
  }
  guard home.has("pki/\(use.nextName).csr") else { return [] }
  return [
    Finding(
      id, .doubtful,
      "have pki/\(use.nextName).csr signed, then `rogatory pki install` the answer")
  ]
}

/// The lists that signatures carry; only what is kept here is looked at.
func examineRevocation(_ home: NodeHome, _ now: Int64) -> [Finding] {
  if home.configuration.development {
    let list = try? RevocationList.parsePEM(home.text("pki/crl.pem")).first
    return [finding("revocation", "pki/crl.pem", list, now, isRenewedHere: true)]
  }
  let sources = home.configuration.crl ?? []
  guard !sources.isEmpty || !(home.configuration.ocsp ?? []).isEmpty else {
    return [
      Finding(
        "revocation", .doubtful,
        "no source: signatures stay below B-LT; set crl or ocsp in node.yaml")
    ]
  }
  return sources.enumerated().map { index, source in
    finding(
      "revocation.\(index + 1)", source, RevocationSources(home: home).kept(source), now,
      isRenewedHere: false)
  }
}

private func finding(
  _ id: String, _ source: String, _ list: RevocationList?, _ now: Int64, isRenewedHere: Bool
) -> Finding {
  guard let list else {
    return Finding(id, .doubtful, "\(source): no list is here yet; the next signature asks for it")
  }
  guard let end = list.nextUpdate else { return Finding(id, .good, "\(source): without an end") }
  let text = StatementTime(unixSeconds: end)?.text ?? "?"
  guard now > end else { return Finding(id, .good, "\(source): current until \(text)") }
  return Finding(
    id, .doubtful,
    "\(source): the list here ended on \(text); "
      + (isRenewedHere ? "the next signature issues a new one" : "is its source reached?"))
}
