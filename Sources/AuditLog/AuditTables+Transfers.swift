import GRDB

// Q1 to Q7 and Q11: what was exchanged, by whom it was seen, and what allowed it.
extension AuditRequest {
  var transferTables: [AuditTable] {
    [
      AuditTable(
        "transfers", "All transfers", self,
        "SELECT * FROM transfer_view WHERE \(filter()) ORDER BY time, transfer"),
      AuditTable(
        "by_peer", "By peer and outcome", self,
        """
        SELECT direction, peer, country, outcome, count(*) AS transfers, sum(bytes) AS bytes
        FROM transfer_view WHERE \(filter()) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        """),
      AuditTable(
        "by_instrument", "By instrument and outcome", self,
        """
        SELECT direction, instrument, outcome, count(*) AS transfers
        FROM transfer_view WHERE \(filter()) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """),
    ]
  }

  var lifeTables: [AuditTable] {
    func entries(_ name: String, _ caption: String, ofTheirs: Bool) -> AuditTable {
      AuditTable(
        name, caption, self, filteredBy: .timeOnly, ofTheirs: ofTheirs,
        """
        SELECT e.idx AS idx, e.time AS time, e.event AS event, e.transfer AS transfer,
          coalesce(e.peer, e.recipient, e.sender) AS peer, e.kind AS kind, e.outcome AS outcome,
          e.code AS code, e.role AS role, p.actor AS actor, p.approver AS approver, p.reason AS reason
        FROM entry_view e JOIN person_view p ON p.idx = e.idx
        WHERE (e.bundle = \(bundle) OR e.transfer = \(transfer))
          AND \(filter(FilterColumns(time: "e.time", peer: nil, caseReference: nil)))
        ORDER BY e.idx
        """)
    }
    return [
      entries("entries", "Every entry about it, in the order of the log", ofTheirs: false),
      AuditTable(
        "transfers", "Its transfers", self, filteredBy: .none,
        """
        SELECT * FROM transfer_view WHERE bundle = \(bundle) OR transfer = \(transfer)
        ORDER BY time, transfer
        """),
      entries("their_entries", "The same in the peer's log", ofTheirs: true),
    ]
  }

  var integrityTables: [AuditTable] {
    let hours = Double(checkpointHours) / 24
    return [
      AuditTable(
        "witnesses", "Who has cosigned, how far, and how many entries nobody of that name has seen",
        self,
        filteredBy: .none,
        """
        SELECT witness, cosignatures, size, (SELECT max(size) FROM checkpoint_view) - size AS unseen,
          first, last FROM witness_view ORDER BY witness
        """),
      AuditTable(
        "gaps", "More than \(checkpointHours) hours without a checkpoint", self,
        filteredBy: .timeOnly,
        """
        SELECT previous AS since, time AS until, size,
          CAST((julianday(time) - julianday(previous)) * 24 AS INTEGER) AS hours
        FROM (SELECT size, time, lag(time) OVER (ORDER BY size) AS previous FROM checkpoint_view
          WHERE size > 0)
        WHERE julianday(time) - julianday(previous) > \(hours) AND \(filter(.timeOnly)) ORDER BY size
        """),
      AuditTable(
        "coverage", "The log as a whole", self, filteredBy: .none,
        """
        SELECT (SELECT count(*) FROM entry_view) AS entries,
          (SELECT count(*) FROM checkpoint_view) AS checkpoints,
          (SELECT max(size) FROM checkpoint_view) AS size,
          (SELECT max(size) FROM witness_view) AS seen_by_a_peer,
          (SELECT max(time) FROM checkpoint_view) AS last_checkpoint
        """),
    ]
  }

  var unansweredTables: [AuditTable] {
    [
      AuditTable(
        "unanswered", "Sent, and no receipt says what became of it", self,
        """
        SELECT time, transfer, peer, "case", bundle, bytes, sent, relayed FROM transfer_view
        WHERE direction = 'out' AND sent IS NOT NULL AND delivered IS NULL
          AND outcome IN ('sent', 'relayed') AND \(filter()) ORDER BY time, transfer
        """)
    ]
  }

  var consultationTables: [AuditTable] {
    let from = workingHours.lowerBound
    let to = workingHours.upperBound
    let outside: SQL = "(weekday IN (0, 6) OR hour < \(from) OR hour >= \(to))"
    return [
      AuditTable(
        "consultations", "Everything that was opened", self,
        """
        SELECT time, idx, event, peer, "case", bundle, transfer, role, actor, reason, finding,
          \(outside) AS outside_hours FROM consultation_view WHERE \(filter()) ORDER BY idx
        """),
      AuditTable(
        "reasons", "With no reason, or one that says nothing", self,
        """
        SELECT time, idx, peer, "case", bundle, transfer, role, actor, reason, finding
        FROM consultation_view WHERE finding IS NOT NULL AND \(filter()) ORDER BY idx
        """),
      AuditTable(
        "outside_hours", "Outside Monday to Friday, \(from) to \(to) o'clock UTC", self,
        """
        SELECT time, idx, peer, "case", bundle, transfer, role, actor, reason
        FROM consultation_view WHERE \(outside) AND \(filter()) ORDER BY idx
        """),
      AuditTable(
        "by_person", "By person", self,
        """
        SELECT actor, role, count(*) AS opened, count(finding) AS findings,
          sum(\(outside)) AS outside_hours
        FROM consultation_view WHERE \(filter()) GROUP BY 1, 2 ORDER BY 1, 2
        """),
    ]
  }

  var legalBasisTables: [AuditTable] {
    [
      AuditTable(
        "findings", "Disclosed without a basis, without an authorisation, or after its end", self,
        """
        SELECT * FROM disclosure_view WHERE finding IS NOT NULL AND \(filter())
        ORDER BY time, transfer
        """),
      totals("disclosure_view", "Disclosures by finding"),
    ]
  }

  var thirdCountryTables: [AuditTable] {
    [
      AuditTable(
        "transfers", "Transfers out of the States of Directive (EU) 2016/680", self,
        "SELECT * FROM third_country_view WHERE \(filter()) ORDER BY time, transfer"),
      AuditTable(
        "by_basis", "By country and basis", self,
        """
        SELECT country, third_country_basis, finding, count(*) AS transfers
        FROM third_country_view WHERE \(filter()) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """),
    ]
  }

  var onwardTables: [AuditTable] {
    [
      AuditTable(
        "onward", "Bundles that came from another node and were given on", self,
        "SELECT * FROM onward_view WHERE \(filter()) ORDER BY time, transfer"),
      totals("onward_view", "Onward transfers by finding"),
    ]
  }

  /// How often each finding stands in a view; the row without one is what is in order.
  func totals(_ view: String, _ caption: String, _ columns: FilterColumns = .all) -> AuditTable {
    AuditTable(
      "totals", caption, self, filteredBy: columns,
      """
      SELECT finding, count(*) AS count FROM \(sql: view) WHERE \(filter(columns))
      GROUP BY finding ORDER BY finding
      """)
  }
}
