// The views that stand on the base relations, in an order in which each uses those before it.
extension AuditViews {
  static var derived: [View] { people + transfers + obligations + affairs }

  // MARK: Who, and with whom

  private static var people: [View] {
    [
      // A person is told as far as the personal layer still has the text, and this copy carries it.
      View(
        name: "person_view",
        select: """
          SELECT e.idx AS idx, \(person("actor")) AS actor, \(person("approver")) AS approver,
            \(person("reason")) AS reason,
            (e.has_actor + e.has_approver + e.has_reason) -
              ((a.text IS NOT NULL) + (b.text IS NOT NULL) + (c.text IS NOT NULL)) AS missing,
            (a.text IS NOT NULL AND a.text = b.text) AS self_approved
          FROM entry_view e
            LEFT JOIN personal a ON a.idx = e.idx AND a.field = 'actor'
            LEFT JOIN personal b ON b.idx = e.idx AND b.field = 'approver'
            LEFT JOIN personal c ON c.idx = e.idx AND c.field = 'reason'
          """),
      // The Member States of the Union, and the States that Directive (EU) 2016/680 binds through
      // the Schengen acquis (recitals 101 to 103): to all others, Article 35 of it applies.
      View(
        name: "member_state",
        select:
          "SELECT column1 AS country, column2 AS since, column3 AS until FROM (VALUES \(states))"),
      View(
        name: "peer_view",
        select: """
          SELECT peer, max(country) AS country, max(authority) AS authority, min(time) AS first,
            max(time) AS last, count(*) AS changes
          FROM entry_view WHERE event = 'peer-change' AND peer IS NOT NULL GROUP BY peer
          """),
    ]
  }

  private static func person(_ field: String) -> String {
    let alias = ["actor": "a", "approver": "b", "reason": "c"][field, default: "a"]
    return "coalesce(\(alias).text, CASE WHEN e.has_\(field) THEN '(not here)' END)"
  }

  private static let states: String = {
    let members = [
      "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
      "IT",
      "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "IS", "NO", "CH", "LI",
    ].map { "('\($0)', '2018-05-06', NULL)" }
    // The directive applied from 6 May 2018; to the United Kingdom until the transition ended.
    return (members + ["('GB', '2018-05-06', '2021-01-01')"]).joined(separator: ", ")
  }()

  // MARK: Transfers

