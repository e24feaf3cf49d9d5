import GRDB

// Q8, Q10, Q12 to Q15 and Q19 to Q21: what was due, who decided, and the node's own affairs.
extension AuditRequest {
  var overdueTables: [AuditTable] {
    let unanswered = Timestamp.text(now - Int64(answerHours) * 3_600_000)
    return [
      AuditTable(
        "open", "Past their end, and nothing met them", self,
        """
        SELECT due, idx, time, event, peer, "case", transfer, deadline FROM deadline_view
        WHERE met IS NULL AND \(sql: AuditViews.end(of: "due")) < \(nowText) AND \(filter())
        ORDER BY due, idx
        """),
      AuditTable(
        "late", "Met after their end", self,
        """
        SELECT due, met, idx, event, peer, "case", transfer, deadline FROM deadline_view
        WHERE met_late AND \(filter()) ORDER BY due, idx
        """),
      AuditTable(
        "unanswered",
        "Sent more than \(answerHours) hours ago, and no receipt says what became of it",
        self,
        """
        SELECT time, transfer, peer, "case", bundle, sent, relayed FROM transfer_view
        WHERE sent < \(unanswered) AND outcome IN ('sent', 'relayed') AND \(filter())
        ORDER BY time, transfer
        """),
      AuditTable(
        "totals", "Deadlines by state", self,
        """
        SELECT CASE WHEN met_late THEN 'met late' WHEN met IS NOT NULL THEN 'met'
          WHEN \(sql: AuditViews.end(of: "due")) < \(nowText) THEN 'overdue' ELSE 'running' END AS state,
          count(*) AS count FROM deadline_view WHERE \(filter()) GROUP BY 1 ORDER BY 1
        """),
    ]
  }

  var retentionTables: [AuditTable] {
    let soon = Timestamp.text(now + Int64(soonDays) * 86_400_000)
    let kept = FilterColumns(time: "delivered")
    return [
      AuditTable(
        "overdue", "Kept past the date by which it was to be deleted, with no hold", self,
        filteredBy: kept,
        """
        SELECT delete_by, transfer, bundle, peer, "case", delivered FROM retention_view
        WHERE erased IS NULL AND coalesce(held_until, '') < \(nowText) AND delete_at < \(nowText)
          AND \(filter(kept))
        ORDER BY delete_by, transfer
        """),
      AuditTable(
        "due_soon", "To be deleted within \(soonDays) days", self, filteredBy: kept,
        """
        SELECT delete_by, transfer, bundle, peer, "case", delivered, held FROM retention_view
        WHERE erased IS NULL AND delete_at >= \(nowText) AND delete_at < \(soon) AND \(filter(kept))
        ORDER BY delete_by, transfer
        """),
      AuditTable(
        "holds", "Holds, those without an end first", self,
        """
        SELECT time, bundle, peer, "case", hold_order, until, lifted FROM hold_view
        WHERE \(filter()) ORDER BY lifted IS NOT NULL, until IS NOT NULL, time
        """),
      AuditTable(
        "hold_totals", "Holds by state", self,
        """
        SELECT CASE WHEN lifted IS NOT NULL THEN 'lifted' WHEN until IS NULL THEN 'without an end'
          WHEN \(sql: AuditViews.end(of: "until")) < \(nowText) THEN 'over' ELSE 'with an end'
          END AS state, count(*) AS count FROM hold_view WHERE \(filter()) GROUP BY 1 ORDER BY 1
        """),
      AuditTable(
        "erased", "Erased, and whether a certificate says so", self, filteredBy: kept,
        """
        SELECT erased, transfer, bundle, peer, "case", delete_by, certificate IS NOT NULL AS certified
        FROM retention_view WHERE erased IS NOT NULL AND \(filter(kept)) ORDER BY erased, transfer
        """),
      AuditTable(
        "texts", "Entries that erased personal texts of the log, by rule", self,
        filteredBy: .timeOnly,
        """
        SELECT rule, count(*) AS entries, min(time) AS first, max(time) AS last FROM entry_view
        WHERE event = 'erase' AND rule IS NOT NULL AND \(filter(.timeOnly)) GROUP BY rule ORDER BY rule
        """),
    ]
  }

