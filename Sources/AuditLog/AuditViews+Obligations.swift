// What is due, what is kept, and the node's own affairs.
extension AuditViews {
  static var obligations: [View] {
    [
      View(
        name: "deadline_view",
        select: """
          SELECT e.due AS due, e.idx AS idx, e.time AS time, e.event AS event,
            e.transfer AS transfer, coalesce(e.peer, e.recipient, e.sender) AS peer,
            e."case" AS "case", e.deadline AS deadline, m.time AS met,
            (m.time > \(end(of: "e.due"))) AS met_late
          FROM entry_view e LEFT JOIN (SELECT meets, min(time) AS time FROM entry_view
            WHERE meets IS NOT NULL GROUP BY meets) m ON m.meets = e.idx
          WHERE e.due IS NOT NULL
          """),
      View(
        name: "hold_view",
        select: """
          SELECT h.time AS time, h.idx AS idx, h.bundle AS bundle, h.transfer AS transfer,
            h.peer AS peer, h."case" AS "case", h.hold_order AS hold_order, h.hold_until AS until,
            (SELECT min(l.time) FROM entry_view l WHERE l.event = 'hold' AND l.bundle IS h.bundle
              AND (h.bundle IS NOT NULL OR l."case" IS h."case")
              AND l.outcome = 'lifted' AND l.hold_order IS h.hold_order AND l.idx > h.idx) AS lifted
          FROM entry_view h WHERE h.event = 'hold' AND h.outcome = 'placed'
          """),
      View(
        name: "retention_view",
        select: """
          SELECT t.delete_by AS delete_by, t.transfer AS transfer, t.bundle AS bundle,
            t.peer AS peer, t."case" AS "case", t.delivered AS delivered, t.review_on AS review_on,
            x.time AS erased, x.certificate AS certificate,
            (h.until IS NOT NULL OR c.until IS NOT NULL) AS held,
            \(end(of: "t.delete_by")) AS delete_at,
            nullif(max(coalesce(h.until, ''), coalesce(c.until, '')), '') AS held_until
          FROM transfer_summary t
            LEFT JOIN (SELECT transfer, min(time) AS time, max(certificate) AS certificate
              FROM entry_view WHERE event = 'erase' AND transfer IS NOT NULL GROUP BY transfer) x
              ON x.transfer = t.transfer
            LEFT JOIN (SELECT bundle, \(lastEnd) AS until FROM hold_view
              WHERE lifted IS NULL AND bundle IS NOT NULL GROUP BY bundle) h ON h.bundle = t.bundle
            LEFT JOIN (SELECT "case", \(lastEnd) AS until FROM hold_view
              WHERE lifted IS NULL AND bundle IS NULL GROUP BY "case") c ON c."case" = t."case"
          WHERE t.direction = 'in' AND t.delivered IS NOT NULL
          """),
    ]
  }

  /// When the last of several holds ends; one without an end comes after all.
  private static var lastEnd: String { "max(coalesce(\(end(of: "until")), '9999'))" }

  static var affairs: [View] {
    [
      View(
        name: "redact_view",
        select: """
          SELECT e.time AS time, e.idx AS idx, e.bundle AS bundle, e."case" AS "case",
            e.outcome AS outcome, p.actor AS actor, p.approver AS approver,
            p.self_approved AS self_approved,
            coalesce((SELECT sum(count) FROM redaction_view r WHERE r.idx = e.idx), 0) AS cuts
          FROM entry_view e JOIN person_view p ON p.idx = e.idx WHERE e.event = 'redact'
          """),
      View(
        name: "approval_view",
        select: """
          SELECT e.time AS time, e.idx AS idx, e.event AS event, e.transfer AS transfer,
            coalesce(e.peer, e.recipient) AS peer, e.bundle AS bundle, e."case" AS "case",
            e.outcome AS outcome, p.actor AS actor, p.approver AS approver,
            CASE WHEN p.self_approved THEN 'self-approved'
              WHEN NOT e.has_approver THEN 'no-second-person' END AS finding
          FROM entry_view e JOIN person_view p ON p.idx = e.idx
          WHERE e.event IN ('release', 'redact', 'approve', 'peer-change')
          """),
      View(
        name: "trust_view",
        select: """
          SELECT e.time AS time, e.idx AS idx, e.event AS event, e.peer AS peer,
            e.country AS country, e.outcome AS outcome, e.code AS code, p.actor AS actor,
            p.approver AS approver,
            CASE WHEN p.self_approved THEN 'self-approved'
              WHEN e.event = 'peer-change' AND NOT e.has_approver THEN 'no-second-person'
              END AS finding
          FROM entry_view e JOIN person_view p ON p.idx = e.idx
          WHERE e.event IN ('key-change', 'peer-change')
          """),
      View(
        name: "administration_view",
        select: """
          SELECT e.time AS time, e.idx AS idx, e.event AS event, e.peer AS peer, e.code AS code,
            e.outcome AS outcome, e.rule AS rule, p.actor AS actor, p.approver AS approver
          FROM entry_view e JOIN person_view p ON p.idx = e.idx
          WHERE e.event IN ('config', 'key-change', 'peer-change', 'login', 'clock', 'fork') OR
            (e.event = 'erase' AND e.rule IS NOT NULL) OR (e.event = 'export' AND e.outcome = 'log')
          """),
      View(
        name: "software_view",
        select: """
          SELECT software, configuration, min(time) AS first, max(time) AS last,
            min(idx) AS first_entry, max(idx) AS last_entry, count(*) AS entries
          FROM entry_view GROUP BY software, configuration
          """),
      View(
        name: "reading_view",
        select: """
          SELECT e.time AS time, e.idx AS idx, e.event AS event, e.report AS report,
            e.code AS code, e.outcome AS outcome, e.peer AS peer, e.transfer AS transfer,
            e."case" AS "case", p.actor AS actor, p.reason AS reason
          FROM entry_view e JOIN person_view p ON p.idx = e.idx
          WHERE e.event = 'audit-query' OR (e.event = 'export' AND e.outcome = 'log')
          """),
      View(
        name: "witness_view",
        select: """
          SELECT substr(vkey, 1, instr(vkey, '+') - 1) AS witness, count(*) AS cosignatures,
            max(size) AS size,
            strftime('%Y-%m-%dT%H:%M:%fZ', min(time) / 1000.0, 'unixepoch') AS first,
            strftime('%Y-%m-%dT%H:%M:%fZ', max(time) / 1000.0, 'unixepoch') AS last
          FROM cosignatures GROUP BY vkey
          """),
    ]
  }
}
