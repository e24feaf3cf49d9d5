import GRDB

// Q9 and Q16 to Q18: orders, decisions and persons, as far as holds, transfers and receipts tell.
extension AuditRequest {
  var measureTables: [AuditTable] {
    let soon = Timestamp.text(now + Int64(soonDays) * 86_400_000)
    let kept = FilterColumns(time: "delivered")
    let end: SQL = "\(sql: AuditViews.end(of: "until"))"
    let review: SQL = "\(sql: AuditViews.end(of: "review_on"))"
    return [
      AuditTable(
        "past_end", "Holds whose end has passed, and that nobody lifted", self,
        """
        SELECT until, time, idx, bundle, "case", hold_order FROM hold_view
        WHERE lifted IS NULL AND \(end) < \(nowText) AND \(filter()) ORDER BY until, idx
        """),
      AuditTable(
        "without_end", "Holds without an end, the oldest first", self,
        """
        SELECT time, idx, bundle, "case", hold_order FROM hold_view
        WHERE lifted IS NULL AND until IS NULL AND \(filter()) ORDER BY time, idx
        """),
      AuditTable(
        "ending", "Holds that end within \(soonDays) days", self,
        """
        SELECT until, time, idx, bundle, "case", hold_order FROM hold_view
        WHERE lifted IS NULL AND \(end) >= \(nowText) AND \(end) < \(soon) AND \(filter())
        ORDER BY until, idx
        """),
      AuditTable(
        "past_review", "Kept here past the date on which it was to be reviewed", self,
        filteredBy: kept,
        """
        SELECT review_on, transfer, bundle, peer, "case", delivered, held FROM retention_view
        WHERE erased IS NULL AND \(review) < \(nowText) AND \(filter(kept))
        ORDER BY review_on, transfer
        """),
    ]
  }

  var statisticsTables: [AuditTable] {
    // The terms name the instrument in words of their own: its number, or the name of the certificate.
    let isOfTheRegulation: SQL =
      "(instrument LIKE '%2023/1543%' OR upper(instrument) IN ('EPOC', 'EPOC-PR'))"
    return [
      AuditTable(
        "by_outcome", "Transfers under Regulation (EU) 2023/1543 by outcome", self,
        """
        SELECT direction, instrument, peer, country, outcome, code, count(*) AS transfers,
          sum(bytes) AS bytes, \(Self.meanMinutes("coalesce(sent, received)", "delivered"))
            AS mean_minutes_to_delivery
        FROM transfer_view WHERE \(isOfTheRegulation) AND \(filter())
        GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
        """),
      AuditTable(
        "totals", "In all, by direction", self,
        """
        SELECT direction, count(*) AS transfers, sum(delivered IS NOT NULL) AS delivered,
          sum(outcome = 'refused') AS refused, sum(outcome = 'recalled') AS recalled,
          \(Self.meanMinutes("coalesce(sent, received)", "delivered")) AS mean_minutes_to_delivery
        FROM transfer_view WHERE \(isOfTheRegulation) AND \(filter()) GROUP BY 1 ORDER BY 1
        """),
    ]
  }

  var fairnessTables: [AuditTable] {
    [
      AuditTable(
        "recalls", "Recalls, and how they were decided", self,
        """
        SELECT r.time AS time, r.idx AS idx, r.transfer AS transfer, r.peer AS peer,
          r."case" AS "case", r.code AS code, d.time AS decided,
          CASE d.kind WHEN 'ERASURE' THEN 'erased' WHEN 'RECALL_REFUSAL' THEN 'refused'
            ELSE 'open' END AS decision, d.code AS ground,
          CAST(round((julianday(d.time) - julianday(r.time)) * 1440) AS INTEGER) AS minutes
        FROM recall_view r LEFT JOIN entry_view d ON d.idx = (SELECT min(k.idx) FROM entry_view k
          WHERE k.transfer = r.transfer AND k.idx > r.idx
            AND k.kind IN ('ERASURE', 'RECALL_REFUSAL'))
        WHERE \(filter(FilterColumns(time: "r.time", peer: "r.peer", caseReference: "r.\"case\"")))
        ORDER BY r.idx
        """),
      AuditTable(
        "by_peer", "What became of transfers, by peer and direction", self,
        """
        SELECT peer, direction, count(*) AS transfers, sum(outcome = 'refused') AS refused,
          sum(outcome = 'recalled') AS recalled, (\(median)) AS median_minutes_to_delivery
        FROM transfer_view t WHERE \(filter()) GROUP BY peer, direction ORDER BY peer, direction
        """),
    ]
  }

  var subjectTables: [AuditTable] {
    let kept = FilterColumns(time: "delivered")
    return [
      AuditTable(
        "disclosures", "Every disclosure in the case", self,
        """
        SELECT d.*, t.delivered AS delivered, t.retrieved AS retrieved, t.outcome AS outcome,
          t.delete_by AS delete_by
        FROM (SELECT * FROM disclosure_view WHERE \(filter())) d
          JOIN transfer_summary t ON t.transfer = d.transfer
        ORDER BY d.time, d.transfer
        """),
      AuditTable(
        "received", "What other nodes disclosed to this one, and whether it is erased", self,
        filteredBy: kept,
        """
        SELECT delivered, transfer, bundle, peer, "case", delete_by, review_on, erased, held
        FROM retention_view WHERE \(filter(kept)) ORDER BY delivered, transfer
        """),
      AuditTable(
        "consultations", "Who opened it here, and why", self,
        """
        SELECT time, idx, peer, "case", bundle, transfer, role, actor, reason
        FROM consultation_view WHERE \(filter()) ORDER BY idx
        """),
    ]
  }

  private static func meanMinutes(_ from: String, _ to: String) -> SQL {
    "CAST(round(avg(julianday(\(sql: to)) - julianday(\(sql: from))) * 1440) AS INTEGER)"
  }

  /// The middle of the minutes that the deliveries of one peer and direction took; the lower one of two.
  private var median: SQL {
    """
    SELECT CAST(round(m.minutes) AS INTEGER) FROM (
        SELECT (julianday(delivered) - julianday(coalesce(sent, received))) * 1440 AS minutes,
          row_number() OVER (ORDER BY julianday(delivered) - julianday(coalesce(sent, received))) AS n,
          count(*) OVER () AS total
        FROM transfer_view
        WHERE peer IS t.peer AND direction IS t.direction AND delivered IS NOT NULL AND \(filter())) m
      WHERE m.n = (m.total + 1) / 2
    """
  }
}
