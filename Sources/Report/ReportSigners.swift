import CAdES
import Evidence

// Points 5, 6, 14 and 15: who signed, when, with what kind of signature, and how strong it is.
extension ReportBuilder {
  var signers: [ReportBlock] {
    guard !verification.signatures.isEmpty else { return [paragraph(.noSignatures)] }
    return [paragraph(.signersMeaning)]
      + verification.signatures.prefix(Self.maximumSignatures).map {
        .facts(facts(of: $0), caption: "\(roleWords($0.role)), \($0.file)")
      }
      + (verification.signatures.count > Self.maximumSignatures
        ? [paragraph(.andMore, String(verification.signatures.count - Self.maximumSignatures))]
        : []) + anchorBlocks
  }

  private func facts(of report: SignatureReport) -> [ReportFact] {
    let validation = report.validation
    var facts = [
      ReportFact(say[.covers], .code(report.manifest)),
      ReportFact(say[.result], outcome(report.result)),
    ]
    guard let signer = validation.signer else {
      return facts + [ReportFact(say[.certificate], words(.noCertificate))]
    }
    facts += [
      ReportFact(say[.authority], given(signer.organization ?? signer.commonName)),
      ReportFact(say[.certificate], .given(signer.subject)),
      ReportFact(say[.issuer], .given(signer.issuer)),
      ReportFact(say[.serial], .code(signer.serial)),
      ReportFact(
        say[.validity],
        words(.fromTo, timeText(signer.notBefore), timeText(signer.notAfter))),
      ReportFact(say[.certificateDigest], .code(hex(signer.sha256))),
      ReportFact(say[.status], status(of: report)),
      ReportFact(say[.anchor], anchorFact(validation.anchor)),
    ]
    if let commitment = validation.commitment {
      facts.append(
        ReportFact(
          say[.commitment],
          .words(say.named("commitment.\(commitment.rawValue)") ?? commitment.rawValue)))
    }
    return facts
  }

  func outcome(_ result: ValidationResult) -> [ReportText] {
    guard let sub = result.subIndication else { return [.words(resultWords(result))] }
    let meaning = say.named("sub.\(sub.rawValue)")
    return [.words(resultWords(result)), .code(sub.rawValue)] + (meaning.map { [.words($0)] } ?? [])
  }

  /// Whether the certificate stood when the signature was made, and how that is known.
  private func status(of report: SignatureReport) -> [ReportText] {
    let validation = report.validation
    guard let proven = validation.provenTime else { return [words(.statusNotProven)] }
    switch validation.result {
    case .passed: return [words(.statusGood, timeText(proven)), words(.statusSource)]
    case .failed(let sub) where sub == .revoked: return [words(.statusRevoked, timeText(proven))]
    case .failed, .indeterminate: return [words(.statusOpen, timeText(proven))]
    }
  }

  private func anchorFact(_ anchor: Certificate?) -> [ReportText] {
    guard let anchor else { return [words(.noAnchor)] }
    return [.given(anchor.subject), .code(hex(anchor.sha256))]
  }

  private var anchorBlocks: [ReportBlock] {
    guard !order.anchors.isEmpty else { return [paragraph(.noAnchorsGiven)] }
    return [paragraph(.anchorsMeaning)]
      + order.anchors.prefix(Self.maximumAnchors).map { source in
        let certificate = source.certificate
        return .facts(
          [
            ReportFact(say[.certificate], .given(certificate.subject)),
            ReportFact(say[.fingerprint], .code(certificate.fingerprint)),
            ReportFact(
              say[.validity],
              words(.fromTo, timeText(certificate.notBefore), timeText(certificate.notAfter))),
            ReportFact(say[.origin], source.path.map { .given($0) } ?? words(.fromHome)),
            ReportFact(say[.speaksFor], source.node.map { .given($0) } ?? words(.anyNode)),
          ], caption: say[.anchor])
      }
      + (order.anchors.count > Self.maximumAnchors
        ? [paragraph(.andMore, String(order.anchors.count - Self.maximumAnchors))] : [])
  }

  var times: [ReportBlock] {
    guard !verification.signatures.isEmpty else { return [paragraph(.noSignatures)] }
    var table = ReportTable(
      caption: say[.timesCaption],
      columns: [
        say[.signature], say[.claimedTime], say[.provenTime], say[.provenBy], say[.difference],
      ], widths: [15, 25, 25, 20, 15])
    for report in verification.signatures {
      let validation = report.validation
      table.add([
        .words("\(roleWords(report.role)), \(report.file)"), time(validation.claimedTime),
        validation.provenTime.map { .time(timeText($0)) } ?? words(.notProven),
        given(validation.provenBy), difference(validation),
      ])
    }
    return [.table(table), paragraph(.timesMeaning)]
  }

  func difference(_ validation: SignatureValidation) -> ReportText {
    guard let claimed = validation.claimedTime, let proven = validation.provenTime else {
      return words(.none)
    }
    return .words(say(.seconds, String(proven - claimed)))
  }

  var signatureKind: [ReportBlock] {
    let levels = Set(verification.signatures.map(\.validation.level.rawValue)).sorted()
    return [
      paragraph(order.profile == .eu ? .kindEU : .kind),
      paragraph(.levels, levels.isEmpty ? say[.none] : levels.joined(separator: ", ")),
      paragraph(.kindPerson),
    ]
  }

  var algorithms: [ReportBlock] {
    var table = ReportTable(
      caption: say(.algorithmsCaption, String(timeText(order.time).prefix(10))),
      columns: [say[.use], say[.algorithm], say[.strength]], widths: [25, 25, 50])
    table.add([words(.useDigests), .code("SHA-256"), words(.strong)])
    var seen: Set<String> = []
    for report in verification.signatures {
      let keys: [(Phrase, Certificate?)] = [
        (.useSignatures, report.validation.signer), (.useStamps, report.validation.authority),
      ]
      for (use, certificate) in keys {
        guard let certificate else { continue }
        let key = KeyKind(spki: certificate.spki)
        guard seen.insert("\(use) \(key.name)").inserted else { continue }
        table.add([words(use), .code(key.name), words(key.strength)])
      }
    }
    return [.table(table), paragraph(.algorithmsMeaning), paragraph(.quantum)]
  }

  /// A federation has some dozens of nodes.
  private static let maximumAnchors = 200
  /// A bundle of ours has at most 900; a container from elsewhere can have any number.
  private static let maximumSignatures = 1000
}

extension Certificate {
  /// As `openssl x509 -fingerprint -sha256` prints it.
  var fingerprint: String {
    sha256.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }
      .joined(separator: ":")
  }
}

/// A public key by its kind and size, from its SubjectPublicKeyInfo.
private struct KeyKind {
  let name: String
  let strength: Phrase

  init(spki: [UInt8]) {
    func has(_ identifier: [UInt8]) -> Bool { spki.prefix(32).contains(identifier) }
    if has([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]) {
      (name, strength) = ("ECDSA P-256", .strong)
    } else if has([0x2B, 0x81, 0x04, 0x00, 0x22]) {
      (name, strength) = ("ECDSA P-384", .strong)
    } else if has([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01]) {
      // What frames the modulus has some forty bytes; sizes in use are multiples of 512 bits.
      let bits = (spki.count - 24) / 64 * 512
      (name, strength) = ("RSA \(bits)", bits >= 3072 ? .strong : bits >= 2048 ? .until2030 : .weak)
    } else {
      (name, strength) = ("?", .strengthUnknown)
    }
  }
}
