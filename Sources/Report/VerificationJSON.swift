import CAdES
public import CanonicalJSON
import Evidence
public import Redaction

extension VerificationReport {
  /// The object of `verify --json`. Withheld values are absent keys, not null.
  public var json: JSONStream {
    var object = JSONStream([
      "verdict": .string(verification.verdict.rawValue),
      "signatures": .array(verification.signatures.map(json)),
      "checks": .array(verification.checks.map(json)),
      "limits": .array(limits.map { .string($0) }),
      "repeat": .array(repeatCommands.map { .string($0) }),
    ])
    object["items"] = .array(verification.items) { .value(Self.json($0)) }
    object["redactions"] = .array(count: verification.records.count) {
      [records = verification.records] in Self.json($0 + 1, records[$0])
    }
    if let seal = verification.seal {
      let bundle: JSON = [
        "id": .string(seal.bundleID), "items": .integer(Int64(seal.itemCount)),
        "withheld": .integer(Int64(verification.withheldCount)),
        "sealer": .string(seal.sealer.node), "sealedAt": .string(seal.time.text),
        "root": .string(seal.root.base64),
      ]
      object["bundle"] = .value(bundle.adding("view", verification.viewID.map { .string($0) }))
    }
    if !verification.records.isEmpty { object["withheld"] = WithheldSummary(verification).json }
    if let carrier = verification.carrier { object["carrier"] = .value(.string(carrier)) }
    if let terms = verification.terms { object["terms"] = .value(terms.json) }
    if let release = verification.release { object["release"] = .value(release.json) }
    return object
  }

  private func json(_ check: Check) -> JSON {
    .object([
      "id": .string(check.id), "result": .string(check.result.rawValue),
      "detail": .string(check.detail),
    ])
  }

  private func json(_ report: SignatureReport) -> JSON {
    let validation = report.validation
    var object: [String: JSON] = [
      "file": .string(report.file), "role": .string(report.role.rawValue),
      "result": .string(report.result.indication),
      "level": .string(validation.level.rawValue),
    ]
    if let sub = report.result.subIndication { object["subIndication"] = .string(sub.rawValue) }
    if let signer = validation.signer {
      object["signer"] = .object([
        "subject": .string(signer.subject), "issuer": .string(signer.issuer),
        "serial": .string(signer.serial), "sha256": .string(hex(signer.sha256)),
      ])
    }
    if let time = validation.claimedTime { object["claimedTime"] = .string(timeText(time)) }
    if let time = validation.provenTime { object["provenTime"] = .string(timeText(time)) }
    if let by = validation.provenBy { object["provenBy"] = .string(by) }
    if let anchor = validation.anchor {
      object["anchor"] = .object([
        "subject": .string(anchor.subject), "sha256": .string(hex(anchor.sha256)),
      ])
    }
    return .object(object)
  }

  private static func json(_ item: ItemReport) -> JSON {
    var object: [String: JSON] = [
      "index": .integer(Int64(item.number)), "state": .string(item.state.rawValue),
      "result": .string(item.failures.isEmpty ? "pass" : "fail"),
    ]
    if let name = item.name { object["name"] = .string(name) }
    if let path = item.path { object["file"] = .string(path) }
    if let size = item.size { object["size"] = .integer(Int64(clamping: size)) }
    if let digest = item.sha256 { object["sha256"] = .string(digest) }
    if let type = item.headers["media-type"] { object["mediaType"] = .string(type) }
    if item.withheldLeaves > 0 {
      object["withheldLeaves"] = .integer(Int64(clamping: item.withheldLeaves))
    }
    if !item.failures.isEmpty { object["failures"] = .array(item.failures.map { .string($0) }) }
    return .object(object)
  }

  private static func json(_ step: Int, _ record: RedactionRecord) -> JSONStream {
    var object = JSONStream([
      "step": .integer(Int64(step)), "redactor": .string(record.redactor.node),
      "proposer": .string(record.proposer), "closed": .bool(record.isClosed),
      "time": .string(record.time.text),
    ])
    object["cuts"] = .array(record.cuts) { .value($0.json) }
    if let approver = record.approver { object["approver"] = .value(.string(approver)) }
    if !record.grants.isEmpty { object["grants"] = .value(record.grantsJSON) }
    return object
  }
}

extension RedactionRecord {
  /// Whom a record lets redact, as `verify --json` and `grant --json` give it.
  public var grantsJSON: JSON {
    .array(
      grants.map { .object(["node": .string($0.node), "anchor": .string($0.anchor.base64)]) })
  }
}

extension Cut {
  /// The cut as `verify --json` and the listings give it.
  var json: JSON {
    var object: [String: JSON] = [
      "item": .integer(Int64(item)), "code": .string(code), "basis": .string(basis),
      "rule": .integer(Int64(clamping: rule)),
    ]
    func add(_ name: JSON, _ range: Range<UInt64>) {
      object["part"] = name
      object["from"] = .integer(Int64(clamping: range.lowerBound))
      object["to"] = .integer(Int64(clamping: range.upperBound))
    }
    switch part {
    case .all: object["part"] = "all"
    case .header(let range): add("header", range)
    case .content(let range): add("content", range)
    }
    if let shown { object["shown"] = .string(shown) }
    return .object(object)
  }
}

/// Unix seconds as RFC 3339 in UTC; a time that has no such form is given as a number.
public func timeText(_ unixSeconds: Int64) -> String {
  StatementTime(unixSeconds: unixSeconds)?.text ?? String(unixSeconds)
}