  private static var transfers: [View] {
    [
      View(
        name: "transfer_view",
        select: """
          SELECT t.transfer AS transfer, t.first AS time, t.direction AS direction, t.peer AS peer,
            coalesce(t.country, p.country) AS country, t.instrument AS instrument,
            t."case" AS "case", t.outcome AS outcome, t.code AS code, t.bundle AS bundle,
            t.bytes AS bytes, t.sent AS sent, t.received AS received, t.relayed AS relayed,
            t.delivered AS delivered, t.retrieved AS retrieved, t.entries AS entries
          FROM transfer_summary t LEFT JOIN peer_view p ON p.peer = t.peer
          """),
      View(
        name: "disclosure_view",
        select: """
          SELECT t.sent AS time, t.transfer AS transfer, t.peer AS peer,
            coalesce(t.country, p.country) AS country, t."case" AS "case", t.bundle AS bundle,
            t.instrument AS instrument, t.basis AS basis, t.authorisation AS authorisation,
            t.basis_until AS basis_until,
            CASE WHEN t.instrument IS NULL AND t.basis IS NULL THEN 'no-basis'
              WHEN t.authorisation IS NULL THEN 'no-authorisation'
              WHEN \(end(of: "t.basis_until")) < t.sent THEN 'expired' END AS finding
          FROM transfer_summary t LEFT JOIN peer_view p ON p.peer = t.peer
          WHERE t.sent IS NOT NULL
          """),
      View(
        name: "third_country_view",
        select: """
          SELECT t.sent AS time, t.transfer AS transfer, t.peer AS peer,
            coalesce(t.country, p.country) AS country, t."case" AS "case", t.bundle AS bundle,
            t.third_country_basis AS third_country_basis,
            t.third_country_document AS third_country_document, t.originator AS originator,
            t.originator_authorisation AS originator_authorisation,
            CASE WHEN coalesce(t.country, p.country) IS NULL THEN 'country-unknown'
              WHEN t.third_country_basis IS NULL THEN 'no-basis'
              WHEN t.third_country_document IS NULL THEN 'no-document'
              WHEN t.originator IS NOT NULL AND t.originator_authorisation IS NULL
                THEN 'no-originator-authorisation' END AS finding
          FROM transfer_summary t LEFT JOIN peer_view p ON p.peer = t.peer
          WHERE t.sent IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM member_state m WHERE m.country = coalesce(t.country, p.country)
              AND m.since <= t.sent AND (m.until IS NULL OR t.sent < m.until))
          """),
      View(
        name: "onward_view",
        select: """
          SELECT o.sent AS time, o.transfer AS transfer, o.peer AS peer, o."case" AS "case",
            o.bundle AS bundle, i.peer AS received_from, i.received AS received, o.onward AS onward,
            o.handling AS handling, c.time AS consent,
            CASE WHEN o.onward = 'forbidden' AND o.peer IS NOT o.originator THEN 'forbidden'
              WHEN c.time IS NULL AND o.peer IS NOT i.peer AND
                (o.onward = 'consent' OR o.handling = 'H2') THEN 'no-consent'
              WHEN c.time > o.sent THEN 'consent-too-late' END AS finding
          FROM transfer_summary o
            JOIN (SELECT bundle, min(peer) AS peer, min(received) AS received FROM transfer_summary
              WHERE received IS NOT NULL GROUP BY bundle) i ON i.bundle = o.bundle
            LEFT JOIN (SELECT bundle, recipient, min(time) AS time FROM entry_view
              WHERE event = 'forward-consent' GROUP BY bundle, recipient) c
              ON c.bundle = o.bundle AND c.recipient = o.peer
          WHERE o.sent IS NOT NULL
          """),
      View(
        name: "recall_view",
        select: """
          SELECT e.time AS time, e.idx AS idx, e.event AS event, e.transfer AS transfer,
            e.peer AS peer, coalesce(e."case", t."case") AS "case", e.bundle AS bundle,
            e.code AS code, t.sent AS sent,
            t.retrieved AS retrieved, (t.retrieved < e.time) AS opened_before,
            (SELECT min(k.time) FROM entry_view k WHERE k.transfer = e.transfer AND k.idx > e.idx
              AND (k.event = 'erase' OR k.kind = 'ERASURE')) AS confirmed
          FROM entry_view e LEFT JOIN transfer_summary t ON t.transfer = e.transfer
          WHERE e.event IN ('recall', 'correct')
          """),
      View(
        name: "consultation_view",
        select: """
          SELECT e.time AS time, e.idx AS idx, e.event AS event, e.transfer AS transfer,
            e.peer AS peer, coalesce(e."case", t."case") AS "case", e.bundle AS bundle, e.role AS role, p.actor AS actor,
            p.reason AS reason, CAST(strftime('%H', e.time) AS INTEGER) AS hour,
            CAST(strftime('%w', e.time) AS INTEGER) AS weekday,
            CASE WHEN p.reason = '(not here)' THEN NULL
              WHEN trim(coalesce(p.reason, '')) = '' THEN 'empty'
              WHEN length(trim(p.reason)) < 3 OR lower(trim(p.reason)) IN \(boilerPlate)
                THEN 'boiler-plate' END AS finding
          FROM entry_view e JOIN person_view p ON p.idx = e.idx
            LEFT JOIN transfer_summary t ON t.transfer = e.transfer
          WHERE e.event = 'retrieve' OR (e.event = 'export' AND e.outcome IS NOT 'log')
          """),
      View(
        name: "denial_view",
        select: """
          SELECT time, idx, event, peer, "case", transfer, code, coalesce(count, 1) AS count,
            CASE WHEN code IN ('UNKNOWN_CERTIFICATE', 'CERTIFICATE_FORM', 'CERTIFICATE_PATH',
                'CERTIFICATE_EXPIRED', 'CERTIFICATE_NOT_YET_VALID', 'CERTIFICATE_REVOKED',
                'CERTIFICATE_KEY', 'REVOCATION_UNKNOWN', 'PEER_EXPIRED', 'PEER_NOT_YET_VALID',
                'DIRECTORY_EXPIRED', 'WITHDRAWN_PEER', 'NO_CERTIFICATE', 'REVOKED')
                THEN 'certificate'
              WHEN code = 'TLS_HANDSHAKE' THEN 'tls'
              WHEN code IN ('OFFER_SIGNATURE', 'CARRIER', 'NOT_VERIFIED', 'CANNOT_BE_DECIDED')
                THEN 'signature'
              WHEN code IN ('EXPIRED', 'RELEASE', 'ONWARD_FORBIDDEN', 'ROLE') THEN 'terms'
              WHEN code IN ('CIPHERTEXT_DIGEST', 'DECRYPTION', 'CONTAINER', 'BUNDLE_DIFFERS')
                THEN 'content'
              WHEN code IN ('OFFER', 'FORMAT') THEN 'form'
              WHEN code IN ('REPLAY', 'DIFFERENT') THEN 'replay'
              WHEN code = 'DEADLINE' THEN 'not reached'
              WHEN code = 'SUMMARY' THEN 'not logged singly' ELSE 'other' END AS class
          FROM entry_view WHERE event = 'denied' OR (event = 'reject' AND outcome IS NOT 'cancelled')
            OR (event = 'receipt-in' AND
              (kind LIKE '%REJECTION' OR kind LIKE '%FAILURE' OR kind = 'NON_DELIVERY'))
          """),
    ]
  }

  /// What people write who have nothing to say; compared without case.
  private static let boilerPlate =
    "('test', 'n/a', 'none', 'work', 'case', 'case work', 'reason', 'other', 'misc', 'asdf', 'xxx', '---')"
}