  var redactionTables: [AuditTable] {
    let columns = FilterColumns(peer: nil)
    let joined = FilterColumns(time: "e.time", peer: nil, caseReference: "e.\"case\"")
    return [
      AuditTable(
        "redactions", "Every redaction", self, filteredBy: columns,
        "SELECT * FROM redact_view WHERE \(filter(columns)) ORDER BY idx"),
      AuditTable(
        "approvals", "Acts for two that one person did", self,
        """
        SELECT * FROM approval_view WHERE finding IS NOT NULL AND event <> 'peer-change'
          AND \(filter()) ORDER BY idx
        """),
      AuditTable(
        "by_code", "Withheld places by reason", self, filteredBy: columns,
        """
        SELECT r.code AS code, count(*) AS redactions, sum(r.count) AS places
        FROM redaction_view r JOIN entry_view e ON e.idx = r.idx WHERE \(filter(joined))
        GROUP BY r.code ORDER BY r.code
        """),
      AuditTable(
        "by_person", "By the officer who redacted", self, filteredBy: columns,
        """
        SELECT actor, count(*) AS redactions, sum(cuts) AS places, sum(self_approved) AS self_approved
        FROM redact_view WHERE \(filter(columns)) GROUP BY actor ORDER BY actor
        """),
      AuditTable(
        "released_whole", "Released with nothing withheld, by peer", self,
        filteredBy: FilterColumns(peer: "recipient"),
        """
        SELECT recipient AS peer, count(*) AS releases FROM entry_view
        WHERE event = 'release' AND record IS NULL AND \(filter(FilterColumns(peer: "recipient")))
        GROUP BY recipient ORDER BY recipient
        """),
    ]
  }

  var denialTables: [AuditTable] {
    [
      AuditTable(
        "denials", "Refusals in the order of the log", self,
        "SELECT * FROM denial_view WHERE \(filter()) ORDER BY idx"),
      AuditTable(
        "by_code", "By class, code and peer", self,
        """
        SELECT class, code, peer, sum(count) AS count FROM denial_view WHERE \(filter())
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """),
    ]
  }

  var recallTables: [AuditTable] {
    func minutes(_ from: String, _ to: String) -> SQL {
      "CAST(round((julianday(\(sql: to)) - julianday(\(sql: from))) * 1440) AS INTEGER)"
    }
    return [
      AuditTable(
        "recalls", "Recalls and corrections", self,
        """
        SELECT *, \(minutes("sent", "time")) AS minutes_to_recall,
          \(minutes("time", "confirmed")) AS minutes_to_confirm
        FROM recall_view WHERE \(filter()) ORDER BY idx
        """),
      AuditTable(
        "totals", "By reason", self,
        """
        SELECT event, code, count(*) AS count, sum(opened_before) AS opened_before,
          count(confirmed) AS confirmed FROM recall_view WHERE \(filter())
        GROUP BY 1, 2 ORDER BY 1, 2
        """),
    ]
  }

  var trustTables: [AuditTable] {
    [
      AuditTable(
        "changes", "Keys and peers", self, filteredBy: .timeAndPeer,
        "SELECT * FROM trust_view WHERE \(filter(.timeAndPeer)) ORDER BY idx"),
      totals("trust_view", "Changes by finding", .timeAndPeer),
    ]
  }

  var administrationTables: [AuditTable] {
    [
      AuditTable(
        "acts", "What was done to the node", self, filteredBy: .timeAndPeer,
        "SELECT * FROM administration_view WHERE \(filter(.timeAndPeer)) ORDER BY idx"),
      AuditTable(
        "versions", "Versions of the program, and configurations, that wrote the log", self,
        filteredBy: .none, "SELECT * FROM software_view ORDER BY first_entry"),
    ]
  }

  var clockTables: [AuditTable] {
    [
      AuditTable(
        "steps",
        "Where time went back, or moved otherwise than the machine's own counter; in seconds", self,
        filteredBy: .timeOnly,
        """
        SELECT idx, time, previous, step FROM clock_step_view WHERE \(filter(.timeOnly)) ORDER BY idx
        """),
      AuditTable(
        "offsets", "Clocks that were off, or may have been, by more than \(toleratedOffset) ms",
        self,
        filteredBy: .timeAndPeer,
        """
        SELECT idx, time, event, peer, clock_source, clock_offset, clock_error FROM entry_view
        WHERE (abs(clock_offset) > \(toleratedOffset * 1000) OR clock_error > \(toleratedOffset))
          AND \(filter(.timeAndPeer)) ORDER BY idx
        """),
      AuditTable(
        "noted", "What the log noted itself: its own clock's steps, and peers' clocks that differ",
        self,
        filteredBy: .timeAndPeer,
        """
        SELECT idx, time, code, peer, milliseconds FROM entry_view
        WHERE event = 'clock' AND code IS NOT NULL AND \(filter(.timeAndPeer)) ORDER BY idx
        """),
      AuditTable(
        "by_source", "Where times came from", self, filteredBy: .timeOnly,
        """
        SELECT clock_source, count(*) AS entries, min(time) AS first, max(time) AS last
        FROM entry_view WHERE \(filter(.timeOnly)) GROUP BY clock_source ORDER BY clock_source
        """),
    ]
  }

  var readingTables: [AuditTable] {
    [
      AuditTable(
        "readings", "Who read the log, and why", self,
        "SELECT * FROM reading_view WHERE \(filter()) ORDER BY idx"),
      AuditTable(
        "by_person", "By person and report", self,
        """
        SELECT actor, event, report, code, count(*) AS count FROM reading_view WHERE \(filter())
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        """),
    ]
  }
}
